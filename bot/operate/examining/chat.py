"""What `deskhand doctor` tries about chat: tokens, permissions, channels, people's accounts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Final

from bot.clock import SystemClock
from bot.config.settings import Settings
from bot.domain.threads import Space
from bot.operate.examining.findings import Finding, Mark
from bot.ports.checks import Check, Verdict
from bot.wiring import chat

_MARKS: Final = {Verdict.FINE: Mark.FINE, Verdict.CARE: Mark.CARE, Verdict.WRONG: Mark.WRONG}
_CONSOLE: Final = "console"


async def examine_chat(settings: Settings) -> AsyncIterator[Finding]:
    """Every platform that is configured, then the channels that nobody would see."""
    async for check in chat.checks(settings, SystemClock()):
        yield _finding(check)
    for finding in _channels(settings):
        yield finding


def _finding(check: Check) -> Finding:
    mark = _MARKS[check.verdict]
    return Finding(mark=mark, part=check.part, words=check.words, fix=check.fix)


def _channels(settings: Settings) -> Iterator[Finding]:
    if not any(place.surface == _CONSOLE for place in _places(settings)):
        yield Finding(
            mark=Mark.CARE,
            part="console",
            words="no channel is on the console",
            fix='Add "console:support" to a desk\'s channels: it is there when a platform is not.',
        )


def _places(settings: Settings) -> list[Space]:
    """Every channel of a desk or a service, each once."""
    directory = settings.directory()
    places = {place for desk in directory.desks.values() for place in desk.channels}
    places |= {place for service in directory.services.values() for place in service.channels}
    return sorted(places, key=str)
