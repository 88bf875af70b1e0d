"""The fake from outside its process: what it holds, and people's gestures, as JSON over HTTP.

`GET /record` → calls and acks. `GET /messages?channel=…&thread_ts=…` → messages with metadata.
`POST /do {"verb": "types", "arguments": ["ana", "support", "/ticket …"]}` → what was seen; a
message is named `{"channel": "C…", "ts": "…"}`, a view `{"view": "V…"}`.
`POST /faults {"at_random": 0.02, "seed": 7}` or `{"then": "chat.update", "fault": "limited",
"arguments": [30], "times": 1}` or `{"down": true}`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from aiohttp import web

from tests.fakes.slack import faults
from tests.fakes.slack.people import People
from tests.fakes.slack.record import Record
from tests.fakes.slack.server import FakeSlack
from tests.fakes.slack.values import Json, Message, View
from tests.fakes.slack.watching import Seen

VERBS = frozenset(
    {
        "types",
        "says",
        "edits",
        "deletes",
        "reacts",
        "opens_home",
        "presses",
        "opens_menu",
        "picks",
        "suggests",
        "uses_shortcut",
        "submits",
        "closes",
    }
)
FAULTS: dict[str, Callable[..., faults.Fault]] = {
    name: getattr(faults, name)
    for name in ("limited", "failing", "saying", "lost_answer", "dropped", "hanging", "slow")
}


class Remote:
    """Routes beside those of Slack, for the process that runs a test."""

    def __init__(self, slack: FakeSlack) -> None:
        self._slack = slack

    def routes(self) -> list[web.RouteDef]:
        """What to mount."""
        return [
            web.get("/record", self._record),
            web.get("/messages", self._messages),
            web.post("/do", self._do),
            web.post("/faults", self._faults),
        ]

    async def _record(self, request: web.Request) -> web.Response:
        return web.json_response(state(self._slack.record))

    async def _messages(self, request: web.Request) -> web.Response:
        channel, thread = request.query["channel"], request.query.get("thread_ts", "")
        found = self._slack.messages(channel, thread)
        return web.json_response([_shown(message) for message in found])

    async def _do(self, request: web.Request) -> web.Response:
        body = await request.json()
        if body["verb"] not in VERBS:
            raise web.HTTPBadRequest(text="no such verb")
        given = [self._named(value) for value in body.get("arguments", ())]
        named = {key: self._named(value) for key, value in body.get("with", {}).items()}
        done = await getattr(People, body["verb"])(self._slack, *given, **named)
        return web.json_response(_shown(done))

    def _named(self, value: Any) -> Any:
        if isinstance(value, dict) and value.keys() == {"channel", "ts"}:
            return self._slack.workspace.messages.get(value["channel"], value["ts"])
        if isinstance(value, dict) and value.keys() == {"view"}:
            return self._slack.workspace.views[value["view"]]
        return value

    async def _faults(self, request: web.Request) -> web.Response:
        body = await request.json()
        if "at_random" in body:
            self._slack.faults.at_random(body["at_random"], body.get("seed", 0))
        if "then" in body:
            fault = FAULTS[body["fault"]](*body.get("arguments", ()))
            self._slack.faults.then(body["then"], fault, times=body.get("times", 1))
        if body.get("down"):
            await self._slack.goes_down()
        elif "down" in body:
            self._slack.comes_back()
        return web.json_response({"ok": True})


def state(record: Record) -> Json:
    """The record as JSON."""
    read: Json = json.loads(json.dumps(record.as_json(), default=str))
    return read


def _shown(done: object) -> Any:
    if isinstance(done, Message):
        return {**done.as_json(with_metadata=True), "channel": done.channel}
    if isinstance(done, View):
        return done.as_json()
    if isinstance(done, Seen):
        view = done.opened()
        return {
            "error": done.error,
            "payload": done.payload,
            "delay": done.ack.delay,
            "view": view.id if view else None,
            "answers": [_shown(message) for message in done.answers()],
        }
    return done
