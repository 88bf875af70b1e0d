"""HTTP mode: signed requests, each once; whatever is malformed is refused, never a failure."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from tests.adapters.slack.front import Front, front


@pytest.fixture
async def there() -> AsyncIterator[Front]:
    async with front("http") as opened:
        yield opened


async def test_the_address_is_verified(there: Front) -> None:
    assert await there.fake.http.verify_url("3eZbrw") == "3eZbrw"


async def test_a_command_is_acknowledged_and_answered(there: Front) -> None:
    seen = await there.fake.types("ana", "desk", "/ticket queue")
    assert (seen.ack.status, seen.payload) == (200, None)
    assert (await seen.answer()).text == "Done."


@pytest.mark.parametrize(
    ("stamp", "signature"),
    [("abc", None), ("", None), ("1", None), (None, "v0=é"), (None, ""), (None, "v0=00")],
)
async def test_who_cannot_sign_is_nobody(
    there: Front, stamp: str | None, signature: str | None
) -> None:
    body = json.dumps({"type": "event_callback", "event": {"type": "message"}}).encode()
    status, _ = await there.fake.http.send(body, timestamp=stamp, signature=signature)
    assert status == 401
    assert there.core.talks == []


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"{", "application/json"),
        (b"[1]", "application/json"),
        (b"\xff\xfe", "application/json"),
        (b"[" * 100_000, "application/json"),
        (b"payload=%7B", "application/x-www-form-urlencoded"),
        (b"&".join(b"a%d=1" % n for n in range(99)), "application/x-www-form-urlencoded"),
    ],
)
async def test_a_body_that_cannot_be_read_is_told(
    there: Front, body: bytes, content_type: str
) -> None:
    status, _ = await there.fake.http.send(body, content_type)
    assert status == 400


@pytest.mark.filterwarnings("ignore:Sending a large body")
async def test_a_body_has_a_bound(there: Front) -> None:
    status, _ = await there.fake.http.send(b" " * (2 * 1024 * 1024))
    assert status == 413


@pytest.mark.parametrize(
    "payload",
    [
        {"type": "event_callback", "event_id": "Ev1", "event": {"type": "emoji_changed"}},
        {"type": "event_callback", "event": "not an object"},
        {"type": "event_callback", "event": {"type": "message", "message": 7, "ts": []}},
        {"type": "block_actions", "actions": [{"action_id": "other"}], "user": 5},
        {"type": "block_actions"},
        {"type": "view_submission", "view": {"callback_id": "dk1-form", "state": "odd"}},
        {"type": "view_submission", "view": None},
        {"type": "message_action", "callback_id": "nobody's"},
        {"type": 7},
        {},
    ],
)
async def test_what_nobody_knows_is_acknowledged(there: Front, payload: object) -> None:
    status, _ = await there.fake.http.send(json.dumps(payload).encode())
    assert status == 200


async def test_an_event_that_comes_again_is_not_worked_on_again(there: Front) -> None:
    there.fake.events.copies = 3
    message = await there.fake.says("ana", "desk", "a note", thread_ts=(await there.card()).ts)
    assert [talk.key for talk in there.core.talks] == [f"CDESK:{message.ts}"]


async def test_ssl_checks_are_answered(there: Front) -> None:
    form = "application/x-www-form-urlencoded"
    assert (await there.fake.http.send(b"ssl_check=1&token=legacy", form))[0] == 200
