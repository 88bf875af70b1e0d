"""The check of a desk's address, from its mail to the line in chat."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.directory import Directory
from bot.domain.mail import OutboundMail
from bot.domain.people import Grant, Person, Role
from bot.domain.verification import AddressCheck, CheckFault, CheckState
from bot.errors import Fault, NoAnswer, PermanentError, TemporaryError
from bot.services.mailing.outgoing import verifying
from tests.scenario.conftest import OpenDesk
from tests.scenario.desk import Desk

TOKEN = "0123456789abcdef"


async def begun(desk: Desk) -> OutboundMail:
    async with desk.store.work() as work:
        support = desk.core.directory.desks["support"]
        _, mail = await verifying.start(work, support, TOKEN, desk.clock.now())
    return mail


async def back(desk: Desk, mail: OutboundMail, **changes: str) -> None:
    """The mail comes back, by way of a provider that forwards it."""
    facts: dict[str, Any] = {"sender": "support@shop.example", "to": mail.recipient.address}
    facts |= {"subject": mail.subject, "Auto_Submitted": "auto-generated"} | changes
    await desk.mail(mail.text, **facts)


async def standing(desk: Desk) -> AddressCheck:
    async with desk.store.read() as work:
        found = await verifying.standing(work, "support", desk.clock.now())
    assert found is not None
    return found


async def told(desk: Desk) -> list[str]:
    return [post.card.fallback for post in desk.surface.channel("support")]


async def test_a_mail_that_comes_back_verifies_the_address(desk: Desk) -> None:
    mail = await begun(desk)
    assert mail.recipient.address == "support+verify@shop.example"
    assert (await standing(desk)).words == "a check is under way"
    await back(desk, mail)
    assert (await standing(desk)).state is CheckState.FINISHED
    assert await told(desk) == ["Shop Support: support@shop.example finished: verified"]
    assert await desk.tickets() == []
    [line] = await desk.ledger()
    assert (line.outcome, line.detail) == ("automatic", "address check: verified")


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"to": "billing@shop.example"}, CheckFault.WRONG_TARGET),
        ({"sender": "forwarder@provider.example"}, CheckFault.WRONG_FROM),
        ({"subject": f"[dkv:support:{'f' * 16}]"}, CheckFault.WRONG_TOKEN),
    ],
)
async def test_what_is_wrong_with_it_is_told(
    desk: Desk, changes: dict[str, str], fault: CheckFault
) -> None:
    await back(desk, await begun(desk), **changes)
    assert (await standing(desk)).fault is fault
    assert fault in (await told(desk))[0]


async def test_a_mail_that_does_not_come_back_is_told_after_half_an_hour(desk: Desk) -> None:
    mail = await begun(desk)
    await desk.after(minutes=31)
    assert (await standing(desk)).fault is CheckFault.NOT_RECEIVED
    assert len(await told(desk)) == 1
    await back(desk, mail)
    assert (await standing(desk)).fault is CheckFault.NOT_RECEIVED
    assert await desk.outcomes() == ["automatic"]


async def test_a_stranger_cannot_end_a_check(desk: Desk) -> None:
    await begun(desk)
    await desk.mail("x", sender="eve@evil.example", subject=f"[dkv:support:{'f' * 16}]")
    assert (await standing(desk)).state is CheckState.STARTED
    assert await desk.outcomes() == ["ticket"]


async def test_a_mail_of_no_check_is_a_mail(desk: Desk) -> None:
    await desk.mail("x", subject=f"[dkv:support:{TOKEN}] [dkv:nodesk:{TOKEN}]")
    assert await desk.outcomes() == ["ticket"]


# ---------------------------------------------------------------- started in chat


@pytest.fixture
async def led(open_desk: OpenDesk, directory: Directory) -> Desk:
    """A desk with an operator."""
    zoe = Person(
        key="zoe", name="Zoe", grants=(Grant(role=Role.ADMIN),), accounts={"console": "zoe"}
    )
    return await open_desk(people={**directory.people, "zoe": zoe})


async def test_an_operator_starts_a_check_in_chat(led: Desk) -> None:
    await led.run("zoe", "/ticket verify support")
    [mail] = led.mailbox.mails("support+verify@shop.example")
    await back(led, mail)
    assert (await standing(led)).state is CheckState.FINISHED


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (TemporaryError("no answer from the smarthost (connection)"), CheckFault.SMTP_HOST),
        (NoAnswer("too slow"), CheckFault.TIMEOUT),
        (PermanentError("535", fault=Fault.CREDENTIAL), CheckFault.CREDENTIALS),
        (
            PermanentError("550 5.1.1 no", fault=Fault.DESTINATION, code="5.1.1"),
            CheckFault.SMTP_HOST,
        ),
    ],
)
async def test_what_the_smarthost_says_is_told_at_once(
    led: Desk, error: TemporaryError | PermanentError, fault: CheckFault
) -> None:
    led.mailbox.script.then(error)
    await led.run("zoe", "/ticket verify support")
    assert (await standing(led)).fault is fault
    assert [fault in line for line in await told(led)] == [True]


async def test_an_agent_starts_no_check(desk: Desk) -> None:
    assert (await desk.run("ana", "/ticket verify support")).refused
