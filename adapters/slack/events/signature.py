"""Slack's request signatures, version v0: who cannot sign is nobody.

https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import Final

WINDOW: Final = timedelta(minutes=5)
_VERSION: Final = "v0"
_MOST_DIGITS: Final = 11


def signed(secret: str, stamp: str, body: bytes) -> str:
    """The signature of a body sent at the moment `stamp` (Unix seconds, as text)."""
    signing = f"{_VERSION}:{stamp}:".encode() + body
    return f"{_VERSION}={hmac.new(secret.encode(), signing, hashlib.sha256).hexdigest()}"


def genuine(secret: str, stamp: str, signature: str, body: bytes, now: datetime) -> bool:
    """Whether Slack sent the body within the last five minutes; malformed headers are a no."""
    if not (secret and stamp.isascii() and stamp.isdigit() and len(stamp) <= _MOST_DIGITS):
        return False
    if abs(now - datetime.fromtimestamp(int(stamp), UTC)) > WINDOW:
        return False
    # Bytes: the comparison in constant time takes no text beyond ASCII.
    given = signature.encode("utf-8", "backslashreplace")
    return hmac.compare_digest(signed(secret, stamp, body).encode(), given)
