"""What a worker raises when somebody else has its work now."""

from __future__ import annotations


class LostLease(Exception):
    """The row was leased anew by another worker; nothing of this try may be committed."""
