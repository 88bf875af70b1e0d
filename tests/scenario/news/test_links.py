"""The one-time link of a mail: who follows it acts once, as the person it went to."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.domain import events as happened
from bot.domain.directory import Directory
from bot.domain.messages import Delivery, Voice
from bot.domain.people import parse_grant
from bot.services.gestures.links import LinkPage, MailLinks
from tests.scenario.desk import MARIA, Desk, words
from tests.scenario.news.test_answers import noticed
from tests.scenario.news.test_news import news, token_of, wants


def links(desk: Desk) -> MailLinks:
    return MailLinks(desk.core, desk.dispatcher)


async def linked(desk: Desk) -> tuple[MailLinks, str]:
    """Ana has SUP-1, its customer wrote, and she has a link."""
    return links(desk), token_of(await noticed(desk))


async def act(
    desk: Desk, token: str, deed: str, text: str = "", knew: str = "99"
) -> LinkPage | None:
    """Somebody presses a button of the page, and what follows from it happens."""
    page = await links(desk).act(token, deed, text, knew)
    await desk.settle()
    return page


async def test_following_the_link_shows_the_ticket_and_changes_nothing(desk: Desk) -> None:
    opened, token = await linked(desk)
    before = (await desk.ticket(), await desk.history(), await desk.messages())
    page = await opened.look(token)
    assert page is not None
    assert (page.number, page.title, page.owner) == ("SUP-1", "Invoice shows wrong VAT", "you")
    assert (page.writer, page.words) == ("Maria Huber", "It is still wrong.")
    assert page.due.startswith("First reply, Mon 02 Mar 11:00")
    assert await opened.look(token) == page
    assert (await desk.ticket(), await desk.history(), await desk.messages()) == before


async def test_a_reply_leaves_as_any_other_and_once(desk: Desk) -> None:
    _, token = await linked(desk)
    page = await act(desk, token, "reply", "It is fixed.\r\nSorry!")
    assert page is not None
    assert page.done
    assert page.said.startswith(f"Sending to {MARIA} in 10 s. Until then it can be taken back")
    await desk.after(seconds=10)
    [mail] = desk.mails(MARIA)
    assert (mail.text, mail.sender.name) == ("It is fixed.\nSorry!\n", "Ana (Shop Support)")
    assert await act(desk, token, "reply", "Once more") is None
    assert await links(desk).look(token) is None
    await desk.after(seconds=10)
    assert len(desk.mails(MARIA)) == 1


async def test_a_reply_by_a_link_can_be_taken_back(desk: Desk) -> None:
    _, token = await linked(desk)
    await act(desk, token, "reply", "It is fixed.")
    await desk.run("ana", "/ticket undo SUP-1")
    await desk.after(seconds=10)
    assert (await desk.newest()).delivery is Delivery.UNDONE
    assert desk.mails(MARIA) == []


async def test_a_note_tells_that_it_came_by_a_link(desk: Desk) -> None:
    _, token = await linked(desk)
    page = await act(desk, token, "note", "Ask the bank.")
    assert page is not None
    assert page.done
    message = await desk.newest()
    assert (message.voice, message.author, message.text) == (
        Voice.NOTE,
        "person:ana",
        "Ask the bank.",
    )
    assert "internal · mail link" in words((await desk.posts())[-1])


async def test_a_free_ticket_is_claimed(desk: Desk) -> None:
    await wants(desk, ana="desk")
    await desk.mail()
    await desk.after(minutes=2)
    token = token_of(news(desk)[-1])
    page = await links(desk).look(token)
    assert page is not None
    assert page.free
    page = await act(desk, token, "claim")
    assert page is not None
    assert page.said == "SUP-1 is yours."
    assert (await desk.ticket()).assignee == "ana"


@pytest.mark.parametrize(("deed", "event"), [("reply", "ReplySent"), ("note", "NoteAdded")])
async def test_the_record_tells_whose_link_did_it(desk: Desk, deed: str, event: str) -> None:
    _, token = await linked(desk)
    await act(desk, token, deed, "Words.")
    async with desk.store.read() as work:
        row = next(row for row in await work.audit.find("SUP-1") if event in row.action)
    assert (row.actor, row.source) == ("person:ana", "mail link")


async def test_the_person_is_told_that_their_link_was_used(desk: Desk) -> None:
    _, token = await linked(desk)
    await act(desk, token, "reply", "It is fixed.")
    told = [each.card for each in desk.surface.directs("ana")][-1]
    assert told.title == "Your link of SUP-1 was used"
    assert "At 10:02 on Mon 02 Mar, to reply to the customer." in words(told)


async def test_two_at_once_act_once(desk: Desk) -> None:
    opened, token = await linked(desk)
    both = await asyncio.gather(*(opened.act(token, "note", f"No. {n}", "99") for n in range(2)))
    assert sorted(page is None for page in both) == [False, True]
    assert await desk.happened(happened.NoteAdded) == 1
    await desk.settle()
    assert len([e for e in desk.surface.directs("ana") if "was used" in e.card.title]) == 1


async def test_a_link_ends_after_a_day(desk: Desk) -> None:
    opened, token = await linked(desk)
    await desk.after(hours=23, minutes=59)
    assert await opened.look(token) is not None
    await desk.after(minutes=1)
    assert await opened.look(token) is None
    assert await act(desk, token, "note", "Late") is None
    assert await desk.happened(happened.NoteAdded) == 0


async def test_a_forged_link_leads_nowhere(desk: Desk) -> None:
    opened, token = await linked(desk)
    other = token[:-1] + ("0" if token[-1] != "0" else "1")
    assert await opened.look(other) is None
    assert await act(desk, other, "note", "Hello") is None
    assert await desk.happened(happened.NoteAdded) == 0


async def test_links_of_two_mails_are_used_up_each_by_itself(desk: Desk) -> None:
    _, first = await linked(desk)
    await desk.mail("Hello?", subject="Re: Invoice [SUP-1]")
    await desk.after(minutes=2)
    second = token_of(news(desk)[-1])
    assert second != first
    assert await act(desk, first, "note", "One") is not None
    assert await act(desk, second, "note", "Two") is not None
    assert await desk.happened(happened.NoteAdded) == 2


async def test_what_is_refused_does_not_use_it_up(desk: Desk) -> None:
    _, token = await linked(desk)
    await desk.run("carla", "/ticket assign SUP-1 ben")
    page = await act(desk, token, "claim")
    assert page is not None
    assert (page.said.startswith("Ben has it"), page.done) == (True, False)
    empty = await act(desk, token, "reply", "  ")
    assert empty is not None
    assert empty.said == "Nothing was done: write something first."
    long = await act(desk, token, "note", "x" * 20_001)
    assert long is not None
    assert (long.text, long.done) == ("x" * 20_001, False)
    assert (await act(desk, token, "note", "Fine.")) is not None


async def test_who_was_slower_reads_first_what_was_said(desk: Desk) -> None:
    opened, token = await linked(desk)
    page = await opened.look(token)
    assert page is not None
    await desk.run("ben", "/ticket reply SUP-1 It is fixed.")
    slower = await act(desk, token, "reply", "We look into it.", page.knew)
    assert slower is not None
    assert slower.said.startswith("Nothing was sent: Ben replied while you were writing.")
    assert (slower.text, slower.done) == ("We look into it.", False)
    again = await act(desk, token, "reply", slower.text, slower.knew)
    assert again is not None
    assert again.done


@pytest.mark.parametrize("grants", ["agent:billing", "responder", ""])
async def test_who_may_no_more_is_led_nowhere(
    desk: Desk, directory: Directory, grants: str
) -> None:
    _, token = await linked(desk)
    ana = replace(directory.people["ana"], grants=tuple(map(parse_grant, grants.split())))
    core = replace(desk.core, directory=replace(directory, people={"ana": ana}))
    assert await MailLinks(core, desk.dispatcher).look(token) is None
    assert await MailLinks(core, desk.dispatcher).act(token, "note", "Hello", "") is None


async def test_who_is_here_no_more_is_led_nowhere(desk: Desk, directory: Directory) -> None:
    _, token = await linked(desk)
    core = replace(desk.core, directory=replace(directory, people={}))
    assert await MailLinks(core, desk.dispatcher).look(token) is None


async def test_what_no_button_asks_for_is_an_error(desk: Desk) -> None:
    opened, token = await linked(desk)
    with pytest.raises(ValueError, match="resolve"):
        await opened.act(token, "resolve", "", "")
