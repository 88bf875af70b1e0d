"""The mail that a forward passes on: out of the file it is attached as, or of its header block."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from adapters.mail.content.bodies import MAX_TEXT, as_text, passages
from adapters.mail.reading.addresses import one_sender, sound_address
from adapters.mail.reading.clean import clean_line
from adapters.mail.reading.mime import Part, parse
from adapters.mail.replies.kinds import Kind, header_role, plain_line
from adapters.mail.replies.lines import MAX_LINES, line_kinds
from bot.domain.mail import Address, Forwarded

MAX_NAME: Final = 150
MAX_SUBJECT: Final = 500

_ADDRESS: Final = re.compile(r"[^\s<>()\[\]\"',;:@]{1,64}@[^\s<>()\[\]\"',;:@]{1,253}")


def forwarded_mail(root: Part, text: str) -> Forwarded | None:
    """The mail that is passed on; None when there is none whose writer is told beyond doubt."""
    attached = [part for part in root.walk() if part.content_type == "message/rfc822"]
    if attached:
        return _attached(attached[0], text) if len(attached) == 1 else None
    return _quoted(text.split("\n"))


def _attached(part: Part, comment: str) -> Forwarded | None:
    inner, _ = parse(part.content)
    sender, _ = one_sender(inner.fields.all("from"))
    if sender is None:
        return None
    text = "\n\n".join(filter(None, map(as_text, passages(inner))))
    subject = clean_line(inner.fields.text("subject"), MAX_SUBJECT)
    whole = text[:MAX_TEXT].strip("\n")
    return Forwarded(sender=sender, subject=subject, text=whole, comment=comment)


def _quoted(lines: Sequence[str]) -> Forwarded | None:
    """The first header block in the text, and what stands below it."""
    kinds = line_kinds(lines[:MAX_LINES])
    if Kind.HEADER not in kinds:
        return None
    first = last = kinds.index(Kind.HEADER)
    while last < len(kinds) and kinds[last] in (Kind.HEADER, Kind.BLANK):
        last += 1
    found = _values(lines[first:last])
    sender = _mailbox(found.get("from", ""))
    if sender is None:
        return None
    above = (Kind.BLANK, Kind.RULE, Kind.FORWARDED, Kind.ORIGINAL)
    while first and kinds[first - 1] in above:
        first -= 1
    return Forwarded(
        sender=sender,
        subject=clean_line(found.get("subject", ""), MAX_SUBJECT),
        text="\n".join(lines[last:]).strip("\n"),
        comment="\n".join(lines[:first]).strip("\n"),
    )


def _values(lines: Sequence[str]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for line in lines:
        if role := header_role(plain_line(line)):
            value = line.replace("\uff1a", ":", 1).partition(":")[2]
            found.setdefault(role, value.strip(" *_\xa0"))
    return found


def _mailbox(value: str) -> Address | None:
    """The one address in the line, and the name before it."""
    addresses = set(map(sound_address, _ADDRESS.findall(value[:1000])))
    if len(addresses) != 1 or "" in addresses:
        return None
    name = clean_line(re.split(r"[<\[(]", value, maxsplit=1)[0], MAX_NAME).strip("\"' ")
    return Address(address=addresses.pop(), name="" if "@" in name else name)
