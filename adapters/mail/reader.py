"""Raw message in, `InboundMail` out: tolerant, within bounds, without any effect.

It is made for a process of its own and imports only what reading needs. Bytes decide, never labels.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from adapters.mail.addresses import address_list, one_sender, sound_address
from adapters.mail.attachments import attachments
from adapters.mail.automatic import automatic, loop_marks, no_auto_answer
from adapters.mail.bodies import MAX_TEXT, Passage, as_text, passages
from adapters.mail.bounce import bounce
from adapters.mail.clean import clean_line
from adapters.mail.fields import Fields
from adapters.mail.mime import Part, parse
from adapters.mail.reply_text import fresh_text, is_forward
from bot.domain.mail import InboundMail

MAX_SUBJECT = 500
MAX_ID = 500
MAX_IDS = 100

_ID = re.compile(r"<\s*([^<>\s]{1,500})\s*>")
_DELIVERED_TO = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to")


def read_mail(raw: bytes) -> InboundMail:
    """What the message says. Whatever the bytes are, it answers; `defects` tell what is missing."""
    root, defects = parse(raw)
    fields = root.fields
    sender, doubt = one_sender(fields.all("from"))
    subject = clean_line(fields.text("subject"), MAX_SUBJECT)
    text, html, fresh = _texts(passages(root), whole=is_forward(subject))
    files, left_out = attachments(root, html)
    evidence = automatic(fields, sender)
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
        attachments=files,
        automatic=evidence,
        no_auto_answer=no_auto_answer(fields),
        loop_marks=loop_marks(fields),
        bounce=bounce(root, text) if evidence else None,
        defects=(*defects, *left_out, *_encryption(root)),
    )


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


def _texts(found: Sequence[Passage], *, whole: bool) -> tuple[str, str, str]:
    """The whole text, the HTML, and the fresh part of the text (with `whole` all of it)."""
    text = "\n\n".join(filter(None, map(as_text, found)))[:MAX_TEXT].strip("\n")
    html = "\n".join(passage.html for passage in found if passage.html)
    same = bool(html) and all(passage.html for passage in found)
    return text, html, text if whole else fresh_text(text, html if same else None)


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


def _encryption(root: Part) -> tuple[str, ...]:
    kinds = {part.content_type for part in root.walk()}
    if "multipart/encrypted" in kinds or root.parameters.get("smime-type") == "enveloped-data":
        return ("the mail is encrypted",)
    return ("the signature was not checked",) if "multipart/signed" in kinds else ()
