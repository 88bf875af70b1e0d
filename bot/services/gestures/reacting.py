"""Emoji: a gesture on somebody's message that stands for a command, silent for all who may not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

from bot.cards import action_id
from bot.commands.call import Invocation, Reaction, Reply, told
from bot.commands.forms import offered
from bot.commands.shortcuts import EMOJI
from bot.domain.messages import Said
from bot.domain.people import Person, Right
from bot.domain.threads import ThreadRef
from bot.domain.work_items import AnyItem, Incident, Ticket
from bot.errors import Refused
from bot.ports import UnitOfWork
from bot.services.core import Core
from bot.services.gestures import opening
from bot.services.gestures import talk as talking
from bot.services.gestures.access import Access, implied

Run = Callable[[Invocation, Said], Awaitable[Reply]]

# Platforms may send an emoji with the mark that asks for its colourful picture.
_PICTURE: Final = "\ufe0f"
# What the emoji asked for is so already: nothing to say.
_ALREADY: Final = ("repeated", "ended")


class Reacting:
    """Takes emoji; commands they stand for go the way of every command (`run`)."""

    def __init__(self, core: Core, access: Access, run: Run) -> None:
        self._core = core
        self._access = access
        self._run = run

    async def react(self, reaction: Reaction) -> Reply | None:
        """Do what the emoji stands for, once; None where it means nothing or nobody may."""
        emoji = reaction.emoji.replace(_PICTURE, "")
        person = self._access.known(reaction.surface, reaction.account)
        if emoji not in EMOJI or person is None:
            return None
        async with self._core.store.read() as work:
            item = await _item(work, reaction, person)
        try:
            return await self._obey(EMOJI[emoji], reaction, person, item)
        except Refused as refused:
            if refused.code in _ALREADY:
                return None
            raise

    async def _obey(
        self, command: str, reaction: Reaction, person: Person, item: AnyItem | None
    ) -> Reply | None:
        match command, item:
            case "ticket claim", Ticket() if self._access.may(person, Right.CLAIM, item):
                return await self._press("claim", reaction, item)
            case "ticket resolve", Ticket() if self._access.may(person, Right.RESOLVE, item):
                return await self._press("resolve", reaction, item)
            case "ticket resolve", Incident() if self._access.may(
                person, Right.RESOLVE_INCIDENT, item
            ):
                return await self._press("resolve", reaction, item)
            case "ticket new", _ if opening.desks_of(self._core, person):
                return await self._open(reaction)
            case "incident note", Incident() if self._access.may(person, Right.NOTE, item):
                return await self._pin(reaction, person, item)
            case _:
                return None

    async def _press(self, verb: str, reaction: Reaction, item: AnyItem) -> Reply:
        gesture = _gesture(reaction, action_id(verb, item.number))
        once = f"{verb}:{reaction.key}:{reaction.account}"
        return await self._run(replace(gesture, key=once), Said())

    async def _open(self, reaction: Reaction) -> Reply:
        """Two people who ask for a ticket from one message get one."""
        gesture = _gesture(reaction, action_id("new", ""))
        asked = replace(gesture, key=f"new:{reaction.key}", args={"text": reaction.text})
        reply = await self._run(asked, Said(url=reaction.url))
        return offered(reply.form) if reply.form is not None else reply

    async def _pin(self, reaction: Reaction, person: Person, item: Incident) -> Reply | None:
        text, key = reaction.text.strip(), f"{reaction.surface}:{reaction.key}"
        if not text:
            return None
        origin = str(reaction.thread) if reaction.thread is not None else ""
        async with self._core.store.work() as work:
            incident = await work.items.by_id(item.id)
            once = await work.seen.once(f"pin:{item.id}:{key}", self._core.clock.now())
            if incident is None or not once:
                return None
            said = Said(key=key, url=reaction.url, origin=origin)
            await talking.pin(self._core, work, incident, person, text, said)
        return told(f"Pinned to the timeline of {item.number}.")


async def _item(work: UnitOfWork, reaction: Reaction, person: Person) -> AnyItem | None:
    """The work item in whose thread, or on whose card, the emoji stands."""
    place = reaction.place
    card = ThreadRef(surface=place.surface, space=place.id, id=reaction.key)
    return await implied(work, reaction.thread, person) or await implied(work, card, person)


def _gesture(reaction: Reaction, action: str) -> Invocation:
    return Invocation(
        surface=reaction.surface,
        account=reaction.account,
        key="",
        action=action,
        place=reaction.place,
        thread=reaction.thread,
    )
