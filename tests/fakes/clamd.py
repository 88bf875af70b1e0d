"""ClamAV's daemon by its own protocol, which finds what it is told to find and fails on purpose."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from pathlib import Path

from tests.fakes.listening import Listening

VERSION = "ClamAV 1.4.1/27460/Sat Nov 21 09:30:00 2026"


class FakeClamd(Listening):
    """Listens on a port of its own, or on the socket `path`. `async with` starts and stops it.

    `signatures` names what it finds by the bytes it looks for. `limit` is its StreamMaxLength.
    `error` is answered to every stream; `silent` commands are heard and get no answer; `cut` hangs
    up after so many bytes of a stream.
    """

    def __init__(
        self,
        *,
        signatures: Mapping[bytes, str] | None = None,
        limit: int = 100_000_000,
        error: str = "",
        silent: Collection[str] = (),
        cut: int | None = None,
        version: str = VERSION,
        path: Path | None = None,
    ) -> None:
        super().__init__()
        self.signatures = dict(signatures or {})
        self.limit = limit
        self.error = error
        self.silent = set(silent)
        self.cut = cut
        self.version = version
        self.path = path
        self.commands: list[str] = []
        self.streams: list[bytes] = []

    async def _listen(self) -> asyncio.Server:
        if self.path is None:
            return await super()._listen()
        return await asyncio.start_unix_server(self._serve, self.path)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        command = (await reader.readuntil(b"\0"))[:-1].decode()
        self.commands.append(command)
        reply = await self._reply(command, reader)
        if command in self.silent:
            await reader.read()
        elif reply:
            writer.write(reply.encode() + b"\0")
            await writer.drain()

    async def _reply(self, command: str, reader: asyncio.StreamReader) -> str:
        match command:
            case "zPING":
                return "PONG"
            case "zVERSION":
                return self.version
            case "zINSTREAM":
                return await self._stream(reader)
            case _:
                return "UNKNOWN COMMAND"

    async def _stream(self, reader: asyncio.StreamReader) -> str:
        content = bytearray()
        while length := int.from_bytes(await reader.readexactly(4), "big"):
            if len(content) + length > self.limit:
                return "INSTREAM size limit exceeded. ERROR"
            content += await reader.readexactly(length)
            if self.cut is not None and len(content) >= self.cut:
                return ""
        self.streams.append(bytes(content))
        if self.error:
            return f"stream: {self.error} ERROR"
        found = next((name for mark, name in self.signatures.items() if mark in content), "")
        return f"stream: {found} FOUND" if found else "stream: OK"
