"""Everything that comes from Slack comes through here: known or not, it is acknowledged."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from aiohttp import web
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.response import BoltResponse

from adapters.slack.events.background import Background
from adapters.slack.events.payloads import Json, text
from adapters.slack.events.signature import genuine
from bot.once import Once
from bot.ports import Clock
from bot.ports.tally import Tally

log = logging.getLogger(__name__)

PATH: Final = "/slack/events"
MAX_FIELDS: Final = 50
_UNKNOWN: Final = 404


class Receiving:
    """Hands payloads to Bolt, each delivery once."""

    def __init__(self, app: AsyncApp, background: Background, tally: Tally) -> None:
        self._app = app
        self._background = background
        self._tally = tally
        self._once = Once()
        self._under_way: dict[str, asyncio.Event] = {}

    async def take(self, payload: Json) -> Mapping[str, Any] | None:
        """What the acknowledgement says; None when there is no room, so that it comes again."""
        if self._background.full:
            log.warning("too much at once; Slack is asked to bring it again", extra=_facts(payload))
            return None
        key = key_of(payload)
        if not self._once.first(key):
            # A repeat vouches for nothing that the first one has not done yet.
            if (done := self._under_way.get(key)) is not None:
                await done.wait()
            return {}
        now = asyncio.get_running_loop().time
        begun = now()
        done = self._under_way[key] = asyncio.Event()
        try:
            # Parsed already, as Bolt expects it of a socket.
            request = AsyncBoltRequest(body=dict(payload), mode="socket_mode")
            said = self._answer(await self._app.async_dispatch(request), payload)
            # Nobody waits for the acknowledgement of an event.
            if text(payload, "type") != "event_callback":
                self._tally.acknowledged(now() - begun)
            return said
        except Exception:  # the boundary of the listeners
            log.exception("a payload could not be read", extra={"ref": secrets.token_hex(4)})
            return {}
        finally:
            self._under_way.pop(key, None)
            done.set()

    def _answer(self, response: BoltResponse, payload: Json) -> Mapping[str, Any]:
        if response.status == _UNKNOWN:
            log.info("nobody here takes it", extra=_facts(payload))
        elif response.status != 200:
            log.error("a payload failed", extra=_facts(payload) | {"status": response.status})
        else:
            return _json(response.body)
        return {}


class HttpDoor:
    """HTTP mode: the one address for events, commands and interactivity."""

    def __init__(self, receiving: Receiving, secret: str, clock: Clock) -> None:
        self._receiving = receiving
        self._secret = secret
        self._clock = clock

    def routes(self) -> list[web.RouteDef]:
        """What to mount."""
        return [web.post(PATH, self._receive)]

    async def _receive(self, request: web.Request) -> web.Response:
        body = await request.read()
        stamp = request.headers.get("X-Slack-Request-Timestamp", "")
        signature = request.headers.get("X-Slack-Signature", "")
        if not genuine(self._secret, stamp, signature, body, self._clock.now()):
            return web.json_response({"error": "The signature is not Slack's."}, status=401)
        payload = read_body(body, request.content_type)
        if payload is None:
            return web.json_response({"error": "The body cannot be read."}, status=400)
        if text(payload, "type") == "url_verification":
            return web.Response(text=text(payload, "challenge"))
        said = await self._receiving.take(payload)
        if said is None:
            return web.json_response({"error": "busy"}, status=503, headers={"Retry-After": "5"})
        return web.json_response(dict(said)) if said else web.Response()


def read_body(body: bytes, content_type: str) -> Json | None:
    """The payload of a request: JSON, or a form that may hold JSON; None when it is neither."""
    try:
        told = body.decode()
        if content_type == "application/json":
            return _object(json.loads(told))
        fields = dict(parse_qsl(told, keep_blank_values=True, max_num_fields=MAX_FIELDS))
        payload = fields.get("payload")
        return _object(json.loads(payload)) if payload is not None else fields
    except (ValueError, RecursionError):
        return None


def key_of(payload: Json) -> str:
    """What tells a delivery from a new thing; the same whenever Slack brings it again."""
    match text(payload, "type"):
        case "event_callback":
            return text(payload, "event_id")
        case "view_closed":
            return f"closed:{text(payload, 'view', 'id')}"
        case _:
            return text(payload, "trigger_id")


def _object(found: object) -> Json | None:
    return found if isinstance(found, dict) else None


def _json(body: str) -> Mapping[str, Any]:
    found = _object(json.loads(body)) if body.startswith("{") else None
    return found or {}


def _facts(payload: Json) -> dict[str, object]:
    """What it is, without anybody's words or names."""
    kind = text(payload, "type") or ("command" if "command" in payload else "unknown")
    what = text(payload, "event", "type") or text(payload, "command")
    return {"kind": kind[:40], "what": what[:40], "subtype": text(payload, "event", "subtype")[:40]}
