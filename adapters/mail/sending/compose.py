"""An outbound mail as bytes: the same mail gives the same bytes, so that a second try can be known.

The header lines are written here: the standard library folds long Message-IDs into encoded words,
which breaks threads, and lets unencoded domains through. The MIME body is its work.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256

from adapters.mail.reading.addresses import sound_address
from adapters.mail.reading.clean import clean_line, clean_text
from adapters.mail.sending.html_body import as_html
from bot.domain.mail import Address, Attachment, OutboundMail
from bot.errors import Fault, PermanentError

MAX_SUBJECT = 900
MAX_TEXT = 5_000_000
MAX_HTML = 200_000
MAX_REFERENCES = 20
MAX_REFERENCES_BYTES = 1500

_LINE = 76
_POLICY = SMTP.clone(max_line_length=_LINE, cte_type="7bit")
_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,60}/[a-z0-9!#$&^_.+-]{1,60}\Z")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+\Z")


def compose(mail: OutboundMail, files: Sequence[Attachment]) -> bytes:
    """The whole message, CR LF at line ends, no Bcc. PermanentError for an unsound address."""
    head = "".join(f"{name}: {value}\r\n" for name, value in _header(mail) if value)
    return head.encode() + _body(mail, files).as_bytes(policy=_POLICY)


def clean_header(text: str, limit: int = MAX_SUBJECT) -> str:
    """One line that can be put into a header: no line ends, controls or surrogates are left."""
    return clean_line(text, limit)


def _header(mail: OutboundMail) -> Iterator[tuple[str, str]]:
    yield "Message-ID", _ids([mail.message_id])
    yield "Date", format_datetime(mail.date.astimezone(UTC))
    yield "From", _mailbox("From", mail.sender)
    yield "To", _mailbox("To", mail.recipient)
    yield "Cc", ",\r\n ".join(_mailbox("Cc", address) for address in mail.cc)
    yield "Subject", _text("Subject", mail.subject)
    yield "Reply-To", sendable_address(mail.reply_to) if mail.reply_to else ""
    yield "In-Reply-To", _ids([mail.in_reply_to])
    yield "References", _ids(_references(mail.references))
    yield "X-Deskhand-Ticket", _text("X-Deskhand-Ticket", mail.ticket)
    if mail.automatic:
        yield "Auto-Submitted", clean_header(mail.automatic, 60)
        yield "X-Auto-Response-Suppress", "All"
        yield "X-Loop", sendable_address(mail.sender.address)
    if url := clean_header(mail.unsubscribe_url, 900):
        yield "List-Unsubscribe", f"<{url}>"
        yield "List-Unsubscribe-Post", "List-Unsubscribe=One-Click"


def _text(name: str, text: str) -> str:
    """A free text, folded; encoded where it is not ASCII (RFC 2047)."""
    cleaned = clean_header(text)
    charset = "us-ascii" if cleaned.isascii() else "utf-8"
    return Header(cleaned, charset, maxlinelen=_LINE, header_name=name).encode(linesep="\r\n")


def _mailbox(name: str, mailbox: Address) -> str:
    """`name <address>`; the name is quoted or encoded, so that nothing in it acts."""
    address = sendable_address(mailbox.address)
    shown = clean_header(mailbox.name, 150)
    if not shown:
        return address
    if _ATOMS.match(shown):
        phrase = shown
    elif shown.isascii():
        escaped = shown.replace("\\", "\\\\").replace('"', '\\"')
        phrase = f'"{escaped}"'
    else:
        phrase = _text(name, shown)
    fits = len(name) + len(phrase) + len(address) + 5 <= _LINE
    return f"{phrase} <{address}>" if fits else f"{phrase}\r\n <{address}>"


def sendable_address(text: str) -> str:
    """The address with its domain in ASCII (IDNA). PermanentError when it is not a sound one."""
    local, _, domain = text.strip().rpartition("@")
    sound = sound_address(text)
    if not sound:
        raise PermanentError(
            f"not an address that mail can be sent to: {clean_header(text, 100)}",
            fault=Fault.DESTINATION,
        )
    return f"{local}@{domain if domain.isascii() else sound.rpartition('@')[2]}"


def _ids(ids: Iterable[str]) -> str:
    """Each id whole on a line of its own: to fold or encode one is to change it."""
    cleaned = ("".join(clean_header(id_, 900).strip("<>").split()) for id_ in ids)
    return "\r\n ".join(f"<{id_}>" for id_ in cleaned if id_ and id_.isascii())


def _references(ids: Sequence[str]) -> list[str]:
    """The thread's first id and as many of the newest as fit: servers refuse longer headers."""
    first, rest = list(ids[:1]), list(ids[1:])
    room = MAX_REFERENCES_BYTES - sum(len(id_) + 5 for id_ in first)
    newest: list[str] = []
    for id_ in reversed(rest[1 - MAX_REFERENCES :]):
        room -= len(id_.encode()) + 5
        if room < 0:
            break
        newest.append(id_)
    return [*first, *reversed(newest)]


def _body(mail: OutboundMail, files: Sequence[Attachment]) -> EmailMessage:
    body = EmailMessage(policy=_POLICY)
    text = clean_text(mail.text, MAX_TEXT)
    body.set_content(text)
    # Boundaries that no line of base64 or quoted-printable can be.
    token = sha256(mail.message_id.encode()).hexdigest()[:32]
    if len(text) <= MAX_HTML:
        body.make_alternative(boundary=f"=_a{token}")
        body.add_alternative(as_html(text), subtype="html")
    if files:
        body.make_mixed(boundary=f"=_{token}")
    for file in files:
        maintype, subtype = _content_type(file.content_type)
        name = clean_line(file.name, 200) or "file"
        body.add_attachment(file.content, maintype, subtype, filename=name)
    return body


def _content_type(given: str) -> tuple[str, str]:
    """The type in two; one that may not be base64 (RFC 2046, 5) or is none becomes bytes."""
    folded = given.strip().lower()
    sound = _TYPE.match(folded) and not folded.startswith(("message/", "multipart/"))
    maintype, _, subtype = (folded if sound else "application/octet-stream").partition("/")
    return maintype, subtype
