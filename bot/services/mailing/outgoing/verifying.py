"""The check of a desk's address: started by an operator, ended by its own mail, told in chat."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from bot.domain import verification
from bot.domain.directory import Desk
from bot.domain.effects import SendMail, Tell
from bot.domain.mail import Address, InboundMail, OutboundMail
from bot.domain.reply_keys import subaddress, with_subaddress
from bot.domain.verification import TIMEFRAME, AddressCheck, CheckFault, CheckState
from bot.errors import Fault, NoAnswer, PermanentError, TemporaryError
from bot.ports import InboxRow, UnitOfWork
from bot.services.core import Core
from bot.services.leases import LostLease

TIMER: Final = "verify"
TOKEN_BYTES: Final = 12
_SUBADDRESS: Final = "verify"
_TEXT: Final = (
    "This mail checks that mail from {address} leaves by its smarthost and that mail to it comes"
    " back to {desk}. Nobody needs to read it.\n"
)


async def start(
    work: UnitOfWork, desk: Desk, token: str, now: datetime
) -> tuple[AddressCheck, OutboundMail]:
    """Note that a check begins, in place of any other one, and make the mail that has to leave."""
    check = AddressCheck(desk=desk.key, token=token, started_at=now)
    await _keep(work, check, now)
    await work.timers.arm(TIMER, desk.key, now + TIMEFRAME)
    recipient = with_subaddress(desk.sender, _SUBADDRESS)
    mail = OutboundMail(
        message_id=f"check.{token}@{desk.sender.rpartition('@')[2]}",
        date=now,
        sender=Address(address=desk.sender, name=desk.name),
        recipient=Address(address=recipient),
        subject=f"Address check {verification.mark(desk.key, token)}",
        text=_TEXT.format(address=desk.sender, desk=desk.name),
        envelope_from=desk.sender,
        automatic="auto-generated",
    )
    return check, mail


async def start_in_chat(core: Core, work: UnitOfWork, desk: Desk, token: str) -> str:
    """Begin a check whose mail leaves by the outbox; the address it goes to."""
    _, mail = await start(work, desk, token, core.clock.now())
    await work.outbox.put(SendMail(mail=mail))
    return mail.recipient.address


def fault_of(error: TemporaryError | PermanentError) -> CheckFault:
    """What a smarthost's refusal says about the address."""
    if isinstance(error, NoAnswer):
        return CheckFault.TIMEOUT
    if isinstance(error, PermanentError) and error.fault is Fault.CREDENTIAL:
        return CheckFault.CREDENTIALS
    return CheckFault.SMTP_HOST


def final(error: TemporaryError | PermanentError) -> PermanentError:
    """A check tells how the smarthost is now: its mail is tried once, whatever comes."""
    return PermanentError(error.words, fault=Fault.PAYLOAD, code=fault_of(error))


def is_check(mail: OutboundMail) -> bool:
    """Whether the mail is a check's own."""
    return verification.marked(mail.subject) is not None and not mail.ticket


async def did_not_leave(
    core: Core, work: UnitOfWork, mail: OutboundMail, code: str, now: datetime
) -> None:
    """End the check whose mail the smarthost did not take, and tell the desk's channel."""
    named = verification.marked(mail.subject)
    desk = core.directory.desks.get(named[0]) if named is not None else None
    check = await standing(work, desk.key, now) if desk is not None else None
    if named is None or desk is None or check is None or check.token != named[1]:
        return
    fault = CheckFault(code) if code in tuple(CheckFault) and code else CheckFault.SMTP_HOST
    await _end(work, desk, check.failed(fault, now), now)


async def could_not_send(
    work: UnitOfWork, check: AddressCheck, fault: CheckFault, now: datetime
) -> None:
    """Note that the mail did not even leave."""
    await _keep(work, check.failed(fault, now), now)
    await work.timers.disarm(TIMER, check.desk)


async def standing(work: UnitOfWork, desk: str, now: datetime) -> AddressCheck | None:
    """How the desk's newest check stands; None when there never was one."""
    check = verification.load(await work.facts.get(_name(desk)))
    return check.seen(now) if check is not None else None


async def take(core: Core, row: InboxRow, mail: InboundMail) -> bool:
    """End a check with its mail, which becomes no ticket; False for every other mail.

    Anybody can write such a subject: either the token or the sender must be the check's own.
    """
    named = verification.marked(mail.subject)
    desk = core.directory.desks.get(named[0]) if named is not None else None
    if named is None or desk is None:
        return False
    now = core.clock.now()
    async with core.store.work() as work:
        check = verification.load(await work.facts.get(_name(desk.key)))
        ours = mail.sender is not None and mail.sender.address == desk.sender.lower()
        if check is None or not (ours or named[1] == check.token):
            return False
        ended = verification.judged(
            check, named[1], target=_reached(core, row, desk), sender=ours, now=now
        )
        if not await work.inbox.finish(row, "automatic", detail=f"address check: {ended.words}"):
            raise LostLease(f"inbox row {row.id}")
        if ended != check:
            await _end(work, desk, ended, now)
    return True


async def on_timer(core: Core, work: UnitOfWork, subject: str, now: datetime) -> None:
    """The time of a check is over: what has not come back by now has failed."""
    check = verification.load(await work.facts.get(_name(subject)))
    desk = core.directory.desks.get(subject)
    if check is not None and desk is not None and check.state is CheckState.STARTED:
        await _end(work, desk, check.failed(CheckFault.NOT_RECEIVED, now), now)


def _reached(core: Core, row: InboxRow, desk: Desk) -> bool:
    """Whether the mail came to the desk, by the envelope that brought it."""
    recipients = row.meta.get("rcpt", "").split(",")
    found = (core.directory.desk_at(subaddress(each)[0]) for each in recipients if each)
    return any(each is not None and each.key == desk.key for each in found)


async def _end(work: UnitOfWork, desk: Desk, check: AddressCheck, now: datetime) -> None:
    await _keep(work, check, now)
    await work.timers.disarm(TIMER, desk.key)
    title = f"{desk.name}: {desk.sender} {check.state}"
    for place in desk.channels[:1]:
        await work.outbox.put(
            Tell(surface=place.surface, space=place.id, title=title, text=check.words)
        )


async def _keep(work: UnitOfWork, check: AddressCheck, now: datetime) -> None:
    await work.facts.put(_name(check.desk), verification.dump(check), now)


def _name(desk: str) -> str:
    return f"verify:{desk}"
