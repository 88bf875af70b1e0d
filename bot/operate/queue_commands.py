"""`deskhand quarantine …` and `deskhand outbox …`: what is parked, what must leave."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from bot.clock import SystemClock
from bot.domain.ledger import INFECTED
from bot.operate.terminal import (
    FINDINGS,
    USAGE,
    ConfigOption,
    JsonOption,
    LimitOption,
    done,
    err,
    fail,
    line,
    load_settings,
    operator,
    run_async,
    show,
    starting,
)

if TYPE_CHECKING:
    from bot.ports import LedgerLine

RowArgument = Annotated[int, typer.Argument(metavar="ID", min=1, max=2**63 - 1)]
"""The number of a row, as the list shows it; no database knows larger ones."""

quarantine_app = typer.Typer(no_args_is_help=True, help="What could not be read: kept, replayable.")
outbox_app = typer.Typer(no_args_is_help=True, help="What must leave: waiting, sent, dead.")


@quarantine_app.command("list")
def quarantine_list(
    config: ConfigOption = None, limit: LimitOption = 50, as_json: JsonOption = False
) -> None:
    """What is parked."""
    from bot.operate.queues import ledger_rows, open_store

    async def work() -> list[dict[str, object]]:
        async with open_store(load_settings(config)) as store:
            return ledger_rows(await store.inbox.find(state="quarantined", limit=limit))

    show(
        run_async(starting(work())),
        as_json,
        "Nothing is in quarantine.",
        ("id", "received_at", "source", "from", "subject", "outcome", "item", "detail"),
    )


@quarantine_app.command("show")
def quarantine_show(id_: RowArgument, config: ConfigOption = None) -> None:
    """Write what came, byte for byte, to standard output; why it is parked goes beside it."""
    from bot.operate.queues import open_store

    async def work() -> tuple[bytes | None, LedgerLine | None]:
        async with open_store(load_settings(config)) as store:
            return await store.inbox.raw(id_), await store.inbox.line(id_)

    raw, known = run_async(starting(work()))
    if raw is None or known is None:
        fail(f"There is no inbox row {id_}.", FINDINGS)
    if known.state == "quarantined":
        mark = "✗" if known.outcome == INFECTED else "!"
        line(err, mark, " · ".join(filter(None, (known.outcome, known.detail, known.item))))
    sys.stdout.buffer.write(raw)


@quarantine_app.command("replay")
def quarantine_replay(
    id_: RowArgument,
    config: ConfigOption = None,
    infected: Annotated[
        bool, typer.Option("--infected", help="Even though a virus was found in it.")
    ] = False,
) -> None:
    """Let a parked row be read again."""
    from bot.operate.queues import open_store

    async def work() -> tuple[bool, LedgerLine | None]:
        async with open_store(load_settings(config)) as store:
            again = await store.inbox.replay(id_, infected=infected)
            return again, await store.inbox.line(id_)

    again, known = run_async(starting(work()))
    if not again and known is not None and known.outcome == INFECTED:
        fail(f"Row {id_} is {known.detail}. If you are sure: replay {id_} --infected", FINDINGS)
    done(again, f"Row {id_} is read again.", f"Row {id_} is not in quarantine.")


@quarantine_app.command("drop")
def quarantine_drop(id_: RowArgument, config: ConfigOption = None) -> None:
    """End a parked row without effect; it stays in the ledger."""
    from bot.operate.queues import open_store

    async def work() -> bool:
        async with open_store(load_settings(config)) as store:
            return await store.inbox.drop(id_, operator())

    done(run_async(starting(work())), f"Row {id_} is dropped.", f"Row {id_} is not in quarantine.")


@outbox_app.command("list")
def outbox_list(
    config: ConfigOption = None,
    state: Annotated[str, typer.Option(help="waiting, leased, sent, cancelled, dead.")] = "",
    limit: LimitOption = 50,
    as_json: JsonOption = False,
) -> None:
    """What must leave, newest first; dead rows need you."""
    from bot.domain.effects import ParcelState
    from bot.operate.queues import open_store, outbox_rows

    if state and state not in tuple(ParcelState):
        fail(f"There is no state {state!r}; states are {', '.join(ParcelState)}.", USAGE)

    async def work() -> list[dict[str, object]]:
        async with open_store(load_settings(config)) as store:
            wanted = ParcelState(state) if state else None
            return outbox_rows(await store.outbox.find(wanted, limit=limit))

    show(
        run_async(starting(work())),
        as_json,
        "The outbox is empty.",
        ("id", "created_at", "pool", "effect", "state", "attempt", "detail"),
    )


@outbox_app.command("replay")
def outbox_replay(id_: RowArgument, config: ConfigOption = None) -> None:
    """Let a dead row be tried again."""
    from bot.operate.queues import open_store

    async def work() -> bool:
        async with open_store(load_settings(config)) as store:
            return await store.outbox.replay(id_, SystemClock().now())

    done(run_async(starting(work())), f"Row {id_} is tried again.", f"Row {id_} is not dead.")


@outbox_app.command("drop")
def outbox_drop(id_: RowArgument, config: ConfigOption = None) -> None:
    """Cancel a row that is dead or waits."""
    from bot.operate.queues import open_store
    from bot.services.mailing.outgoing import withholding

    async def work() -> bool:
        async with open_store(load_settings(config)) as store:
            return await withholding.drop(store, id_, operator())

    done(
        run_async(starting(work())),
        f"Row {id_} is dropped.",
        f"Row {id_} is neither dead nor waiting.",
    )
