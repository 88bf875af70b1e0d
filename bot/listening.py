"""Closing a listener without losing who is just at the door."""

from __future__ import annotations

import asyncio
from typing import Final

# A connection that was taken gets its transport in one round of the loop, its protocol in the next.
_ROUNDS: Final = 2


async def close(server: asyncio.Server) -> None:
    """Take no more connections; whoever was taken before has met their protocol on return.

    `Server.close` alone breaks a connection that is between the two, and leaks its socket
    (github.com/python/cpython/issues/109564).
    """
    loop = asyncio.get_running_loop()
    for listener in server.sockets:
        loop.remove_reader(listener)
    for _ in range(_ROUNDS):
        await asyncio.sleep(0)
    server.close()
