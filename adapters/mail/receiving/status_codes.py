"""Enhanced status codes (RFC 2034, 3463) for the replies that the library gives without one."""

from __future__ import annotations

import re
from typing import Final

_CODED: Final = re.compile(r"\d{3}[ -][245]\.\d{1,3}\.\d{1,3}(?:\s|\Z)")
# The greeting and what EHLO and HELO answer carry none.
_CODES: Final = (
    ("220 Ready", "2.0.0"),
    ("221 Bye", "2.0.0"),
    ("250 OK", "2.0.0"),
    ("454 ", "4.7.0"),
    ("500 ", "5.5.2"),
    ("501 ", "5.5.4"),
    ("502 ", "5.5.1"),
    ("503 ", "5.5.1"),
    ("530 ", "5.7.0"),
)


# A server that ends a connection says 421 (RFC 5321, 3.8); with 502 a client may take it for lost.
_GOODBYES: Final = ("502 5.5.1 Too many unrecognized commands, goodbye.",)
TOO_MANY_ERRORS: Final = "421 4.7.0 Too many errors"


def enhanced(reply: str) -> str:
    """The reply with the code that says more than its three digits, where it has none yet; a last
    one as a last one.
    """
    if reply in _GOODBYES:
        return TOO_MANY_ERRORS
    if not _CODED.match(reply):
        for start, code in _CODES:
            if reply.startswith(start):
                return f"{reply[:3]} {code} {reply[4:]}"
    return reply
