"""Private threads: their card, who is in them, and what becomes of them when answers are lost."""

from __future__ import annotations

import pytest

from bot.cards import Card, Plain, Tone
from bot.errors import GONE, PermanentError, TemporaryError
from tests.adapters.discord.rig import Bench
from tests.fakes.discord_server import RESET, error, rights

POST = "POST /channels/{channel_id}/messages"
BEGIN = "POST /channels/{channel_id}/threads"


def card(words: str = "investigating", *, ended: bool = False) -> Card:
    status = (Plain(words),)
    return Card(
        title="Data was sold",
        number="INC-7",
        tone=Tone.SEVERE,
        fallback=words,
        status=status,
        ended=ended,
    )


async def opened(stage: Bench, key: str = "k1") -> str:
    """A private thread with Ana in it."""
    thread = await stage.surface.open_thread(stage.place, card(), key, hidden=True)
    await stage.surface.admit(stage.inside(thread), stage.ana.id)
    return thread


def texts(stage: Bench, thread: str) -> list[str]:
    """What stands in the thread, without what Discord writes itself."""
    world = stage.discord.world
    return [one.text for one in world.history(world.channels[thread]) if one.kind == 0]


async def test_its_channel_shows_nothing_and_its_members_bring_nobody(stage: Bench) -> None:
    thread = stage.discord.world.channels[await opened(stage)]
    assert stage.discord.messages(stage.support) == []
    assert (thread.kind, thread.thread.invitable) == (12, False)
    assert set(thread.thread.members) == {stage.discord.me.id, stage.ana.id}
    assert not stage.sees(stage.discord.person("Ben").id, thread.id)


async def test_another_instance_draws_its_card_again(stage: Bench) -> None:
    thread = await opened(stage)
    ref, other = stage.inside(thread), stage.another()
    await other.post(ref, card("Ana acknowledged"), "k2")
    for words in ("identified", "monitoring"):
        await other.edit(ref, thread, card(words))
    first, second = texts(stage, thread)
    assert "monitoring" in first
    assert "Ana acknowledged" in second


async def test_its_end_archives_it_and_a_newcomer_wakes_it_for_a_moment(stage: Bench) -> None:
    thread = await opened(stage)
    ref, ben = stage.inside(thread), stage.discord.person("Ben")
    await stage.surface.edit(ref, thread, card("resolved", ended=True))
    await stage.surface.admit(ref, ben.id)
    assert stage.discord.world.channels[thread].thread.archived
    assert stage.sees(ben.id, thread)
    await stage.surface.edit(ref, thread, card("reopened"))
    assert not stage.discord.world.channels[thread].thread.archived
    assert "reopened" in texts(stage, thread)[0]


async def test_who_is_put_out_sees_it_no_more_also_in_the_archive(stage: Bench) -> None:
    thread = await opened(stage)
    ref = stage.inside(thread)
    await stage.surface.edit(ref, thread, card("resolved", ended=True))
    await stage.surface.remove(ref, stage.ana.id)
    assert not stage.sees(stage.ana.id, thread)
    assert stage.discord.world.channels[thread].thread.archived


async def test_a_card_whose_answer_was_lost_is_found_in_its_thread(stage: Bench) -> None:
    stage.discord.faults.next(POST, RESET)
    with pytest.raises(TemporaryError) as caught:
        await opened(stage)
    assert caught.value.ambiguous
    (thread,) = stage.discord.threads(stage.support)
    assert await stage.another().find(stage.inside(""), "k1") == thread.id
    assert await stage.another().find(stage.inside(""), "k2") is None


async def test_a_thread_that_got_no_card_gets_it_by_the_next_try(stage: Bench) -> None:
    stage.discord.faults.next(POST, error(503))
    with pytest.raises(TemporaryError):
        await opened(stage)
    assert await stage.surface.find(stage.inside(""), "k1") is None
    thread = await opened(stage)
    assert [each.id for each in stage.discord.threads(stage.support)] == [thread]


async def test_a_deleted_one_is_gone(stage: Bench) -> None:
    thread = await opened(stage)
    await stage.ana.deletes_channel(stage.discord.world.channels[thread])
    for act in (
        stage.surface.edit(stage.inside(thread), thread, card()),
        stage.surface.admit(stage.inside(thread), stage.ana.id),
    ):
        with pytest.raises(PermanentError) as caught:
            await act
        assert caught.value.code == GONE


async def test_one_without_anything_of_ours_is_gone(stage: Bench) -> None:
    thread = await opened(stage)
    world = stage.discord.world
    for message in world.history(world.channels[thread]):
        await stage.ana.deletes(message)
    with pytest.raises(PermanentError) as caught:
        await stage.surface.edit(stage.inside(thread), thread, card())
    assert caught.value.code == GONE


async def test_who_is_not_on_the_server_cannot_be_let_in(stage: Bench) -> None:
    thread = await opened(stage)
    with pytest.raises(PermanentError, match="not on the server"):
        await stage.surface.admit(stage.inside(thread), "404")


async def test_without_the_permission_nothing_is_opened(stage: Bench) -> None:
    await stage.discord.deny_bot(stage.support, rights.CREATE_PRIVATE_THREADS)
    with pytest.raises(PermanentError, match="lacks a permission"):
        await opened(stage)
    assert stage.discord.threads(stage.support) == []
