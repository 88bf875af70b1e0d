"""The console as its page uses it: signed in by a link, over its own HTTP interface."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from contextlib import AsyncExitStack
from itertools import count
from typing import Any

from aiohttp import ClientSession, CookieJar, web
from aiohttp.test_utils import TestServer

from adapters.console.app import Console
from adapters.console.boot import Masthead
from adapters.console.sessions import Sessions
from adapters.console.surface import ConsoleSurface, direct_space
from bot.commands.call import Reaction, Talk
from bot.domain.threads import Space, ThreadRef
from bot.ports import ChatSurface
from storage.records.feed import SqlFeed
from tests.scenario.house import House
from tests.scenario.platforms.window import Picture, Said, Seen, root

HEADERS = {"X-Deskhand": "1", "Sec-Fetch-Site": "same-origin"}
READER = "carla"
Json = dict[str, Any]


class ConsoleWindow:
    """The console in its own pages, one for each person.

    The page has no way yet to edit, delete or react: there the dispatcher is handed what such a
    page would hand it.
    """

    name = "console"
    hides = False

    def __init__(self) -> None:
        self._copies = 1
        self._keys = count(1)
        self._pages: dict[str, ClientSession] = {}
        self._links: set[str] = set()

    async def opens(self, stack: AsyncExitStack, people: Collection[str]) -> None:
        """Nothing to make: the console belongs to the desk."""

    async def joins(self, desk: House, stack: AsyncExitStack) -> None:
        self._desk, self._stack = desk, stack
        feed = SqlFeed(desk.database)
        self._sessions = Sessions("a secret", desk.clock, self._once, secure=False)
        console = Console(
            dispatcher=desk.dispatcher,
            feed=feed,
            directory=desk.core.directory,
            sessions=self._sessions,
            masthead=Masthead(name="Deskhand", addresses={}),
        )
        self.surface: ChatSurface = ConsoleSurface(feed, desk.clock, console.wake)
        app = web.Application()
        app.add_routes(console.routes())
        self._server = await stack.enter_async_context(TestServer(app))
        stack.callback(console.close)

    async def _once(self, key: str) -> bool:
        fresh = key not in self._links
        self._links.add(key)
        return fresh

    def account(self, person: str) -> str:
        return person

    def space(self, channel: str) -> Space:
        return Space(surface=self.name, id=channel)

    # ------------------------------------------------------------ looking

    async def card(self, number: str, by: str = "") -> Picture:
        return _picture((await self._lines(number, by))[0])

    async def thread(self, number: str, by: str = "") -> list[str]:
        return [told(line["card"]) for line in (await self._lines(number, by))[1:]]

    async def all_shown(self, person: str, number: str) -> str:
        """Everything that the page of a person can be told of: lists, proposals, the stream."""
        page, boot = await self._page(person), await self._get(person, "boot")
        spaces = [channel["space"] for channel in boot["channels"]]
        feeds = [await self._get(person, "feed", space=space) for space in spaces]
        lists = [await self._get(person, "home")]
        lists += [await self._get(person, "complete", line=f"/incident show {number[:3]}")]
        async with page.get(self._url("find"), params={"number": number}) as answer:
            lists.append([answer.status, await answer.text()])
        async with page.get(self._server.make_url("/console/events?since=0")) as stream:
            end = f"id: {boot['revision']}\n\n".encode()
            told_live = await stream.content.readuntil(end)
        return json.dumps([boot["channels"], feeds, lists], ensure_ascii=False) + told_live.decode()

    async def pages(self, person: str) -> list[Picture]:
        feed = await self._get(person, "feed", space=direct_space(person))
        return [_picture(line) for line in feed["lines"]]

    async def _lines(self, number: str, by: str = "") -> list[Json]:
        found = await self._get(by or READER, "find", number=number)
        thread = await self._get(by or READER, "thread", root=str(found["root"]))
        return list(thread["lines"])

    # ------------------------------------------------------------ doing

    async def presses(self, person: str, picture: Picture, label: str) -> Seen:
        line = picture.it
        where = {"space": line["space"], "thread_root": line["thread"]}
        if "number" in line["card"] and not line["space"].startswith("@"):
            where["thread_root"] = line["id"]
        (action,) = [each["id"] for each in line["card"]["actions"] if each["label"] == label]
        return await self._run(person, where, action=action)

    async def submits(self, person: str, seen: Seen, **fields: str) -> Seen:
        form, where = seen.form
        given = {field["name"]: field["value"] for field in form["fields"] if field["value"]}
        return await self._run(person, where, action=form["id"], args={**given, **fields})

    async def types(self, person: str, number: str, verb: str, /, **options: str) -> Seen:
        line = " ".join((f"/{root(number)}", verb, number, *options.values()))
        return await self._run(person, {}, line=line)

    async def says(self, person: str, number: str, text: str) -> Said:
        reads = bool(self._desk.core.directory.people[person].grants)
        line, key = (await self._lines(number, person if reads else READER))[0], self._key()
        await self._post(person, "say", text=text, thread_root=line["id"], key=key)
        thread = ThreadRef(surface=self.name, space=line["space"], id=str(line["id"]))
        return Said(person=person, text=text, it=(thread, f"{person}:{key}"))

    async def edits(self, said: Said, text: str) -> None:
        thread, key = said.it
        talk = Talk(surface=self.name, account=said.person, thread=thread, text=text, key=key)
        for _ in range(self._copies):
            await self._desk.dispatcher.revise(talk)

    async def deletes(self, said: Said) -> None:
        for _ in range(self._copies):
            await self._desk.dispatcher.withdraw(self.name, said.person, said.it[1])

    async def reacts(self, person: str, number: str, emoji: str) -> None:
        line = (await self._lines(number))[0]
        thread = ThreadRef(surface=self.name, space=line["space"], id=str(line["id"]))
        reaction = Reaction(
            surface=self.name,
            account=person,
            emoji=emoji,
            key=thread.id,
            place=thread.place,
            thread=thread,
        )
        for _ in range(self._copies):
            await self._desk.dispatcher.react(reaction)

    # ------------------------------------------------------------ the page

    async def quiet(self) -> None:
        """Everything was taken when its answer came."""

    def repeats(self) -> None:
        self._copies = 2

    def _key(self) -> str:
        return f"gesture-{next(self._keys)}"

    async def _run(self, person: str, where: Mapping[str, Any], **what: Any) -> Seen:
        reply = await self._post(person, "run", key=self._key(), **where, **what)
        form = (reply["form"], where) if reply.get("form") else None
        words = told(reply["card"]) if reply.get("card") else str(reply.get("error", ""))
        return Seen(words=words, form=form)

    async def _get(self, person: str, path: str, **query: str) -> Any:
        page = await self._page(person)
        async with page.get(self._url(path), params=query) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def _post(self, person: str, path: str, **body: Any) -> Any:
        """A gesture, and what the page is told first; a repeated one comes again with its key."""
        page, answers = await self._page(person), []
        for _ in range(self._copies):
            async with page.post(self._url(path), json=body, headers=HEADERS) as answer:
                answers.append(await answer.json())
        return answers[0]

    async def _page(self, person: str) -> ClientSession:
        if person not in self._pages:
            page = ClientSession(cookie_jar=CookieJar(unsafe=True))
            self._pages[person] = await self._stack.enter_async_context(page)
            await page.get(self._server.make_url(self._sessions.make_link(person)))
        return self._pages[person]

    def _url(self, path: str) -> Any:
        return self._server.make_url(f"/console/api/{path}")


def _picture(line: Json) -> Picture:
    actions = line["card"].get("actions", ())
    buttons = tuple(action["label"] for action in actions)
    return Picture(words=told(line["card"]), buttons=buttons, it=line)


def told(card: Json) -> str:
    """Everything a card says, as the page shows it."""
    parts = [
        card.get("title", ""),
        card.get("author", {}).get("name", ""),
        _text(card.get("status", ())),
        *(_text(block["runs"]) for block in card.get("blocks", ())),
        *(f"{field['label']}: {_text(field['value'])}" for field in card.get("fields", ())),
        _text(card.get("context", ())),
    ]
    return "\n".join(filter(None, parts))


def _text(runs: Collection[Json]) -> str:
    return "".join(run.get("text") or run.get("name") or run.get("at", "") for run in runs)
