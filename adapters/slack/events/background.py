"""Work that goes on after Slack was answered: in order where order matters, bounded, watched."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final

from adapters.slack.events.lanes import Lanes
from bot.errors import PermanentError, TemporaryError
from bot.tasks import spawn, stop

log = logging.getLogger(__name__)

Sorry = Callable[[str], Awaitable[None]] | None

# A storm of messages waits here; beyond that Slack is asked to bring it again later.
MOST: Final = 1000
GRACE_SECONDS: Final = 2.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Seconds that something is waited for while Slack waits for us: 3 at most.

    `gesture`: a form that is not there by then is opened empty. `form`: what was sent and takes
    longer goes on behind a view that says so. `gather`: so long an earlier event may come after a
    later one.
    """

    gesture: float = 0.8
    form: float = 2.0
    gather: float = 0.03


class Background:
    """Tasks in flight; those of one lane run one after the other, in the order of their places."""

    def __init__(self, patience: Patience, most: int = MOST) -> None:
        self._most = most
        self._flying: set[asyncio.Task[None]] = set()
        self._lanes = Lanes(patience.gather)

    @property
    def full(self) -> bool:
        """Whether nothing more can be taken now."""
        return len(self._flying) >= self._most

    def begin(
        self,
        what: str,
        work: Coroutine[Any, Any, None],
        *,
        lane: str = "",
        place: str = "",
        sorry: Sorry = None,
    ) -> asyncio.Task[None]:
        """Start the work; when it fails, `sorry` gets the reference under which that is logged."""
        task = spawn(self._in_turn(what, work, (lane, place), sorry), f"slack:{what}")
        self._flying.add(task)
        task.add_done_callback(self._flying.discard)
        return task

    async def stop(self) -> None:
        """Let what flies come down; what takes longer is cut off."""
        if self._flying:
            await asyncio.wait(set(self._flying), timeout=GRACE_SECONDS)
        for task in set(self._flying):
            await stop(task)

    async def _in_turn(
        self, what: str, work: Coroutine[Any, Any, None], turn: tuple[str, str], sorry: Sorry
    ) -> None:
        try:
            async with self._lanes.turn(*turn):
                await _watched(what, work, sorry)
        finally:
            # What never had its turn is not left behind unawaited.
            work.close()


async def _watched(what: str, work: Coroutine[Any, Any, None], sorry: Sorry) -> None:
    try:
        await work
    except (TemporaryError, PermanentError) as error:
        log.warning("a gesture was left undone", extra={"what": what, "why": error.words})
    except Exception:  # the boundary of the listeners
        ref = secrets.token_hex(4)
        log.exception("a gesture failed", extra={"what": what, "ref": ref})
        if sorry is not None:
            await _quietly(sorry(ref))


async def _quietly(telling: Awaitable[None]) -> None:
    """Tell if that is possible: that something failed is known and logged already."""
    try:
        await telling
    except (TemporaryError, PermanentError) as error:
        log.warning("nobody could be told", extra={"why": error.words})
