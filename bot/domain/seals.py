"""Short signed texts for addresses and links: base32 (Crockford, lower case) under an HMAC.

They survive folding of case. What is signed names its use, so that a seal for one use is worth
nothing for another.
"""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import Final

ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
# How long a signature is by the bytes it keeps of the HMAC: 80 bits, and 128.
SHORT, LONG = 10, 16
CHARS: Final = {SHORT: 16, LONG: 26}
_MIN_SECRET: Final = 16


class Seal:
    """Signs texts and knows its own signatures; the first secret signs, all of them verify."""

    def __init__(self, secrets: tuple[bytes, ...]) -> None:
        if not secrets or min(map(len, secrets)) < _MIN_SECRET:
            raise ValueError(f"a seal needs a secret of at least {_MIN_SECRET} bytes")
        self._secrets = secrets

    def sign(self, text: str, strength: int = LONG) -> str:
        """The signature of the text, in as many characters as its strength takes."""
        return _sign(self._secrets[0], text, strength)

    def signatures(self, text: str) -> tuple[str, ...]:
        """What each of the secrets signs the text with, the first secret's before the others'."""
        return tuple(_sign(secret, text, LONG) for secret in self._secrets)

    def holds(self, text: str, signature: str, strength: int = LONG) -> bool:
        """Whether one of the secrets signed exactly this text; compared in constant time."""
        found = signature.encode("utf-8", "replace")
        signed = (_sign(secret, text, strength).encode() for secret in self._secrets)
        return any(hmac.compare_digest(each, found) for each in signed)


def in_base32(value: int) -> str:
    """A number from 0 on in the alphabet's digits, without zeros before it."""
    digits = ""
    while True:
        value, digit = divmod(value, 32)
        digits = ALPHABET[digit] + digits
        if not value:
            return digits


def from_base32(digits: str) -> int:
    """The number; 0 for no digits. ValueError for a character that is no digit."""
    value = 0
    for digit in digits:
        value = value * 32 + ALPHABET.index(digit)
    return value


def _sign(secret: bytes, text: str, strength: int) -> str:
    """The first bytes of the text's HMAC, as so many characters of the alphabet."""
    digest = hmac.new(secret, text.encode(), sha256).digest()
    return in_base32(int.from_bytes(digest[:strength], "big")).zfill(CHARS[strength])
