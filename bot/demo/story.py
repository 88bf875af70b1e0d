"""The one-minute story, played by real people's gestures and real doors; each step says what it
saw.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import ClassVar, Final

from bot.commands.call import Invocation, Reply
from bot.demo.stage import Stage
from bot.demo.world import MARIA, MARIA_AGAIN, TOM
from bot.domain import events as happened
from bot.domain.messages import Voice
from bot.domain.work_items import AnyItem, Incident, Ticket
from bot.services import reporting

PATIENCE: Final = 15.0
STORM: Final = 40


class StoryFailed(Exception):
    """A step did not come true; the words say what was waited for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A step of the story that came true, and the facts it showed."""

    step: str
    seconds: float
    facts: dict[str, object] = field(default_factory=dict)


Facts = dict[str, object]


class Story:
    """Plays the whole job: mail in, claim, reply, answer, clocks, storm, page, acknowledge,
    resolve, report.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._gestures = 0

    async def play(self) -> AsyncIterator[Told]:
        """Each step as it comes true; StoryFailed when one does not."""
        loop = asyncio.get_running_loop()
        for name, step in self.STEPS.items():
            begun = loop.time()
            try:
                facts = await step(self)
            except TimeoutError:
                raise StoryFailed(f"{name}: nothing happened within {PATIENCE:.0f} s") from None
            yield Told(step=name, seconds=round(loop.time() - begun, 3), facts=facts)

    # ------------------------------------------------------------ the steps

    async def _mail_in(self) -> Facts:
        await self._stage.outside.send(MARIA)
        await self._until(lambda: self._card("support", "SUP-1"))
        ticket = await self._ticket("SUP-1")
        return {"ticket": ticket.number, "title": ticket.title}

    async def _thanked(self) -> Facts:
        await self._until(lambda: self._mails(MARIA.address, 1))
        mail = self._stage.mailbox.mails(MARIA.address)[0]
        return {"subject": mail.subject, "automatic": mail.automatic}

    async def _claim(self) -> Facts:
        await self._do("ana", "/ticket claim SUP-1")
        return {"owner": (await self._ticket("SUP-1")).assignee}

    async def _reply(self) -> Facts:
        await self._do("ana", "/ticket reply SUP-1 We found the wrong rate; it is fixed today.")
        if len(self._stage.mailbox.mails(MARIA.address)) != 1:
            raise StoryFailed("the reply left before its undo window was over")
        self._stage.outside.push(timedelta(seconds=11))
        await self._until(lambda: self._mails(MARIA.address, 2))
        mail = self._stage.mailbox.mails(MARIA.address)[1]
        return {"subject": mail.subject, "to": mail.recipient.address}

    async def _answer(self) -> Facts:
        mail = self._stage.mailbox.mails(MARIA.address)[1]
        await self._stage.outside.write(
            MARIA.address, mail.reply_to, mail.subject, MARIA_AGAIN, mail.message_id
        )
        await self._until(lambda: self._heard("SUP-1", 2))
        ticket = await self._ticket("SUP-1")
        return {"ticket": ticket.number, "status": ticket.status}

    async def _at_risk(self) -> Facts:
        await self._stage.outside.send(TOM)
        await self._until(lambda: self._card("support", "SUP-2"))
        self._stage.outside.push(timedelta(minutes=46))
        await self._until(lambda: self._happened("SUP-2", happened.SlaAtRisk))
        return {"ticket": "SUP-2"}

    async def _breach(self) -> Facts:
        self._stage.outside.push(timedelta(minutes=15))
        await self._until(lambda: self._happened("SUP-2", happened.SlaBreached))
        await self._until(lambda: self._happened("SUP-2", happened.TicketEscalated))
        return {"breaches": await self._count("SUP-2", happened.SlaBreached)}

    async def _storm(self) -> Facts:
        await self._stage.outside.storm(STORM)
        await self._until(lambda: self._card("incidents", "INC-1"))
        incident = await self._incident("INC-1")
        async with self._stage.app.store.read() as work:
            alerts = (await work.alerts.count(incident.id)).total
        return {"incident": incident.number, "severity": incident.severity, "alerts": alerts}

    async def _page(self) -> Facts:
        on_call = await self._on_call()
        await self._until(lambda: self._line(f"@{on_call}", "INC-1"))
        return {"paged": on_call}

    async def _acknowledge(self) -> Facts:
        on_call = await self._on_call()
        await self._do(on_call, "/incident ack INC-1")
        self._stage.outside.push(timedelta(minutes=30))
        await asyncio.sleep(0.2)
        pages = await self._count("INC-1", happened.Paged)
        return {"acknowledged_by": on_call, "pages": pages}

    async def _resolve(self) -> Facts:
        await self._stage.outside.storm(STORM, "resolved")
        await self._until(lambda: self._ended("INC-1"))
        return {"incident": "INC-1", "status": (await self._incident("INC-1")).status}

    async def _end(self) -> Facts:
        await self._do("ana", "/ticket resolve SUP-1")
        return {"status": (await self._ticket("SUP-1")).status}

    async def _report(self) -> Facts:
        await self._do("carla", "/ticket report")
        async with self._stage.app.store.read() as work:
            week = await reporting.weekly(work, self._stage.app.core.clock.now())
        figures = reporting.figures(week)
        return {
            name: figures[name]
            for name in ("tickets_opened", "tickets_resolved", "sla_breaches", "incidents")
        }

    # ------------------------------------------------------------ doing and seeing

    async def _do(self, person: str, line: str) -> Reply:
        self._gestures += 1
        reply = await self._stage.app.dispatcher.run(
            Invocation(surface="console", account=person, key=f"story-{self._gestures}", line=line)
        )
        if reply.refused:
            words = reply.card.fallback if reply.card else "a form"
            raise StoryFailed(f"{line}: refused: {words}")
        return reply

    async def _until(self, seen: Callable[[], Awaitable[bool]]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not await seen():  # noqa: ASYNC110 - what is waited for is seen from outside
                await asyncio.sleep(0.01)

    async def _card(self, space: str, number: str) -> bool:
        return await self._line(space, number)

    async def _line(self, space: str, text: str) -> bool:
        lines = await self._stage.app.feed.lines(space)
        return any(text in line.body for line in lines)

    async def _mails(self, address: str, count: int) -> bool:
        return len(self._stage.mailbox.mails(address)) >= count

    async def _heard(self, number: str, count: int) -> bool:
        item = await self._item(number)
        async with self._stage.app.store.read() as work:
            messages = await work.messages.of(item.id)
        return sum(message.voice is Voice.CUSTOMER for message in messages) >= count

    async def _happened(self, number: str, kind: type[happened.Event]) -> bool:
        return await self._count(number, kind) > 0

    async def _ended(self, number: str) -> bool:
        return (await self._incident(number)).ended

    async def _count(self, number: str, kind: type[happened.Event]) -> int:
        item = await self._item(number)
        async with self._stage.app.store.read() as work:
            entries = await work.timeline.of(item.id)
        return sum(isinstance(entry.event, kind) for entry in entries)

    async def _on_call(self) -> str:
        incident = await self._incident("INC-1")
        async with self._stage.app.store.read() as work:
            pages = await work.pages.of(incident.id)
        if not pages:
            raise StoryFailed("nobody was paged")
        return pages[0].person

    async def _ticket(self, number: str) -> Ticket:
        item = await self._item(number)
        if not isinstance(item, Ticket):
            raise StoryFailed(f"{number} is no ticket")
        return item

    async def _incident(self, number: str) -> Incident:
        item = await self._item(number)
        if not isinstance(item, Incident):
            raise StoryFailed(f"{number} is no incident")
        return item

    async def _item(self, number: str) -> AnyItem:
        async with self._stage.app.store.read() as work:
            item = await work.items.get(number)
        if item is None:
            raise StoryFailed(f"there is no {number}")
        return item

    STEPS: ClassVar[Mapping[str, Callable[[Story], Awaitable[Facts]]]] = {
        "a customer's mail becomes a ticket with a card": _mail_in,
        "the customer is thanked": _thanked,
        "an agent claims it": _claim,
        "the agent replies, and the mail leaves after the undo window": _reply,
        "the customer answers into the same ticket": _answer,
        "a waiting ticket's clock is at risk": _at_risk,
        "the clock is breached, once, and escalates": _breach,
        "an alert storm becomes one incident": _storm,
        "the responder on call is paged": _page,
        "the responder acknowledges, and paging stops": _acknowledge,
        "cleared alerts resolve the incident": _resolve,
        "the agent resolves the ticket": _end,
        "the week in numbers": _report,
    }
