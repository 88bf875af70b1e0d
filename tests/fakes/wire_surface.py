"""The ChatSurface that talks to `ChatServer` over HTTP, as an adapter of a real platform does."""

from __future__ import annotations

import aiohttp

from bot.cards import Card, plain
from bot.domain.threads import Space, ThreadRef
from bot.errors import TemporaryError

TIMEOUT = aiohttp.ClientTimeout(total=5)


class WireSurface:
    """A chat platform reached over the wire; every call is one request."""

    def __init__(self, name: str, address: str) -> None:
        self.name = name
        self._address = address

    async def open_thread(self, place: Space, card: Card, key: str) -> str:
        return await self._write("thread", place.id, card, key)

    async def post(self, ref: ThreadRef, card: Card, key: str) -> str:
        return await self._write("post", ref.id or ref.space, card, key)

    async def edit(self, ref: ThreadRef, message: str, card: Card) -> None:
        await self._write("edit", message, card, "")

    async def direct(self, account: str, card: Card, key: str) -> str:
        return await self._write("direct", account, card, key)

    async def edit_direct(self, account: str, message: str, card: Card) -> None:
        await self._write("edit", message, card, "")

    async def find(self, ref: ThreadRef, key: str) -> str | None:
        async with aiohttp.ClientSession(timeout=TIMEOUT) as session:
            try:
                async with session.get(f"{self._address}/find", params={"key": key}) as answer:
                    return str(found) if (found := (await answer.json())["id"]) else None
            except (aiohttp.ClientError, TimeoutError) as error:
                raise TemporaryError(f"look-up: {type(error).__name__}") from error

    async def _write(self, kind: str, to: str, card: Card, key: str) -> str:
        text = "\n".join([*(plain(block.runs) for block in card.blocks), plain(card.context)])
        body = {"to": to, "key": key, "fallback": card.fallback, "text": text}
        async with aiohttp.ClientSession(timeout=TIMEOUT) as session:
            try:
                async with session.post(f"{self._address}/{kind}", json=body) as answer:
                    if answer.status >= 500:
                        raise TemporaryError(f"the platform answered {answer.status}")
                    return str((await answer.json())["id"])
            except (aiohttp.ClientError, TimeoutError) as error:
                raise TemporaryError(type(error).__name__, ambiguous=True) from error
