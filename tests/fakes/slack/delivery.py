"""Bringing things to the app: parcels go through a door, events come again until taken."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import ClassVar, Literal, Protocol

from bot.tasks import spawn, stop
from tests.fakes.slack.limits import RETRIES
from tests.fakes.slack.record import Ack
from tests.fakes.slack.values import APP, BOT_USER, TEAM, Json
from tests.fakes.slack.workspace import Workspace

TIMEOUT = "operation_timeout"
NOBODY = "dispatch_failed"
Kind = Literal["slash_commands", "interactive", "events_api"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A payload of one of the three kinds; retried events say how often and why."""

    kind: Kind
    payload: Json
    attempt: int = 0
    reason: str = ""
    due: float = 0.0


class Door(Protocol):
    """The way to the app: Socket Mode or signed HTTP; `reasons` names why a retry comes."""

    reasons: ClassVar[dict[str, str]]

    async def deliver(self, parcel: Parcel) -> Ack:
        """Bring it and wait for the answer, at most for the door's patience."""
        ...


@dataclass(slots=True)
class Events:
    """The Events API: each event once, and again at once, after 1 and 5 minutes if not taken.

    `copies` more than 1 brings every event so often with the same event_id. While `held`, events
    wait for `let_go`.
    """

    workspace: Workspace
    door: Door
    copies: int = 1
    sent: list[Json] = field(default_factory=list)
    pending: list[Parcel] = field(default_factory=list)
    lost: list[Parcel] = field(default_factory=list)
    _held: list[Json] | None = None
    _under_way: set[asyncio.Task[None]] = field(default_factory=set)

    def take(self, kind: str, event: Json) -> None:
        """Wrap an event and send it off in the background."""
        callback = self._callback(event)
        if self._held is not None:
            self._held.append(callback)
        else:
            self._send_off(callback)

    @contextmanager
    def held(self) -> Iterator[list[Json]]:
        """Collect events; at the end they go in the order in which the list then stands."""
        collected: list[Json] = []
        self._held = collected
        try:
            yield collected
        finally:
            self._held = None
            for callback in collected:
                self._send_off(callback)

    def again(self, callback: Json) -> None:
        """Bring an event (one of `sent`) once more."""
        self._start(Parcel(kind="events_api", payload=callback))

    async def retry_due(self) -> None:
        """Bring again what is due by the clock."""
        now = self.workspace.now()
        due = [parcel for parcel in self.pending if parcel.due <= now]
        self.pending = [parcel for parcel in self.pending if parcel.due > now]
        for parcel in due:
            self._start(parcel)
        await self.settled()

    def bring_pending(self) -> None:
        """Bring again everything that was not taken, whenever it was due: the app is back."""
        waiting, self.pending = self.pending, []
        for parcel in waiting:
            self._start(parcel)

    async def settled(self) -> None:
        """Wait until every event on its way was acknowledged or given back."""
        while self._under_way:
            await asyncio.wait(set(self._under_way))

    async def stop(self) -> None:
        """Let go of what is on its way."""
        for task in set(self._under_way):
            await stop(task)

    def _callback(self, event: Json) -> Json:
        channel = self.workspace.channels.get(str(event.get("channel")))
        return {
            "token": "legacy",
            "team_id": TEAM,
            "api_app_id": APP,
            "event": event,
            "type": "event_callback",
            "event_id": self.workspace.new_id("Ev"),
            "event_time": int(self.workspace.now()),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": TEAM,
                    "user_id": BOT_USER,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": bool(channel and channel.is_shared),
            "event_context": self.workspace.new_id("ec"),
        }

    def _send_off(self, callback: Json) -> None:
        self.sent.append(callback)
        for _ in range(self.copies):
            self.again(callback)

    def _start(self, parcel: Parcel) -> None:
        task = spawn(self._bring(parcel), "event")
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _bring(self, parcel: Parcel) -> None:
        ack = await self.door.deliver(parcel)
        if ack.ok:
            return
        if parcel.attempt >= len(RETRIES):
            self.lost.append(parcel)
            return
        due = self.workspace.now() + RETRIES[parcel.attempt].total_seconds()
        later = replace(
            parcel, attempt=parcel.attempt + 1, reason=self.door.reasons[ack.error], due=due
        )
        if ack.error == TIMEOUT and due <= self.workspace.now():
            await self._bring(later)
        else:
            self.pending.append(later)
