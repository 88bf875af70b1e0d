"""What stands in Discord's way: archives, caps, closed doors, limits and lost answers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.cards import Block, Card, FileLink, Plain, Tone, Who
from bot.domain.mail import Attachment
from bot.errors import GONE, Fault, PermanentError, TemporaryError
from tests.adapters.discord.rig import Bench
from tests.fakes.discord_server import (
    DROP,
    LATE_ERROR,
    RESET,
    error,
    rights,
    too_many,
)

POST = "POST /channels/{channel_id}/messages"
HANG_ON = "POST /channels/{channel_id}/messages/{message_id}/threads"
BEGIN = "POST /channels/{channel_id}/threads"
CHANGE = "PATCH /channels/{channel_id}"


def card(words: str = "unclaimed", **more: object) -> Card:
    base = Card(
        title="Printer on fire",
        number="SUP-1",
        tone=Tone.NEW,
        fallback=words,
        status=(Plain(words),),
    )
    return replace(base, **more)  # type: ignore[arg-type]


# ------------------------------------------------------------ threads


async def test_an_ended_item_archives_its_thread_and_locks_nothing(stage: Bench) -> None:
    root = await stage.surface.open_thread(stage.board, card(), "k1")
    await stage.surface.edit(stage.inside(root, stage.board), root, card(ended=True))
    thread = stage.discord.world.channels[root]
    assert thread.thread.archived
    assert not thread.thread.locked
    assert stage.discord.tags(thread) == ["Resolved", "Support"]


async def test_a_reopened_item_comes_out_of_the_archive(stage: Bench) -> None:
    root = await stage.surface.open_thread(stage.place, card(), "k1")
    for each in (card(ended=True), card("back again", tone=Tone.OPEN)):
        await stage.surface.edit(stage.inside(root), root, each)
    assert not stage.discord.world.channels[root].thread.archived
    assert "back again" in stage.message(root).text


async def test_an_archived_post_is_woken_to_be_drawn_again(stage: Bench) -> None:
    root = await stage.surface.open_thread(stage.board, card(), "k1")
    stage.discord.world.channels[root].thread.archived = True
    await stage.surface.edit(stage.inside(root, stage.board), root, card("claimed"))
    assert "claimed" in stage.message(root).text


async def test_what_is_posted_after_the_end_leaves_the_thread_archived(stage: Bench) -> None:
    root = await stage.surface.open_thread(stage.place, card(), "k1")
    await stage.surface.edit(stage.inside(root), root, card(ended=True))
    await stage.surface.post(stage.inside(root), card("a late line"), "k2")
    assert stage.discord.world.channels[root].thread.archived


@pytest.mark.parametrize("again", [False, True], ids=["known", "by another instance"])
async def test_a_line_that_is_drawn_again_leaves_the_thread_archived(
    stage: Bench, again: bool
) -> None:
    root = await stage.surface.open_thread(stage.place, card(), "k1")
    line = await stage.surface.post(stage.inside(root), card("sending…"), "k2")
    await stage.surface.edit(stage.inside(root), root, card(ended=True))
    surface = stage.another() if again else stage.surface
    await surface.edit(stage.inside(root), line, card("sent"))
    assert "sent" in stage.message(line).text
    assert stage.discord.world.channels[root].thread.archived


async def test_an_edit_that_changes_no_state_asks_for_nothing_more(stage: Bench) -> None:
    root = await stage.surface.open_thread(stage.board, card(), "k1")
    await stage.surface.edit(stage.inside(root, stage.board), root, card("claimed"))
    assert not stage.discord.called(CHANGE)


async def test_state_never_stands_in_a_name(stage: Bench) -> None:
    root = await stage.surface.open_thread(stage.board, card(), "k1")
    await stage.surface.edit(stage.inside(root, stage.board), root, card(tone=Tone.BREACHED))
    assert stage.discord.world.channels[root].name == "SUP-1 Printer on fire"
    assert stage.discord.tags(stage.discord.world.channels[root])[0] == "Late"


async def test_a_full_server_makes_room_by_archiving_the_most_silent(stage: Bench) -> None:
    stage.discord.world.thread_cap = 2
    first = await stage.surface.open_thread(stage.place, card(), "k1")
    second = await stage.surface.open_thread(stage.board, card(), "k2")
    third = await stage.surface.open_thread(stage.place, card(), "k3")
    channels = stage.discord.world.channels
    assert channels[first].thread.archived
    assert not channels[third].thread.archived
    assert second != third


async def test_a_server_full_of_others_threads_is_told_and_tried_later(stage: Bench) -> None:
    stage.discord.world.thread_cap = 1
    await stage.ana.starts_thread(stage.support, "lunch")
    with pytest.raises(TemporaryError, match="no room") as caught:
        await stage.surface.open_thread(stage.board, card(), "k1")
    assert caught.value.retry_after is not None


async def test_tags_that_people_set_stay(stage: Bench) -> None:
    root = await stage.surface.open_thread(stage.board, card(), "k1")
    thread = stage.discord.world.channels[root]
    thread.thread.tags.append(stage.forum.tags[-1].id)
    other = stage.another()
    await other.edit(stage.inside(root, stage.board), root, card(tone=Tone.OPEN))
    assert stage.discord.tags(thread) == ["Open", "Support", "Incident"]


async def test_another_instance_sees_how_a_thread_stands(stage: Bench) -> None:
    root = await stage.surface.open_thread(stage.board, card(), "k1")
    await stage.surface.edit(stage.inside(root, stage.board), root, card(ended=True))
    other = stage.another()
    await other.edit(stage.inside(root, stage.board), root, card("open again", tone=Tone.OPEN))
    thread = stage.discord.world.channels[root]
    assert not thread.thread.archived
    assert stage.discord.tags(thread) == ["Open", "Support"]


async def test_a_thread_is_woken_even_where_there_is_no_room(stage: Bench) -> None:
    root = await stage.surface.open_thread(stage.board, card(), "k1")
    await stage.surface.edit(stage.inside(root, stage.board), root, card(ended=True))
    stage.discord.world.thread_cap = 1
    other = await stage.surface.open_thread(stage.place, card(), "k2")
    await stage.surface.edit(stage.inside(root, stage.board), root, card("open again"))
    assert not stage.discord.world.channels[root].thread.archived
    assert stage.discord.world.channels[other].thread.archived


async def test_a_tag_that_was_taken_away_stops_nothing(stage: Bench) -> None:
    root = await stage.surface.open_thread(stage.board, card(), "k1")
    stage.forum.tags = [tag for tag in stage.forum.tags if tag.name == "Support"]
    await stage.surface.edit(stage.inside(root, stage.board), root, card(ended=True))
    assert stage.discord.world.channels[root].thread.archived
    again = await stage.surface.open_thread(stage.board, card(), "k2")
    assert stage.discord.tags(stage.discord.world.channels[again]) == ["Support"]


async def test_a_post_is_begun_with_the_tags_there_are_by_now(stage: Bench) -> None:
    await stage.surface.open_thread(stage.board, card(), "k1")
    stage.forum.tags = [tag for tag in stage.forum.tags if tag.name == "Support"]
    again = await stage.surface.open_thread(stage.board, card(), "k2")
    assert stage.discord.tags(stage.discord.world.channels[again]) == ["Support"]


async def test_a_forum_that_demands_a_tag_gets_one(stage: Bench) -> None:
    demanding = stage.discord.forum("demanding", ["Other"], require_tag=True)
    place = replace(stage.place, id=demanding.id)
    root = await stage.surface.open_thread(place, card(), "k1")
    assert stage.discord.tags(stage.discord.world.channels[root]) == ["Other"]


async def test_an_announcement_in_a_forum_goes_to_the_items_own_post(stage: Bench) -> None:
    root = await stage.surface.open_thread(stage.board, card(), "k1")
    stage.homes["SUP-1"] = stage.inside(root, stage.board)
    told = await stage.surface.post(stage.inside("", stage.board), card("missed"), "k2")
    assert stage.message(told).channel_id == root


async def test_a_notice_in_a_forum_is_a_post_of_its_own(stage: Bench) -> None:
    notice = Card(title="Weekly report", fallback="Weekly report")
    told = await stage.surface.post(stage.inside("", stage.board), notice, "k2")
    assert stage.discord.world.channels[told].name == "Weekly report"


# ------------------------------------------------------------ gone and forbidden


async def test_a_deleted_thread_is_told_as_gone(stage: Bench) -> None:
    root = await stage.surface.open_thread(stage.place, card(), "k1")
    await stage.ana.deletes_channel(stage.discord.world.channels[root])
    with pytest.raises(PermanentError) as caught:
        await stage.surface.post(stage.inside(root), card("line"), "k2")
    assert caught.value.code == GONE


async def test_a_deleted_card_is_told_as_gone(stage: Bench) -> None:
    root = await stage.surface.open_thread(stage.place, card(), "k1")
    await stage.discord.posting.delete(stage.message(root))
    with pytest.raises(PermanentError) as caught:
        await stage.surface.edit(stage.inside(root), root, card())
    assert caught.value.code == GONE


async def test_a_forbidden_channel_is_not_asked_again_and_again(stage: Bench) -> None:
    await stage.discord.deny_bot(stage.support, rights.SEND_MESSAGES)
    for _ in range(5):
        with pytest.raises(PermanentError, match="deskhand doctor") as caught:
            await stage.surface.open_thread(stage.place, card(), "k1")
        assert caught.value.fault is Fault.DESTINATION
    assert len(stage.discord.rates.invalid) == 1
    assert stage.rest.trouble == f"no rights in {stage.support.id}"


async def test_a_refused_token_is_not_shown_again_and_again(stage: Bench) -> None:
    await stage.discord.revoke_token()
    for _ in range(5):
        with pytest.raises(PermanentError) as caught:
            await stage.surface.direct(stage.ana.id, card(), "k1")
        assert caught.value.fault is Fault.CREDENTIAL
    assert len(stage.discord.rates.invalid) == 1


# ------------------------------------------------------------ lost answers


@pytest.mark.parametrize("fault", [RESET, LATE_ERROR])
async def test_a_post_whose_answer_was_lost_is_found(stage: Bench, fault: object) -> None:
    root = await stage.surface.open_thread(stage.place, card(), "k1")
    stage.discord.faults.next(POST, fault)  # type: ignore[arg-type]
    with pytest.raises(TemporaryError) as caught:
        await stage.surface.post(stage.inside(root), card("once"), "k2")
    assert caught.value.ambiguous
    thread = stage.discord.world.channels[root]
    assert await stage.surface.find(stage.inside(root), "k2") == thread_messages(stage, root)[-1]
    assert len(stage.discord.messages(thread)) == 1


def thread_messages(stage: Bench, root: str) -> list[str]:
    return [one.id for one in stage.discord.messages(stage.discord.world.channels[root])]


async def test_a_repeated_post_is_the_same_message(stage: Bench) -> None:
    root = await stage.surface.open_thread(stage.place, card(), "k1")
    stage.discord.faults.next(POST, RESET)
    with pytest.raises(TemporaryError):
        await stage.surface.post(stage.inside(root), card("once"), "k2")
    await stage.surface.post(stage.inside(root), card("once"), "k2")
    assert len(thread_messages(stage, root)) == 1


async def test_a_card_found_without_its_thread_gets_one(stage: Bench) -> None:
    stage.discord.faults.next(HANG_ON, error(503))
    with pytest.raises(TemporaryError) as caught:
        await stage.surface.open_thread(stage.place, card(), "k1")
    assert caught.value.ambiguous
    root = await stage.surface.find(stage.inside(""), "k1")
    assert root is not None
    assert stage.discord.world.channels[root].name == "SUP-1 Printer on fire"


async def test_a_forum_post_whose_answer_was_lost_is_found(stage: Bench) -> None:
    stage.discord.faults.next(BEGIN, RESET)
    with pytest.raises(TemporaryError):
        await stage.surface.open_thread(stage.board, card(), "k1")
    (thread,) = stage.discord.threads(stage.forum)
    assert await stage.surface.find(stage.inside("", stage.board), "k1") == thread.id


async def test_a_cut_before_anything_was_done_leaves_nothing(stage: Bench) -> None:
    stage.discord.faults.next(POST, DROP)
    with pytest.raises(TemporaryError):
        await stage.surface.open_thread(stage.place, card(), "k1")
    assert await stage.surface.find(stage.inside(""), "k1") is None


# ------------------------------------------------------------ limits


async def test_the_other_sides_wish_to_wait_is_handed_on(stage: Bench) -> None:
    stage.discord.faults.next(POST, too_many(7.5))
    with pytest.raises(TemporaryError) as caught:
        await stage.surface.open_thread(stage.place, card(), "k1")
    assert caught.value.retry_after is not None
    assert caught.value.retry_after.total_seconds() == 7.5
    assert not caught.value.ambiguous


async def test_a_bucket_is_never_overdrawn(stage: Bench) -> None:
    stage.discord.rates.limit(POST, 3, 60.0)
    for count in range(3):
        await stage.surface.post(stage.inside(""), card(), f"k{count}")
    with pytest.raises(TemporaryError) as caught:
        await stage.surface.post(stage.inside(""), card(), "k9")
    assert caught.value.retry_after is not None
    assert stage.discord.rates.refused == 0


async def test_a_short_wait_is_waited_out(stage: Bench) -> None:
    stage.discord.rates.limit(POST, 2, 0.15)
    for count in range(5):
        await stage.surface.post(stage.inside(""), card(), f"k{count}")
    assert stage.discord.rates.refused == 0
    assert len(stage.discord.messages(stage.support)) == 5


async def test_a_ban_at_the_edge_stops_all_calls(stage: Bench) -> None:
    stage.discord.rates.ban_after = 0
    for _ in range(3):
        with pytest.raises(TemporaryError) as caught:
            await stage.surface.post(stage.inside(""), card(), "k1")
        assert caught.value.retry_after is not None
        assert caught.value.retry_after.total_seconds() > 500
    assert len(stage.discord.calls) == 1


# ------------------------------------------------------------ who is called


async def test_nobody_is_pinged_but_who_is_named(stage: Bench) -> None:
    hostile = f"<@{stage.ana.id}> @everyone"
    told = await stage.surface.post(stage.inside(""), card(hostile), "k1")
    assert not stage.message(told).pings
    await stage.surface.edit(stage.inside(""), told, card(hostile))
    assert not stage.message(told).edit_pings
    called = card("", status=(Who("ana", "Ana", mention=True), Plain(" look")))
    told = await stage.surface.post(stage.inside(""), called, "k2")
    assert stage.message(told).pings.users == {stage.ana.id}


async def test_links_bring_no_previews_with_them(stage: Bench) -> None:
    no_embeds, linked = 1 << 2, card("https://evil.example/cat.gif")
    told = await stage.surface.post(stage.inside(""), linked, "k1")
    posted = stage.message(told).flags
    await stage.surface.edit(stage.inside(""), told, linked)
    assert (posted & no_embeds, stage.message(told).flags & no_embeds) == (no_embeds, no_embeds)


async def test_lines_are_silent_and_calls_are_not(stage: Bench) -> None:
    silent = 1 << 12
    told = await stage.surface.post(stage.inside(""), card("mail", tone=Tone.CUSTOMER), "k1")
    assert stage.message(told).flags & silent
    page = await stage.surface.direct(stage.ana.id, card("wake up"), "k2")
    assert not stage.message(page.partition("/")[2]).flags & silent


async def test_who_takes_no_direct_messages_is_called_in_the_thread(stage: Bench) -> None:
    root = await stage.surface.open_thread(stage.place, card(), "k1")
    stage.homes["SUP-1"] = stage.inside(root)
    stage.ana.closes_dms()
    page = await stage.surface.direct(stage.ana.id, card("wake up"), "k2")
    call = stage.message(page.partition("/")[2])
    assert call.channel_id == root
    assert call.pings.users == {stage.ana.id}
    await stage.surface.edit_direct(stage.ana.id, page, card("Ben has it"))
    assert "Ben has it" in call.text


async def test_without_a_thread_a_closed_door_is_told(stage: Bench) -> None:
    stage.ana.closes_dms()
    with pytest.raises(PermanentError) as caught:
        await stage.surface.direct(stage.ana.id, card("wake up"), "k2")
    assert caught.value.fault is Fault.DESTINATION


# ------------------------------------------------------------ files and long words


async def test_small_files_go_along_and_large_ones_are_linked(stage: Bench) -> None:
    stage.files[1] = Attachment(name="log.txt", content_type="text/plain", content=b"ERROR")
    links = (FileLink(1, "log.txt", 5), FileLink(2, "huge.iso", 900 << 20))
    told = await stage.surface.post(stage.inside(""), card(files=links), "k1")
    message = stage.message(told)
    assert [(each.filename, each.content) for each in message.attachments] == [
        ("log.txt", b"ERROR")
    ]
    assert "[huge.iso](https://desk.example/console/files/2)" in message.text


async def test_files_stay_when_the_message_is_drawn_again(stage: Bench) -> None:
    stage.files[1] = Attachment(name="log.txt", content_type="text/plain", content=b"ERROR")
    shown = card(files=(FileLink(1, "log.txt", 5),))
    told = await stage.surface.post(stage.inside(""), shown, "k1")
    await stage.surface.edit(stage.inside(""), told, replace(shown, tone=Tone.REPLY))
    assert [each.filename for each in stage.message(told).attachments] == ["log.txt"]


async def test_the_attached_text_follows_an_edit(stage: Bench) -> None:
    first, second = "one " * 3000, "two " * 3000
    told = await stage.surface.post(stage.inside(""), card(blocks=(words(first),)), "k1")
    await stage.surface.edit(stage.inside(""), told, card(blocks=(words(second),)))
    (file,) = stage.message(told).attachments
    assert file.content.decode() == second


def words(text: str) -> Block:
    return Block((Plain(text),))


async def test_a_picture_that_is_refused_is_replaced_by_words(stage: Bench) -> None:
    stage.discord.faults.next(POST, error(400))
    told = await stage.surface.post(stage.inside(""), card("the words"), "k1")
    assert stage.message(told).text == "the words"


async def test_a_file_that_is_refused_is_linked(stage: Bench) -> None:
    stage.files[1] = Attachment(name="log.txt", content_type="text/plain", content=b"ERROR")
    stage.discord.faults.next(POST, error(413))
    shown = card(files=(FileLink(1, "log.txt", 5),))
    told = await stage.surface.post(stage.inside(""), shown, "k1")
    assert "[log.txt](https://desk.example/console/files/1)" in stage.message(told).text


async def test_a_long_mail_is_attached_as_a_whole(stage: Bench) -> None:
    words = "all work and no play\n" * 900
    told = await stage.surface.post(stage.inside(""), card(blocks=(Block((Plain(words),)),)), "k1")
    (file,) = stage.message(told).attachments
    assert file.content.decode() == words
    assert "whole text is in the attached file" in stage.message(told).text


# ------------------------------------------------------------ what must not stay


async def test_files_go_when_the_message_has_none_any_more(stage: Bench) -> None:
    stage.files[1] = Attachment(name="log.txt", content_type="text/plain", content=b"12345")
    root = await stage.surface.open_thread(stage.place, card(), "k1")
    ref = stage.inside(root)
    message = await stage.surface.post(ref, card(files=(FileLink(1, "log.txt", 5),)), "k2")
    await stage.surface.edit(ref, message, card("[erased]"))
    assert stage.message(message).attachments == []


@pytest.mark.parametrize("ended", [False, True])
async def test_a_cleansed_thread_has_the_name_of_its_card(stage: Bench, ended: bool) -> None:
    for place in (stage.place, stage.board):
        root = await stage.surface.open_thread(place, card(), f"k{place}")
        ref = stage.inside(root, place)
        await stage.surface.edit(ref, root, card(ended=ended))
        await stage.surface.cleanse(ref, card(title="[erased]", ended=ended), ())
        thread = stage.discord.world.channels[root]
        assert "[erased]" in thread.name
        assert "Printer" not in thread.name
        assert thread.thread.archived is ended
