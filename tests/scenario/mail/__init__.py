"""Customers, and the mail between them and a desk."""
