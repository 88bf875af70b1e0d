from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from adapters.http.health import HealthCheck, HealthPart, by_age, health_routes
from bot.errors import TemporaryError

FINE = HealthPart(ok=True)
LIMIT = timedelta(seconds=30)


def says(**parts: HealthPart) -> HealthCheck:
    async def check() -> Mapping[str, HealthPart]:
        return parts

    return check


async def silence() -> Mapping[str, HealthPart]:
    await asyncio.Event().wait()
    return {}


async def ask(
    path: str, alive: HealthCheck, ready: HealthCheck, **patience: timedelta
) -> tuple[int, Any]:
    app = web.Application()
    app.add_routes(health_routes(alive, ready, **patience))
    async with TestClient(TestServer(app)) as client, client.get(path) as answer:
        return answer.status, await answer.json()


async def test_all_is_well() -> None:
    young = by_age(timedelta(seconds=1.25), LIMIT)
    status, body = await ask("/healthz", says(outbox=young), says())
    assert status == 200
    assert body["parts"] == {"outbox": {"ok": True, "age_seconds": 1.25}}


async def test_a_pass_that_is_too_old_is_named() -> None:
    old = by_age(timedelta(seconds=31), LIMIT)
    status, body = await ask("/healthz", says(inbox=FINE, outbox=old), says())
    assert (status, body["failing"]) == (503, ["outbox"])
    assert body["parts"]["outbox"]["detail"] == "older than 30 s"


async def test_a_dead_pass_is_named() -> None:
    status, body = await ask("/healthz", says(timers=by_age(None, LIMIT)), says())
    assert (status, body["parts"]["timers"]) == (503, {"ok": False, "detail": "dead"})


async def test_readiness_is_another_question() -> None:
    away = HealthPart(ok=False, detail="the database is away")
    status, body = await ask("/readyz", says(outbox=FINE), says(store=away, smtp=FINE))
    assert (status, body["status"], body["failing"]) == (503, "failing", ["store"])


async def test_a_check_that_fails_says_why() -> None:
    async def away() -> Mapping[str, HealthPart]:
        raise TemporaryError("the database is away")

    status, body = await ask("/readyz", says(), away)
    part = {"ok": False, "detail": "the database is away"}
    assert (status, body["parts"]) == (503, {"check": part})


async def test_a_check_that_does_not_answer_fails() -> None:
    soon = timedelta(milliseconds=20)
    status, body = await ask("/readyz", says(), silence, patience=soon)
    assert (status, body["failing"]) == (503, ["check"])
    assert body["parts"]["check"]["detail"] == "no answer within 0.02 s"
