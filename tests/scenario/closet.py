"""A world with a confidential incident: on the console, on a platform without hidden threads, and
on one with them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from adapters.memory.surface import MemorySurface, Posting
from bot.cards import Card
from bot.domain.directory import Directory
from bot.domain.people import Grant, Role
from bot.domain.threads import Space
from storage.database import Database
from tests.scenario.house import House, words
from tests.schema import migrated

SECRET = "Somebody sold customer data"
PLATFORMS = ("plain", "veiled")
"""Of these the second can hide threads in its channels."""


class Closet(House):
    """A world in which something is hidden."""

    async def declared(self, person: str = "ben", options: str = "") -> None:
        """Somebody declares a confidential incident."""
        reply = await self.run(person, f"/incident declare {SECRET} --private {options}".strip())
        assert not reply.refused, reply

    def readers(self, text: str) -> set[str]:
        """Who reads the words somewhere: people by their keys, `channel` for anybody else."""
        return {
            reader
            for surface in self.surfaces.values()
            for posting in surface.everything()
            if text in all_words(posting)
            for reader in seen_by(surface, posting)
        }

    def hidden(self) -> Posting:
        """The hidden thread's root on the platform that has such."""
        everything = self.surfaces["veiled"].everything()
        (found,) = [posting for posting in everything if posting.members is not None]
        return found


def all_words(posting: Posting) -> str:
    """All that a message says, or ever said."""
    cards: list[Card] = [*posting.earlier, posting.card]
    return "\n".join(f"{card.fallback}\n{card.number}\n{words(card)}" for card in cards)


def seen_by(surface: MemorySurface, posting: Posting) -> set[str]:
    """Who sees a message."""
    if posting.space.startswith("@"):
        return {posting.space.removeprefix("@").partition("/")[0]}
    root = surface.message(posting.thread) if posting.thread else posting
    if root.members is None:
        return {"channel"}
    return {member.partition("/")[0] for member in root.members}


@asynccontextmanager
async def open_closet(directory: Directory, **services: Any) -> AsyncIterator[Closet]:
    """The shop on three platforms, with an admin (zoe) and one more responder (dave); `services`
    are changes to all of its services.
    """
    database = await Database.open("sqlite://:memory:")
    try:
        await migrated(database)
        yield Closet(database, _furnished(directory, services), also=PLATFORMS, hiding=["veiled"])
    finally:
        await database.close()


def restarted(world: Closet, **changes: Any) -> Closet:
    """The same world with changes to all of its services."""
    directory = world.core.directory
    services = {key: replace(each, **changes) for key, each in directory.services.items()}
    changed = replace(directory, services=services)
    return Closet(world.database, changed, outside=world, also=PLATFORMS, hiding=["veiled"])


def _furnished(directory: Directory, changes: dict[str, Any]) -> Directory:
    ben = directory.people["ben"]
    people = {
        **directory.people,
        "dave": replace(ben, key="dave", name="Dave", grants=(Grant(role=Role.RESPONDER),)),
        "zoe": replace(ben, key="zoe", name="Zoe", grants=(Grant(role=Role.ADMIN),)),
    }
    accounts = {
        key: replace(
            person,
            accounts={"console": key, **{name: f"{key}/{name}" for name in PLATFORMS}},
            contact=("console",) if person.grants else (),
        )
        for key, person in people.items()
    }
    channels = tuple(Space(surface=name, id="incidents") for name in ("console", *PLATFORMS))
    services = {
        key: replace(service, **({"channels": channels} | changes))
        for key, service in directory.services.items()
    }
    return replace(directory, people=accounts, services=services)
