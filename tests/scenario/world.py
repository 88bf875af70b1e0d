"""A whole desk in one process: the real core on a real database, memory at the edges,
time by hand.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from itertools import count
from typing import Any

from adapters.alerts.sources import SOURCES
from adapters.mail.reader import read_mail
from adapters.memory.mailbox import MemoryMailbox
from adapters.memory.meter import MemoryMeter
from adapters.memory.surface import MemorySurface
from adapters.pager.chat import ChatPager
from adapters.pager.mail import MailPager
from bot.clock import ManualClock
from bot.commands.call import Invocation, Reply, Talk
from bot.domain.directory import Directory
from bot.domain.effects import Pool
from bot.domain.events import Event, TimelineEntry
from bot.domain.mail import Address, Attachment, InboundMail
from bot.domain.messages import Message
from bot.domain.reply_keys import ReplyKeys
from bot.domain.threads import ThreadRef
from bot.domain.work_items import AnyItem, Incident, Ticket
from bot.engine.inbox import AlertPass, MailPass
from bot.engine.outbox import OutboxPass
from bot.engine.runner import Pass
from bot.engine.timers import TimerPass
from bot.ports import Arrival, Pager
from bot.services.core import Core
from bot.services.delivery.delivering import Delivering
from bot.services.gestures.dispatch import Dispatcher
from bot.services.reminders import ON_TIMER
from bot.services.verbs.table import build_table
from storage.database import Database
from storage.store import SqlStore

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SECRETS = (b"a secret of the scenario's own",)
LINKS = "https://desk.shop.example"
LANDING = timedelta(seconds=10)


class LocalReader:
    """MailReader without a process of its own: scenarios are about what is read, not
    about who reads.
    """

    async def read(self, raw: bytes) -> InboundMail:
        return read_mail(raw)


class World:
    """The desk, and everybody around it; `outside` is the world that another process left.

    `also` names chat platforms besides the console; `hiding` are those whose channels can hold
    hidden threads; `facts` are further ones of the core, such as `public_url` and `guard`.
    """

    def __init__(
        self,
        database: Database,
        directory: Directory,
        now: datetime = MONDAY,
        *,
        outside: World | None = None,
        also: Sequence[str] = (),
        hiding: Collection[str] = (),
        **facts: Any,
    ) -> None:
        self.database = database
        self.clock: ManualClock = outside.clock if outside else ManualClock(now)
        self.meter = MemoryMeter()
        self.store = SqlStore(database, self.clock)
        names = ("console", *also)
        fresh = {name: MemorySurface(name, hides=name in hiding) for name in names}
        self.surfaces: dict[str, MemorySurface] = outside.surfaces if outside else fresh
        self.surface = self.surfaces["console"]
        self.mailbox: MemoryMailbox = outside.mailbox if outside else MemoryMailbox()
        self.core = Core(
            directory=directory,
            clock=self.clock,
            store=self.store,
            meter=self.meter,
            keys=ReplyKeys(SECRETS),
            hiding=frozenset(hiding),
            **({"links": LINKS} | facts),
        )
        self.dispatcher = Dispatcher(self.core, build_table(self.core, self.store.inbox))
        sender = Address(address="support@shop.example")
        pagers: dict[str, Pager] = {
            **{name: ChatPager(each, directory.people) for name, each in self.surfaces.items()},
            "mail": MailPager(self.mailbox, directory.people, sender, self.clock),
        }
        delivering = Delivering(self.core, self.surfaces, self.mailbox, pagers)
        self.outboxes = [OutboxPass(self.core, delivering, pool, lambda: 0.5) for pool in Pool]
        readers = {kind: source.read for kind, source in SOURCES.items()}
        self.passes: list[Pass] = [
            MailPass(self.core, LocalReader()),
            AlertPass(self.core, readers),
            TimerPass(self.core, ON_TIMER),
            *self.outboxes,
        ]
        self._serial: count[int] = outside._serial if outside else count(1)

    # ------------------------------------------------------------ time and work

    async def settle(self) -> None:
        """Run every pass until nothing more is due."""
        busy = True
        while busy:
            done = [await each.run_once() for each in self.passes]
            for outbox in self.outboxes:
                assert await outbox.land(LANDING)
            busy = any(done)

    async def after(self, **duration: float) -> None:
        """Let time pass, and everything that becomes due by it happen."""
        self.clock.push(timedelta(**duration))
        await self.settle()

    # ------------------------------------------------------------ customers

    async def mail(
        self,
        text: str = "Hello, the invoice is wrong.",
        *,
        sender: str = "Maria Huber <maria@acme.example>",
        to: str = "support@shop.example",
        subject: str = "Invoice shows wrong VAT",
        files: Sequence[Attachment] = (),
        message_id: str = "",
        **headers: str,
    ) -> str:
        """A mail arrives at the desk and is worked through; its Message-ID."""
        message = EmailMessage(policy=SMTP)
        message["From"], message["To"], message["Subject"] = sender, to, subject
        message["Message-ID"] = f"<{message_id or f'm{next(self._serial)}@acme.example'}>"
        for name, value in headers.items():
            message[name.replace("_", "-")] = value
        message.set_content(text)
        for file in files:
            main, _, sub = file.content_type.partition("/")
            message.add_attachment(file.content, maintype=main, subtype=sub, filename=file.name)
        await self.raw_mail(bytes(message), sender, to)
        return str(message["Message-ID"]).strip("<>")

    async def raw_mail(self, raw: bytes, mail_from: str, to: str) -> None:
        """Any bytes arrive at the desk and are worked through."""
        key = f"raw-{next(self._serial)}"
        meta = {"mail_from": mail_from, "rcpt": to}
        await self.store.inbox.accept(Arrival(source="mail", key=key, raw=raw, meta=meta))
        await self.settle()

    # ------------------------------------------------------------ the team

    async def run(self, person: str, line: str, **more: object) -> Reply:
        """Somebody types a line."""
        reply = await self.dispatcher.run(
            Invocation(
                surface="console",
                account=person,
                key=f"g{next(self._serial)}",
                line=line,
                **more,  # type: ignore[arg-type]
            )
        )
        await self.settle()
        return reply

    async def press(self, person: str, action: str, /, **args: str) -> Reply:
        """Somebody presses a button, or submits its form."""
        reply = await self.dispatcher.run(
            Invocation(
                surface="console",
                account=person,
                key=f"g{next(self._serial)}",
                action=action,
                args=args,
            )
        )
        await self.settle()
        return reply

    async def say(self, person: str, number: str, text: str) -> Reply | None:
        """Somebody talks in a work item's thread."""
        ref = await self.thread_of(number)
        talk = Talk(
            surface="console", account=person, thread=ref, text=text, key=f"g{next(self._serial)}"
        )
        reply = await self.dispatcher.say(talk)
        await self.settle()
        return reply

    # ------------------------------------------------------------ looking

    async def item(self, number: str) -> AnyItem:
        """The work item."""
        async with self.store.read() as work:
            found = await work.items.get(number)
        assert found is not None, f"there is no {number}"
        return found

    async def ticket(self, number: str = "SUP-1") -> Ticket:
        """The ticket."""
        found = await self.item(number)
        assert isinstance(found, Ticket)
        return found

    async def incident(self, number: str = "INC-1") -> Incident:
        """The incident."""
        found = await self.item(number)
        assert isinstance(found, Incident)
        return found

    async def messages(self, number: str = "SUP-1") -> Sequence[Message]:
        """What was said on the work item."""
        item = await self.item(number)
        async with self.store.read() as work:
            return await work.messages.of(item.id)

    async def history(self, number: str = "SUP-1") -> Sequence[TimelineEntry]:
        """The work item's timeline."""
        item = await self.item(number)
        async with self.store.read() as work:
            return await work.timeline.of(item.id)

    async def happened(self, kind: type[Event], number: str = "SUP-1") -> int:
        """How often something is in the work item's timeline."""
        return sum(isinstance(entry.event, kind) for entry in await self.history(number))

    async def thread_of(self, number: str) -> ThreadRef:
        """The work item's thread."""
        item = await self.item(number)
        async with self.store.read() as work:
            links = await work.threads.of(item.id)
        ref = links[0].ref
        assert ref is not None, f"{number} has no thread yet"
        return ref

    async def thread(self, number: str = "SUP-1") -> list[str]:
        """The fallback words of everything in the thread, without the card at its root."""
        ref = await self.thread_of(number)
        return [posting.card.fallback for posting in self.surface.thread(ref.id)[1:]]
