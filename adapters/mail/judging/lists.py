"""Mailing lists a mail came through (RFC 2369, 2919): their addresses, and whom they replaced."""

from __future__ import annotations

import re
from typing import Final

from adapters.mail.reading.addresses import address_list, one_sender, sound_address
from adapters.mail.reading.fields import Fields
from bot.domain.mail import Address

MAX_LISTS: Final = 10

_MAIL_TO: Final = re.compile(r"mailto:([^\s<>?,]{3,254})", re.IGNORECASE)
_NAMED: Final = re.compile(r"(?:^|;)\s*(?:list\s+)?([^\s<>;,]+@[^\s<>;,]+)", re.IGNORECASE)


def list_addresses(fields: Fields) -> tuple[str, ...]:
    """Where mail to the lists goes, by what the lists say of themselves."""
    posts = _MAIL_TO.findall(_joined(fields, "list-post"))
    named = _NAMED.findall(";".join(_joined(fields, n) for n in ("mailing-list", "x-beenthere")))
    addresses = map(sound_address, (*posts, *named))
    return tuple(dict.fromkeys(filter(None, addresses)))[:MAX_LISTS]


def original_sender(fields: Fields) -> Address | None:
    """Who wrote, where a list or a forwarder put itself into From and says so twice.

    Reply-To must name the same mailbox as X-Original-From or X-Original-Sender.
    """
    answered = address_list(fields.all("reply-to"))
    originals = (one_sender(fields.all(n))[0] for n in ("x-original-from", "x-original-sender"))
    for original in filter(None, originals):
        if len(answered) == 1 and answered[0].address == original.address:
            name = original.name or answered[0].name
            return Address(address=original.address, name=name)
    return None


def _joined(fields: Fields, name: str) -> str:
    return ";".join(value[:1000].decode("latin-1") for value in fields.all(name)[:MAX_LISTS])
