"""ClamAV's daemon by its own protocol, which finds what it is told to find and fails on purpose."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

VERSION = "ClamAV 1.4.1/27460/Sat Nov 21 09:30:00 2026"


@dataclass(slots=True)
class FakeClamd:
    """Listens on a port of its own, or on the socket `path`. `async with` starts and stops it.

    `signatures` names what it finds by the bytes it looks for. `limit` is its StreamMaxLength.
    `error` is answered to every stream; `silent` commands are heard and get no answer; `cut` hangs
    up after so many bytes of a stream.
    """

    signatures: dict[bytes, str] = field(default_factory=dict)
    limit: int = 100_000_000
    error: str = ""
    silent: set[str] = field(default_factory=set)
    cut: int | None = None
    version: str = VERSION
    path: Path | None = None
    commands: list[str] = field(default_factory=list)
    streams: list[bytes] = field(default_factory=list)
    _server: asyncio.Server | None = None
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    async def __aenter__(self) -> Self:
        if self.path is not None:
            self._server = await asyncio.start_unix_server(self._serve, self.path)
        else:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self._open:
            writer.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            command = (await reader.readuntil(b"\0"))[:-1].decode()
            self.commands.append(command)
            reply = await self._reply(command, reader)
            if command in self.silent:
                await reader.read()
            elif reply:
                writer.write(reply.encode() + b"\0")
                await writer.drain()
        self._open.discard(writer)
        writer.close()

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
