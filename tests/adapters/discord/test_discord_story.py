"""Where a ticket stands in Discord: a thread of a channel, or a post on a forum's board."""

from __future__ import annotations

from bot.domain.directory import Directory
from tests.adapters.discord.conftest import Setting
from tests.adapters.discord.world import desk_in_discord


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


async def test_a_deleted_thread_is_made_anew(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    first = await desk.post_of()
    await people["ana"].deletes_channel(first)
    await desk.discord.posting.delete(await desk.card_of())
    await desk.run("ana", "/ticket note SUP-1 still here")
    await desk.after(minutes=2)
    again = await desk.post_of()
    assert again.id != first.id
    assert any("still here" in line for line in await desk.lines())
    assert "SUP-1 is yours" in (await people["ana"].presses(await desk.card_of(), "Claim")).text


async def test_a_desk_in_two_channels_stands_alike_in_both(shop: Directory) -> None:
    async with desk_in_discord(shop, both=True) as (desk, people):
        await desk.mail()
        (board,) = [each for each in desk.discord.world.channels.values() if each.name == "board"]
        (post,) = desk.discord.threads(board)
        (thread,) = desk.discord.threads(desk.place)
        there = desk.discord.world.message(post.id)
        await people["ana"].presses(there, "Claim")
        await people["ana"].says(post, "looks like DNS")
        await desk.quiet()
        here = desk.discord.world.message(thread.id)
        assert all("Owner** Ana" in card.text for card in (here, there))
        lines = [one.text for one in desk.discord.messages(thread)]
        assert sum("looks like DNS" in line for line in lines) == 1
