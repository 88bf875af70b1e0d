"""Delivery reports as they are asked for (RFC 3461): which mail, which recipient, and when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

# RFC 3461, 4.4 and 4.2: the most that the parameters may hold.
_MAX_ENVID: Final = 100
_MAX_ORCPT: Final = 500


@dataclass(frozen=True, slots=True)
class Reports:
    """What is added to MAIL and to RCPT."""

    of_mail: tuple[str, ...] = ()
    of_rcpt: tuple[str, ...] = ()


NO_REPORTS: Final = Reports()


def reports(message_id: str, recipient: str, *, returns: bool) -> Reports:
    """Ask for a report on failure and delay that names the mail and the address we wrote to.

    Without a return path (`returns` is False) nobody could get one: none is asked for.
    """
    if not returns:
        return Reports(of_rcpt=("NOTIFY=NEVER",))
    envid, orcpt = xtext(message_id.strip("<>")), xtext(recipient)
    of_mail = ("RET=HDRS", *((f"ENVID={envid}",) if 0 < len(envid) <= _MAX_ENVID else ()))
    known = recipient.isascii() and len(orcpt) <= _MAX_ORCPT
    of_rcpt = ("NOTIFY=FAILURE,DELAY", *((f"ORCPT=rfc822;{orcpt}",) if known else ()))
    return Reports(of_mail, of_rcpt)


def xtext(text: str) -> str:
    """The text in RFC 3461's coding: what is no plain character becomes +XX."""
    return "".join(
        chr(byte) if 33 <= byte <= 126 and chr(byte) not in "+=" else f"+{byte:02X}"
        for byte in text.encode()
    )
