"""What every chat surface promises. A new one is a rig, and its name in SURFACES."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from bot.cards import Card, Plain
from bot.errors import OPEN_TO_ALL, Fault, PermanentError, TemporaryError
from tests.contract.chat_rigs import SURFACES, Rig


@pytest.fixture(params=SURFACES, ids=lambda make: make.__name__)
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    async with request.param() as made:
        yield made


def card(words: str) -> Card:
    return Card(title="SUP-1 Printer on fire", fallback=words, status=(Plain(words),))


async def test_it_is_named_as_its_channels_say(rig: Rig) -> None:
    assert rig.surface.name == rig.place.surface


async def test_a_thread_is_opened_by_its_card(rig: Rig) -> None:
    root = await rig.surface.open_thread(rig.place, card("unclaimed"), "k1")
    assert "Printer on fire" in await rig.shown(root)
    assert "unclaimed" in await rig.shown(root)


async def test_opening_again_with_the_same_key_gives_the_same_thread(rig: Rig) -> None:
    first = await rig.surface.open_thread(rig.place, card("a"), "k1")
    assert await rig.surface.open_thread(rig.place, card("a"), "k1") == first
    assert await rig.surface.open_thread(rig.place, card("a"), "k2") != first


async def test_a_message_is_posted_into_a_thread(rig: Rig) -> None:
    root = await rig.surface.open_thread(rig.place, card("a"), "k1")
    message = await rig.surface.post(rig.inside(root), card("it burns"), "k2")
    assert message != root
    assert "it burns" in await rig.shown(message)


async def test_a_message_is_posted_into_the_channel_itself(rig: Rig) -> None:
    message = await rig.surface.post(rig.inside(""), card("all hands"), "k1")
    assert "all hands" in await rig.shown(message)


async def test_posting_again_with_the_same_key_gives_the_same_message(rig: Rig) -> None:
    root = await rig.surface.open_thread(rig.place, card("a"), "k1")
    first = await rig.surface.post(rig.inside(root), card("b"), "k2")
    assert await rig.surface.post(rig.inside(root), card("b"), "k2") == first
    assert await rig.surface.post(rig.inside(root), card("b"), "k3") != first


async def test_a_message_is_drawn_again(rig: Rig) -> None:
    root = await rig.surface.open_thread(rig.place, card("a"), "k1")
    message = await rig.surface.post(rig.inside(root), card("sending"), "k2")
    await rig.surface.edit(rig.inside(root), message, card("delivered"))
    assert "delivered" in await rig.shown(message)
    assert "sending" not in await rig.shown(message)


async def test_a_threads_own_card_is_drawn_again(rig: Rig) -> None:
    root = await rig.surface.open_thread(rig.place, card("unclaimed"), "k1")
    await rig.surface.edit(rig.inside(root), root, card("claimed by Ana"))
    assert "claimed by Ana" in await rig.shown(root)


async def test_a_thread_is_cleansed_and_goes_on(rig: Rig) -> None:
    root = await rig.surface.open_thread(rig.place, card("a"), "k1")
    fresh = Card(title="[erased]", number="SUP-1", fallback="SUP-1")
    await rig.surface.cleanse(rig.inside(root), fresh, ())
    message = await rig.surface.post(rig.inside(root), card("b"), "k2")
    assert "b" in await rig.shown(message)


async def test_what_is_gone_cannot_be_drawn_again(rig: Rig) -> None:
    with pytest.raises(PermanentError) as caught:
        await rig.surface.edit(rig.inside(""), rig.missing, card("a"))
    assert caught.value.fault is Fault.DESTINATION


async def test_a_direct_message_is_sent_and_drawn_again(rig: Rig) -> None:
    page = await rig.surface.direct(rig.account, card("wake up"), "k1")
    assert "wake up" in await rig.shown(page)
    await rig.surface.edit_direct(rig.account, page, card("Ben has it"))
    assert "Ben has it" in await rig.shown(page)


async def test_what_was_posted_is_found_by_its_key(rig: Rig) -> None:
    root = await rig.surface.open_thread(rig.place, card("a"), "k1")
    message = await rig.surface.post(rig.inside(root), card("b"), "k2")
    assert await rig.surface.find(rig.inside(""), "k1") == root
    assert await rig.surface.find(rig.inside(root), "k2") == message


async def test_what_was_never_posted_is_not_found(rig: Rig) -> None:
    root = await rig.surface.open_thread(rig.place, card("a"), "k1")
    assert await rig.surface.find(rig.inside(root), "k9") is None


# ---------------------------------------------------------------- hidden threads


async def opened(rig: Rig, key: str = "k1") -> str:
    return await rig.surface.open_thread(rig.closed, card("secret"), key, hidden=True)


async def test_a_hidden_thread_is_a_thread(rig: Rig) -> None:
    root = await opened(rig)
    inside = rig.inside(root, rig.closed)
    message = await rig.surface.post(inside, card("only for us"), "k2")
    assert "only for us" in await rig.shown(message)
    assert await rig.surface.find(inside, "k2") == message
    await rig.surface.edit(inside, root, card("still secret"))
    await rig.surface.edit(inside, message, card("said better"))
    assert "said better" in await rig.shown(message)


async def test_opening_a_hidden_thread_again_gives_the_same(rig: Rig) -> None:
    root = await opened(rig)
    assert await opened(rig) == root
    assert await opened(rig, "k2") != root
    assert await rig.surface.find(rig.inside("", rig.closed), "k1") == root


async def test_a_hidden_thread_is_seen_by_who_was_let_in_alone(rig: Rig) -> None:
    root = await opened(rig)
    if not rig.closed.direct:
        assert not rig.sees(rig.account, root)
        for _ in range(2):
            await rig.surface.admit(rig.inside(root, rig.closed), rig.account)
    assert rig.sees(rig.account, root)


async def test_who_is_put_out_sees_a_hidden_thread_no_more(rig: Rig) -> None:
    inside = rig.inside(await opened(rig), rig.closed)
    if rig.closed.direct:
        with pytest.raises(PermanentError) as caught:
            await rig.surface.remove(inside, rig.account)
        assert caught.value.code == OPEN_TO_ALL
        return
    await rig.surface.admit(inside, rig.account)
    for _ in range(2):
        await rig.surface.remove(inside, rig.account)
    assert not rig.sees(rig.account, inside.id)


async def test_nothing_is_hidden_where_others_read(rig: Rig) -> None:
    with pytest.raises(PermanentError) as caught:
        await rig.surface.open_thread(rig.open, card("secret"), "k1", hidden=True)
    assert (caught.value.fault, caught.value.code) == (Fault.DESTINATION, OPEN_TO_ALL)
    assert await rig.surface.find(rig.inside("", rig.open), "k1") is None


async def test_nobody_is_let_into_what_everybody_reads(rig: Rig) -> None:
    root = await rig.surface.open_thread(rig.open, card("a"), "k1")
    for change in (rig.surface.admit, rig.surface.remove):
        with pytest.raises(PermanentError) as caught:
            await change(rig.inside(root, rig.open), rig.account)
        assert caught.value.code == OPEN_TO_ALL


ACTS: dict[str, Callable[[Rig, str], Awaitable[object]]] = {
    "open_thread": lambda rig, _: rig.surface.open_thread(rig.place, card("a"), "k2"),
    "post": lambda rig, root: rig.surface.post(rig.inside(root), card("a"), "k2"),
    "edit": lambda rig, root: rig.surface.edit(rig.inside(root), root, card("a")),
    "direct": lambda rig, _: rig.surface.direct(rig.account, card("a"), "k2"),
    "edit_direct": lambda rig, root: rig.surface.edit_direct(rig.account, root, card("a")),
    "find": lambda rig, root: rig.surface.find(rig.inside(root), "k1"),
    "hidden": lambda rig, _: opened(rig, "k2"),
}


@pytest.mark.parametrize("act", ACTS)
async def test_an_outage_is_a_temporary_error(rig: Rig, act: str) -> None:
    root = await rig.surface.open_thread(rig.place, card("a"), "k1")
    rig.outage()
    with pytest.raises(TemporaryError):
        await ACTS[act](rig, root)
