"""`deskhand mail verify`: send a mail through a desk's smarthost and see whether it comes back."""

from __future__ import annotations

import asyncio
import secrets
from typing import Final

from bot.clock import SystemClock
from bot.config.settings import Settings
from bot.domain.directory import Desk
from bot.domain.verification import AddressCheck, CheckState
from bot.errors import PermanentError, TemporaryError
from bot.operate.queues import open_store
from bot.ports import MailSender, Store
from bot.services.mailing.outgoing import verifying
from bot.wiring.mail import StoreNotes, smarthost
from bot.wiring.signing_in import TokenSources

_LOOK_EVERY: Final = 1.0


async def verify(settings: Settings, key: str, wait: float) -> AddressCheck:
    """Start a check of the desk's address and wait for its end, at most so many seconds.

    The running service takes the mail when it comes back. PermanentError when the desk has no
    smarthost.
    """
    desk, clock = settings.directory().desks[key], SystemClock()
    outbound = settings.desks[key].smtp or settings.mail.outbound
    if outbound is None:
        raise PermanentError(f"{desk.name} has no smarthost: set [mail.outbound]")
    async with open_store(settings) as store:
        sources = TokenSources(settings, StoreNotes(store, clock), clock)
        sender = smarthost(outbound, sources.of(outbound))
        try:
            check = await begin(
                store, desk, sender, secrets.token_hex(verifying.TOKEN_BYTES), clock
            )
        finally:
            await sender.stop()
        return await _end(store, check, wait, clock)


async def begin(
    store: Store, desk: Desk, sender: MailSender, token: str, clock: SystemClock
) -> AddressCheck:
    """Send the check's mail; when that fails, the check has failed at once."""
    async with store.work() as work:
        check, mail = await verifying.start(work, desk, token, clock.now())
    try:
        await sender.send(mail, ())
    except (TemporaryError, PermanentError) as error:
        fault = verifying.fault_of(error)
        async with store.work() as work:
            await verifying.could_not_send(work, check, fault, clock.now())
        return check.failed(fault, clock.now())
    return check


async def _end(store: Store, check: AddressCheck, wait: float, clock: SystemClock) -> AddressCheck:
    for _ in range(int(wait / _LOOK_EVERY)):
        if check.state is not CheckState.STARTED:
            break
        await asyncio.sleep(_LOOK_EVERY)
        async with store.read() as work:
            check = await verifying.standing(work, check.desk, clock.now()) or check
    return check
