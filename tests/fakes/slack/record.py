"""What happened on the wire: calls, acknowledgements, and a bell that rings with each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TypeVar

from tests.fakes.slack.values import Json

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request to the Web API (or `response_url`, `upload`, `download`) and its answer.

    `at` is by the fake's clock. `fault` names what spoiled it, else "".
    """

    method: str
    arguments: Json
    at: datetime
    status: int
    answer: Json
    token: str = ""
    fault: str = ""

    @property
    def ok(self) -> bool:
        """Whether the effect happened and the caller was told so."""
        return bool(self.answer.get("ok")) and not self.fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Ack:
    """What the app answered to a delivery: its payload, and after how many seconds.

    `error` is "" or `dispatch_failed` (nobody there, or a bad status), `operation_timeout` (late).
    """

    kind: str
    id: str
    at: datetime
    delay: float = 0.0
    payload: Json | None = None
    error: str = ""
    status: int = 200
    attempt: int = 0
    connection: int = 0

    @property
    def ok(self) -> bool:
        """Acknowledged in time."""
        return not self.error


@dataclass(slots=True)
class Record:
    """Everything that went over the wire, in order."""

    calls: list[Call] = field(default_factory=list)
    acks: list[Ack] = field(default_factory=list)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def call(self, call: Call) -> None:
        """Write down a call."""
        self.calls.append(call)
        self.ring()

    def ack(self, ack: Ack) -> None:
        """Write down an acknowledgement."""
        self.acks.append(ack)
        self.ring()

    def ring(self) -> None:
        """Wake whoever waits for a change."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def until(self, probe: Callable[[], Found | None], patience: float) -> Found:
        """Wait until the probe is true; AssertionError when real time runs out."""
        try:
            async with asyncio.timeout(patience):
                while not (found := probe()):
                    await self._changed.wait()
                return found
        except TimeoutError:
            last = [call.method for call in self.calls[-8:]]
            raise AssertionError(f"not seen within {patience} s; last calls: {last}") from None

    def as_json(self) -> Json:
        """For the endpoint of the process form."""
        return {
            "calls": [{**asdict(call), "at": call.at.isoformat()} for call in self.calls],
            "acks": [{**asdict(ack), "at": ack.at.isoformat()} for ack in self.acks],
        }
