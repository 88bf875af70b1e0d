"""The chat surfaces with their platforms behind them, as their contract looks at them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from adapters.memory.surface import MemorySurface
from adapters.pager.text import card_text
from adapters.slack.api.budgets import Budgets
from adapters.slack.api.client import SlackClient
from adapters.slack.api.files import SlackFiles
from adapters.slack.drawing.workspace import Workspace
from adapters.slack.settings import SlackSettings
from adapters.slack.surface import SlackSurface
from bot.clock import SystemClock
from bot.domain.mail import Attachment
from bot.domain.threads import Space, ThreadRef, conversation_with
from bot.errors import TemporaryError
from bot.ports import ChatSurface
from tests.adapters.discord.rig import Bench, bench
from tests.adapters.slack.drawn import said
from tests.fakes.slack import FakeSlack, failing


@dataclass(frozen=True, slots=True, kw_only=True)
class Rig:
    """A surface with a platform behind it: a channel and an account there, and how to look at it.

    `shown` gives all text a reader finds in a message, `missing` is a sound id of no message, and
    `outage` makes the platform fail for a while. Threads can be hidden in `closed` and not in
    `open`; `sees` tells whether an account reads a thread.
    """

    surface: ChatSurface
    place: Space
    account: str
    missing: str
    shown: Callable[[str], Awaitable[str]]
    outage: Callable[[], None]
    closed: Space
    open: Space
    sees: Callable[[str, str], bool]

    def inside(self, root: str, place: Space | None = None) -> ThreadRef:
        """The thread of that root; the channel itself when it is empty."""
        space = place or self.place
        return ThreadRef(surface=space.surface, space=space.id, id=root)


@asynccontextmanager
async def memory() -> AsyncIterator[Rig]:
    surface = MemorySurface()

    async def shown(message: str) -> str:
        return card_text(surface.message(message).card)

    yield Rig(
        surface=surface,
        place=Space(surface="memory", id="support"),
        account="U1",
        missing="404",
        shown=shown,
        outage=lambda: surface.script.outage(TemporaryError("away")),
        closed=conversation_with("memory", "U1"),
        open=Space(surface="memory", id="support"),
        sees=lambda account, root: surface.message(root).space == f"@{account}",
    )


@asynccontextmanager
async def slack() -> AsyncIterator[Rig]:
    """A workspace with a channel."""
    clock = SystemClock()
    async with FakeSlack(clock, limits=True) as fake:
        fake.add_user("ana")
        fake.add_channel("desk", ["ana"])
        budgets = Budgets(clock)
        client = SlackClient(SlackSettings(bot_token=fake.bot_token, api_url=fake.api_url), budgets)
        await client.start()

        async def no_file(_: int) -> Attachment | None:
            return None

        async def shown(message: str) -> str:
            ts = message.rpartition("/")[2]
            return next(said(list(m.blocks)) for m in fake.workspace.messages if m.ts == ts)

        yield Rig(
            surface=SlackSurface(client, budgets, SlackFiles(client, no_file), Workspace(), clock),
            place=Space(surface="slack", id="CDESK"),
            account="UANA",
            missing="1.000001",
            shown=shown,
            outage=lambda: fake.faults.always(failing(503)),
            closed=conversation_with("slack", "UANA"),
            open=Space(surface="slack", id="CDESK"),
            sees=lambda account, ts: _slack_reader(fake, ts) == account,
        )
        await client.close()


def _slack_reader(fake: FakeSlack, ts: str) -> str:
    """Who alone reads the message's channel; empty when others do, too."""
    message = next(m for m in fake.workspace.messages if m.ts == ts)
    return fake.workspace.channels[message.channel].user


@asynccontextmanager
async def discord_text() -> AsyncIterator[Rig]:
    """A text channel with threads."""
    async with bench() as made:
        yield _discord(made, made.place)


@asynccontextmanager
async def discord_forum() -> AsyncIterator[Rig]:
    """A forum with posts."""
    async with bench() as made:
        yield _discord(made, made.board)


def _discord(made: Bench, place: Space) -> Rig:
    async def shown(message: str) -> str:
        return made.message(message.rpartition("/")[2]).text

    return Rig(
        surface=made.surface,
        place=place,
        account=made.ana.id,
        missing="404",
        shown=shown,
        outage=made.discord.go_down,
        closed=made.place,
        open=made.board,
        sees=made.sees,
    )


SURFACES = (memory, slack, discord_text, discord_forum)
