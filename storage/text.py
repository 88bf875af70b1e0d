"""Text as every database takes it."""

from __future__ import annotations


def storable(text: str) -> str:
    """The text without NUL, which PostgreSQL refuses, and lone surrogates, which UTF-8 lacks."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()
