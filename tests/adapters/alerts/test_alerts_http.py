from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from adapters.alerts.http import intake_routes
from adapters.memory.inbox import MemoryInbox
from adapters.memory.meter import MemoryMeter
from bot.clock import ManualClock
from bot.domain.directory import AlertIntake
from bot.errors import TemporaryError

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
PROM = AlertIntake(name="prom", kind="alertmanager", token="am-t0k3n")
SHELL = AlertIntake(name="shell", kind="generic", token="g-t0k3n")
BODY = b'{"version": "4", "groupKey": "g", "alerts": []}'
MEBIBYTE = 1024 * 1024


class Doors:
    """The intakes' routes on a server of their own, with what came in."""

    def __init__(
        self, client: TestClient[Any, Any], inbox: MemoryInbox, meter: MemoryMeter
    ) -> None:
        self.client = client
        self.inbox = inbox
        self.meter = meter

    async def post(self, path: str, data: Any = BODY, **headers: str) -> tuple[int, Any]:
        async with self.client.post(path, data=data, headers=headers) as answer:
            self.headers = answer.headers
            return answer.status, await answer.json()


@pytest.fixture
async def doors() -> AsyncIterator[Doors]:
    inbox, meter, app = MemoryInbox(ManualClock(NOW)), MemoryMeter(), web.Application()
    app.add_routes(intake_routes({i.name: i for i in (PROM, SHELL)}, inbox, meter))
    async with TestClient(TestServer(app)) as client:
        yield Doors(client, inbox, meter)


async def test_an_alert_is_stored_as_it_came_and_answered(doors: Doors) -> None:
    assert await doors.post("/in/alertmanager/am-t0k3n") == (200, {})
    [arrival] = doors.inbox.arrivals
    assert (arrival.source, arrival.raw) == ("alert:prom", BODY)
    assert arrival.meta["peer"] == "127.0.0.1"
    assert doors.meter.counted("alerts_received", source="alertmanager", result="accepted") == 1


async def test_the_content_type_is_kept_for_the_reader(doors: Doors) -> None:
    headers = {"Content-Type": "text/plain; charset=utf-8"}
    answer = await doors.post("/in/generic/g-t0k3n", b"disk full", **headers)
    assert answer == (200, {"status": "accepted"})
    assert doors.inbox.arrivals[0].meta["content_type"] == "text/plain; charset=utf-8"


async def test_the_token_may_be_a_bearer(doors: Doors) -> None:
    status, _ = await doors.post("/in/alertmanager", Authorization="Bearer am-t0k3n")
    assert status == 200


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/in/alertmanager/am-t0k3n/", {}),
        ("/in/alertmanager/", {"Authorization": "Bearer am-t0k3n"}),
    ],
)
async def test_a_slash_at_the_end_loses_no_alert(
    doors: Doors, path: str, headers: dict[str, str]
) -> None:
    assert (await doors.post(path, **headers))[0] == 200
    assert len(doors.inbox.arrivals) == 1


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/in/alertmanager/wrong", {}),
        ("/in/alertmanager/wrong/", {}),
        ("/in/generic/am-t0k3n", {}),
        ("/in/unheard-of/am-t0k3n", {}),
        ("/in/alertmanager", {}),
        ("/in/alertmanager", {"Authorization": "Bearer "}),
        ("/in/alertmanager", {"Authorization": "Basic am-t0k3n"}),
        ("/in/alertmanager/wrong", {"Authorization": "Bearer am-t0k3n"}),
        ("/in/alertmanager/%FF%00", {}),
    ],
)
async def test_without_the_right_token_nothing_is_told(
    doors: Doors, path: str, headers: dict[str, str]
) -> None:
    assert await doors.post(path, **headers) == (401, {"error": "unknown token"})
    assert doors.inbox.arrivals == ()


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("/in/alertmanager/am-t0k3n", b'{"alerts": ', "not a JSON object"),
        ("/in/alertmanager/am-t0k3n", b'{"alerts": }', "Expecting value"),
        ("/in/generic/g-t0k3n", b"", "empty"),
    ],
)
async def test_what_can_never_be_taken_is_told_why(
    doors: Doors, path: str, body: bytes, words: str
) -> None:
    status, answer = await doors.post(path, body)
    assert status == 400
    assert words in answer["error"]
    assert doors.meter.counted("alerts_received", result="unreadable") == 1


async def test_an_overloaded_store_asks_to_send_again(doors: Doors) -> None:
    doors.inbox.script.then(TemporaryError("the disk is full"))
    assert (await doors.post("/in/alertmanager/am-t0k3n"))[0] == 503
    assert doors.headers["Retry-After"] == "5"
    assert (await doors.post("/in/alertmanager/am-t0k3n"))[0] == 200


async def test_equal_bodies_are_kept_since_only_reading_tells(doors: Doors) -> None:
    for _ in range(2):
        await doors.post("/in/alertmanager/am-t0k3n", **{"Idempotency-Key": "k"})
    assert len(doors.inbox.arrivals) == 2


@pytest.mark.parametrize("header", ["Idempotency-Key", "X-Request-Id"])
async def test_a_delivery_id_makes_a_repeat_harmless(doors: Doors, header: str) -> None:
    for body in (b"disk full", b"disk full", b"disk fine"):
        assert (await doors.post("/in/generic/g-t0k3n", body, **{header: "d-1"}))[0] == 200
    assert [arrival.raw for arrival in doors.inbox.arrivals] == [b"disk full", b"disk fine"]
    assert doors.meter.counted("alerts_received", result="duplicate") == 1


async def chunks(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // MEBIBYTE):
        yield b" " * MEBIBYTE
    yield b"{}"


async def test_a_storm_in_one_body_is_taken(doors: Doors) -> None:
    assert (await doors.post("/in/alertmanager/am-t0k3n", chunks(20 * MEBIBYTE)))[0] == 200
    assert len(doors.inbox.arrivals[0].raw) > 20 * MEBIBYTE


async def test_a_body_without_end_is_refused_with_words(doors: Doors) -> None:
    status, answer = await doors.post("/in/generic/g-t0k3n", chunks(17 * MEBIBYTE))
    assert (status, answer) == (400, {"error": "the body is larger than 16 MiB"})


async def test_many_large_bodies_at_once_are_asked_to_come_again() -> None:
    inbox, meter, app = MemoryInbox(ManualClock(NOW)), MemoryMeter(), web.Application()
    app.add_routes(intake_routes({"shell": SHELL}, inbox, meter, all_bodies=MEBIBYTE))
    async with TestClient(TestServer(app)) as client:
        doors = Doors(client, inbox, meter)
        assert (await doors.post("/in/generic/g-t0k3n", chunks(2 * MEBIBYTE)))[0] == 503
        assert (await doors.post("/in/generic/g-t0k3n", b"disk full"))[0] == 200


def test_an_unknown_kind_is_refused_at_the_start() -> None:
    strange = AlertIntake(name="odd", kind="pigeon", token="t")
    with pytest.raises(ValueError, match="odd is of the unknown kind pigeon"):
        intake_routes({"odd": strange}, MemoryInbox(ManualClock(NOW)), MemoryMeter())


def test_a_shared_token_is_refused_at_the_start() -> None:
    twin = AlertIntake(name="twin", kind="generic", token="g-t0k3n")
    with pytest.raises(ValueError, match="shell and twin share their token"):
        intake_routes({"a": SHELL, "b": twin}, MemoryInbox(ManualClock(NOW)), MemoryMeter())
