"""Stops asking where asking does harm: a refused token, a channel without rights, a looming ban.

Discord bans an address after 10,000 answers of 401, 403 or 429 in ten minutes. Times are seconds
of the event loop's clock.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from adapters.discord.api.faults import NO_ACCESS, NO_PERMISSION, no_credentials
from adapters.discord.api.routes import Route
from bot.errors import Fault, PermanentError, TemporaryError

WINDOW: Final = 600.0
ENOUGH: Final = 500
"""So many refusals within the window close the way: a twentieth of what Discord takes."""
BAN: Final = 600.0
REFUSED_FOR: Final = 60.0
BROKEN_FOR: Final = 120.0
MAX_BROKEN: Final = 1000


class Breaker:
    """Remembers refusals, and answers in Discord's place for a while."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._invalid: deque[float] = deque(maxlen=ENOUGH)
        self._closed_until = 0.0
        self._refused_until = 0.0
        self._broken: dict[tuple[str, str], tuple[float, PermanentError]] = {}

    def check(self, route: Route) -> None:
        """TemporaryError or PermanentError when the request must not be made now."""
        now = self._now()
        if now < self._closed_until:
            wait = timedelta(seconds=self._closed_until - now)
            raise TemporaryError("Discord refused too much; waiting", retry_after=wait)
        if now < self._refused_until:
            raise no_credentials()
        until, error = self._broken.get((route.key, route.major), (0.0, None))
        if error is not None and now < until:
            raise PermanentError(error.words, fault=error.fault, code=error.code)

    def note(self, route: Route, status: int, *, shared: bool = False) -> None:
        """Count an answer; `shared` limits are not our fault."""
        now = self._now()
        if status == 401 and not route.open:
            self._refused_until = now + REFUSED_FOR
        if status in (401, 403, 429) and not shared:
            self._invalid.append(now)
        if len(self._invalid) == ENOUGH and now - self._invalid[0] < WINDOW:
            self.close(timedelta(seconds=WINDOW - (now - self._invalid[0])))
            self._invalid.clear()

    def close(self, wait: timedelta) -> None:
        """Ask nothing for that long."""
        self._closed_until = max(self._closed_until, self._now() + wait.total_seconds())

    def broke(self, route: Route, error: PermanentError) -> None:
        """The bot has no right to do that there; stop asking for a while."""
        if error.fault is not Fault.DESTINATION or error.code not in (NO_ACCESS, NO_PERMISSION):
            return
        self._forget_mended()
        if route.major and len(self._broken) < MAX_BROKEN:
            self._broken[route.key, route.major] = (self._now() + BROKEN_FOR, error)

    def healed(self, route: Route) -> None:
        """It worked."""
        self._refused_until = 0.0
        self._broken.pop((route.key, route.major), None)

    @property
    def trouble(self) -> str:
        """What is wrong now, in words; empty when nothing is."""
        now = self._now()
        if now < self._closed_until:
            return "Discord refused too much; waiting"
        if now < self._refused_until:
            return "the token is refused"
        self._forget_mended()
        channels = {major for _, major in self._broken}
        return f"no rights in {', '.join(sorted(channels)[:5])}" if channels else ""

    def _forget_mended(self) -> None:
        """What was refused long enough ago may be tried again."""
        now = self._now()
        self._broken = {key: value for key, value in self._broken.items() if now < value[0]}
