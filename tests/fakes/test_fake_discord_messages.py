"""Messages and threads in the fake, written and read by the plain library."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import discord
import pytest
from discord import ui

from bot.clock import ManualClock
from tests.fakes.discord_server import FakeDiscord, rights
from tests.fakes.discord_server.places import Channel
from tests.fakes.plain_discord import PlainBot, logged_in

CREATE = "POST /channels/{channel_id}/messages"


@pytest.fixture
async def server() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord() as fake:
        fake.text_channel("support")
        fake.forum("tickets", ["New", "Open", "A", "B", "C", "D"])
        yield fake


@pytest.fixture
async def bot(server: FakeDiscord) -> AsyncIterator[PlainBot]:
    async with logged_in(server) as bot:
        yield bot


def named(server: FakeDiscord, name: str) -> Channel:
    return next(each for each in server.world.channels.values() if each.name == name)


def support(bot: PlainBot) -> discord.TextChannel:
    channel = bot.get_channel(int(named(bot.server, "support").id))
    assert isinstance(channel, discord.TextChannel)
    return channel


def board(bot: PlainBot) -> discord.ForumChannel:
    channel = bot.get_channel(int(named(bot.server, "tickets").id))
    assert isinstance(channel, discord.ForumChannel)
    return channel


def card(text: str = "### SUP-1") -> ui.LayoutView:
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.Container(ui.TextDisplay(text)))
    return view


async def refused(call: Any) -> tuple[int, int]:
    """Status and code of the refusal."""
    with pytest.raises(discord.HTTPException) as caught:
        await call
    return caught.value.status, caught.value.code


async def test_a_message_is_posted_changed_read_and_deleted(bot: PlainBot) -> None:
    sent = await support(bot).send("first", suppress_embeds=True)
    await sent.edit(content="second")
    read = await support(bot).fetch_message(sent.id)
    kept = bot.server.world.message(str(sent.id))
    assert (read.content, kept.edits, kept.unfurls) == ("second", 1, False)
    await read.delete()
    assert await refused(support(bot).fetch_message(sent.id)) == (404, 10008)


async def test_a_repeated_nonce_gives_the_same_message(bot: PlainBot) -> None:
    assert isinstance(bot.server.clock, ManualClock)
    first = await support(bot).send("once", nonce="o-1")
    again = await support(bot).send("once", nonce="o-1")
    bot.server.clock.push(timedelta(minutes=4))
    later = await support(bot).send("once", nonce="o-1")
    assert first.id == again.id != later.id
    assert len(bot.server.called(CREATE)) == 3


async def test_a_nonce_is_told_once_and_not_stored(bot: PlainBot) -> None:
    sent = await support(bot).send("once", nonce="o-1")
    told = await bot.met("message")
    fetched = await support(bot).fetch_message(sent.id)
    assert (sent.nonce, told.nonce, fetched.nonce) == ("o-1", "o-1", None)


async def test_history_is_read_after_a_message(bot: PlainBot) -> None:
    ana, place = bot.server.person("Ana"), named(bot.server, "support")
    messages = [await ana.says(place, f"m{number}") for number in range(5)]
    after = discord.Object(int(messages[1].id))
    read = [one.content async for one in support(bot).history(after=after, oldest_first=True)]
    newest = [one.content async for one in support(bot).history(limit=2)]
    assert (read, newest) == (["m2", "m3", "m4"], ["m4", "m3"])


async def test_history_has_no_text_without_the_portals_switch(bot: PlainBot) -> None:
    ana, place = bot.server.person("Ana"), named(bot.server, "support")
    await ana.says(place, "secret")
    bot.server.world.message_content = False
    assert [one.content async for one in support(bot).history()] == [""]


async def test_files_go_both_ways(bot: PlainBot) -> None:
    file = discord.File(io.BytesIO(b"a,b"), "report.csv", description="numbers")
    sent = await support(bot).send(file=file)
    kept = bot.server.world.message(str(sent.id)).attachments[0]
    assert (kept.content, kept.description) == (b"a,b", "numbers")
    assert await sent.attachments[0].read() == b"a,b"


async def test_a_picture_in_a_card_needs_its_file(bot: PlainBot) -> None:
    view = ui.LayoutView()
    view.add_item(ui.MediaGallery(discord.MediaGalleryItem("attachment://week.png")))
    assert await refused(support(bot).send(view=view)) == (400, 50035)
    file = discord.File(io.BytesIO(b"png"), "week.png")
    sent = await support(bot).send(view=view, file=file)
    gallery = bot.server.world.message(str(sent.id)).components[0]
    assert gallery["items"][0]["media"]["url"].startswith(bot.server.address)


async def test_too_large_a_file_is_refused(bot: PlainBot) -> None:
    file = discord.File(io.BytesIO(b"x" * (10 * 1024 * 1024 + 1)), "big.bin")
    assert await refused(support(bot).send(file=file)) == (413, 40005)


async def test_a_closed_door_cannot_be_written_to(bot: PlainBot) -> None:
    ana = bot.server.person("Ana")
    user = await bot.fetch_user(int(ana.id))
    await user.send("page")
    ana.closes_dms()
    assert await refused(user.send("page again")) == (403, 50007)
    assert [message.text for message in ana.inbox] == ["page"]


async def test_permissions_are_kept(bot: PlainBot) -> None:
    place = named(bot.server, "support")
    channel = support(bot)
    await bot.server.deny_bot(place, rights.SEND_MESSAGES)
    assert await refused(channel.send("x")) == (403, 50013)
    await bot.server.deny_bot(place, rights.VIEW_CHANNEL)
    assert await refused(channel.send("x")) == (403, 50001)
    assert await refused(bot.fetch_channel(1)) == (404, 10003)
    assert len(bot.server.rates.invalid) == 2


async def test_another_persons_message_is_not_ours_to_edit(bot: PlainBot) -> None:
    ana = bot.server.person("Ana")
    message = await ana.says(named(bot.server, "support"), "mine")
    theirs = support(bot).get_partial_message(int(message.id))
    assert await refused(theirs.edit(content="ours")) == (403, 50005)


async def test_what_a_text_would_ping_is_computed(bot: PlainBot) -> None:
    ana, role = bot.server.person("Ana"), bot.server.role("leads", mentionable=True)
    words = f"@everyone <@{ana.id}> <@&{role.id}>"
    loud = await support(bot).send(words)
    quiet = await support(bot).send(words, allowed_mentions=discord.AllowedMentions.none())
    pings = bot.server.world.message(str(loud.id)).pings
    assert (pings.everyone, pings.users, pings.roles) == (
        True,
        frozenset({ana.id}),
        frozenset({role.id}),
    )
    assert not bot.server.world.message(str(quiet.id)).pings
    await quiet.edit(content=words)
    assert bot.server.world.message(str(quiet.id)).edit_pings


async def test_a_card_stays_a_card(bot: PlainBot) -> None:
    sent = await support(bot).send(view=card())
    kept = bot.server.world.message(str(sent.id))
    assert (kept.v2, kept.text) == (True, "### SUP-1")
    assert await refused(sent.edit(content="text", view=card())) == (400, 50035)
    await sent.edit(view=card("### SUP-1 claimed"))
    assert kept.text == "### SUP-1 claimed"


# -- threads -----------------------------------------------------------------------------------


async def test_a_thread_under_a_message_shares_its_id(bot: PlainBot) -> None:
    root = await support(bot).send("root")
    thread = await root.create_thread(name="SUP-1", auto_archive_duration=10080)
    await thread.send("inside")
    [kept] = bot.server.threads(named(bot.server, "support"))
    assert (kept.id, kept.thread.auto_archive) == (str(root.id), 10080)
    assert [one.text for one in bot.server.messages(kept)] == ["inside"]
    assert await refused(root.create_thread(name="again")) == (400, 160004)


async def test_a_forum_post_has_tags_and_its_starter(bot: PlainBot) -> None:
    forum = board(bot)
    made = await forum.create_thread(
        name="SUP-1", view=card(), applied_tags=[forum.available_tags[0]]
    )
    assert made.thread.id == made.message.id
    assert [tag.name for tag in made.thread.applied_tags] == ["New"]
    await made.thread.edit(applied_tags=[forum.available_tags[1]])
    [kept] = bot.server.threads(named(bot.server, "tickets"))
    assert bot.server.tags(kept) == ["Open"]


async def test_a_forum_takes_at_most_five_tags_and_no_messages(bot: PlainBot) -> None:
    forum, place = board(bot), named(bot.server, "tickets")
    tags = list(forum.available_tags)
    call = forum.create_thread(name="x", content="x", applied_tags=tags)
    assert await refused(call) == (400, 50035)
    route = bot.get_partial_messageable(int(place.id))
    assert await refused(route.send("x")) == (400, 40058)
    assert bot.server.threads(place) == []


async def test_a_private_thread_is_for_its_members(bot: PlainBot) -> None:
    ana, ben = bot.server.person("Ana"), bot.server.person("Ben")
    thread = await support(bot).create_thread(name="war room", invitable=False)
    await thread.add_user(discord.Object(int(ana.id)))
    [kept] = bot.server.threads(named(bot.server, "support"))
    members = await thread.fetch_members()
    assert {str(member.id) for member in members} == {ana.id, bot.server.me.id}
    with pytest.raises(AssertionError):
        await ben.says(kept, "let me in")
    await ana.says(kept, "thanks")


async def test_an_archived_thread_is_opened_before_it_is_changed(bot: PlainBot) -> None:
    root = await support(bot).send("root")
    thread = await root.create_thread(name="SUP-1")
    inside = await thread.send("card")
    await thread.edit(archived=True)
    assert await refused(inside.edit(content="x")) == (400, 50083)
    assert await refused(thread.edit(name="x")) == (400, 50083)
    assert await refused(inside.add_reaction("👍")) == (400, 50083)
    await thread.edit(archived=False, name="SUP-1 again")
    await inside.edit(content="x")
    await thread.edit(archived=True)
    await thread.send("this wakes it")
    [kept] = bot.server.threads(named(bot.server, "support"))
    assert not kept.thread.archived


async def test_a_locked_thread_takes_no_talk_from_people(bot: PlainBot) -> None:
    ana = bot.server.person("Ana")
    root = await support(bot).send("root")
    await (await root.create_thread(name="SUP-1")).edit(locked=True, archived=True)
    [kept] = bot.server.threads(named(bot.server, "support"))
    with pytest.raises(Exception, match="160005"):
        await ana.says(kept, "one more thing")


async def test_the_cap_on_active_threads_counts(bot: PlainBot) -> None:
    bot.server.world.thread_cap = 1
    first = await (await support(bot).send("1")).create_thread(name="1")
    second = await support(bot).send("2")
    assert await refused(second.create_thread(name="2")) == (400, 160006)
    await first.edit(archived=True)
    await second.create_thread(name="2")
    assert await refused(first.edit(archived=False)) == (400, 160006)


async def test_an_idle_thread_goes_to_sleep(bot: PlainBot) -> None:
    assert isinstance(bot.server.clock, ManualClock)
    await (await support(bot).send("1")).create_thread(name="1", auto_archive_duration=60)
    [kept] = bot.server.threads(named(bot.server, "support"))
    bot.server.clock.push(timedelta(minutes=59))
    await bot.server.posting.archive_idle()
    assert not kept.thread.archived
    bot.server.clock.push(timedelta(minutes=1))
    await bot.server.posting.archive_idle()
    assert kept.thread.archived
    archived = [each.name async for each in support(bot).archived_threads()]
    assert archived == ["1"]


async def test_active_threads_are_listed(bot: PlainBot) -> None:
    await (await support(bot).send("1")).create_thread(name="1")
    guild = bot.get_guild(int(bot.server.guild.id))
    assert guild is not None
    assert [each.name for each in await guild.active_threads()] == ["1"]
