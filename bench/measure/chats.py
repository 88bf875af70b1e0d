"""How soon slash commands are acknowledged in Slack and Discord, at rest and in a storm of alerts.

The service is on both at once, as a team with people on both has it.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing.connection import Connection
from time import monotonic
from typing import Any, Final

from bench import load
from bench.chat.platform import OpenScene, Platform, Site, Typed, platform
from bench.figures import Figure, milliseconds, percentile
from bench.load import Pace
from bench.measure.ground import Ground
from bench.processes import Load, server
from bench.service import Chats, Service

_TICKETS: Final = 20
_EACH_SECOND: Final = 25
_WARM_UP: Final = 1.0
_REST_SECONDS: Final = 8.0
_STORM_SECONDS: Final = 10
_ALERTS: Final = 10_000
_CONNECTIONS: Final = 50
_PATIENCE: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """A platform: how it is opened and configured; `null` is a bot on its library that does
    nothing.
    """

    name: str
    library: str
    open: OpenScene
    section: Callable[[Site, str], str]
    null: Callable[[str, Connection], Coroutine[Any, Any, None]]


def _kinds() -> Sequence[_Kind]:
    # Every load's process imports this module; who has no chat need not wait for its libraries.
    from bench.chat import discord, slack

    return (
        _Kind(
            name="Slack",
            library="Bolt",
            open=slack.workspace,
            section=slack.section,
            null=slack.null,
        ),
        _Kind(
            name="Discord",
            library="discord.py",
            open=discord.guild,
            section=discord.section,
            null=discord.null,
        ),
    )


def measure(ground: Ground) -> list[Figure]:
    """Somebody reads the queue and writes notes on each platform."""
    kinds = _kinds()
    with ExitStack() as stack:
        ours = [stack.enter_context(platform(kind.open)) for kind in kinds]
        service = stack.enter_context(ground.service(_chats(kinds, ours)))
        for each in ours:
            each.until_bot()
        figures = _at_rest(ground, kinds, ours, service)
        return [*figures, *_in_a_storm(ground, kinds, ours, service)]


def _chats(kinds: Sequence[_Kind], ours: Sequence[Platform]) -> Chats:
    """A desk and a service with a channel on every platform, and somebody there to be paged."""
    names = [kind.name.lower() for kind in kinds]
    people = [f"agent-{name}" for name in names]
    sites = [each.site for each in ours]
    configured = zip(kinds, sites, people, strict=True)
    return Chats(
        sections="".join(kind.section(site, person) for kind, site, person in configured),
        support=[f"{n}:{site.support}" for n, site in zip(names, sites, strict=True)],
        incidents=[f"{n}:{site.incidents}" for n, site in zip(names, sites, strict=True)],
        paged=[f"person:{person}" for person in people],
    )


# ---------------------------------------------------------------- at rest


def _at_rest(
    ground: Ground, kinds: Sequence[_Kind], ours: Sequence[Platform], service: Service
) -> list[Figure]:
    """Ours and the limits in the same seconds: what slows the machine down meets all."""
    tickets = Load(load.mails, service.smtp, load.soon(_TICKETS, 1, ground.seed))
    with ExitStack() as stack:
        limits = [stack.enter_context(_null_bot(kind)) for kind in kinds]
        tickets.result(_PATIENCE)
        service.until_counted("mail_outcomes", _TICKETS)
        everybody = [*ours, *limits]
        _all_type(ground, everybody, _WARM_UP)
        typed = _all_type(ground, everybody, _REST_SECONDS)
    mine, theirs = typed[: len(kinds)], typed[len(kinds) :]
    return [_over_the_limit(*each) for each in zip(kinds, mine, theirs, strict=True)]


@contextmanager
def _null_bot(kind: _Kind) -> Iterator[Platform]:
    with platform(kind.open) as limit, server(partial(kind.null, limit.site.api_url)):
        limit.until_bot()
        yield limit


def _all_type(ground: Ground, everybody: Sequence[Platform], seconds: float) -> list[Typed]:
    """Nobody types at the same instant as somebody else."""
    pace = Pace(each_second=_EACH_SECOND, seconds=seconds, seed=ground.seed, start=monotonic())
    for turn, each in enumerate(everybody, 1):
        each.begin(replace(pace, start=pace.start + turn / len(everybody) / _EACH_SECOND))
    return [each.result() for each in everybody]


def _over_the_limit(kind: _Kind, mine: Typed, theirs: Typed) -> Figure:
    ours, limit = percentile(mine.seconds, 0.99), percentile(theirs.seconds, 0.99)
    return Figure(
        name=f"acknowledged in {kind.name}, p99 over {kind.library}",
        value=milliseconds(ours - limit),
        unit="ms",
        goal=15,
        details={
            "ours": milliseconds(ours),
            "ours_p50": milliseconds(percentile(mine.seconds, 0.5)),
            "limit": milliseconds(limit),
            "limit_p50": milliseconds(percentile(theirs.seconds, 0.5)),
            "done": _done(mine),
        },
    )


# ---------------------------------------------------------------- in a storm


def _in_a_storm(
    ground: Ground, kinds: Sequence[_Kind], ours: Sequence[Platform], service: Service
) -> list[Figure]:
    """10,000 alerts in 10 s."""
    pour = load.soon(_ALERTS / _STORM_SECONDS, _STORM_SECONDS, ground.seed)
    storm = Load(load.alerts, service.http, _CONNECTIONS, "generic", pour)
    for each in ours:
        each.begin(replace(pour, each_second=_EACH_SECOND))
    typed = [each.result() for each in ours]
    storm.result(_PATIENCE)
    return [
        figure
        for kind, one in zip(kinds, typed, strict=True)
        for figure in (_acknowledged(kind, one), _paged(kind, one))
    ]


def _acknowledged(kind: _Kind, typed: Typed) -> Figure:
    return Figure(
        name=f"acknowledged in {kind.name} in a storm, p99",
        value=milliseconds(percentile(typed.seconds, 0.99)),
        unit="ms",
        goal=100,
        details={
            "p50": milliseconds(percentile(typed.seconds, 0.5)),
            "longest": milliseconds(max(typed.seconds)),
            "done": _done(typed),
            "platform_cores": round(typed.cpu, 2),
        },
    )


def _paged(kind: _Kind, typed: Typed) -> Figure:
    """How long after the first alert the first page was there, however many alerts follow."""
    first = typed.first_page
    return Figure(
        name=f"first page in {kind.name} in a storm",
        value=milliseconds(first if first is not None else _PATIENCE),
        unit="ms",
        goal=5000,
        details={"edits": typed.edits},
    )


def _done(typed: Typed) -> str:
    """How many commands were carried out, not only acknowledged."""
    return f"{typed.done} of {len(typed.seconds)}"
