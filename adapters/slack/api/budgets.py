"""How often Slack lets us call: a window for each channel's posts, one for all edits, and pauses.

Who may not call now is told when to come again; nobody waits here.
https://docs.slack.dev/apis/web-api/rate-limits
"""

from __future__ import annotations

from collections import OrderedDict, deque
from datetime import datetime, timedelta
from typing import Final

from bot.errors import TemporaryError
from bot.ports import Clock

# About one post a second and channel; short bursts are tolerated.
POSTS: Final = 5
POSTS_WITHIN: Final = timedelta(seconds=5)
# chat.update is Tier 3: 50 a minute, for the whole workspace. Pages have the last five for
# themselves, and cards stay below 45 whatever pages do.
EDITS: Final = 40
URGENT_EDITS: Final = 45
EDITS_WITHIN: Final = timedelta(minutes=1)
CHANNELS: Final = 1000


class Window:
    """At most so many in any stretch of `within`; who is turned away is told a turn of their own,
    so that not all come back at once.
    """

    def __init__(self, within: timedelta) -> None:
        self._within = within
        self._taken: deque[datetime] = deque()
        self._last_turn: datetime | None = None

    def take(self, now: datetime, most: int) -> timedelta:
        """Zero when it may happen now, which counts; else how long to wait."""
        # What lies ahead was counted before somebody set the clock back.
        while self._taken and not now - self._within < self._taken[0] <= now:
            self._taken.popleft()
        if len(self._taken) < most:
            self._taken.append(now)
            return timedelta()
        return self._turn(self._taken[-most] + self._within, most) - now

    def _turn(self, free_at: datetime, most: int) -> datetime:
        turn = free_at
        if self._last_turn is not None and self._last_turn >= free_at:
            turn = self._last_turn + self._within / most
        # Turns that nobody came to take must not push the others away for ever.
        self._last_turn = min(turn, free_at + self._within)
        return self._last_turn


class Budgets:
    """What may be called now. Each method raises TemporaryError with the time to wait."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._posts: OrderedDict[str, Window] = OrderedDict()
        self._edits = Window(EDITS_WITHIN)
        self._pauses: dict[str, datetime] = {}

    def post(self, channel: str) -> None:
        """A post into the channel."""
        window = self._posts.pop(channel, None) or Window(POSTS_WITHIN)
        self._posts[channel] = window
        if len(self._posts) > CHANNELS:
            self._posts.popitem(last=False)
        _check(window.take(self._clock.now(), POSTS), "posts into one channel")

    def edit(self, *, urgent: bool = False) -> None:
        """An edit of a message; an urgent one (a page) has room where the others have none."""
        most = URGENT_EDITS if urgent else EDITS
        _check(self._edits.take(self._clock.now(), most), "edits")

    def pause(self, what: str, wait: timedelta) -> None:
        """Slack asked not to call `what` for a while."""
        now = self._clock.now()
        self._pauses = {key: until for key, until in self._pauses.items() if until > now}
        self._pauses[what] = now + wait

    def check(self, what: str) -> None:
        """Whether Slack's last request for a pause is over."""
        until = self._pauses.get(what)
        if until is not None:
            _check(max(until - self._clock.now(), timedelta()), what)


def _check(wait: timedelta, what: str) -> None:
    if wait:
        raise TemporaryError(f"Slack's limit for {what} is reached", retry_after=wait)
