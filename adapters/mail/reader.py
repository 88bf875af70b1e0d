"""Raw message in, `InboundMail` out: tolerant, within bounds, without any effect.

It is made for a process of its own and imports only what reading needs. Bytes decide, never labels.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from adapters.mail.content.attachments import Files, attachments
from adapters.mail.content.bodies import MAX_TEXT, Passage, as_text, passages
from adapters.mail.content.calendar import answers, invitations
from adapters.mail.content.forwarded import forwarded_mail
from adapters.mail.content.html_text import html_to_text
from adapters.mail.content.protection import protection
from adapters.mail.content.remainder import cut_text, whole_mail
from adapters.mail.content.reply_text import fresh_text
from adapters.mail.judging.authentication import verdicts
from adapters.mail.judging.automatic import automatic, loop_marks, no_auto_answer, through_list
from adapters.mail.judging.bounce import bounce
from adapters.mail.judging.lists import list_addresses, original_sender
from adapters.mail.judging.scripts import mixes_alphabets
from adapters.mail.reading.addresses import address_list, one_sender, sound_address
from adapters.mail.reading.clean import clean_line, clean_text
from adapters.mail.reading.fields import Fields
from adapters.mail.reading.mime import parse
from bot.domain.mail import Address, InboundMail
from bot.domain.subjects import is_forward

MAX_SUBJECT = 500
MAX_ID = 500
MAX_IDS = 100

_ID = re.compile(r"<\s*([^<>\s]{1,500})\s*>")
_DELIVERED_TO = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to")


def read_mail(raw: bytes) -> InboundMail:
    """What the message says. Whatever the bytes are, it answers; `defects` tell what is missing."""
    root, defects = parse(raw)
    fields = root.fields
    sender, doubt = _sender(fields)
    subject = clean_line(fields.text("subject"), MAX_SUBJECT)
    forward = is_forward(subject)
    found = passages(root)
    files = attachments(root, _html(found))
    text, fresh = _texts(found, files, invitations(root), whole=forward)
    by_machine = automatic(fields, sender) or answers(root)
    by_list = through_list(fields)
    defects = (*defects, *cut_text(found), *files.notes, *protection(root, text))
    return InboundMail(
        message_id=message_id(fields.first("message-id")),
        subject=subject,
        sender=sender,
        sender_doubt=doubt,
        to=address_list(fields.all("to")),
        cc=address_list(fields.all("cc")),
        reply_to=address_list(fields.all("reply-to")),
        delivered_to=_delivered_to(fields),
        date=_date(fields.first("date")),
        in_reply_to=message_ids(fields.all("in-reply-to")),
        references=message_ids(fields.all("references")),
        text=text,
        fresh_text=fresh,
        attachments=(*files.attachments, *whole_mail(raw, defects)),
        automatic=by_machine or by_list,
        no_auto_answer=no_auto_answer(fields, sender),
        loop_marks=loop_marks(fields),
        bounce=bounce(root, text) if by_machine else None,
        lists=list_addresses(fields) if by_list and not by_machine else (),
        original_sender=original_sender(fields),
        forwarded=forwarded_mail(root, text) if forward else None,
        verdicts=verdicts(fields),
        defects=(*defects, *_deceiving(sender)),
    )


def _sender(fields: Fields) -> tuple[Address | None, str]:
    """The only mailbox of the only From header; none where a part of the header is not known."""
    if not fields.complete:
        return None, "the header is too long to be read whole"
    return one_sender(fields.all("from"))


def message_id(value: bytes) -> str:
    """The id without its angle brackets; what has none is taken as it stands."""
    ids = message_ids([value])
    return ids[0] if ids else clean_line(value.decode("utf-8", "replace"), MAX_ID).strip("<> ")


def message_ids(values: Sequence[bytes]) -> tuple[str, ...]:
    """The ids in these values, each once, in order; when there are too many, the newest."""
    text = " ".join(value.decode("utf-8", "replace") for value in values)
    found = _ID.findall(text) or [word for word in re.split(r"[\s,]+", text) if "@" in word]
    cleaned = (clean_line(id_, MAX_ID) for id_ in found)
    return tuple(dict.fromkeys(id_ for id_ in cleaned if id_))[-MAX_IDS:]


def _html(found: Sequence[Passage]) -> str:
    return "\n".join(passage.html for passage in found if passage.html)


def _texts(
    found: Sequence[Passage], files: Files, invitation: str, *, whole: bool
) -> tuple[str, str]:
    """The whole text, and the fresh part of it (with `whole` all of it)."""
    text = "\n\n".join(filter(None, map(as_text, found)))[:MAX_TEXT].strip("\n")
    same = bool(found) and all(passage.html for passage in found)
    fresh = text if whole else fresh_text(text, _html(found) if same else None)
    more = [invitation] if text else [_packed_text(files), invitation]
    return _joined(text, *more), _joined(fresh, *more)


def _packed_text(files: Files) -> str:
    """What Outlook wrote into winmail.dat and nowhere else."""
    texts = (p.text or html_to_text(p.html) for p in files.packages)
    return clean_text("\n\n".join(filter(None, texts)), MAX_TEXT).strip("\n")


def _joined(*texts: str) -> str:
    return "\n\n".join(filter(None, texts))


def _deceiving(sender: Address | None) -> tuple[str, ...]:
    if sender and mixes_alphabets(f"{sender.name} {sender.address}"):
        return ("the sender's name mixes alphabets whose letters look alike",)
    return ()


def _delivered_to(fields: Fields) -> tuple[str, ...]:
    values = [value for name in _DELIVERED_TO for value in fields.all(name)]
    texts = (value.decode("latin-1").strip(" <>") for value in values)
    return tuple(dict.fromkeys(filter(None, map(sound_address, texts))))[:MAX_IDS]


def _date(value: bytes) -> datetime | None:
    """The instant the header names, in UTC; None when it names none."""
    try:
        date = parsedate_to_datetime(value[:200].decode("latin-1"))
        return date.replace(tzinfo=date.tzinfo or UTC).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
