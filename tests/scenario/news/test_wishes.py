"""Who gets news by mail: as configured, as they say, by a click, and until mail comes back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain import events as happened
from bot.domain.directory import Directory
from bot.domain.mail import OutboundMail
from bot.domain.people import Mails, parse_grant
from bot.errors import Fault, PermanentError
from bot.services.mailing.outgoing import leaving
from tests.scenario.conftest import OpenDesk
from tests.scenario.desk import Desk, told
from tests.scenario.mail.test_returned import BARE
from tests.scenario.news.test_news import ANA, BEN, CARLA, news, wants


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
    people["ana"] = replace(people["ana"], email="", mails=Mails.MINE)
    desk = await open_desk(people=people)
    assert "But no address is configured." in told(await desk.run("ana", "/ticket mails"))
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
