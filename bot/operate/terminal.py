"""What all commands of the command line share: settings, exit codes, errors, and how things look.

Exit codes: 0 ok, 1 findings, 2 usage, 3 cannot start.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Awaitable, Collection, Coroutine, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, NoReturn, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from bot.clock import SystemClock

if TYPE_CHECKING:
    from bot.config.settings import Settings

T = TypeVar("T")

OK, FINDINGS, USAGE, CANNOT_START = 0, 1, 2, 3
DEFAULT_CONFIG = Path("deskhand.toml")

# Tables that go into a file or another program keep their lines whole.
_PIPED_WIDTH: Final = 240

out = Console(width=None if sys.stdout.isatty() or "COLUMNS" in os.environ else _PIPED_WIDTH)
err = Console(stderr=True)

ConfigOption = Annotated[
    Path | None, typer.Option("--config", "-c", help="The configuration file.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
LimitOption = Annotated[int, typer.Option("--limit", min=1, max=1000, help="At most so many.")]


def load_settings(config: Path | None, *, as_json: bool = False) -> Settings:
    """The configuration; every mistake in it is printed, and ends the command with exit code 2."""
    from bot.config.loading import load
    from bot.config.problems import ConfigProblems

    path = config or (DEFAULT_CONFIG if DEFAULT_CONFIG.exists() else None)
    if config is None and path is None and "DESKHAND_DESKS" not in str(os.environ.keys()):
        fail(
            f"There is no {DEFAULT_CONFIG}; name one with --config, or make one: deskhand init",
            USAGE,
        )
    try:
        return load(path, os.environ, SystemClock().now().date())
    except ConfigProblems as problems:
        if as_json:
            typer.echo(json.dumps({"problems": [str(p) for p in problems.problems]}))
        for problem in problems.problems:
            line(err, "✗", problem)
        raise typer.Exit(USAGE) from None


def check_known(key: str, configured: Collection[str], what: str) -> None:
    """End the command with exit code 2 when nothing of that key is configured."""
    if key not in configured:
        known = ", ".join(configured) or "none"
        fail(f"There is no {what} {key!r}. Configured: {known}.", USAGE)


def signing_secret(settings: Settings) -> str:
    """The key that signs; what keeps it from being made ends the command with exit code 3."""
    from bot.config.problems import ConfigProblems
    from bot.config.secret_key import signing_key

    try:
        return signing_key(settings).get_secret_value()
    except ConfigProblems as problems:
        fail(str(problems), CANNOT_START)


async def starting(work: Awaitable[T]) -> T:
    """Run it; what keeps a service from starting ends the command with exit code 3 and
    its words, and what it was told wrongly with 2.
    """
    from bot.config.problems import ConfigProblems
    from storage.failures import CannotOpen
    from storage.lock import AlreadyRunning
    from storage.migrate import NewerSchema

    try:
        return await work
    except (CannotOpen, AlreadyRunning, NewerSchema) as error:
        fail(error.words, CANNOT_START)
    except ConfigProblems as problems:
        fail("\n".join(map(str, problems.problems)), USAGE)
    except OSError as error:
        fail(error.strerror or str(error), CANNOT_START)


def run_async(work: Coroutine[Any, Any, T]) -> T:
    """Run it in a loop of its own."""
    import uvloop

    return uvloop.run(work)


def show(
    rows: Sequence[dict[str, object]], as_json: bool, empty: str, columns: Sequence[str]
) -> None:
    """The rows as a table of these columns or as JSON; without any, the words for that."""
    if as_json:
        typer.echo(json.dumps(rows))
    elif not rows:
        out.print(empty)
    else:
        table = Table(*columns)
        for row in rows:
            table.add_row(*(str(row[column]) for column in columns))
        out.print(table)


def done(success: bool, yes: str, no: str) -> None:
    """Say that it worked, or end the command with exit code 1 and why it did not."""
    if not success:
        fail(no, FINDINGS)
    out.print(yes)


def line(console: Console, mark: str, words: object) -> None:
    """One finding; its words are data, whatever brackets stand in them."""
    console.print(f"{mark} {words}", markup=False, highlight=False, soft_wrap=True)


def fail(words: str, code: int) -> NoReturn:
    """Say why, and end the command with that exit code."""
    err.print(words, markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(code)


def operator() -> str:
    """Who types, as the system knows them."""
    return os.environ.get("SUDO_USER") or os.environ.get("USER") or "operator"
