"""News of tickets by mail: to whom, when, how often, and what never is in them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.mail import OutboundMail
from bot.domain.notifications import Ration, dump_ration
from tests.scenario.conftest import OpenDesk
from tests.scenario.desk import AUTOMATIC, BOB, Desk, told
from tests.scenario.world import MONDAY

ANA, BEN, CARLA = "ana@shop.example", "ben@shop.example", "carla@shop.example"


async def wants(desk: Desk, **people: str) -> None:
    """Say which news people want by mail."""
    for person, mails in people.items():
        reply = await desk.run(person, f"/ticket mails {mails}")
        assert not reply.refused, told(reply)


def news(desk: Desk, recipient: str = ANA) -> list[OutboundMail]:
    """The news somebody got by mail."""
    return list(desk.mailbox.mails(recipient))


def token_of(mail: OutboundMail) -> str:
    """The token of the link to act in a mail."""
    return mail.text.partition("/act/")[2].split()[0]


async def assigned(desk: Desk) -> None:
    """Ana wants her news, has a ticket, and has seen that."""
    await wants(desk, ana="mine")
    await desk.mail()
    await desk.run("ana", "/ticket claim SUP-1")


async def test_nobody_gets_any_who_did_not_ask(desk: Desk) -> None:
    await desk.mail()
    await desk.run("ben", "/ticket assign SUP-1 ana")
    await desk.after(hours=3)
    assert [mail.subject for mail in (*news(desk), *news(desk, BEN), *news(desk, CARLA))] == []


async def test_a_ticket_that_somebody_hands_over_is_told(desk: Desk) -> None:
    await wants(desk, ana="mine")
    await desk.mail()
    await desk.run("ben", "/ticket assign SUP-1 ana")
    await desk.after(minutes=2)
    [mail] = news(desk)
    assert mail.subject == "[SUP-1] Invoice shows wrong VAT"
    assert "Ben handed SUP-1 to you." in mail.text
    assert "> Hello, the invoice is wrong." in mail.text
    assert "Owner: you" in mail.text
    assert "Due: First reply, Mon 02 Mar 11:00 (in 58 min)" in mail.text
    assert (mail.sender.address, mail.automatic) == ("support@shop.example", "auto-generated")


async def test_what_a_customer_writes_is_told_to_whoever_has_the_ticket(desk: Desk) -> None:
    await wants(desk, ana="mine", ben="mine")
    await desk.mail()
    await desk.run("ana", "/ticket claim SUP-1")
    await desk.answer(await desk.replied(), "It is still wrong.\nPlease look.")
    await desk.after(minutes=2)
    [mail] = news(desk)
    assert mail.text.startswith(
        "Maria Huber wrote on SUP-1.\n\n> It is still wrong.\n> Please look."
    )
    assert news(desk, BEN) == []


async def test_a_clock_of_mine_is_told_before_and_when_it_is_missed(desk: Desk) -> None:
    await assigned(desk)
    await desk.after(minutes=45)
    await desk.after(minutes=2)
    await desk.after(minutes=15)
    await desk.after(minutes=2)
    first, second = news(desk)
    assert "SUP-1: First reply is due Mon 02 Mar 11:00." in first.text
    assert "SUP-1: First reply is missed, it was due Mon 02 Mar 11:00." in second.text


async def test_new_tickets_are_told_to_those_who_work_on_the_desk_and_want_it(desk: Desk) -> None:
    await wants(desk, ana="desk", ben="mine", carla="desk")
    await desk.mail()
    await desk.after(minutes=2)
    assert "SUP-1 is new with Shop Support, from Maria Huber" in news(desk)[0].text
    assert (len(news(desk)), len(news(desk, BEN)), len(news(desk, CARLA))) == (1, 0, 1)


async def test_a_ticket_that_a_colleague_opened_is_told_without_their_words(desk: Desk) -> None:
    await wants(desk, ana="desk")
    await desk.run("ben", "/ticket new Printer is on fire\nand so is my desk")
    await desk.after(minutes=2)
    [mail] = news(desk)
    assert mail.text.startswith("SUP-1 is new with Shop Support, from Ben.\n\nFrom: Ben\n")
    assert "so is my desk" not in mail.text


async def test_nothing_is_told_of_other_desks(desk: Desk) -> None:
    await wants(desk, ana="desk", ben="desk", carla="desk")
    await desk.mail(to="billing@shop.example")
    await desk.after(minutes=2)
    assert [*news(desk), *news(desk, BEN), *news(desk, CARLA)] == []


async def test_incidents_are_not_told_by_mail(desk: Desk) -> None:
    await wants(desk, carla="desk")
    await desk.run("ben", "/incident declare checkout is down")
    await desk.run("ben", "/incident lead INC-1 carla")
    await desk.after(minutes=5)
    assert news(desk, CARLA) == []


async def test_nobody_is_told_of_what_they_did_themselves(desk: Desk) -> None:
    await wants(desk, ana="desk")
    await desk.run("ana", "/ticket new Printer is on fire")
    await desk.run("ana", "/ticket assign SUP-1 me")
    await desk.mail("I need help myself.", sender=f"Ana <{ANA}>")
    await desk.after(minutes=5)
    assert [mail for mail in news(desk) if mail.subject.startswith("[")] == []


async def test_what_came_before_ones_own_act_is_no_news(desk: Desk) -> None:
    await wants(desk, ana="desk")
    await desk.mail()
    await desk.run("ana", "/ticket claim SUP-1")
    await desk.after(minutes=5)
    assert news(desk) == []


async def test_who_has_it_and_works_on_the_desk_gets_one_mail(desk: Desk) -> None:
    await wants(desk, ana="desk")
    await desk.mail()
    await desk.run("ben", "/ticket assign SUP-1 ana")
    await desk.after(minutes=5)
    [mail] = news(desk)
    assert mail.text.startswith("SUP-1 is new with Shop Support")
    assert "\nBen handed SUP-1 to you." in mail.text


async def test_what_happens_within_two_minutes_is_told_as_it_is_then(desk: Desk) -> None:
    await assigned(desk)
    await desk.mail("And one more thing.", subject="Re: Invoice [SUP-1]")
    await desk.after(seconds=90)
    await desk.mail("And the last.", subject="Re: Invoice [SUP-1]")
    await desk.after(seconds=30)
    [mail] = news(desk)
    assert mail.text.startswith("Maria Huber wrote on SUP-1.\n\n> And the last.\n\n")
    await desk.after(minutes=10)
    assert len(news(desk)) == 1


async def test_what_happens_later_makes_another_mail_of_the_same_thread(desk: Desk) -> None:
    await assigned(desk)
    for text in ("One.", "Two."):
        await desk.mail(text, subject="Re: Invoice [SUP-1]")
        await desk.after(minutes=3)
    first, second = news(desk)
    assert first.message_id != second.message_id
    assert first.references == second.references
    assert (first.subject, first.envelope_from) == (second.subject, second.envelope_from)


async def test_a_ticket_that_went_to_somebody_else_meanwhile_is_no_news(desk: Desk) -> None:
    await wants(desk, ana="mine")
    await desk.mail()
    await desk.run("ben", "/ticket assign SUP-1 ana")
    await desk.run("carla", "/ticket assign SUP-1 ben")
    await desk.after(minutes=5)
    assert news(desk) == []


async def test_no_news_leaves_while_a_reply_can_be_taken_back(desk: Desk) -> None:
    await assigned(desk)
    await desk.mail("Hurry!", subject="Re: Invoice [SUP-1]")
    await desk.after(seconds=115)
    await desk.run("ben", "/ticket reply SUP-1 It is fixed.")
    await desk.after(seconds=9)
    assert news(desk) == []
    await desk.after(seconds=5)
    assert len(news(desk)) == 1


@pytest.mark.parametrize("kind", AUTOMATIC)
async def test_machines_mail_is_no_news(desk: Desk, kind: str) -> None:
    await wants(desk, ana="desk")
    await desk.mail(**AUTOMATIC[kind])
    await desk.run("ben", "/ticket assign SUP-1 carla")
    await desk.after(minutes=5)
    assert news(desk) == []


async def test_held_mail_is_no_news(desk: Desk) -> None:
    await assigned(desk)
    await desk.mail("Let me in.", sender=BOB, to=(await desk.replied()).reply_to)
    assert await desk.outcomes() == ["ticket", "held"]
    await desk.after(minutes=5)
    assert news(desk) == []


async def test_thirty_an_hour_and_one_that_says_so(desk: Desk) -> None:
    await wants(desk, ana="desk")
    earlier = Ration(sent=tuple(MONDAY - timedelta(minutes=n) for n in range(1, 30)))
    async with desk.store.work() as work:
        await work.facts.put("news sent:ana", dump_ration(earlier), MONDAY)
    for number in range(4):
        await desk.mail(sender=f"c{number}@acme.example", subject=f"No. {number}")
    await desk.after(minutes=2)
    pauses = "There is much news this hour: no more mail before Mon 02 Mar 11:00."
    assert [pauses in mail.text for mail in news(desk)] == [False, True]
    assert desk.meter.counted("notifications_withheld") == 2
    await desk.after(minutes=58)
    await desk.mail(sender="late@acme.example")
    await desk.after(minutes=2)
    assert len(news(desk)) == 3


@settings(max_examples=5, suppress_health_check=list(HealthCheck))
@given(data=st.data())
async def test_o7_no_note_ever_is_in_a_mail(open_desk: OpenDesk, data: st.DataObject) -> None:
    desk = await open_desk()
    secret = "internal-7f3a"
    await wants(desk, ana="desk", ben="desk", carla="desk")
    await desk.mail()
    await desk.after(minutes=2)
    steps = data.draw(st.lists(st.sampled_from(sorted(STEPS)), min_size=1, max_size=6))
    for step in steps:
        await desk.run("ben", f"/ticket note SUP-1 {secret} {step}")
        await desk.say("carla", "SUP-1", f"{secret} in the thread")
        await STEPS[step](desk)
        await desk.after(minutes=3)
    mails = [*news(desk), *news(desk, BEN), *news(desk, CARLA)]
    assert len(mails) >= 3
    assert not any(secret in mail.text + mail.subject for mail in mails)


STEPS = {
    "hand over": lambda desk: desk.run("carla", "/ticket assign SUP-1 ana"),
    "back": lambda desk: desk.run("carla", "/ticket assign SUP-1 ben"),
    "write": lambda desk: desk.mail("Any news?", subject="Re: Invoice [SUP-1]"),
    "reply": lambda desk: desk.run("ben", "/ticket reply SUP-1 We look into it."),
    "wait": lambda desk: desk.after(hours=1),
    "resolve": lambda desk: desk.run("carla", "/ticket resolve SUP-1 internal-7f3a why"),
}
