"""News of tickets by mail: to whom, when, how often, and what never is in them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain import events as happened
from bot.domain.directory import Directory
from bot.domain.mail import OutboundMail
from bot.domain.notifications import Ration, dump_ration
from bot.domain.people import Mails, parse_grant
from bot.errors import Fault, PermanentError
from bot.services.mailing import leaving
from tests.scenario.conftest import OpenDesk
from tests.scenario.desk import AUTOMATIC, BOB, Desk, told
from tests.scenario.test_returned import BARE
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


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
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


# ---------------------------------------------------------------- saying what one wants


async def test_what_one_gets_is_said_and_changed(desk: Desk) -> None:
    assert "You get no news by mail." in told(await desk.run("ana", "/ticket mails"))
    assert f"They go to {ANA}" in told(await desk.run("ana", "/ticket mails desk"))
    assert "of new tickets on your desks" in told(await desk.run("ana", "/ticket mails"))
    assert "You get no news by mail." in told(await desk.run("ana", "/ticket mails off"))
    async with desk.store.read() as work:
        rows = await work.audit.find("ana")
    assert [(row.actor, row.before, row.after, row.source) for row in rows] == [
        ("person:ana", "desk", "off", "console"),
        ("person:ana", "off", "desk", "console"),
    ]


async def test_who_has_no_address_is_told_so(open_desk: OpenDesk, directory: Directory) -> None:
    people = dict(directory.people)
    people["ana"] = replace(people["ana"], email="")
    desk = await open_desk(people=people)
    reply = await desk.run("ana", "/ticket mails mine")
    assert reply.refused
    assert "There is no mail address of yours here." in told(reply)


async def test_what_is_configured_holds_until_it_is_changed(
    open_desk: OpenDesk, directory: Directory
) -> None:
    people = {key: replace(each, mails=Mails.DESK) for key, each in directory.people.items()}
    desk = await open_desk(people=people)
    await desk.run("ben", "/ticket mails off")
    await desk.mail()
    await desk.after(minutes=2)
    assert (len(news(desk)), len(news(desk, BEN)), len(news(desk, CARLA))) == (1, 0, 1)


async def test_who_is_of_the_desk_no_more_gets_nothing(
    open_desk: OpenDesk, directory: Directory
) -> None:
    people = dict(directory.people)
    people["ana"] = replace(people["ana"], grants=(parse_grant("agent:billing"),))
    desk = await open_desk(people=people)
    await wants(desk, ana="desk")
    await desk.mail()
    await desk.after(minutes=2)
    assert news(desk) == []


async def test_without_an_address_of_the_service_a_mail_has_no_links(open_desk: OpenDesk) -> None:
    desk = await open_desk(links="")
    await wants(desk, ana="desk")
    await desk.mail()
    await desk.after(minutes=2)
    [mail] = news(desk)
    assert "http" not in mail.text
    assert mail.unsubscribe_url == ""
    assert "You may answer this mail" in mail.text


# ---------------------------------------------------------------- stopping it by a link


def stop_token(mail: OutboundMail) -> str:
    """The token of the link at the foot of a mail."""
    return mail.text.rstrip().rpartition("/u/")[2]


async def test_one_click_stops_them_and_following_the_link_does_not(desk: Desk) -> None:
    await wants(desk, ana="desk")
    await desk.mail()
    await desk.after(minutes=2)
    [mail] = news(desk)
    assert mail.unsubscribe_url.endswith(f"/u/{stop_token(mail)}")
    found = await leaving.look(desk.core, stop_token(mail))
    assert found is not None
    assert found.standing == "Ana gets news of tickets by mail."
    assert "They go to ana@" in told(await desk.run("ana", "/ticket mails"))
    assert await leaving.leave(desk.core, stop_token(mail), desk.clock.now()) == found
    assert "You get no news by mail." in told(await desk.run("ana", "/ticket mails"))
    assert await leaving.look(desk.core, stop_token(mail)) is None
    assert await leaving.leave(desk.core, stop_token(mail), desk.clock.now()) is None


async def test_what_was_under_way_is_not_sent_to_who_wants_no_more(desk: Desk) -> None:
    await wants(desk, ana="desk")
    await desk.mail()
    await desk.run("ana", "/ticket mails off")
    await desk.after(minutes=5)
    assert news(desk) == []


# ---------------------------------------------------------------- what does not arrive


async def told_of(desk: Desk) -> OutboundMail:
    """Ana gets one more mail."""
    await desk.mail(subject=f"No. {len(await desk.tickets())}")
    await desk.after(minutes=2)
    return news(desk)[-1]


async def bounced(desk: Desk, mail: OutboundMail, status: str) -> None:
    """A report about a mail comes to its return path."""
    raw = BARE.format(to=mail.envelope_from, status=status).replace("\n", "\r\n")
    await desk.raw_mail(raw.encode(), "", mail.envelope_from)


def operators(desk: Desk) -> list[str]:
    """What operators were told: in the desks' channels, since the shop has no admin."""
    return [each.card.title for each in desk.surface.channel("support") if "⚠️" in each.card.title]


async def test_the_third_mail_that_comes_back_ends_them(desk: Desk) -> None:
    await wants(desk, ana="desk")
    for _ in range(3):
        await bounced(desk, await told_of(desk), "5.2.2")
    assert operators(desk) == [
        "⚠️ Mail to Ana does not arrive",
        "⚠️ Ana gets no more news by mail",
    ]
    says = told(await desk.run("ana", "/ticket mails"))
    assert "You get no news by mail. But mail to ana@shop.example came back" in says
    assert "But" not in told(await desk.run("ana", "/ticket mails mine"))
    assert (await desk.outcomes()).count("bounce") == 3
    assert await desk.happened(happened.DeliveryChanged) == 0
    assert len(await desk.messages()) == 1


@pytest.mark.parametrize("status", ["5.7.1", "5.3.4", "5.6.0"])
async def test_what_lies_with_the_mail_does_not_count(desk: Desk, status: str) -> None:
    await wants(desk, ana="desk")
    mail = await told_of(desk)
    for _ in range(3):
        await bounced(desk, mail, status)
    assert "They go to ana@" in told(await desk.run("ana", "/ticket mails"))


async def test_what_the_smarthost_refuses_counts_and_leaves_the_ticket_alone(desk: Desk) -> None:
    await wants(desk, ana="desk")
    unknown = PermanentError("550 5.1.1 no such user", fault=Fault.DESTINATION, code="5.1.1")
    for number in range(3):
        await desk.mail(subject=f"No. {number}", sender=f"c{number}@acme.example")
        desk.mailbox.script.then(unknown)
        await desk.after(minutes=2)
    assert operators(desk)[-1] == "⚠️ Ana gets no more news by mail"
    assert await desk.happened(happened.DeliveryChanged) == 0
