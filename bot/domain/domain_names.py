"""Names of domains in other alphabets, as DNS and mail have them (IDNA, RFC 5890)."""

from __future__ import annotations

from typing import Final
from unicodedata import is_normalized

MAX_DOMAIN: Final = 253
# IDNA 2003 and 2008 read these differently: the two name different domains, with different owners.
_DISPUTED: Final = frozenset("\u00df\u03c2\u200c\u200d\u3002")


def ascii_domain(domain: str) -> str:
    """The domain in lower case and ASCII; empty when it has no such form, or more than one."""
    if domain.isascii():
        return domain.lower()
    folded = domain.lower()
    if len(folded) > MAX_DOMAIN or _DISPUTED & set(folded) or not is_normalized("NFKC", folded):
        return ""
    try:
        return folded.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""


def ascii_address(address: str) -> str:
    """The mail address in lower case, its domain in ASCII; empty when that has no such form."""
    local, _, domain = address.lower().rpartition("@")
    plain = ascii_domain(domain)
    return f"{local}@{plain}" if plain else ""
