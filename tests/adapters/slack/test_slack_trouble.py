"""The surface when Slack limits, fails or refuses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.cards import Action, Card, Plain
from bot.clock import ManualClock
from bot.errors import GONE, Fault, PermanentError, TemporaryError
from tests.adapters.console import console_cards as samples
from tests.adapters.slack.rig import (
    DESK,
    NOW,
    POST,
    UPDATE,
    Rig,
    card,
    connected,
    inside,
    surface_at,
)
from tests.fakes.slack import failing, limited, saying


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with connected() as made:
        yield made


async def test_a_used_up_budget_says_when_to_come_again(rig: Rig) -> None:
    for count in range(5):
        await rig.open(f"k{count}")
    with pytest.raises(TemporaryError) as refused:
        await rig.open("k5")
    assert refused.value.retry_after is not None
    rig.clock.push(refused.value.retry_after)
    await rig.open("k5")
    assert all(call.status == 200 for call in rig.slack.calls(POST))


async def test_a_page_is_never_held_back_by_posts_or_edits(rig: Rig) -> None:
    ref = await rig.open()
    for _ in range(60):
        try:
            await rig.surface.edit(ref, ref.id, card("busy"))
        except TemporaryError:
            break
    page = await rig.surface.direct("UANA", card("wake up"), "page:1")
    await rig.surface.edit_direct("UANA", page, card("thanks"))
    assert len(rig.slack.calls(UPDATE)) == 41


async def test_retry_after_is_obeyed(rig: Rig) -> None:
    ref = await rig.open()
    rig.slack.faults.then(UPDATE, limited(30))
    for wait in (30, 20):
        with pytest.raises(TemporaryError) as refused:
            await rig.surface.edit(ref, ref.id, card("x"))
        assert refused.value.retry_after == timedelta(seconds=wait)
        rig.clock.push(timedelta(seconds=10))
    rig.clock.push(timedelta(seconds=10))
    await rig.surface.edit(ref, ref.id, card("at last"))
    assert len(rig.slack.calls(UPDATE)) == 2


async def test_a_limited_channel_does_not_hold_a_page_back(rig: Rig) -> None:
    rig.slack.faults.then(POST, limited(30))
    with pytest.raises(TemporaryError):
        await rig.open()
    await rig.surface.direct("UANA", card("wake up"), "page:1")


@pytest.mark.parametrize("fault", [failing(500), failing(503), saying("fatal_error")])
async def test_slacks_failure_is_temporary_and_ambiguous(rig: Rig, fault: object) -> None:
    rig.slack.faults.then(POST, fault)  # type: ignore[arg-type]
    with pytest.raises(TemporaryError) as failed:
        await rig.open()
    assert failed.value.ambiguous


async def test_slack_away_is_temporary_and_not_ambiguous(rig: Rig) -> None:
    await rig.slack.stop()
    with pytest.raises(TemporaryError) as failed:
        await rig.open()
    assert not failed.value.ambiguous


async def test_a_channel_without_the_bot_is_the_destinations_fault(rig: Rig) -> None:
    await rig.slack.kicks_bot("desk")
    with pytest.raises(PermanentError, match="/invite @deskhand") as refused:
        await rig.open()
    assert refused.value.fault is Fault.DESTINATION


async def test_a_revoked_token_is_the_credentials_fault(rig: Rig) -> None:
    await rig.slack.revokes_token(told=False)
    with pytest.raises(PermanentError) as refused:
        await rig.open()
    assert refused.value.fault is Fault.CREDENTIAL


async def test_refused_blocks_are_sent_once_more_in_a_plainer_form(rig: Rig) -> None:
    rig.slack.faults.then(POST, saying("invalid_blocks"))
    buttons = (Action("dk1:claim:SUP-1", "Claim"),)
    plain = Card(title="Fire", fallback="Fire", status=(Plain("new"),), actions=buttons)
    ts = await rig.surface.open_thread(DESK, plain, "k1")
    message = rig.slack.workspace.messages.get("CDESK", ts)
    assert message is not None
    assert [block["type"] for block in message.blocks] == ["section", "actions"]


async def test_a_refused_chart_becomes_bars_of_characters(rig: Rig) -> None:
    rig.slack.faults.then(POST, saying("invalid_blocks"))
    ts = await rig.surface.post(inside(""), samples.report(), "k1")
    assert "Mon  ▇▇▇▇▇▇▇▇▇▇ 31" in rig.shown(ts)


async def test_blocks_that_are_refused_twice_are_the_payloads_fault(rig: Rig) -> None:
    rig.slack.faults.then(POST, saying("invalid_blocks"), saying("msg_too_long"))
    with pytest.raises(PermanentError) as refused:
        await rig.open()
    assert refused.value.fault is Fault.PAYLOAD


async def test_a_reply_that_slack_put_into_the_channel_is_taken_back() -> None:
    # Slack answers so when the root was deleted: ok, and no thread_ts.
    calls: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        calls.append(request.match_info["method"])
        stray = {"ok": True, "channel": "CDESK", "ts": "1795.000002", "message": {"text": "x"}}
        return web.json_response(stray)

    app = web.Application()
    app.router.add_post("/api/{method}", answer)
    async with TestServer(app) as server:
        address = str(server.make_url("/api/"))
        async with surface_at(address, "xoxb-1", ManualClock(NOW)) as surface:
            with pytest.raises(PermanentError) as gone:
                await surface.post(inside("1795.000001"), card("x"), "k1")
    assert gone.value.code == GONE
    assert calls == [POST, "chat.delete"]
