"""The console as one of the team reads it, signed in with a link from the operator."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from tests.crash.service import TALKED_OVER, Service

_NOTE = re.compile(r"note-\d{5}")


@dataclass(frozen=True, slots=True)
class Console:
    """A browser that is signed in."""

    session: aiohttp.ClientSession
    api: str

    async def notes(self) -> dict[str, list[str]]:
        """The notes in the threads of the desk that is talked over, by the ticket's number."""
        feed = await self._lines("feed", space=TALKED_OVER, limit=200)
        return {
            root["card"]["number"]: [
                found.group()
                for line in await self._lines("thread", root=root["id"])
                if (found := _NOTE.search(json.dumps(line["card"])))
            ]
            for root in feed
        }

    async def _lines(self, path: str, **query: object) -> list[dict[str, Any]]:
        asked = {name: str(value) for name, value in query.items()}
        async with self.session.get(f"{self.api}/{path}", params=asked) as answer:
            lines: list[dict[str, Any]] = (await answer.json())["lines"]
        return lines


@asynccontextmanager
async def console(service: Service, person: str) -> AsyncIterator[Console]:
    """The console, open for this person."""
    link, jar = await service.asked("console-link", person), aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar, raise_for_status=True) as session:
        await session.get(link)
        yield Console(session, f"{service.url}/console/api")
