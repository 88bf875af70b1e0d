"""A world on call: monitoring that speaks Alertmanager's webhook, and a look at pages."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.cards import Card, Runs, plain
from bot.domain.alerts import Alert
from bot.domain.paging import Page
from bot.domain.work_items import Incident, Kind
from bot.ports import Arrival, ItemQuery, LedgerLine
from tests.scenario.world import World

CAPTURED = Path(__file__).parents[1] / "fixtures" / "alerts"
NEVER = "0001-01-01T00:00:00Z"


class House(World):
    """A world whose alerts, incidents and pages are looked at."""

    # ------------------------------------------------------------ alerts

    async def post(self, body: bytes, intake: str = "prometheus", *, settle: bool = True) -> None:
        """Monitoring posts a body to an intake."""
        arrival = Arrival(
            source=f"alert:{intake}",
            key=f"a{next(self._serial)}",
            raw=body,
            meta={"content_type": "application/json"},
        )
        await self.store.inbox.accept(arrival)
        if settle:
            await self.settle()

    async def captured(self, name: str) -> None:
        """Post the body of a captured request."""
        text = (CAPTURED / f"am-webhook-{name}.json").read_text()
        await self.post(json.dumps(json.loads(text)["body"]).encode())

    async def generic(self, **body: object) -> None:
        """A script posts an alert of its own shape."""
        await self.post(json.dumps(body).encode(), "cron")

    async def alerts(self, number: str = "INC-1") -> list[Alert]:
        """The alerts of an incident."""
        incident = await self.incident(number)
        async with self.store.read() as work:
            return list(await work.alerts.of(incident.id, 10_000))

    async def incidents(self) -> list[Incident]:
        """All incidents, oldest first."""
        async with self.store.read() as work:
            found = await work.items.find(ItemQuery(kind=Kind.INCIDENT, limit=1000))
        return [item for item in found if isinstance(item, Incident)]

    async def ledger(self, state: str = "") -> list[LedgerLine]:
        """The inbox's lines, oldest first."""
        return list(reversed(await self.store.inbox.find(state=state, limit=1000)))

    # ------------------------------------------------------------ time

    async def pass_time(self, total: timedelta, step: timedelta = timedelta(seconds=30)) -> None:
        """Let time pass in steps, as the ticker does."""
        end = self.clock.now() + total
        while self.clock.now() < end:
            await self.after(seconds=min(step, end - self.clock.now()).total_seconds())

    async def minutes(self, count: float) -> None:
        """Let minutes pass in steps of 30 seconds."""
        await self.pass_time(timedelta(minutes=count))

    async def until(self, moment: datetime) -> None:
        """Let time pass up to a moment."""
        await self.pass_time(moment - self.clock.now())

    # ------------------------------------------------------------ looking

    async def pages(self, number: str = "INC-1") -> list[Page]:
        """Every page about the incident, as it is kept."""
        incident = await self.incident(number)
        async with self.store.read() as work:
            return list(await work.pages.of(incident.id))

    def paged(self, person: str) -> list[Card]:
        """The direct messages somebody got, as they are drawn now."""
        return [posting.card for posting in self.surface.directs(person)]

    def told(self, space: str = "incidents") -> list[str]:
        """What stands in a channel that is no card of a work item, in small letters."""
        cards = [posting.card for posting in self.surface.channel(space)]
        return [card.fallback.lower() for card in cards if not card.title]

    async def heard(self, words: str, number: str = "INC-1") -> int:
        """How many lines of the thread say something, whatever the case."""
        return sum(words.lower() in line.lower() for line in await self.thread(number))

    async def card(self, number: str = "INC-1") -> Card:
        """The incident's card in its channel, as it is drawn now."""
        ref = await self.thread_of(number)
        return self.surface.message(ref.id).card

    async def story(self, number: str = "INC-1") -> list[str]:
        """The timeline as people read it, with its actors' keys."""
        return [f"{e.actor}: {e.event.tell()}" for e in await self.history(number)]


@dataclass
class Monitor:
    """An Alertmanager: one group for each alert name, told whole whenever something changes."""

    house: House
    intake: str = "prometheus"
    labels: Mapping[str, str] = field(default_factory=dict)
    _firing: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    async def fire(
        self,
        *instances: str,
        name: str = "HighCPU",
        severity: str = "critical",
        settle: bool = True,
    ) -> None:
        """Alerts of a name begin to fire."""
        for instance in instances:
            alert = self.alert(name, instance, severity)
            self._firing.setdefault((name, instance), alert)
        await self._tell(name, settle=settle)

    async def clear(self, *instances: str, name: str = "HighCPU", settle: bool = True) -> None:
        """Alerts of a name are over."""
        ended = [self._firing.pop((name, instance)) for instance in instances]
        now = f"{self.house.clock.now():%Y-%m-%dT%H:%M:%SZ}"
        over = [{**a, "status": "resolved", "endsAt": now, "annotations": {}} for a in ended]
        await self._tell(name, over, settle=settle)

    async def repeat(self, name: str = "HighCPU") -> None:
        """The repeat interval is over: all the same once more."""
        await self._tell(name)

    async def _tell(
        self, name: str, over: Iterable[Mapping[str, Any]] = (), *, settle: bool = True
    ) -> None:
        firing = [alert for (of, _), alert in self._firing.items() if of == name]
        await self.house.post(webhook([*firing, *over], name), self.intake, settle=settle)

    def alert(self, name: str, instance: str, severity: str = "critical") -> dict[str, Any]:
        """An alert that begins to fire now."""
        labels = {"alertname": name, "instance": instance, "severity": severity, **self.labels}
        return {
            "status": "firing",
            "labels": labels,
            "annotations": {"summary": f"{name} on {instance}"},
            "startsAt": f"{self.house.clock.now():%Y-%m-%dT%H:%M:%S.%fZ}",
            "endsAt": NEVER,
            "generatorURL": "",
            "fingerprint": f"{name}-{instance}-{severity}".lower(),
        }


def webhook(alerts: Iterable[Mapping[str, Any]], group: str) -> bytes:
    """A version 4 body about one group."""
    listed = list(alerts)
    firing = any(alert["status"] == "firing" for alert in listed)
    body = {
        "version": "4",
        "groupKey": f'{{}}:{{alertname="{group}"}}',
        "truncatedAlerts": 0,
        "status": "firing" if firing else "resolved",
        "receiver": "deskhand",
        "groupLabels": {"alertname": group},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager:9093",
        "alerts": listed,
    }
    return json.dumps(body).encode()


def words(card: Card) -> str:
    """Everything a card says, in one line."""
    parts: list[Runs] = [card.status, *(block.runs for block in card.blocks)]
    told = [card.title, *map(plain, parts), *(f"{f.label}: {plain(f.value)}" for f in card.fields)]
    return " | ".join(filter(None, (*told, plain(card.context))))


def labels(card: Card) -> list[str]:
    """The buttons of a card."""
    return [action.label for action in card.actions]
