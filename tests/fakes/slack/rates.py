"""How often a method may be called: tiers by the minute, posts by the second and channel."""

from __future__ import annotations

import math
from collections import defaultdict, deque
from dataclasses import dataclass, field

from tests.fakes.slack.limits import POST_BURST, POSTS_PER_SECOND

MINUTE = 60.0


@dataclass(slots=True)
class Rates:
    """Counts calls; says how long to wait when there were too many. Off unless switched on."""

    on: bool = False
    _calls: defaultdict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))
    _posts: dict[str, tuple[float, float]] = field(default_factory=dict)

    def wait_for_method(self, method: str, tier: int | None, now: float) -> int:
        """Seconds until the next call of the method is allowed; 0 counts this one."""
        if not self.on or tier is None:
            return 0
        calls = self._calls[method]
        while calls and calls[0] <= now - MINUTE:
            calls.popleft()
        if len(calls) >= tier:
            return max(1, math.ceil(calls[0] + MINUTE - now))
        calls.append(now)
        return 0

    def wait_for_post(self, channel: str, now: float) -> int:
        """Seconds until the next post into the channel is allowed; 0 counts this one."""
        if not self.on:
            return 0
        tokens, last = self._posts.get(channel, (float(POST_BURST), now))
        tokens = min(POST_BURST, tokens + (now - last) * POSTS_PER_SECOND)
        allowed = tokens >= 1
        self._posts[channel] = (tokens - 1 if allowed else tokens, now)
        return 0 if allowed else max(1, math.ceil((1 - tokens) / POSTS_PER_SECOND))
