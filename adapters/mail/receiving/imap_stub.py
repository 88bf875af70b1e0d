"""What stands in for a message that is too large to be fetched: its header, and where it lies."""

from __future__ import annotations

import re
from typing import Final

from adapters.mail.settings import MEBIBYTE

# What tells who wrote what to whom, and nothing that describes the body that is left behind.
_KEPT: Final = frozenset(
    {
        b"return-path", b"delivered-to", b"received", b"authentication-results", b"date", b"from",
        b"reply-to", b"to", b"cc", b"subject", b"message-id", b"in-reply-to", b"references",
        b"auto-submitted", b"precedence", b"list-id", b"x-loop",
    }
)  # fmt: skip
_FIELD: Final = re.compile(rb"[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*\r?\n?")


def stub(head: bytes, size: int, folder: str) -> bytes:
    """A short mail with the fields that matter, which says where the whole one is."""
    kept = b"".join(
        text if text.endswith(b"\n") else text + b"\r\n"
        for text in _FIELD.findall(head)
        if text.partition(b":")[0].strip().lower() in _KEPT
    )
    words = (
        f"This mail is {size / MEBIBYTE:.1f} MiB large, more than is taken here."
        f" It is still in the mailbox, in the folder {folder}.\r\n"
    )
    plain = b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    return kept + plain + words.encode()
