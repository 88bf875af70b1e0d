"""What only Slack does to the main job: lost calls, a revoked token, files, guests, its limits."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Final

import pytest

from bot.domain.directory import Directory
from tests.fakes.slack import dropped, lost_answer
from tests.scenario.house import Monitor
from tests.scenario.slack_shop import SlackShop, Twice, open_shop

MINUTE: Final = timedelta(minutes=1)


@pytest.fixture
async def shop(directory: Directory) -> AsyncIterator[SlackShop]:
    """A shop on Slack."""
    async with open_shop(directory) as opened:
        yield opened


async def test_a_gesture_that_comes_twice_is_answered_once(shop: SlackShop) -> None:
    fake, card = shop.fake, await shop.tickets()
    fake.door = Twice(fake.door)
    await (await fake.presses("ana", card, "Claim")).answer()
    await (await fake.types("ana", "random", "/ticket note SUP-1 by command")).answer()
    await shop.settle()
    assert [m.text for m in fake.whispers("ana") if "already" in m.text] == []


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


async def test_files_of_talk_are_kept(shop: SlackShop) -> None:
    card = await shop.tickets()
    files = {"log.txt": b"line 1"}
    await shop.fake.says("ana", "support", "see the log", thread_ts=card.ts, files=files)
    await shop.fake.until(lambda: shop.fake.calls("download"))
    note = (await shop.messages("SUP-1"))[-1]
    assert [ref.name for ref in note.attachments] == ["log.txt"]


async def test_a_guest_changes_nothing(shop: SlackShop) -> None:
    fake, card = shop.fake, await shop.tickets()
    await fake.changes_user("ben", is_restricted=True)
    refused = await (await fake.presses("ben", card, "Claim")).answer()
    assert "cannot do that" in refused.text
    await fake.says("ben", "support", "let me in", thread_ts=card.ts)
    await fake.reacts("ben", card, "eyes")
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
