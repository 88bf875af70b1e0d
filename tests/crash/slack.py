"""Slack as a process of its own: what people say there, what goes wrong there, and its record."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import sys
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from tests.crash.service import DESKS, ENVIRONMENT, ROOT, SERVICES

Json = dict[str, Any]

# Of the posts and edits so many fail, half before their effect, half after it.
FAULTS = 0.08
# Every so many seconds something else fails, too; in all about one call in ten. A fault waits for
# the next call of its method, so what is called seldom fails less often.
SQUALLS = (0.6, 1.8)
SEASONS = (
    *[("chat.postMessage", "limited", 1)] * 3,
    *[("chat.update", "limited", 1)] * 3,
    ("conversations.history", "failing", 500),
    ("conversations.replies", "lost_answer"),
    ("apps.connections.open", "failing", 503),
)
# An event that was brought once and came again so often is given up.
MOST_TRIES = 3
PEOPLE = ("ana", "ben")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The calls of the app, in order, and how many events it never took."""

    calls: Sequence[Json]
    given_up: int

    @property
    def faults(self) -> int:
        """How many calls were spoiled on purpose."""
        return sum(1 for call in self.calls if call["fault"])

    def taken(self, method: str) -> list[Json]:
        """The calls of a method that had their effect, whether the app was told so or not."""
        return [c for c in self.calls if c["method"] == method and c["answer"].get("ok")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slack:
    """The workspace from outside."""

    session: aiohttp.ClientSession
    address: Json

    async def says(self, user: str, channel: str, text: str, thread: str) -> str:
        """Somebody writes into a thread; the message's `ts`, when the app has heard or is away."""
        asked = {"verb": "says", "arguments": [user, channel, text]}
        said = await self._ask("do", {**asked, "with": {"thread_ts": thread}})
        return str(said["ts"])

    async def cards(self, channel: str) -> list[Json]:
        """What stands in a channel, oldest first."""
        url = f"{self.address['address']}/messages"
        async with self.session.get(url, params={"channel": channel}) as answer:
            found: list[Json] = await answer.json()
        return found

    async def weather(self, luck: random.Random) -> None:
        """Let calls fail; when this is stopped, only posts and edits do so any more."""
        await self._ask("faults", {"at_random": FAULTS, "seed": luck.randrange(10**6)})
        while True:
            await asyncio.sleep(luck.uniform(*SQUALLS))
            method, fault, *arguments = luck.choice(SEASONS)
            await self._ask("faults", {"then": method, "fault": fault, "arguments": arguments})

    async def record(self) -> Record:
        """What has gone over the wire up to now."""
        async with self.session.get(f"{self.address['address']}/record") as answer:
            told = await answer.json()
        given_up = sum(1 for ack in told["acks"] if ack["attempt"] == MOST_TRIES and ack["error"])
        return Record(calls=told["calls"], given_up=given_up)

    async def _ask(self, path: str, body: Json) -> Json:
        url = f"{self.address['address']}/{path}"
        async with self.session.post(url, json=body) as answer:
            answer.raise_for_status()
            told: Json = await answer.json()
        return told


@asynccontextmanager
async def slack(folder: Path) -> AsyncIterator[Slack]:
    """A workspace with the people and channels of the configuration."""
    scene = folder / "scene.json"
    scene.write_text(json.dumps(_scene((*DESKS, *SERVICES))))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.fakes.slack", "--port", "0"),
        *("--state", str(folder), "--scene", str(scene)),
        cwd=ROOT,
        env=ENVIRONMENT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        address = json.loads(await process.stdout.readline())
        async with aiohttp.ClientSession() as session:
            yield Slack(session=session, address=address)
    finally:
        process.send_signal(signal.SIGTERM)
        await process.wait()


def _scene(channels: Iterable[str]) -> Json:
    return {
        "users": [{"name": name} for name in PEOPLE],
        "channels": [{"name": name, "members": PEOPLE} for name in channels],
    }
