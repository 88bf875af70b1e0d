"""The JSON API that the console's page talks to; every answer is for the signed-in person alone."""

from __future__ import annotations

import asyncio
import re
from typing import Final
from urllib.parse import quote

from aiohttp import web

from adapters.console.body import Body, read_body
from adapters.console.boot import (
    Masthead,
    channel_json,
    desks_json,
    me_json,
    people_json,
    table_json,
)
from adapters.console.demo import DemoControls, demo_boot
from adapters.console.dispatcher import Dispatcher
from adapters.console.guard import Guard, Refusal, json_response
from adapters.console.lines import is_own_card, line_json, number_of, root_json
from adapters.console.render import home_json, reply_json
from adapters.console.sessions import PATH
from adapters.console.spaces import Channel, channels_of, may_read
from adapters.console.surface import ConsoleSurface
from bot.commands.call import Invocation, Talk
from bot.domain.people import Person
from bot.domain.threads import Space, ThreadRef
from bot.ports import ConsoleFeed, FeedLine

MAX_LINES: Final = 200
MAX_LINE: Final = 8_000
_RECENT: Final = 30
_KEY: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")


class Api:
    """Reads the feed and hands gestures to the dispatcher."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        feed: ConsoleFeed,
        guard: Guard,
        masthead: Masthead,
        demo: DemoControls | None,
    ) -> None:
        self._dispatcher = dispatcher
        self._feed = feed
        self._guard = guard
        self._masthead = masthead
        self._demo = demo

    def routes(self) -> list[web.RouteDef]:
        """The routes, each behind the guard."""
        at, read, write = f"{PATH}/api", self._guard.read, self._guard.write
        return [
            web.get(f"{at}/boot", read(self._boot)),
            web.get(f"{at}/feed", read(self._lines)),
            web.get(f"{at}/thread", read(self._thread)),
            web.get(f"{at}/find", read(self._find)),
            web.get(f"{at}/complete", read(self._complete)),
            web.get(f"{at}/home", read(self._home)),
            web.post(f"{at}/run", write(self._run)),
            web.post(f"{at}/keep", write(self._keep)),
            web.post(f"{at}/say", write(self._say)),
            web.get(f"{PATH}/files/{{id:\\d{{1,18}}}}", read(self._file)),
        ]

    async def _boot(self, request: web.Request, person: Person) -> web.Response:
        directory = self._guard.directory
        revision = await self._feed.revision()
        channels = channels_of(directory, person)
        recent = await asyncio.gather(*(self._recent(channel) for channel in channels))
        boot = {
            "service": self._masthead.name,
            "addresses": dict(self._masthead.addresses),
            "me": me_json(person),
            "people": people_json(directory),
            "desks": desks_json(directory),
            "channels": list(map(channel_json, channels, recent)),
            "commands": table_json(self._dispatcher.table),
            "revision": revision,
            "demo": demo_boot(self._demo),
        }
        return json_response(boot)

    async def _recent(self, channel: Channel) -> list[int]:
        return [line.id for line in await self._feed.lines(channel.space, _RECENT)]

    async def _lines(self, request: web.Request, person: Person) -> web.Response:
        space = self._readable(person, request.query.get("space", ""))
        limit = min(_whole(request.query.get("limit", "50")), MAX_LINES)
        lines = await self._feed.lines(space, limit + 1)
        shown = lines[-limit:]
        threads = await asyncio.gather(*(self._feed.thread(line.id) for line in shown))
        more = len(lines) > len(shown) and limit < MAX_LINES
        drawn = list(map(root_json, shown, threads))
        return json_response({"space": space, "lines": drawn, "more": more})

    async def _thread(self, request: web.Request, person: Person) -> web.Response:
        lines = await self._whole_thread(person, _whole(request.query.get("root", "")))
        return json_response({"lines": [line_json(line) for line in lines]})

    async def _find(self, request: web.Request, person: Person) -> web.Response:
        number = request.query.get("number", "")
        spaces = [channel.space for channel in channels_of(self._guard.directory, person)]
        feeds = await asyncio.gather(*(self._feed.lines(space, MAX_LINES) for space in spaces))
        cards = [line for lines in feeds for line in lines if number_of(line) == number]
        if not number or not cards:
            raise Refusal(404, f"No channel you may read shows {number!r} lately.")
        # A notice or a page about a work item carries its number too; the talk is under the item's
        # own card, which a confidential incident has among its reader's direct messages.
        own = list(filter(is_own_card, cards))
        threads = await asyncio.gather(*(self._feed.thread(card.id) for card in own or cards))
        root, *_ = max(threads, key=len)
        return json_response({"space": root.space, "root": root.id})

    async def _home(self, request: web.Request, person: Person) -> web.Response:
        home = await self._dispatcher.home(ConsoleSurface.name, person.key)
        return json_response(home_json(home))

    async def _run(self, request: web.Request, person: Person) -> web.Response:
        invocation = await self._invocation(person, await read_body(request))
        return json_response(reply_json(await self._dispatcher.run(invocation)))

    async def _keep(self, request: web.Request, person: Person) -> web.Response:
        await self._dispatcher.keep(await self._invocation(person, await read_body(request)))
        return json_response({})

    async def _invocation(self, person: Person, body: Body) -> Invocation:
        thread = await self._thread_of(person, body)
        space = body.text("space")
        place = thread.place if thread else None
        if space and not thread:
            place = Space(surface=ConsoleSurface.name, id=self._readable(person, space))
        return Invocation(
            surface=ConsoleSurface.name,
            account=person.key,
            key=_gesture(person, body),
            line=body.text("line"),
            action=body.text("action"),
            args=body.args(),
            files=body.files,
            place=place,
            thread=thread,
            asks=bool(body.number("asks")),
        )

    async def _say(self, request: web.Request, person: Person) -> web.Response:
        body = await read_body(request)
        thread = await self._thread_of(person, body)
        if thread is None:
            raise Refusal(400, "Talk happens in a thread: name it in 'thread_root'.")
        talk = Talk(
            surface=ConsoleSurface.name,
            account=person.key,
            thread=thread,
            text=body.text("text"),
            key=_gesture(person, body),
            files=body.files,
            shown=False,
        )
        return json_response(reply_json(await self._dispatcher.say(talk)))

    async def _complete(self, request: web.Request, person: Person) -> web.Response:
        line = request.query.get("line", "")[:MAX_LINE]
        root = request.query.get("root", "")
        thread = await self._ref(person, _whole(root)) if root else None
        found = await self._dispatcher.complete(ConsoleSurface.name, person.key, line, thread)
        proposals = [{"line": c.line, "label": c.label, "help": c.help} for c in found]
        return json_response({"completions": proposals})

    async def _file(self, request: web.Request, person: Person) -> web.StreamResponse:
        id_ = int(request.match_info["id"])
        attachment = await self._dispatcher.file(ConsoleSurface.name, person.key, id_)
        return web.Response(
            body=attachment.content,
            content_type="application/octet-stream",
            headers={
                "Content-Disposition": _as_attachment(attachment.name),
                "Content-Security-Policy": "sandbox; default-src 'none'",
            },
        )

    def _readable(self, person: Person, space: str) -> str:
        if not may_read(self._guard.directory, person, space):
            raise Refusal(404, f"There is no channel {space!r} for you.")
        return space

    async def _whole_thread(self, person: Person, root: int) -> list[FeedLine]:
        lines = list(await self._feed.thread(root))
        if not lines or not may_read(self._guard.directory, person, lines[0].space):
            raise Refusal(404, "There is no such thread for you.")
        return lines

    async def _thread_of(self, person: Person, body: Body) -> ThreadRef | None:
        root = body.number("thread_root")
        return await self._ref(person, root) if root else None

    async def _ref(self, person: Person, root: int) -> ThreadRef:
        first, *_ = await self._whole_thread(person, root)
        return ThreadRef(surface=ConsoleSurface.name, space=first.space, id=str(root))


def _gesture(person: Person, body: Body) -> str:
    key = body.text("key")
    if not _KEY.fullmatch(key):
        raise Refusal(400, "The field 'key' must name the gesture in 8 to 64 letters and digits.")
    return f"{person.key}:{key}"


def _whole(text: str) -> int:
    if not text.isdecimal() or len(text) > 18 or int(text) == 0:
        raise Refusal(400, f"{text!r} is not a positive whole number.")
    return int(text)


def _as_attachment(name: str) -> str:
    flat = "".join(c for c in name if c.isprintable()) or "file"
    plain = "".join(c if c.isascii() and c not in '"\\' else "_" for c in flat)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(flat, safe='')}"
