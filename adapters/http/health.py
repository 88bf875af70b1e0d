"""`/healthz` (alive?) and `/readyz` (may it get work?): each part by name, 503 when one fails."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from aiohttp import web

from bot.errors import TemporaryError


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthPart:
    """Whether one named part does its work; `age` is how long ago it last did, if that matters."""

    ok: bool
    detail: str = ""
    age: timedelta | None = None


HealthCheck = Callable[[], Awaitable[Mapping[str, HealthPart]]]

_PATIENCE: Final = timedelta(seconds=2)


def by_age(age: timedelta | None, limit: timedelta) -> HealthPart:
    """The part that must do its work at least every `limit`; no age means that it is dead."""
    if age is None:
        return HealthPart(ok=False, detail="dead")
    if age <= limit:
        return HealthPart(ok=True, age=age)
    return HealthPart(ok=False, age=age, detail=f"older than {limit.total_seconds():g} s")


def health_routes(
    alive: HealthCheck, ready: HealthCheck, patience: timedelta = _PATIENCE
) -> list[web.RouteDef]:
    """`alive` looks at ages only, without I/O; `ready` may ask the store. No answer within
    `patience` is a failure.
    """
    return [
        web.get("/healthz", _endpoint(alive, patience)),
        web.get("/readyz", _endpoint(ready, patience)),
    ]


def _endpoint(
    check: HealthCheck, patience: timedelta
) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(_: web.Request) -> web.Response:
        parts = await _ask(check, patience.total_seconds())
        failing = sorted(name for name, part in parts.items() if not part.ok)
        body = {
            "status": "failing" if failing else "ok",
            "failing": failing,
            "parts": {name: _picture(part) for name, part in parts.items()},
        }
        return web.json_response(body, status=503 if failing else 200)

    return answer


async def _ask(check: HealthCheck, seconds: float) -> Mapping[str, HealthPart]:
    try:
        async with asyncio.timeout(seconds):
            return await check()
    except TimeoutError:
        return {"check": HealthPart(ok=False, detail=f"no answer within {seconds:g} s")}
    except TemporaryError as error:
        return {"check": HealthPart(ok=False, detail=error.words)}


def _picture(part: HealthPart) -> dict[str, Any]:
    picture: dict[str, Any] = {"ok": part.ok}
    if part.age is not None:
        picture["age_seconds"] = round(part.age.total_seconds(), 3)
    if part.detail:
        picture["detail"] = part.detail
    return picture
