"""The main job, driven by Slack's side of the wire alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Final

import pytest

from bot.domain.directory import Directory
from bot.domain.work_items import TicketStatus
from tests.fakes.slack import dropped, lost_answer
from tests.scenario.house import Monitor
from tests.scenario.slack_shop import SlackShop, Twice, open_shop

MINUTE: Final = timedelta(minutes=1)


@pytest.fixture
async def shop(directory: Directory) -> AsyncIterator[SlackShop]:
    """A shop on Slack."""
    async with open_shop(directory) as opened:
        yield opened


async def test_a_ticket_from_the_mail_to_its_end(shop: SlackShop) -> None:
    fake, card = shop.fake, await shop.tickets()
    claimed = await (await fake.presses("ana", card, "Claim")).answer()
    assert "SUP-1 is yours" in claimed.text
    form = await (await fake.presses("ana", card, "Reply")).view()
    sent = await fake.submits(form, text="We found it.")
    assert "Sending to maria@acme.example" in (await sent.answer()).text
    await shop.after(seconds=10)
    assert [mail.text for mail in shop.mailbox.mails("maria@acme.example")][-1].startswith(
        "We found it."
    )
    await fake.says("ana", "support", "it was the tax table", thread_ts=card.ts)
    await fake.reacts("ana", card, "white_check_mark")
    assert (await shop.ticket("SUP-1")).status is TicketStatus.RESOLVED
    notes = [m.text for m in await shop.messages("SUP-1")]
    assert "it was the tax table" in notes
    await shop.settle()
    assert "Resolved" in fake.message(card).text


async def test_an_alert_storm_is_one_incident_and_one_page(shop: SlackShop) -> None:
    fake, monitor = shop.fake, Monitor(shop)
    await monitor.fire(*(f"web-{n}" for n in range(20)))
    cards = [m for m in fake.messages("incidents") if "INC-1" in m.text]
    assert len(cards) == 1
    (page,) = fake.direct_messages("carla")
    pressed = await fake.presses("carla", page, "Acknowledge")
    await pressed.answer()
    await shop.settle()
    assert "cknowledged" in fake.message(page).text
    await shop.minutes(30)
    assert len(fake.direct_messages("carla")) == 1
    assert not fake.direct_messages("ben")


async def test_what_comes_twice_happens_once(shop: SlackShop) -> None:
    fake, card = shop.fake, await shop.tickets()
    fake.events.copies = 2
    fake.door = Twice(fake.door)
    await (await fake.presses("ana", card, "Claim")).answer()
    form = await (await fake.presses("ana", card, "Reply")).view()
    await (await fake.submits(form, text="We found it.")).answer()
    await fake.says("ana", "support", "a note", thread_ts=card.ts)
    await fake.says("ana", "support", "!priority high", thread_ts=card.ts)
    typed = await fake.types("ana", "random", "/ticket note SUP-1 by command")
    await typed.answer()
    await fake.reacts("ana", card, "white_check_mark")
    await shop.after(seconds=10)
    texts = [m.text for m in await shop.messages("SUP-1")]
    assert texts == ["Hello, the invoice is wrong.", "We found it.", "a note", "by command"]
    story = await shop.history("SUP-1")
    assert len([e for e in story if "resolved" in e.event.tell()]) == 1
    assert len([e for e in story if "priority" in e.event.tell()]) == 1
    refusals = [m.text for m in fake.workspace.messages.seen_by("UANA") if "already" in m.text]
    assert refusals == []


async def test_an_outage_is_caught_up_in_order(shop: SlackShop) -> None:
    fake, card = shop.fake, await shop.tickets()
    await fake.goes_down()
    for n in range(1, 4):
        await shop.run("ana", f"/ticket note SUP-1 note {n}")
        await shop.minutes(10)
    assert await shop.thread_texts(card) == ["Maria Huber on SUP-1: Hello, the invoice is wrong."]
    fake.comes_back()
    await shop.minutes(3)
    told = [text for text in await shop.thread_texts(card) if "note" in text]
    assert told == [f"Ana on SUP-1: note {n}" for n in range(1, 4)]
    await fake.until(lambda: fake.sockets.count == 2)
    await fake.says("ana", "support", "back again", thread_ts=card.ts)
    assert (await shop.messages("SUP-1"))[-1].text == "back again"


@pytest.mark.parametrize("fault", [lost_answer(), dropped()], ids=["answer lost", "call lost"])
async def test_a_dropped_connection_leaves_one_message(shop: SlackShop, fault: object) -> None:
    shop.fake.faults.then("chat.postMessage", fault)  # type: ignore[arg-type]
    await shop.mail()
    await shop.minutes(2)
    cards = [m for m in shop.fake.messages("support") if m.text.startswith("SUP-1")]
    assert len(cards) == 1
    assert len(await shop.thread_texts(cards[0])) == 1


async def test_talk_in_a_thread_whose_making_was_not_heard_of_is_kept(shop: SlackShop) -> None:
    fake = shop.fake
    fake.faults.then("chat.postMessage", lost_answer())
    card = await shop.tickets()
    await fake.says("ana", "support", "before the look-up", thread_ts=card.ts)
    assert (await shop.messages("SUP-1"))[-1].text == "before the look-up"
    await shop.minutes(2)
    cards = [m for m in fake.messages("support") if m.text.startswith("SUP-1")]
    assert [each.ts for each in cards] == [card.ts]
    await fake.says("ana", "support", "after it", thread_ts=card.ts)
    assert (await shop.messages("SUP-1"))[-1].text == "after it"


async def test_a_revoked_token_stops_nothing_but_slack(shop: SlackShop) -> None:
    await shop.fake.revokes_token()
    await shop.mail()
    await shop.minutes(20)
    on_console = [posting.card for posting in shop.surface.channel("support")]
    told = [card.title for card in on_console if "Slack" in card.title]
    assert told == ["🔴 Slack has revoked our token"]
    assert any(card.number == "SUP-1" for card in on_console)
    assert not (await shop.run("ana", "/ticket reply SUP-1 still here")).refused
    await shop.after(seconds=10)
    assert "still here" in shop.mailbox.mails("maria@acme.example")[-1].text
    shop.fake.restores_token()
    await shop.minutes(10)
    assert shop.fake.last("support").text.startswith("SUP-1")


async def test_talk_is_followed_when_it_is_edited_and_deleted(shop: SlackShop) -> None:
    fake, card = shop.fake, await shop.tickets()
    said = await fake.says("ana", "support", "it is DNS", thread_ts=card.ts)
    await fake.edits(said, "it is <DNS> & TTL")
    assert (await shop.messages("SUP-1"))[-1].text == "it is <DNS> & TTL"
    await fake.deletes(fake.message(said))
    assert (await shop.messages("SUP-1"))[-1].withdrawn_at is not None


async def test_files_of_talk_are_kept(shop: SlackShop) -> None:
    card = await shop.tickets()
    files = {"log.txt": b"line 1"}
    await shop.fake.says("ana", "support", "see the log", thread_ts=card.ts, files=files)
    await shop.fake.until(lambda: shop.fake.calls("download"))
    note = (await shop.messages("SUP-1"))[-1]
    assert [ref.name for ref in note.attachments] == ["log.txt"]


async def test_a_claim_that_came_too_late_explains_itself(shop: SlackShop) -> None:
    fake, card = shop.fake, await shop.tickets()
    await (await fake.presses("ana", card, "Claim")).answer()
    late = await (await fake.presses("ben", card, "Claim", as_seen=True)).answer()
    assert "Ana has it" in late.text
    await shop.settle()
    assert (await shop.ticket("SUP-1")).assignee == "ana"


async def test_who_has_no_role_changes_nothing(shop: SlackShop) -> None:
    fake, card = shop.fake, await shop.tickets()
    fake.add_user("eve")
    fake.add_user("guy", is_restricted=True)
    await fake.changes_user("ben", is_restricted=True)
    for name in ("eve", "ben"):
        refused = await (await fake.presses(name, card, "Claim")).answer()
        assert "cannot do that" in refused.text
        await fake.says(name, "support", "let me in", thread_ts=card.ts)
        await fake.reacts(name, card, "eyes")
    assert (await shop.ticket("SUP-1")).assignee is None
    assert [m.text for m in await shop.messages("SUP-1")] == ["Hello, the invoice is wrong."]


async def test_five_hundred_alerts_in_a_minute_stay_within_slacks_limits(
    directory: Directory,
) -> None:
    async with open_shop(directory, limits=True) as shop:
        fake, monitor, began = shop.fake, Monitor(shop), shop.clock.now()
        for burst in range(15):
            names = (f"web-{burst}-{n}" for n in range(34))
            await monitor.fire(*names)
            await shop.after(seconds=4)
        await shop.minutes(2)
        edits = [call.at for call in fake.calls("chat.update")]
        most = max(sum(at <= other < at + MINUTE for other in edits) for at in edits)
        assert most <= 45
        assert [call.method for call in fake.calls() if call.status == 429] == []
        assert len([m for m in fake.messages("incidents") if "INC-1" in m.text]) == 1
        (page,) = [m for m in fake.direct_messages("carla") if "INC-1" in m.text][:1]
        assert float(page.ts) - began.timestamp() <= 2
        assert "510" in str(fake.messages("incidents")[0].blocks)
