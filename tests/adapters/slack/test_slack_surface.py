"""The surface against a workspace: what is posted, drawn again and found again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.errors import GONE, PermanentError, TemporaryError
from tests.adapters.slack.rig import POST, Rig, card, connected, inside
from tests.fakes.slack import Message, dropped, lost_answer


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with connected() as made:
        yield made


# ------------------------------------------------------------ posting


async def test_a_card_opens_a_thread_and_others_follow_in_it(rig: Rig) -> None:
    ref = await rig.open()
    reply = await rig.surface.post(ref, card("it burns"), "k2")
    assert "it burns" in rig.shown(reply)
    thread = rig.slack.workspace.messages.thread("CDESK", ref.id)
    assert [message.ts for message in thread] == [ref.id, reply]


async def test_m1_posts_turn_everything_off_that_slack_does_to_text(rig: Rig) -> None:
    await rig.open()
    (call,) = rig.slack.calls(POST)
    sent = {name: str(call.arguments[name]).lower() for name in call.arguments}
    flags = ("unfurl_links", "unfurl_media", "mrkdwn", "link_names")
    assert [sent[name] for name in flags] == ["false"] * 4
    assert sent["parse"] == "none"
    assert sent["text"] == "unclaimed"


async def test_the_key_stands_in_the_metadata(rig: Rig) -> None:
    ref = await rig.open("thread:5")
    message = rig.slack.workspace.messages.get("CDESK", ref.id)
    assert message is not None
    assert message.metadata == {
        "event_type": "deskhand_post",
        "event_payload": {"key": "thread:5"},
    }


async def test_the_same_key_posts_once(rig: Rig) -> None:
    ref = await rig.open("k1")
    assert await rig.open("k1") == ref
    assert rig.posts() == 1


async def test_an_empty_thread_id_posts_into_the_channel(rig: Rig) -> None:
    ts = await rig.surface.post(inside(""), card("all hands"), "k1")
    message = rig.slack.workspace.messages.get("CDESK", ts)
    assert message is not None
    assert not message.is_reply


async def test_a_page_is_a_direct_message_that_is_drawn_again(rig: Rig) -> None:
    page = await rig.surface.direct("UANA", card("wake up"), "page:1")
    channel, ts = page.split("/")
    await rig.surface.edit_direct("UANA", page, card("Ben has it"))
    assert "Ben has it" in rig.shown(ts, channel)


async def test_a_thread_that_people_deleted_is_gone(rig: Rig) -> None:
    ref = await rig.open()
    rig.slack.workspace.delete(rig.slack.last("desk"))
    for act in (rig.surface.post(ref, card("x"), "k2"), rig.surface.edit(ref, ref.id, card("x"))):
        with pytest.raises(PermanentError) as refused:
            await act
        assert refused.value.code == GONE


# ------------------------------------------------------------ look-ups


async def test_a_post_whose_answer_was_lost_is_found_and_not_repeated(rig: Rig) -> None:
    rig.slack.faults.then(POST, lost_answer())
    with pytest.raises(TemporaryError) as lost:
        await rig.open("k1")
    assert lost.value.ambiguous
    found = await rig.surface.find(inside(""), "k1")
    assert found == rig.slack.last("desk").ts
    assert rig.posts() == 1


async def test_a_post_that_never_happened_is_not_found(rig: Rig) -> None:
    rig.slack.faults.then(POST, dropped())
    with pytest.raises(TemporaryError):
        await rig.open("k1")
    assert await rig.surface.find(inside(""), "k1") is None


async def test_a_reply_is_found_in_its_thread_on_a_later_page(rig: Rig) -> None:
    ref = await rig.open()
    rig.slack.workspace.most_per_page = 2
    for count in range(4):
        await rig.surface.post(ref, card("reply"), f"r{count}")
    rig.clock.push(timedelta(seconds=10))
    rig.slack.faults.then(POST, lost_answer())
    with pytest.raises(TemporaryError):
        await rig.surface.post(ref, card("the last"), "last")
    found = await rig.surface.find(ref, "last")
    assert found is not None
    assert "the last" in rig.shown(found)


async def test_a_look_up_ends_after_ten_pages(rig: Rig) -> None:
    rig.slack.workspace.most_per_page = 1
    for count in range(15):
        chatter = Message(channel="CDESK", ts=f"{1795251600 + count}.000000", user="UANA")
        rig.slack.workspace.messages.put(chatter)
    assert await rig.surface.find(inside(""), "k9") is None
    assert len(rig.slack.calls("conversations.history")) == 10


async def test_what_slack_confirmed_is_found_even_when_its_history_lags(rig: Rig) -> None:
    rig.slack.workspace.history_lag = timedelta(seconds=2)
    ref = await rig.open("k1")
    assert await rig.surface.find(inside(""), "k1") == ref.id
