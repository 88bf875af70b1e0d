from __future__ import annotations

import pytest

from adapters.memory.script import lost_reply
from adapters.memory.surface import MemorySurface
from bot.cards import Card
from bot.domain.threads import Space, ThreadRef
from bot.errors import PermanentError, TemporaryError

PLACE = Space(surface="memory", id="support")


def card(title: str) -> Card:
    return Card(title=title, fallback=title)


def inside(root: str) -> ThreadRef:
    return ThreadRef(surface="memory", space="support", id=root)


async def test_threads_hang_on_their_root() -> None:
    chat = MemorySurface()
    root = await chat.open_thread(PLACE, card("SUP-1"), "k1")
    await chat.post(inside(root), card("hello"), "k2")
    await chat.post(inside(""), card("aloud"), "k3")
    assert [p.card.title for p in chat.thread(root)] == ["SUP-1", "hello"]
    assert [p.card.title for p in chat.channel("support")] == ["SUP-1", "aloud"]


async def test_earlier_drawings_are_kept() -> None:
    chat = MemorySurface()
    root = await chat.open_thread(PLACE, card("new"), "k1")
    await chat.edit(inside(root), root, card("open"))
    assert chat.message(root).card == card("open")
    assert chat.message(root).earlier == [card("new")]


async def test_direct_messages_are_for_one_person() -> None:
    chat = MemorySurface()
    ref = await chat.direct("U1", card("page"), "k1")
    await chat.edit_direct("U1", ref, card("done"))
    assert [p.card.title for p in chat.directs("U1")] == ["done"]
    assert chat.directs("U2") == ()


async def test_every_call_is_in_the_journal() -> None:
    chat = MemorySurface()
    chat.script.then(TemporaryError("down"))
    with pytest.raises(TemporaryError):
        await chat.open_thread(PLACE, card("SUP-1"), "k1")
    await chat.find(inside(""), "k1")
    assert [(c.method, c.to, c.key) for c in chat.calls] == [
        ("open_thread", "memory:support", "k1"),
        ("find", "memory:support:", "k1"),
    ]
    assert len(chat.called("find")) == 1


async def test_a_scripted_error_happens_before_the_effect() -> None:
    chat = MemorySurface()
    chat.script.then(None, PermanentError("no such channel"))
    await chat.post(inside(""), card("a"), "k1")
    with pytest.raises(PermanentError, match="no such channel"):
        await chat.post(inside(""), card("b"), "k2")
    await chat.post(inside(""), card("c"), "k3")
    assert [p.card.title for p in chat.channel("support")] == ["a", "c"]


async def test_a_lost_reply_happens_after_the_effect() -> None:
    chat = MemorySurface()
    chat.script.then(lost_reply())
    with pytest.raises(TemporaryError) as caught:
        await chat.post(inside(""), card("a"), "k1")
    assert caught.value.ambiguous
    assert await chat.find(inside(""), "k1") == chat.channel("support")[0].id


async def test_an_outage_lasts_until_it_ends() -> None:
    chat = MemorySurface()
    chat.script.outage(TemporaryError("down"))
    for key in ("k1", "k2"):
        with pytest.raises(TemporaryError):
            await chat.direct("U1", card("page"), key)
    chat.script.outage(None)
    assert await chat.direct("U1", card("page"), "k3")


async def test_people_delete_threads() -> None:
    chat = MemorySurface()
    root = await chat.open_thread(PLACE, card("SUP-1"), "k1")
    await chat.post(inside(root), card("hello"), "k2")
    chat.forget(root)
    assert chat.channel("support") == ()
    with pytest.raises(PermanentError, match="has no message"):
        await chat.post(inside(root), card("more"), "k3")
    assert await chat.open_thread(PLACE, card("SUP-1"), "k1") != root
