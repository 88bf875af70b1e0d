"""Ports for servers that a test runs."""

from __future__ import annotations

import asyncio
import socket

PATIENCE = 10.0


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


async def answers(port: int) -> None:
    """Wait until somebody listens there; TimeoutError after ten seconds."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return
