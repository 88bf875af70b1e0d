"""The doors for alerts: `POST /in/<kind>/<token>`, or the token as a bearer; stored, then answered.

Senders take 413 and 429 for final: overload is 503, and only what can never be taken is 400.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Final
from uuid import uuid4

from aiohttp import web

from adapters.alerts.source import MEBIBYTE, Source, UnreadableAlert
from adapters.alerts.sources import SOURCES
from bot.domain.directory import AlertIntake
from bot.errors import TemporaryError
from bot.ports import Arrival, Inbox, Meter

_ALL_BODIES: Final = 128 * MEBIBYTE
_BEARER: Final = "bearer "


def intake_routes(
    intakes: Mapping[str, AlertIntake],
    inbox: Inbox,
    meter: Meter,
    *,
    all_bodies: int = _ALL_BODIES,
) -> list[web.RouteDef]:
    """The routes; ValueError when an intake's kind is none of ours, or two share a token.

    Bodies that are at work at the same time hold at most `all_bodies` bytes together.
    """
    door = _Door(_Tokens(intakes), inbox, meter, _Bodies(all_bodies))
    # Many senders' forms, and people, end an address with a slash.
    paths = ("/in/{kind}/{token}", "/in/{kind}/{token}/", "/in/{kind}", "/in/{kind}/")
    return [web.post(path, door.receive) for path in paths]


class _Tokens:
    """Intakes by the hash of kind and token, so that looking one up tells nothing by its time."""

    def __init__(self, intakes: Mapping[str, AlertIntake]) -> None:
        self._intakes: dict[bytes, AlertIntake] = {}
        for intake in intakes.values():
            _check_kind(intake)
            other = self._intakes.setdefault(_hash(intake.kind, intake.token), intake)
            if other is not intake:
                raise ValueError(f"the intakes {other.name} and {intake.name} share their token")

    def intake(self, kind: str, token: str) -> AlertIntake | None:
        """The intake of that kind that the token opens."""
        found = self._intakes.get(_hash(kind, token)) if token else None
        if found is None or not hmac.compare_digest(found.token.encode(), token.encode()):
            return None
        return found


def _check_kind(intake: AlertIntake) -> None:
    if intake.kind not in SOURCES:
        known = ", ".join(sorted(SOURCES))
        raise ValueError(
            f"the intake {intake.name} is of the unknown kind {intake.kind}; kinds are {known}"
        )


def _hash(kind: str, token: str) -> bytes:
    return sha256(f"{kind}\0{token}".encode("utf-8", "surrogatepass")).digest()


class _Door:
    """Takes one request: who is it, is it fit, store it, say so."""

    def __init__(self, tokens: _Tokens, inbox: Inbox, meter: Meter, bodies: _Bodies) -> None:
        self._tokens = tokens
        self._inbox = inbox
        self._meter = meter
        self._bodies = bodies

    async def receive(self, request: web.Request) -> web.Response:
        """200 once it is stored; 400, 401 or 503 otherwise."""
        kind = request.match_info["kind"]
        intake = self._tokens.intake(kind, _token(request))
        if intake is None:
            return self._answer(kind, "unauthorized", _refusal(401, "unknown token"))
        try:
            return await self._take(request, intake, SOURCES[kind])
        except UnreadableAlert as error:
            return self._answer(kind, "unreadable", _refusal(400, error.words))
        except TemporaryError:
            return self._answer(kind, "busy", _busy())

    async def _take(
        self, request: web.Request, intake: AlertIntake, source: Source
    ) -> web.Response:
        content_type = request.headers.get("Content-Type", "")
        async with self._bodies.read(request, source.limit) as body:
            source.check(body, content_type)
            arrival = Arrival(
                source=f"alert:{intake.name}",
                key=_key(request, intake, source, body),
                raw=body,
                meta={"content_type": content_type, "peer": request.remote or ""},
            )
            new = await self._inbox.accept(arrival)
        answer = web.Response(body=source.answer, content_type="application/json")
        return self._answer(source.kind, "accepted" if new else "duplicate", answer)

    def _answer(self, kind: str, result: str, response: web.Response) -> web.Response:
        known = kind if kind in SOURCES else "other"
        self._meter.count("alerts_received", source=known, result=result)
        return response


class _Bodies:
    """Reads bodies, all those at work together within one bound of bytes."""

    def __init__(self, most: int) -> None:
        self._free = most

    @asynccontextmanager
    async def read(self, request: web.Request, limit: int) -> AsyncIterator[bytes]:
        """The whole body; UnreadableAlert when it is too long, TemporaryError when all are."""
        chunks: list[bytes] = []
        held = 0
        try:
            while chunk := await request.content.readany():
                chunks.append(chunk)
                held += len(chunk)
                self._free -= len(chunk)
                self._check(held, limit)
            yield b"".join(chunks)
        finally:
            self._free += held

    def _check(self, held: int, limit: int) -> None:
        if held > limit:
            raise UnreadableAlert(f"the body is larger than {limit // MEBIBYTE} MiB")
        if self._free < 0:
            raise TemporaryError("too many large alert bodies at once")


def _token(request: web.Request) -> str:
    token = request.match_info.get("token")
    if token is not None:
        return token
    written = request.headers.get("Authorization", "")
    return written[len(_BEARER) :].strip() if written.lower().startswith(_BEARER) else ""


def _key(request: web.Request, intake: AlertIntake, source: Source, body: bytes) -> str:
    """A sender's own delivery id makes a repeat the same; else alerts are told apart by reading."""
    for name in source.delivery_headers:
        delivery = request.headers.get(name)
        if delivery:
            # With the body, or a sender whose id never changes would be heard only once.
            written = f"{intake.name}\0{delivery}\0".encode("utf-8", "surrogateescape")
            return sha256(written + body).hexdigest()
    return uuid4().hex


def _refusal(status: int, words: str) -> web.Response:
    text = json.dumps({"error": words})
    return web.Response(text=text, status=status, content_type="application/json")


def _busy() -> web.Response:
    answer = _refusal(503, "busy; send it again")
    answer.headers["Retry-After"] = "5"
    return answer
