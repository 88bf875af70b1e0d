"""What no mail can do: command, call others in, or keep two machines talking."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest

from bot.domain.mail import OutboundMail
from bot.domain.work_items import TicketStatus
from tests.scenario.desk import MARIA, Desk, told

Style = Callable[[OutboundMail, int], dict[str, Any]]
ENOUGH: Final = 12
AWAY: Final = "I am away until Monday and will answer your kind mail then."


# ---------------------------------------------------------------- Z3: no commands by mail


@pytest.mark.parametrize(
    "text", ["/close", "/ticket resolve SUP-1", "!resolve", "@deskhand resolve", "/assign ben"]
)
async def test_z3_a_command_in_a_mail_is_text(desk: Desk, text: str) -> None:
    await desk.mail()
    mail = await desk.replied()
    await desk.answer(mail, text)
    ticket = await desk.ticket()
    assert ((await desk.newest()).text, ticket.status) == (text, TicketStatus.OPEN)
    assert ticket.assignee == "ana"


async def test_z3_control_headers_of_customers_change_nothing(desk: Desk) -> None:
    await desk.mail(X_Priority="1", X_Deskhand_Priority="urgent", Importance="high")
    await desk.mail()
    urgent, usual = await desk.tickets()
    assert (urgent.priority, urgent.tags) == (usual.priority, usual.tags)


# ---------------------------------------------------------------- S6, Z5: who is in copy


@pytest.mark.parametrize(
    "name",
    [
        "Your account is locked, see https://evil.example",
        "evil.example",
        "Pay " * 20,
        "a@b.example",
    ],
)
async def test_a4_a_name_that_is_a_message_is_not_sent_to_whom_it_is_meant_for(
    desk: Desk, name: str
) -> None:
    await desk.mail(sender=f'"{name}" <{MARIA}>')
    [greeting] = desk.mailbox.mails(MARIA)
    assert greeting.text.startswith(f"Hello {MARIA},")


@pytest.mark.parametrize("name", ["Maria Huber", "Dr. M. O'Neil-Huber", "Huber, Maria (Acme)"])
async def test_a4_a_name_is_called_by(desk: Desk, name: str) -> None:
    await desk.mail(sender=f'"{name}" <{MARIA}>')
    [greeting] = desk.mailbox.mails(MARIA)
    assert greeting.text.startswith(f"Hello {name},")


async def test_s6_of_two_hundred_in_copy_none_takes_part_and_few_are_named(desk: Desk) -> None:
    await desk.mail(Cc=", ".join(f"p{n}@acme.example" for n in range(200)))
    assert [p.address for p in (await desk.ticket()).participants] == [MARIA]
    log = told(await desk.run("ana", "/ticket log SUP-1"))
    assert (log.count("p9@acme.example"), log.count("p10@acme.example")) == (1, 0)


async def test_z5_a_forged_copy_line_shows_nobody_the_thread(desk: Desk) -> None:
    await desk.mail()
    mail = await desk.replied("Between us.")
    await desk.answer(mail, "Put my colleague in.", Cc="eve@evil.example")
    await desk.replied("As you wish.")
    assert {sent.recipient.address for sent in desk.mailbox.mails()} == {MARIA}


# ---------------------------------------------------------------- A3: responders without any mark


def _to_the_key(mail: OutboundMail, number: int) -> dict[str, Any]:
    return {"to": mail.reply_to, "In_Reply_To": f"<{mail.message_id}>"}


def _other_words(mail: OutboundMail, number: int) -> dict[str, Any]:
    return {**_to_the_key(mail, number), "text": f"{AWAY} ({number})"}


def _anew(mail: OutboundMail, number: int) -> dict[str, Any]:
    return {"subject": f"Out of office {number}"}


@pytest.mark.parametrize("style", [_to_the_key, _other_words, _anew])
async def test_a3_a_responder_and_the_desk_fall_silent(desk: Desk, style: Style) -> None:
    await desk.mail(AWAY)
    answered = 0
    while (mails := desk.mailbox.mails(MARIA)[answered:]) and answered < ENOUGH:
        for number, mail in enumerate(mails, answered):
            await desk.mail(**{"text": AWAY, **style(mail, number)})
        answered += len(mails)
    assert answered <= 3
