"""A confidential incident in Slack: a thread in each insider's direct messages with the app."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.domain.directory import Directory
from tests.fakes.slack import Message, lost_answer
from tests.scenario.slack_shop import SlackShop, open_shop

SECRET = "Somebody sold customer data"


@pytest.fixture
async def shop(directory: Directory) -> AsyncIterator[SlackShop]:
    """A shop on Slack."""
    async with open_shop(directory) as opened:
        yield opened


async def declared(shop: SlackShop) -> Message:
    """Ben has declared it; his own card of it."""
    await shop.run("ben", f"/incident declare {SECRET} --private")
    return shop.fake.direct_messages("ben")[0]


async def said(shop: SlackShop, root: Message, words: str) -> list[str]:
    """Ben says it in his thread: what stands there then, since he said it."""
    before = len(shop.fake.messages(root.channel, root.ts))
    await shop.fake.says("ben", root.channel, words, thread_ts=root.ts)
    await shop.after(seconds=10)
    return [one.text for one in shop.fake.messages(root.channel, root.ts)[before + 1 :]]


async def test_a_verb_in_the_thread_is_answered_in_it(shop: SlackShop) -> None:
    root = await declared(shop)
    answers = await said(shop, root, "!ack")
    assert "INC-1 is yours; nobody else is paged." in answers
    assert (await shop.incident()).acknowledged_by == "ben"


async def test_bare_words_are_a_note_in_the_thread_and_a_command_beside_it(
    shop: SlackShop,
) -> None:
    root = await declared(shop)
    assert await said(shop, root, "resolve it by noon") == []
    assert [message.text for message in await shop.messages("INC-1")] == ["resolve it by noon"]
    await shop.fake.says("ben", root.channel, "incident list")
    await shop.settle()
    assert "Incidents: 1" in [one.text for one in shop.fake.direct_messages("ben")]


async def test_talk_is_heard_before_the_making_of_the_thread_is(shop: SlackShop) -> None:
    shop.fake.faults.then("chat.postMessage", lost_answer())
    root = await declared(shop)
    await said(shop, root, "before the look-up")
    await shop.minutes(2)
    assert [message.text for message in await shop.messages("INC-1")] == ["before the look-up"]
    cards = [one for one in shop.fake.direct_messages("ben") if one.blocks and not one.is_reply]
    assert [one.ts for one in cards] == [root.ts]


async def test_an_emoji_on_the_card_counts(shop: SlackShop) -> None:
    root = await declared(shop)
    await shop.fake.says("ben", root.channel, "look at this", thread_ts=root.ts)
    talk = shop.fake.messages(root.channel, root.ts)[-1]
    await shop.fake.reacts("ben", talk, "pushpin")
    await shop.after(seconds=10)
    assert any("📌 look at this" in line for line in await shop.story("INC-1"))


async def test_who_left_the_workspace_keeps_nothing_from_the_others(shop: SlackShop) -> None:
    shop.fake.add_user("carla", deleted=True)
    await declared(shop)
    await shop.run("ben", "/incident invite INC-1 @carla")
    await shop.after(seconds=10)
    assert await shop.heard("let Carla in") == 1
    told = [one for one in shop.fake.workspace.messages if one.channel.startswith("C")]
    assert [one.text for one in told if "INC-1" in one.text or SECRET in one.text] == []
