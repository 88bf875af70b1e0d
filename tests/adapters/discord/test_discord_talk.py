"""What is said in Discord: notes, commands in talk, emoji, edits and deletions, direct messages."""

from __future__ import annotations

from dataclasses import replace

from adapters.discord.gestures.receiving import Received, receive
from bot.domain.directory import Directory, ReplyMode
from bot.domain.messages import Voice
from tests.adapters.discord.conftest import Setting
from tests.adapters.discord.rig import Bench
from tests.adapters.discord.world import desk_in_discord
from tests.fakes.discord_server import FakeDiscord, Message, rights

MARK = "PUT /channels/{channel_id}/messages/{message_id}/reactions/{emoji}/@me"


def marks(message: Message, discord: FakeDiscord) -> list[str]:
    """The emoji that the bot put on a message."""
    return [emoji for emoji, who in message.reactions.items() if discord.me.id in who]


async def test_talk_in_a_thread_is_a_note(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    said = await people["ana"].says(await desk.post_of(), "looks like DNS to me")
    await desk.quiet()
    note = (await desk.messages())[-1]
    assert (note.voice, note.text, note.author_name) == (
        Voice.NOTE,
        "looks like DNS to me",
        "Ana",
    )
    assert said.id in note.said.url
    assert len(desk.mailbox.mails()) == 1


async def test_files_come_along_with_talk(board: Setting) -> None:
    desk, people = board
    await desk.mail()
    await people["ana"].says(await desk.post_of(), "the log", files=[("log.txt", b"ERROR")])
    await desk.quiet()
    (ref,) = (await desk.messages())[-1].attachments
    assert (ref.name, ref.size) == ("log.txt", 5)


async def test_names_stand_for_ids_in_a_note(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    await people["ana"].says(await desk.post_of(), f"{people['ben'].mention} can you look?")
    await desk.quiet()
    assert (await desk.messages())[-1].text == "@Ben can you look?"


async def test_strangers_and_other_places_are_not_heard(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    await people["eve"].says(await desk.post_of(), "let me in")
    elsewhere = await people["ana"].starts_thread(desk.discord.text_channel("lunch"), "lunch")
    await people["ana"].says(elsewhere, "pizza?")
    await people["ana"].says(desk.place, "good morning")
    await desk.quiet()
    assert len(await desk.messages()) == 1
    assert not people["eve"].inbox


async def test_a_verb_in_talk_is_carried_out_and_marked(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    said = await people["ana"].says(await desk.post_of(), "!claim")
    await desk.quiet()
    assert (await desk.ticket()).assignee == "ana"
    assert marks(said, desk.discord) == ["✅"]
    assert not people["ana"].inbox


async def test_where_nothing_can_be_marked_it_is_told(setting: Setting) -> None:
    desk, people = setting
    await desk.discord.deny_bot(desk.place, rights.ADD_REACTIONS)
    await desk.mail()
    await people["ana"].says(await desk.post_of(), "!claim")
    await desk.quiet()
    assert "SUP-1 is yours" in people["ana"].inbox[-1].text


async def test_a_refusal_is_told_to_that_person_alone(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    await people["ana"].says(await desk.post_of(), "!claim")
    await desk.quiet()
    before = len(await desk.lines())
    await people["ben"].says(await desk.post_of(), "!claim")
    await desk.quiet()
    assert "Ana has it" in people["ben"].inbox[-1].text
    assert len(await desk.lines()) == before + 1


async def test_a_closed_door_is_answered_in_the_thread(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    await people["ana"].says(await desk.post_of(), "!claim")
    people["ben"].closes_dms()
    await people["ben"].says(await desk.post_of(), "!claim")
    await desk.quiet()
    assert any("Ana has it" in line for line in await desk.lines())


async def test_addressed_talk_needs_no_mark(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    await people["ana"].says(await desk.post_of(), f"<@{desk.discord.me.id}> claim")
    await desk.quiet()
    assert (await desk.ticket()).assignee == "ana"


async def test_without_message_content_the_bot_hears_what_is_to_it(shop: Directory) -> None:
    async with desk_in_discord(shop, start=False) as (desk, people):
        desk.discord.world.message_content = False
        await desk.connect()
        await desk.mail()
        await people["ana"].says(await desk.post_of(), f"<@{desk.discord.me.id}> claim")
        await people["ana"].says(people["ana"].dm, "/ticket priority SUP-1 high")
        await desk.quiet()
        assert ((await desk.ticket()).assignee, (await desk.ticket()).priority) == ("ana", "high")


async def test_the_bot_is_addressed_in_any_channel(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    lobby = desk.discord.text_channel("lobby")
    await people["ana"].says(lobby, f"<@{desk.discord.me.id}> claim SUP-1")
    await desk.quiet()
    assert (await desk.ticket()).assignee == "ana"


async def test_a_direct_message_is_a_command(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    await people["ana"].says(people["ana"].dm, "queue")
    await desk.quiet()
    assert "SUP-1" in people["ana"].inbox[-1].text
    await people["ana"].says(people["ana"].dm, "/ticket claim SUP-1")
    await desk.quiet()
    assert (await desk.ticket()).assignee == "ana"


async def test_home_is_a_direct_message_away(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    await people["ana"].says(people["ana"].dm, "home")
    await desk.quiet()
    assert "SUP-1" in people["ana"].inbox[-1].text


async def test_an_edit_changes_the_note(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    said = await people["ana"].says(await desk.post_of(), "looks like DSN")
    await people["ana"].edits(said, "looks like DNS")
    await desk.quiet()
    assert (await desk.messages())[-1].text == "looks like DNS"


async def test_an_edit_that_comes_too_late_is_told_at_once(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    said = await people["ana"].says(await desk.post_of(), "!reply We are on it.")
    await desk.quiet()
    await desk.after(seconds=10)
    await people["ana"].edits(said, "!reply We were on it.")
    await desk.quiet()
    await people["ana"].deletes(said)
    await desk.quiet()
    assert ["Too late" in message.text for message in people["ana"].inbox] == [False, True, True]


async def test_each_who_marks_a_message_is_told(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    for name in ("carla", "ana", "ben"):
        await people[name].reacts(await desk.card_of(), "👀")
        await desk.quiet()
    told = {name: [one.text for one in people[name].inbox] for name in ("ana", "ben")}
    assert all("Carla has it" in text for texts in told.values() for text in texts)
    assert all(told.values())


async def test_a_deletion_strikes_the_note_through(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    said = await people["ana"].says(await desk.post_of(), "the password is hunter2")
    await desk.quiet()
    await desk.restart()
    await people["ana"].deletes(said)
    await desk.quiet()
    assert (await desk.messages())[-1].withdrawn_at is not None


async def test_an_emoji_claims(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    await people["ana"].reacts(await desk.card_of(), "👀")
    await desk.quiet()
    assert (await desk.ticket()).assignee == "ana"


async def test_an_emoji_makes_a_ticket_of_what_somebody_wrote(setting: Setting) -> None:
    desk, people = setting
    said = await people["eve"].says(desk.place, "The printer is on fire")
    await people["ana"].reacts(said, "🎫")
    await desk.quiet()
    assert people["ana"].inbox or await desk.tickets()


async def test_an_emoji_of_a_stranger_means_nothing(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    await people["eve"].reacts(await desk.card_of(), "👀")
    await desk.quiet()
    assert (await desk.ticket()).assignee is None


async def test_what_is_too_large_is_named(stage: Bench) -> None:
    huge = {"filename": "dump.bin", "size": (10 << 20) + 1, "url": "http://127.0.0.1:1/dump.bin"}
    found = await receive(stage.rest, [huge])
    assert found == Received((), ("dump.bin: http://127.0.0.1:1/dump.bin",))


async def test_typing_is_noticed_where_talk_is_relayed(shop: Directory) -> None:
    relayed = {k: replace(d, reply_mode=ReplyMode.MIRROR) for k, d in shop.desks.items()}
    async with desk_in_discord(replace(shop, desks=relayed)) as (desk, people):
        await desk.mail()
        await people["ana"].starts_typing(await desk.post_of())
        await desk.quiet()
        item = (await desk.ticket()).id
        signs = desk.core.presence.others(item, "ben", desk.clock.now())
        assert [sign.person for sign in signs] == ["ana"]
