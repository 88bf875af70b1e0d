"""The console as a browser uses it: signed in, with its stream of lines and its commands."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import TracebackType
from typing import Self

import aiohttp

from bench.clients.smtp import Unexpected


class Console:
    """A signed-in person."""

    def __init__(self, url: str, sign_in: str) -> None:
        self._url = url
        self._sign_in = sign_in

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            cookie_jar=aiohttp.CookieJar(unsafe=True),
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(total=None),
            headers={"X-Deskhand": "1", "Origin": self._url},
            read_bufsize=1 << 22,
        )
        async with self._session.get(self._url + self._sign_in) as page:
            page.raise_for_status()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        await self._session.close()

    async def run(self, line: str, key: str) -> bool:
        """Type a command; whether it was carried out. Unexpected when there is no reply."""
        body = {"line": line, "key": key}
        async with self._session.post(f"{self._url}/console/api/run", json=body) as answer:
            reply = await answer.json()
        if answer.status != 200:
            raise Unexpected(f"{line!r} was answered {answer.status}: {reply}")
        return not reply["refused"]

    async def watch(self) -> AsyncIterator[str]:
        """Open the stream of lines; what it says, line by line."""
        stream = await self._session.get(f"{self._url}/console/events")
        if stream.status != 200:
            raise Unexpected(f"the stream was answered {stream.status}")
        return _text(stream)


async def _text(stream: aiohttp.ClientResponse) -> AsyncIterator[str]:
    async with stream:
        async for line in stream.content:
            yield line.decode()
