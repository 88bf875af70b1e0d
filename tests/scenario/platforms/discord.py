"""Discord: a server on the wire, the library's own gateway, and the real adapter before it."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AsyncExitStack
from copy import deepcopy
from dataclasses import fields, replace
from functools import partial
from typing import Any

from adapters.discord.app import Discord, Surroundings
from adapters.discord.settings import DiscordSettings
from bot.clock import ManualClock
from bot.domain.threads import Space
from bot.ports import ChatSurface
from bot.services.hosting import Host
from tests.adapters.discord.world import BRISK, memory_of
from tests.fakes.discord_server import Channel, FakeDiscord, Message, Person
from tests.fakes.discord_server import Seen as Gesture
from tests.fakes.discord_server.gateway import Session
from tests.fakes.discord_server.places import PRIVATE_THREAD
from tests.scenario.house import House
from tests.scenario.platforms.window import CHANNELS, Picture, Said, Seen, root
from tests.scenario.world import MONDAY


class DiscordWindow:
    """Discord as its people use it: text channels, a thread for each work item."""

    name = "discord"
    hides = True

    async def opens(self, stack: AsyncExitStack, people: Collection[str]) -> None:
        self.fake = await stack.enter_async_context(FakeDiscord(ManualClock(MONDAY)))
        self._places = {name: self.fake.text_channel(name) for name in CHANNELS}
        self._people = {key: self.fake.person(key.capitalize()) for key in people}
        self._ways = 0

    async def joins(self, desk: House, stack: AsyncExitStack) -> None:
        self.fake.clock = desk.clock
        settings = DiscordSettings(token=self.fake.token, api_url=self.fake.api_url)
        host = Host(desk.core)
        given = Surroundings(
            directory=desk.core.directory,
            clock=desk.clock,
            files=host.file,
            refuge=partial(host.thread_on, self.name),
            writer=partial(host.writer, self.name),
            memory=memory_of(host),
            take_duty=desk.database.lock,
            tell=host.tell,
            pace=BRISK,
        )
        self._bot = Discord(settings, given)
        self.surface: ChatSurface = self._bot.surface
        self._bot.serve(desk.dispatcher)
        stack.push_async_callback(self._bot.close)
        await self._bot.start()
        stack.push_async_callback(self._bot.stop)
        await self.fake.until(lambda: self._bot.state.startswith("connected"), "a session")
        await self._bot.idle()

    def account(self, person: str) -> str:
        return self._people[person].id

    def space(self, channel: str) -> Space:
        return Space(surface=self.name, id=self._places[channel].id)

    # ------------------------------------------------------------ looking

    async def card(self, number: str, by: str = "") -> Picture:
        return _picture(self._card(number))

    async def thread(self, number: str, by: str = "") -> list[str]:
        card = self._card(number)
        return [one.text for one in self.fake.messages(self.post(number)) if one.id != card.id]

    async def all_shown(self, person: str, number: str) -> str:
        """Everything that a member of the server reads, is proposed, and gets for an answer."""
        who, here = self._people[person], self._places["incidents"]
        listed = (await who.types(here, "/incident list")).all_text
        proposed = await who.autocompletes(here, f"/incident show incident:{number[:3]}")
        return f"{listed}\n{proposed}\n{self.all_read(person)}"

    def all_read(self, person: str) -> str:
        """Everything that a member of the server reads, with the names of threads."""
        world, user = self.fake.world, self._people[person].user
        seen = [one for one in world.channels.values() if world.can_see(one, user)]
        messages = [one for channel in seen for one in world.history(channel)]
        own = self._people[person].ephemerals
        return "\n".join([*(one.name for one in seen), *(one.text for one in [*messages, *own])])

    def sees(self, person: str, number: str) -> bool:
        """Whether somebody reads the thread of a work item."""
        return self.fake.world.can_see(self.post(number), self._people[person].user)

    def closes_door(self, person: str) -> None:
        """Somebody takes no direct messages from now on."""
        self._people[person].closes_dms()

    def _card(self, number: str) -> Message:
        """A private thread has its card within."""
        post = self.post(number)
        if post.kind == PRIVATE_THREAD:
            return next(one for one in self.fake.messages(post) if one.kind == 0)
        return self.fake.world.message(post.id)

    async def pages(self, person: str) -> list[Picture]:
        return [_picture(message) for message in self._people[person].inbox]

    def post(self, number: str) -> Channel:
        """The thread of a work item; AssertionError unless there is exactly one."""
        threads = [thread for place in self._places.values() for thread in self.fake.threads(place)]
        (found,) = [thread for thread in threads if thread.name.startswith(f"{number} ")]
        return found

    # ------------------------------------------------------------ doing

    async def presses(self, person: str, picture: Picture, label: str) -> Seen:
        now = self.fake.world.message(picture.it.id)
        shown = now if now.edits == picture.it.edits else picture.it
        return _seen(await self._who(person).presses(shown, label))

    async def submits(self, person: str, seen: Seen, **fields: str) -> Seen:
        return _seen(await self._who(person).submits(seen.form, fields))

    async def types(self, person: str, number: str, verb: str, /, **options: str) -> Seen:
        given = (f"{name}:{value}" for name, value in options.items())
        line = " ".join((f"/{root(number)}", verb, *given))
        return _seen(await self._who(person).types(self.post(number), line))

    async def says(self, person: str, number: str, text: str) -> Said:
        message = await self._who(person).says(self.post(number), text)
        await self.quiet()
        return Said(person=person, text=text, it=message)

    async def edits(self, said: Said, text: str) -> None:
        await self._who(said.person).edits(said.it, text)
        await self.quiet()

    async def deletes(self, said: Said) -> None:
        await self._who(said.person).deletes(said.it)
        await self.quiet()

    async def reacts(self, person: str, number: str, emoji: str) -> None:
        card = self.fake.world.message(self.post(number).id)
        await self._who(person).reacts(card, emoji)
        await self.quiet()

    def _who(self, person: str) -> Person:
        return self._people[person]

    # ------------------------------------------------------------ the platform itself

    async def quiet(self) -> None:
        await self.fake.until(self._heard_all, "what the gateway sent")
        await self._bot.idle()

    def _heard_all(self) -> bool:
        sessions = self.fake.gateway.sessions.values()
        sent = [len(session.sent) for session in sessions if session.line is not None]
        return self._bot.sequence >= max(sent, default=0)

    def repeats(self) -> None:
        sessions = self.fake.gateway.sessions
        for id_, session in sessions.items():
            sessions[id_] = Echo(**{each.name: getattr(session, each.name) for each in _FIELDS})

    async def jolts(self) -> None:
        self._ways += 1
        if self._ways % 2:
            self.fake.gateway.drop()
        else:
            await self.fake.gateway.reconnect()
        await self.connected()

    async def goes_down(self) -> None:
        self.fake.go_down()

    def comes_back(self) -> None:
        self.fake.come_back()

    async def connected(self) -> None:
        await self.fake.connected()


_FIELDS = fields(Session)


class Echo(Session):
    """A session in which every event comes two times, each with a number of its own."""

    async def dispatch(self, event: str, body: dict[str, Any]) -> None:
        await super().dispatch(event, body)
        await super().dispatch(event, body)


def _picture(message: Message) -> Picture:
    kept = replace(message, components=deepcopy(message.components))
    buttons = tuple(part["label"] for part in message.buttons)
    return Picture(words=message.text, buttons=buttons, it=kept)


def _seen(gesture: Gesture) -> Seen:
    assert not gesture.failed, "the application did not respond"
    return Seen(words=gesture.all_text, form=gesture if gesture.modal else None)
