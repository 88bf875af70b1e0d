"""The ways of people on Slack through the real core: verbs, menus, forms, home, direct messages."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.domain.directory import Directory
from bot.domain.work_items import Kind
from bot.ports import ItemQuery
from tests.scenario.slack_shop import SlackShop, open_shop


@pytest.fixture
async def shop(directory: Directory) -> AsyncIterator[SlackShop]:
    """A shop on Slack."""
    async with open_shop(directory) as opened:
        yield opened


async def test_talk_to_the_bot_needs_no_mark(shop: SlackShop) -> None:
    card = await shop.tickets()
    await shop.fake.says("ana", "support", "@deskhand claim", thread_ts=card.ts)
    assert (await shop.ticket("SUP-1")).assignee == "ana"
    await shop.settle()
    assert "Ana" in str(shop.fake.message(card).blocks)


async def test_what_was_said_is_sent_by_the_message_menu(shop: SlackShop) -> None:
    fake, card = shop.fake, await shop.tickets()
    words = await fake.says("ana", "support", "We fixed <it> & more", thread_ts=card.ts)
    form = await (await fake.uses_shortcut("ana", "reply", words)).view()
    await (await fake.submits(form)).answer()
    await shop.after(seconds=10)
    assert shop.mailbox.mails("maria@acme.example")[-1].text.startswith("We fixed <it> & more")


async def test_a_message_anywhere_becomes_a_ticket(shop: SlackShop) -> None:
    fake = shop.fake
    words = await fake.says("gus", "support", "the printer burns")
    form = await (await fake.uses_shortcut("ana", "new", words)).view()
    await (await fake.submits(form)).answer()
    await shop.settle()
    async with shop.store.read() as work:
        (ticket,) = await work.items.find(ItemQuery(kind=Kind.TICKET))
    assert ticket.title == "the printer burns"
    assert fake.last("support").text.startswith("SUP-1")


async def test_who_was_quicker_stops_the_other_reply(shop: SlackShop) -> None:
    fake, card = shop.fake, await shop.tickets()
    form = await (await fake.presses("ana", card, "Reply")).view()
    await fake.says("ben", "support", "!reply I have it", thread_ts=card.ts)
    late = await (await fake.submits(form, text="me too")).answer()
    assert "Not sent" in late.text
    await shop.after(seconds=10)
    sent = [mail.text for mail in shop.mailbox.mails("maria@acme.example") if not mail.automatic]
    assert len(sent) == 1
    await (await fake.presses("ana", late, "Send mine anyway")).answer()
    await shop.after(seconds=10)
    assert shop.mailbox.mails("maria@acme.example")[-1].text.startswith("me too")


async def test_a_form_that_is_closed_leaves_a_draft(shop: SlackShop) -> None:
    fake, card = shop.fake, await shop.tickets()
    words = await fake.says("ana", "support", "half a reply", thread_ts=card.ts)
    await fake.closes(await (await fake.uses_shortcut("ana", "reply", words)).view())
    form = await (await fake.presses("ana", card, "Reply")).view()
    assert "half a reply" in str(form.blocks)


async def test_the_home_is_ones_own_queue(shop: SlackShop) -> None:
    fake, _ = shop.fake, await shop.tickets()
    await fake.opens_home("ana")
    home = await fake.until(lambda: fake.home("ana"))
    assert "Invoice shows wrong VAT" in str(home.blocks)
    await fake.presses("ana", home, "Claim")
    await fake.until(lambda: len(fake.calls("views.publish")) == 2)
    assert (await shop.ticket("SUP-1")).assignee == "ana"
    assert fake.direct_messages("ana") == []


@pytest.mark.parametrize(
    ("words", "told"),
    [("queue", "SUP-1"), ("help", "/ticket claim"), ("what?", "did not find a verb")],
)
async def test_words_to_the_bot_alone_are_answered(shop: SlackShop, words: str, told: str) -> None:
    await shop.tickets()
    await shop.fake.says("ana", shop.fake.workspace.direct("UANA").id, words)
    answer = shop.fake.direct_messages("ana")[-1]
    assert told in f"{answer.text} {answer.blocks}"


async def test_an_emoji_pins_what_was_said_to_the_timeline(shop: SlackShop) -> None:
    fake = shop.fake
    declared = await fake.types("carla", "incidents", "/incident declare checkout is down")
    await declared.answer()
    await shop.settle()
    card = next(m for m in fake.messages("incidents") if "Acknowledge" in str(m.blocks))
    words = await fake.says("gus", "incidents", "rolled back", thread_ts=card.ts)
    await fake.reacts("carla", words, "pushpin")
    assert any("rolled back" in line for line in await shop.story("INC-1"))
