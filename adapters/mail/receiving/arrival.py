"""A message as it came over SMTP, made an inbox item: sound lines, a key, and what a ledger shows.

This runs for every mail before its 250, so nothing is parsed here that searching can find.
"""

from __future__ import annotations

import re
from hashlib import sha256

from adapters.mail.reading.clean import clean_line
from adapters.mail.reading.encoded_words import decode_words
from bot.domain.mail import Envelope
from bot.ports import Arrival

MAX_HEAD = 65536
MAX_SHOWN = 200

_MAX_VALUE = 1000
_BARE_END = re.compile(rb"\r(?!\n)|(?<!\r)\n")
# What relays put on top: it differs between two tries of the same mail.
_TRACE = frozenset(
    {
        b"received", b"return-path", b"x-received", b"delivered-to", b"x-original-to",
        b"received-spf", b"authentication-results", b"arc-seal", b"arc-message-signature",
        b"arc-authentication-results",
    }
)  # fmt: skip


def arrival(wire: bytes, envelope: Envelope) -> Arrival:
    """The inbox item of a message that is still dot-stuffed; `meta` needs no more parsing."""
    return _item(sound_lines(_unstuffed(wire)), envelope)


def fetched(raw: bytes, address: str, place: str, judges: tuple[str, ...] = ()) -> Arrival:
    """The inbox item of a message that a mailbox of ours holds; `place` names the mailbox.

    Its envelope is gone: the mailbox's own address stands for the recipients, and for the sender
    what the last server wrote into Return-Path (RFC 5321, 4.4), or a dash where nobody did.
    `judges` are the mailbox's own servers, whose Authentication-Results are believed.
    """
    sound = sound_lines(raw)
    returned = _value(_head(sound), b"return-path")
    mail_from = _shown(returned.strip(b"<> ")) if returned else "-"
    envelope = Envelope(mail_from=mail_from, recipients=(address,), peer=place, judges=judges)
    return _item(sound, envelope)


def _item(raw: bytes, envelope: Envelope) -> Arrival:
    head = _head(raw)
    message_id = _value(head, b"message-id").strip(b"<> ")
    recipients = ",".join(envelope.recipients)
    meta = {
        "mail_from": envelope.mail_from,
        "rcpt": recipients,
        "peer": envelope.peer,
        "helo": clean_line(envelope.helo, MAX_SHOWN),
        "subject": _shown(_value(head, b"subject")),
        "from": _shown(_value(head, b"from")),
        "message_id": clean_line(message_id.decode("utf-8", "replace"), 500),
        "size": str(len(raw)),
    }
    if envelope.judges:
        meta["judges"] = ",".join(envelope.judges)
    return Arrival(source="mail", key=_key(raw, head, message_id, envelope), raw=raw, meta=meta)


def sound_lines(raw: bytes) -> bytes:
    """Every line ends in CR LF: a bare CR or LF could be an end of data to the next server."""
    ends = raw.count(b"\r\n")
    if raw.count(b"\n") == ends and raw.count(b"\r") == ends:
        return raw
    return _BARE_END.sub(b"\r\n", raw)


def _unstuffed(wire: bytes) -> bytes:
    """Without the dots that SMTP puts before lines that start with one (RFC 5321, 4.5.2)."""
    return wire.removeprefix(b".").replace(b"\r\n.", b"\r\n")


def _key(raw: bytes, head: bytes, message_id: bytes, envelope: Envelope) -> str:
    """The same for each try of one mail; another for other content under the same Message-ID."""
    digest = sha256(message_id)
    for part in (envelope.mail_from.lower(), *sorted(set(envelope.recipients))):
        digest.update(b"\0" + part.encode())
    digest.update(b"\0" + sha256(memoryview(raw)[_below_trace(head) :]).digest())
    return digest.hexdigest()


def _head(raw: bytes) -> bytes:
    end = raw.find(b"\r\n\r\n", 0, MAX_HEAD)
    return b"\r\n" + raw[: MAX_HEAD if end < 0 else end + 2]


def _below_trace(head: bytes) -> int:
    """Where the first field starts that no relay put on top."""
    at = 2
    while at < len(head):
        name = head[at : at + 40].partition(b":")[0].strip().lower()
        if name not in _TRACE:
            return at - 2
        at = _end_of_field(head, at)
    return at - 2


def _value(head: bytes, name: bytes) -> bytes:
    """The unfolded start of the topmost field of that name."""
    at = head.lower().find(b"\r\n" + name + b":")
    if at < 0:
        return b""
    start = at + len(name) + 3
    value = head[start : min(_end_of_field(head, start), start + _MAX_VALUE)]
    return b" ".join(value.split())


def _end_of_field(head: bytes, at: int) -> int:
    """Behind the line end that no folded line follows."""
    while (end := head.find(b"\r\n", at)) >= 0:
        at = end + 2
        if head[at : at + 1] not in (b" ", b"\t"):
            return at
    return len(head)


def _shown(value: bytes) -> str:
    return clean_line(decode_words(value, guess=False), MAX_SHOWN)
