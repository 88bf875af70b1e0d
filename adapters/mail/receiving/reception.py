"""Between the SMTP dialogue and the inbox: bounds on memory, and the one reply that a mail gets."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

from adapters.mail.receiving.arrival import arrival
from adapters.mail.settings import SmtpIntakeSettings
from bot.domain.mail import Envelope
from bot.errors import TemporaryError
from bot.ports import Arrival, Meter
from bot.tasks import spawn

log = logging.getLogger(__name__)

ACCEPTED = "250 2.0.0 Ok, the mail is stored"
UNAVAILABLE = "451 4.3.0 The mail could not be stored, please try again later"

_LARGE = 262_144  # from here on, looking through the bytes is worth a thread


class Accepting(Protocol):
    """The part of the inbox that takes things in."""

    async def accept(self, arrival: Arrival) -> bool:
        """Store and commit; False when the key was there. TemporaryError when it cannot."""
        ...


class Reception:
    """What all sessions share: who is known here, how much may be under way, where mail goes."""

    def __init__(
        self,
        accepts: Callable[[str], bool],
        inbox: Accepting,
        settings: SmtpIntakeSettings,
        meter: Meter,
    ) -> None:
        self.settings = settings
        self.meter = meter
        self.accepts = accepts
        self._inbox = inbox
        self._held = 0
        self._storing: set[asyncio.Task[None]] = set()

    def has_room(self, size: int) -> bool:
        """Whether that many bytes more may be under way."""
        memory = max(self.settings.memory, self.settings.max_message_bytes)
        return self._held + size <= memory

    def hold(self, size: int) -> None:
        """Count bytes that are now in memory; a negative size gives them back."""
        self._held += size

    async def take(self, wire: bytes, envelope: Envelope) -> str:
        """Store the message and give the reply; it is stored even if the session ends meanwhile."""
        if len(wire) < _LARGE:
            item = arrival(wire, envelope)
        else:
            item = await asyncio.to_thread(arrival, wire, envelope)
        loop = asyncio.get_running_loop()
        reply: asyncio.Future[str] = loop.create_future()
        task = spawn(self._store(item, reply), "mail intake: store")
        self._storing.add(task)
        task.add_done_callback(self._storing.discard)
        late = loop.call_later(self.settings.store_timeout, _settle, reply, UNAVAILABLE)
        try:
            return await reply
        finally:
            late.cancel()

    async def settle(self, timeout: float) -> None:
        """Wait until what is being stored is stored, at most that many seconds."""
        if self._storing:
            await asyncio.wait(self._storing, timeout=timeout)

    async def _store(self, item: Arrival, reply: asyncio.Future[str]) -> None:
        outcome, words = "unavailable", UNAVAILABLE
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            fresh = await self._inbox.accept(item)
            outcome, words = "accepted" if fresh else "duplicate", ACCEPTED
        except TemporaryError as error:
            log.warning("a mail could not be stored", extra={"why": error.words})
        except Exception:
            log.exception("a mail could not be stored")
        finally:
            _settle(reply, words)
        self.meter.count("mail_received", outcome=outcome)
        self.meter.observe("mail_store_seconds", loop.time() - began)


def _settle(reply: asyncio.Future[str], words: str) -> None:
    if not reply.done():
        reply.set_result(words)
