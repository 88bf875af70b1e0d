"""Thin Tortoise engines of our own: a cancelled task cannot hold the store up or half commit."""
