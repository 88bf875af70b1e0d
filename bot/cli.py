"""`deskhand`: the commands an operator types. Exit codes: 0 ok, 1 findings, 2 usage, 3 cannot
start.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Awaitable, Coroutine, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import typer
from rich.console import Console
from rich.table import Table

import bot
from bot.clock import SystemClock

if TYPE_CHECKING:
    from bot.config.settings import Settings

T = TypeVar("T")

OK, FINDINGS, USAGE, CANNOT_START = 0, 1, 2, 3
DEFAULT_CONFIG = Path("deskhand.toml")

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="A service desk and incident bot that lives in your chat.",
)
mail_app = typer.Typer(no_args_is_help=True, help="Where a mail went.")
quarantine_app = typer.Typer(no_args_is_help=True, help="What could not be read: kept, replayable.")
outbox_app = typer.Typer(no_args_is_help=True, help="What must leave: waiting, sent, dead.")
app.add_typer(mail_app, name="mail")
app.add_typer(quarantine_app, name="quarantine")
app.add_typer(outbox_app, name="outbox")

out = Console()
err = Console(stderr=True)

ConfigOption = Annotated[
    Path | None, typer.Option("--config", "-c", help="The configuration file.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
LimitOption = Annotated[int, typer.Option("--limit", min=1, max=1000, help="At most so many.")]


def main() -> None:
    """The console script."""
    app()


# ---------------------------------------------------------------- running


@app.command()
def run(config: ConfigOption = None) -> None:
    """Run the service; SIGTERM drains and stops it."""
    from bot import logs
    from bot.app import App
    from bot.operate.serving import serve

    settings = _load(config)
    logs.set_up()
    for problem in settings.warnings:
        _line(err, "!", problem)
    _run(_starting(serve(App(settings, _secret(settings)))))


@app.command()
def demo(
    http: Annotated[str, typer.Option(help="Where the console listens.")] = "127.0.0.1:8025",
    smtp: Annotated[str, typer.Option(help="Where mail comes in.")] = "127.0.0.1:2525",
    script: Annotated[bool, typer.Option("--script", help="Play the story and exit.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Run the whole service on sample people, mail and alerts; nothing leaves this machine."""
    from bot import logs
    from bot.demo.show import play, show

    logs.set_up("WARNING")
    if script:
        passed = _run(_starting(play(out, as_json=as_json)))
        raise typer.Exit(OK if passed else FINDINGS)
    _run(_starting(show(out, http, smtp)))


@app.command()
def init(
    path: Annotated[Path, typer.Option("--output", "-o", help="The file to write.")] = (
        DEFAULT_CONFIG
    ),
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
) -> None:
    """Ask a few questions and write deskhand.toml."""
    from bot.operate.asking import ask_and_write

    ask_and_write(path, force=force)


@app.command()
def migrate(config: ConfigOption = None) -> None:
    """Bring the database to this version; it never goes backwards."""
    from storage.database import Database
    from storage.migrate import migrate as bring

    async def work() -> list[str]:
        database = await Database.open(_load(config).database_url)
        try:
            return await bring(database)
        finally:
            await database.close()

    applied = _run(_starting(work()))
    out.print("\n".join(applied) if applied else "The database is up to date.")


# ---------------------------------------------------------------- looking


@app.command()
def check(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Read the configuration and report everything that is wrong with it, at once."""
    settings = _load(config, as_json=as_json)
    if as_json:
        print(json.dumps({"problems": [], "warnings": [str(p) for p in settings.warnings]}))
        return
    for problem in settings.warnings:
        _line(out, "!", problem)
    out.print("The configuration is fine.")


@app.command()
def doctor(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Try what is configured, and name the fix for what does not work."""
    from bot.operate.doctor import Finding, Mark, examine

    async def work() -> list[Finding]:
        return [finding async for finding in examine(_load(config))]

    findings = _run(work())
    if as_json:
        print(
            json.dumps(
                [
                    {"mark": f.mark.name.lower(), "part": f.part, "words": f.words, "fix": f.fix}
                    for f in findings
                ]
            )
        )
    else:
        for finding in findings:
            fix = f"  → {finding.fix}" if finding.fix else ""
            _line(out, f" {finding.mark}", f"{finding.part:<10} {finding.words}{fix}")
    wrong = any(finding.mark is Mark.WRONG for finding in findings)
    raise typer.Exit(FINDINGS if wrong else OK)


@app.command()
def report(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """The last seven days in numbers."""
    from bot.operate.reports import weekly_figures

    figures = _run(_starting(weekly_figures(_load(config))))
    if as_json:
        print(json.dumps(figures))
        return
    table = Table("figure", "value")
    for name, value in figures.items():
        if name != "days":
            table.add_row(name.replace("_", " "), "–" if value is None else str(value))
    out.print(table)


@app.command()
def healthcheck(config: ConfigOption = None) -> None:
    """Ask the running service whether it is alive; exit code 0 or 1."""
    from urllib.error import URLError
    from urllib.request import urlopen

    listen = _load(config).http.listen
    host = "127.0.0.1" if listen.host in ("0.0.0.0", "::") else listen.host  # noqa: S104
    try:
        with urlopen(f"http://{host}:{listen.port}/healthz", timeout=4) as answer:
            healthy = answer.status == 200
    except (URLError, OSError) as error:
        err.print(f"not healthy: {error}")
        healthy = False
    raise typer.Exit(OK if healthy else FINDINGS)


@app.command("console-link")
def console_link(
    person: Annotated[str, typer.Argument(help="The key of the person, as under [people].")],
    config: ConfigOption = None,
) -> None:
    """Print a link that signs this person in to the console, once, within 15 minutes."""
    from bot.operate.links import console_link as make

    settings = _load(config)
    if person not in settings.people:
        known = ", ".join(settings.people) or "none is configured"
        _fail(f"There is no person {person!r}. People: {known}.", USAGE)
    out.print(make(settings, _secret(settings), person), soft_wrap=True, highlight=False)


@app.command()
def version() -> None:
    """Print the version."""
    out.print(f"deskhand {bot.__version__}", highlight=False)


# ---------------------------------------------------------------- mail, quarantine, outbox


@mail_app.command("trace")
def mail_trace(
    words: Annotated[list[str], typer.Argument(help="An address, a subject, a Message-ID.")],
    config: ConfigOption = None,
    limit: LimitOption = 50,
    as_json: JsonOption = False,
) -> None:
    """Where the mails with these words went."""
    from bot.operate.queues import ledger_rows, open_store

    async def work() -> list[dict[str, object]]:
        async with open_store(_load(config)) as store:
            found = await store.inbox.find(" ".join(words), limit=limit)
            return ledger_rows([line for line in found if line.source == "mail"])

    _show(
        _run(_starting(work())),
        as_json,
        "No mail matches.",
        ("id", "received_at", "from", "subject", "outcome", "item", "detail"),
    )


@quarantine_app.command("list")
def quarantine_list(
    config: ConfigOption = None, limit: LimitOption = 50, as_json: JsonOption = False
) -> None:
    """What is parked."""
    from bot.operate.queues import ledger_rows, open_store

    async def work() -> list[dict[str, object]]:
        async with open_store(_load(config)) as store:
            return ledger_rows(await store.inbox.find(state="quarantined", limit=limit))

    _show(
        _run(_starting(work())),
        as_json,
        "Nothing is in quarantine.",
        ("id", "received_at", "source", "from", "subject", "detail"),
    )


@quarantine_app.command("show")
def quarantine_show(
    id_: Annotated[int, typer.Argument(metavar="ID")], config: ConfigOption = None
) -> None:
    """Write what came, byte for byte, to standard output."""
    from bot.operate.queues import open_store

    async def work() -> bytes | None:
        async with open_store(_load(config)) as store:
            return await store.inbox.raw(id_)

    raw = _run(_starting(work()))
    if raw is None:
        _fail(f"There is no inbox row {id_}.", FINDINGS)
    sys.stdout.buffer.write(raw)


@quarantine_app.command("replay")
def quarantine_replay(
    id_: Annotated[int, typer.Argument(metavar="ID")], config: ConfigOption = None
) -> None:
    """Let a parked row be read again."""
    from bot.operate.queues import open_store

    async def work() -> bool:
        async with open_store(_load(config)) as store:
            return await store.inbox.replay(id_)

    _done(_run(_starting(work())), f"Row {id_} is read again.", f"Row {id_} is not in quarantine.")


@quarantine_app.command("drop")
def quarantine_drop(
    id_: Annotated[int, typer.Argument(metavar="ID")], config: ConfigOption = None
) -> None:
    """End a parked row without effect; it stays in the ledger."""
    from bot.operate.queues import open_store

    async def work() -> bool:
        async with open_store(_load(config)) as store:
            return await store.inbox.drop(id_, _operator())

    _done(_run(_starting(work())), f"Row {id_} is dropped.", f"Row {id_} is not in quarantine.")


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
        _fail(f"There is no state {state!r}; states are {', '.join(ParcelState)}.", USAGE)

    async def work() -> list[dict[str, object]]:
        async with open_store(_load(config)) as store:
            wanted = ParcelState(state) if state else None
            return outbox_rows(await store.outbox.find(wanted, limit=limit))

    _show(
        _run(_starting(work())),
        as_json,
        "The outbox is empty.",
        ("id", "created_at", "pool", "effect", "state", "attempt", "detail"),
    )


@outbox_app.command("replay")
def outbox_replay(
    id_: Annotated[int, typer.Argument(metavar="ID")], config: ConfigOption = None
) -> None:
    """Let a dead row be tried again."""
    from bot.operate.queues import open_store

    async def work() -> bool:
        async with open_store(_load(config)) as store:
            return await store.outbox.replay(id_, SystemClock().now())

    _done(_run(_starting(work())), f"Row {id_} is tried again.", f"Row {id_} is not dead.")


@outbox_app.command("drop")
def outbox_drop(
    id_: Annotated[int, typer.Argument(metavar="ID")], config: ConfigOption = None
) -> None:
    """Cancel a row that is dead or waits."""
    from bot.operate.queues import open_store

    async def work() -> bool:
        async with open_store(_load(config)) as store:
            return await store.outbox.drop(id_, _operator())

    _done(
        _run(_starting(work())), f"Row {id_} is dropped.", f"Row {id_} is neither dead nor waiting."
    )


# ---------------------------------------------------------------- the common ground


def _load(config: Path | None, *, as_json: bool = False) -> Settings:
    from bot.config.loading import load
    from bot.config.problems import ConfigProblems

    path = config or (DEFAULT_CONFIG if DEFAULT_CONFIG.exists() else None)
    if config is None and path is None and "DESKHAND_DESKS" not in str(os.environ.keys()):
        _fail(
            f"There is no {DEFAULT_CONFIG}; name one with --config, or make one: deskhand init",
            USAGE,
        )
    if path is not None and not path.exists():
        _fail(f"There is no file {path}.", USAGE)
    try:
        return load(path, os.environ, SystemClock().now().date())
    except ConfigProblems as problems:
        if as_json:
            print(json.dumps({"problems": [str(p) for p in problems.problems]}))
        for problem in problems.problems:
            _line(err, "✗", problem)
        raise typer.Exit(USAGE) from None


def _secret(settings: Settings) -> str:
    from bot.config.problems import ConfigProblems
    from bot.config.secret_key import signing_key

    try:
        return signing_key(settings).get_secret_value()
    except ConfigProblems as problems:
        _fail(str(problems), CANNOT_START)


async def _starting(work: Awaitable[T]) -> T:
    """Run it; what keeps a service from starting ends the command with exit code 3 and
    its words.
    """
    from storage.failures import CannotOpen
    from storage.lock import AlreadyRunning
    from storage.migrate import NewerSchema

    try:
        return await work
    except (CannotOpen, AlreadyRunning, NewerSchema) as error:
        _fail(error.words, CANNOT_START)
    except OSError as error:
        _fail(error.strerror or str(error), CANNOT_START)


def _run(work: Coroutine[Any, Any, T]) -> T:
    import uvloop

    return uvloop.run(work)


def _show(
    rows: Sequence[dict[str, object]], as_json: bool, empty: str, columns: Sequence[str]
) -> None:
    if as_json:
        print(json.dumps(rows))
    elif not rows:
        out.print(empty)
    else:
        table = Table(*columns)
        for row in rows:
            table.add_row(*(str(row[column]) for column in columns))
        out.print(table)


def _done(success: bool, yes: str, no: str) -> None:
    if not success:
        _fail(no, FINDINGS)
    out.print(yes)


def _line(console: Console, mark: str, words: object) -> None:
    """One finding; its words are data, whatever brackets stand in them."""
    console.print(f"{mark} {words}", markup=False, highlight=False, soft_wrap=True)


def _fail(words: str, code: int) -> NoReturn:
    err.print(words, markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(code)


def _operator() -> str:
    return os.environ.get("SUDO_USER") or os.environ.get("USER") or "operator"
