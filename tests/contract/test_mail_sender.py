"""What every mail sender promises. A new one is a rig, and its name in SENDERS."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from adapters.memory.mailbox import Delivered, MemoryMailbox
from bot.domain.mail import Address, Attachment, AttachmentRef, OutboundMail
from bot.errors import Fault, PermanentError, TemporaryError
from bot.ports import MailSender


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A mail as its reader finds it; `files` are names and bytes, `message_id` without brackets."""

    message_id: str
    sender: str
    recipient: str
    subject: str
    text: str
    in_reply_to: str
    automatic: str
    files: tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rig:
    """A sender with a server behind it, which refuses or defers the next mail on request."""

    sender: MailSender
    received: Callable[[], Sequence[Received]]
    refuse: Callable[[], None]
    defer: Callable[[], None]


@asynccontextmanager
async def memory() -> AsyncIterator[Rig]:
    mailbox = MemoryMailbox()
    refusal = PermanentError("550 5.1.1 no such user", fault=Fault.DESTINATION)
    yield Rig(
        sender=mailbox,
        received=lambda: [_received(delivered) for delivered in mailbox.delivered],
        refuse=lambda: mailbox.script.then(refusal),
        defer=lambda: mailbox.script.then(TemporaryError("451 4.7.1 try later")),
    )


def _received(delivered: Delivered) -> Received:
    mail = delivered.mail
    return Received(
        message_id=mail.message_id,
        sender=mail.sender.address,
        recipient=mail.recipient.address,
        subject=mail.subject,
        text=mail.text,
        in_reply_to=mail.in_reply_to,
        automatic=mail.automatic,
        files=tuple((file.name, file.content) for file in delivered.files),
    )


SENDERS = [memory]


@pytest.fixture(params=SENDERS, ids=lambda make: make.__name__)
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    async with request.param() as made:
        yield made


MAIL = OutboundMail(
    message_id="dk.key.1@desk.example",
    date=datetime(2026, 11, 21, 12, tzinfo=UTC),
    sender=Address(address="support@desk.example", name="Ana (Support)"),
    recipient=Address(address="maria@customer.example", name="Maria"),
    subject="[SUP-1] Grüße 🔥",
    text="Dear Maria,\nit is out.\n",
    in_reply_to="first@customer.example",
)
FILE = Attachment(name="façade.pdf", content_type="application/pdf", content=b"%PDF\x00\xff\r\n.\n")
REF = AttachmentRef(id=1, name=FILE.name, content_type=FILE.content_type, size=len(FILE.content))


async def test_a_mail_arrives_as_it_was_written(rig: Rig) -> None:
    await rig.sender.send(MAIL, ())
    [mail] = rig.received()
    assert (mail.sender, mail.recipient) == ("support@desk.example", "maria@customer.example")
    assert (mail.subject, mail.text.replace("\r\n", "\n")) == (MAIL.subject, MAIL.text)
    assert (mail.message_id, mail.in_reply_to) == (MAIL.message_id, MAIL.in_reply_to)


async def test_acceptance_has_words(rig: Rig) -> None:
    taken = await rig.sender.send(MAIL, ())
    assert (bool(taken.words), taken.given_id) == (True, "")


async def test_files_arrive_byte_for_byte(rig: Rig) -> None:
    await rig.sender.send(replace(MAIL, attachments=(REF,)), [FILE])
    [mail] = rig.received()
    assert mail.files == ((FILE.name, FILE.content),)


@pytest.mark.parametrize("automatic", ["", "auto-replied", "auto-generated"])
async def test_machines_say_that_they_wrote_it(rig: Rig, automatic: str) -> None:
    await rig.sender.send(replace(MAIL, automatic=automatic), ())
    assert rig.received()[0].automatic == automatic


async def test_a_second_try_is_the_same_mail(rig: Rig) -> None:
    await rig.sender.send(MAIL, ())
    await rig.sender.send(MAIL, ())
    first, second = rig.received()
    assert first == second


async def test_a_refusal_is_permanent_and_about_the_destination(rig: Rig) -> None:
    rig.refuse()
    with pytest.raises(PermanentError, match="550") as caught:
        await rig.sender.send(MAIL, ())
    assert caught.value.fault is Fault.DESTINATION
    assert not rig.received()


async def test_what_is_deferred_arrives_at_the_next_try(rig: Rig) -> None:
    rig.defer()
    with pytest.raises(TemporaryError):
        await rig.sender.send(MAIL, ())
    await rig.sender.send(MAIL, ())
    assert len(rig.received()) == 1
