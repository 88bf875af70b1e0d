"""The SMTP and LMTP listener: mail comes in here, and its 250 means that it is on disk."""

from __future__ import annotations

import asyncio
import errno
import logging
from collections.abc import Callable
from typing import Any

from adapters.mail.receiving.door import Door
from adapters.mail.receiving.reception import Accepting, Reception
from adapters.mail.receiving.session import LmtpSession, SmtpSession
from adapters.mail.settings import SmtpIntakeSettings
from bot import listening
from bot.ports import Meter

__all__ = ["SmtpIntake", "SmtpIntakeSettings"]

FULL = b"421 4.3.2 Too many connections, please try again later\r\n"


class SmtpIntake:
    """Listens in the running loop; `accepts` says whether a lower-case address is a desk's."""

    def __init__(
        self,
        accepts: Callable[[str], bool],
        inbox: Accepting,
        settings: SmtpIntakeSettings,
        meter: Meter,
    ) -> None:
        self._settings = settings
        self._meter = meter
        self._reception = Reception(accepts, inbox, settings, meter)
        self._door: Door[SmtpSession] = Door(settings)
        self._server: asyncio.Server | None = None

    @property
    def address(self) -> tuple[str, int]:
        """The host and port that it listens on; RuntimeError before the start."""
        if self._server is None or not self._server.sockets:
            raise RuntimeError("the SMTP intake is not started")
        host, port = self._server.sockets[0].getsockname()[:2]
        return str(host), int(port)

    async def start(self) -> None:
        """Listen; OSError in clear words when that is not possible."""
        # Its lines hold addresses, one for each command.
        logging.getLogger("mail.log").setLevel(logging.ERROR)
        host, port = self._settings.host, self._settings.port
        try:
            self._server = await asyncio.get_running_loop().create_server(
                lambda: _Gate(self._enter), host, port
            )
        except OSError as error:
            why = "another program listens there" if error.errno == errno.EADDRINUSE else error
            raise OSError(
                error.errno, f"SMTP intake cannot listen on {host}:{port}: {why}"
            ) from None

    async def stop(self) -> None:
        """Take no more connections; messages under way get their reply, all others a 421."""
        if self._server is None:
            return
        await listening.close(self._server)
        sessions = self._door.inside
        for session in sessions:
            session.leave()
        if sessions:
            ended = [session.ended for session in sessions]
            await asyncio.wait(ended, timeout=self._settings.stop_timeout)
        for session in self._door.inside:
            session.cut()
        await self._reception.settle(self._settings.stop_timeout)
        await self._server.wait_closed()
        self._server = None

    def _enter(self, peer: str) -> SmtpSession | None:
        kind = LmtpSession if self._settings.lmtp else SmtpSession
        session = self._door.enter(peer, lambda: kind(self._reception, self._door))
        self._meter.count("mail_connections", outcome="taken" if session else "refused")
        return session


class _Gate(asyncio.Protocol):
    """Looks at who comes before a session is made for them."""

    def __init__(self, enter: Callable[[str], SmtpSession | None]) -> None:
        self._enter = enter

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Hand the connection to a session, or say that there is no room."""
        connection: Any = transport
        peer = connection.get_extra_info("peername")
        session = self._enter(str(peer[0]) if peer else "")
        if session is None:
            connection.write(FULL)
            connection.close()
        else:
            connection.set_protocol(session)
            session.connection_made(connection)
