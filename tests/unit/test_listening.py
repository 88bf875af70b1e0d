"""Closing a listener while somebody is at the door."""

from __future__ import annotations

import asyncio
import gc
import socket

import pytest

from bot import listening


class Greeter(asyncio.Protocol):
    """Counts who was met, and hangs up."""

    def __init__(self, met: list[str]) -> None:
        self._met = met

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._met.append("met")
        transport.close()


@pytest.mark.parametrize("rounds", range(6))
async def test_nobody_is_lost_between_the_door_and_their_protocol(rounds: int) -> None:
    met: list[str] = []
    wrong: list[dict[str, object]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: wrong.append(context))
    server = await loop.create_server(lambda: Greeter(met), "127.0.0.1", 0)
    address = server.sockets[0].getsockname()
    with socket.create_connection(address):
        for _ in range(rounds):
            await asyncio.sleep(0)
        await listening.close(server)
        on_return = list(met)
        await asyncio.sleep(0)
    gc.collect()
    assert not wrong
    assert met == on_return
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address)
