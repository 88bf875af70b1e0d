"""Where a ticket stands in Discord: a thread of a channel, or a post on a forum's board."""

from __future__ import annotations

from tests.adapters.discord.conftest import Setting


async def test_a_mail_becomes_a_card_with_a_thread(setting: Setting) -> None:
    desk, _ = setting
    await desk.mail()
    card, thread = await desk.card_of(), await desk.post_of()
    assert "SUP-1" in card.text
    assert "Invoice shows wrong VAT" in card.text
    assert thread.id == card.id
    assert thread.name == "SUP-1 Invoice shows wrong VAT"
    assert card.channel_id == desk.place.id


async def test_it_becomes_a_post_of_a_forum_with_tags(board: Setting) -> None:
    desk, _ = board
    await desk.mail()
    thread = await desk.post_of()
    assert desk.discord.tags(thread) == ["New", "Shop Support"]
    assert (await desk.card_of()).channel_id == thread.id


async def test_the_board_shows_how_it_stands_until_the_end(board: Setting) -> None:
    desk, people = board
    await desk.mail()
    form = await people["ana"].presses(await desk.card_of(), "Reply")
    await people["ana"].submits(form, {"text": "We are on it."})
    await desk.after(seconds=10)
    assert desk.discord.tags(await desk.post_of())[0] == "Waiting"
    await people["ana"].types(await desk.post_of(), "/ticket resolve reason:done")
    await desk.quiet()
    thread = await desk.post_of()
    assert thread.thread.archived
    assert not thread.thread.locked
    assert desk.discord.tags(thread)[0] == "Resolved"
