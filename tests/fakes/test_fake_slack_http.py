"""HTTP mode: signed requests to the app's own address, and the fake as a process."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from aiohttp import web

from tests.fakes.slack import FakeSlack
from tests.fakes.slack.signed import FORM
from tests.fakes.slack.trial import CARD, Trial, by_http
from tests.fakes.web import WebServer

Listener = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
ROOT = Path(__file__).parents[2]


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack(mode="http") as fake:
        fake.add_user("ana")
        fake.add_channel("support", ["ana"])
        yield fake


@pytest.fixture
async def app(slack: FakeSlack) -> AsyncIterator[Trial]:
    async with by_http(slack) as made:
        yield made


@asynccontextmanager
async def listening(listener: Listener) -> AsyncIterator[str]:
    async with WebServer(web.Server(listener)) as running:
        yield f"{running.address}/slack/events"


async def test_everything_comes_signed(slack: FakeSlack, app: Trial) -> None:
    seen = await slack.types("ana", "support", "/ticket claim SUP-1")
    assert seen.payload == {"text": "did claim SUP-1"}
    await app.client.chat_postMessage(channel="CSUPPORT", text="x", blocks=CARD)
    pressed = await slack.presses("ana", slack.last("support"), "Claim")
    assert (await pressed.answer()).text == "ana has it"
    await slack.says("ana", "support", "hello")
    assert app.heard == [("message", "hello")]


async def test_a_form_is_sent_and_comes_back(slack: FakeSlack, app: Trial) -> None:
    app.answer = {"response_action": "errors", "errors": {"body": "no"}}
    view = await (await slack.types("ana", "support", "/ticket reply")).view()
    assert (await slack.submits(view, text="hello")).errors == {"body": "no"}


async def test_the_address_is_verified(slack: FakeSlack, app: Trial) -> None:
    assert json.loads(await slack.http.verify_url("prove it")) == {"challenge": "prove it"}


async def test_a_wrong_signature_and_an_old_time(slack: FakeSlack, app: Trial) -> None:
    body = urlencode({"command": "/ticket", "text": "claim"}).encode()
    forged = await slack.http.send(body, FORM, signature="v0=00")
    old = await slack.http.send(body, FORM, timestamp="1531420618")
    assert (forged[0], old[0]) == (401, 401)


async def test_an_app_that_is_down_loses_no_event(slack: FakeSlack) -> None:
    slack.http.url = "http://127.0.0.1:9/slack/events"
    await slack.says("ana", "support", "hello")
    assert (await slack.types("ana", "support", "/ticket claim")).error == "dispatch_failed"
    async with by_http(slack) as app:
        await slack.events.retry_due()
    assert app.heard == [("message", "hello")]
    assert slack.record.acks[-1].attempt == 1


async def test_a_process_of_its_own(tmp_path: Path) -> None:
    scene = tmp_path / "scene.json"
    scene.write_text(json.dumps({"users": [{"name": "ana"}], "channels": [{"name": "support"}]}))
    command = ("-m", "tests.fakes.slack", "--state", str(tmp_path), "--scene", str(scene))
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(20):
            known = json.loads(await process.stdout.readline())
        token = {"Authorization": f"Bearer {known['bot_token']}"}
        async with aiohttp.ClientSession(known["address"], headers=token) as session:
            await session.post("/api/chat.postMessage", json={"channel": "CSUPPORT", "text": "x"})
            said = {"verb": "says", "arguments": ["ana", "support", "hello"]}
            async with session.post("/do", json=said) as answer:
                assert (await answer.json())["user"] == "UANA"
            async with session.get("/messages?channel=support") as answer:
                assert [message["text"] for message in await answer.json()] == ["x", "hello"]
    finally:
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(20):
            assert await process.wait() == 0
    record = json.loads((tmp_path / "record.json").read_text())
    assert [call["method"] for call in record["calls"]] == ["chat.postMessage"]


@pytest.mark.parametrize(
    ("given", "name", "shown"),
    [
        ({"timestamp": "abc"}, "X-Slack-Request-Timestamp", "abc"),
        ({"timestamp": ""}, "X-Slack-Request-Timestamp", None),
        ({"signature": "v0=ü"}, "X-Slack-Signature", "v0=ü"),
        ({"signature": ""}, "X-Slack-Signature", None),
        ({"headers": {"Content-Type": "text/odd"}}, "Content-Type", "text/odd"),
    ],
)
async def test_headers_that_no_slack_sends(
    slack: FakeSlack, given: Any, name: str, shown: str | None
) -> None:
    heard: list[str | None] = []

    async def listen(request: web.BaseRequest) -> web.Response:
        heard.append(request.headers.get(name))
        return web.Response(status=401)

    async with listening(listen) as slack.http.url:
        status, _ = await slack.http.send(b"{}", **given)
    assert (status, heard) == (401, [shown])


async def test_a_retried_event_says_so(slack: FakeSlack) -> None:
    heard: list[tuple[str | None, str | None]] = []

    async def listen(request: web.BaseRequest) -> web.Response:
        names = ("X-Slack-Retry-Num", "X-Slack-Retry-Reason")
        heard.append((request.headers.get(names[0]), request.headers.get(names[1])))
        return web.Response(status=500 if len(heard) == 1 else 204)

    async with listening(listen) as slack.http.url:
        await slack.says("ana", "support", "hello")
        await slack.events.retry_due()
    assert heard == [(None, None), ("1", "http_error")]
    assert slack.events.pending == []
