"""Signing in to mail servers that take no password: OAuth 2.0 tokens (RFC 6749) over SASL."""
