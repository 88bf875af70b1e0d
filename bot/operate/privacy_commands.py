"""`deskhand export …` and `deskhand erase …`: what a customer may ask for."""

from __future__ import annotations

import json
import re
from collections.abc import Coroutine, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from bot.operate.terminal import (
    CANNOT_START,
    FINDINGS,
    OK,
    USAGE,
    ConfigOption,
    JsonOption,
    err,
    fail,
    load_settings,
    operator,
    out,
    run_async,
    signing_secret,
    starting,
)

if TYPE_CHECKING:
    from bot.config.settings import Settings
    from bot.operate.privacy import Erased
    from bot.services.privacy.subjects import Known

T = TypeVar("T")

export_app = typer.Typer(no_args_is_help=True, help="What a customer may have of their data.")
erase_app = typer.Typer(no_args_is_help=True, help="Forgetting a customer.")

AddressArgument = Annotated[str, typer.Argument(help="The mail address of a customer.")]


@export_app.command("person")
def export_person(
    address: AddressArgument,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="A folder, or a file that ends in .zip."),
    ] = None,
    notes: Annotated[
        bool, typer.Option("--notes", help="Also what the team noted on their own tickets.")
    ] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write their tickets, messages, mails and files, with a manifest; readable by you alone."""
    from rich.progress import Progress, SpinnerColumn, TextColumn

    from bot.operate.archives import InTheWay
    from bot.operate.privacy import export, open_office

    settings = load_settings(config)
    secret = signing_secret(settings)
    path = output or Path(f"export-{re.sub(r'[^A-Za-z0-9@._+-]', '_', address)}.zip")
    with Progress(SpinnerColumn(), TextColumn("{task.description}"), console=err) as bar:
        task = bar.add_task("reading", total=None)

        async def work() -> dict[str, Any]:
            async with open_office(settings, secret) as office:
                return await export(
                    office,
                    address,
                    path,
                    operator(),
                    notes=notes,
                    progress=lambda files: bar.update(task, description=f"{files} files"),
                )

        try:
            summary = _kindly(work())
        except InTheWay as error:
            fail(error.words, USAGE)
    if as_json:
        typer.echo(json.dumps(summary))
    elif summary["records"]:
        _print(*_written(path, summary))
    else:
        _print(f"Nothing is known of {summary['address']}; nothing was written.")
    raise typer.Exit(OK if summary["records"] else FINDINGS)


def _written(path: Path, summary: dict[str, Any]) -> Iterator[str]:
    told = ", ".join(f"{count} {what}" for what, count in summary["records"].items())
    yield f"{path}: {told}. It is personal data: send it on a safe way, then delete it."
    if left := summary["messages_of_others_left_out"]:
        yield f"{left} messages of other people on the same tickets are theirs, and left out."


@erase_app.command("person")
def erase_person(
    address: AddressArgument,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; for scripts.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would go.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what is known of them and, when you type the address again, erase it for good.

    It works beside the running service. Run it again to go on after an interruption; the service
    does so, too.
    """
    settings = load_settings(config)
    secret = signing_secret(settings)
    only_look = dry_run or (as_json and not yes)
    resumed = not only_look and _finish_interrupted(settings, secret, as_json=as_json)
    known = _look(settings, secret, address)
    if not as_json:
        _print(*_told(known))
    if known.nothing or only_look or not (yes or _agrees(known)):
        _nothing_done(known, as_json=as_json)
        raise typer.Exit(FINDINGS if known.nothing and not resumed else OK)
    erased = _work(settings, secret, address)
    assert erased is not None  # noqa: S101 - there is somebody to erase
    _done(known, erased, as_json=as_json)
    raise typer.Exit(OK if erased.finished else FINDINGS)


def _finish_interrupted(settings: Settings, secret: str, *, as_json: bool) -> bool:
    """Take an interrupted erasure to its end, if there is one; what holds it up ends the command
    with exit code 1.
    """
    resumed = _work(settings, secret, "")
    if resumed is None:
        return False
    if not resumed.finished:
        fail(_NOT_DONE.format(why=resumed.held_up), FINDINGS)
    if not as_json:
        _print(f"An erasure was interrupted; it went on as “{resumed.name}”.")
    return True


def _done(known: Known, erased: Erased, *, as_json: bool) -> None:
    if not as_json:
        _print(*_after(known, erased))
        return
    done = {"erased": erased.finished, "person": erased.name, "changed": dict(erased.changed)}
    more = {"to_redraw": erased.waiting, "held_up": erased.held_up, "known": asdict(known)}
    typer.echo(json.dumps({**done, **more}))


def _nothing_done(known: Known, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"erased": False, "known": asdict(known)}))
    elif not known.nothing:
        _print("Nothing was erased.")


def _print(*words: str) -> None:
    for each in words:
        out.print(each, markup=False, highlight=False, soft_wrap=True)


def _look(settings: Settings, secret: str, address: str) -> Known:
    from bot.operate.privacy import open_office, preview

    async def work() -> Known:
        async with open_office(settings, secret) as office:
            return await preview(office, address)

    with err.status("looking"):
        return _kindly(work())


def _work(settings: Settings, secret: str, address: str) -> Erased | None:
    """Erase them, or without an address finish what was interrupted; with a look at each step."""
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from bot.operate.privacy import erase, go_on, open_office
    from bot.services.privacy.erasing import Step

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task("erasing", total=None)

        def show(step: Step) -> None:
            bar.update(task, description=_STEPS.get(step.what, step.what))

        async def work() -> Erased | None:
            async with open_office(settings, secret) as office:
                if not address:
                    return await go_on(office, show)
                return await erase(office, address, operator(), show)

        return _kindly(work())


_NOT_DONE = "Not done yet: {why}. The running service goes on, or run this again."
# The last of them is followed by the longest step.
_STEPS = {"console": "compacting the database; the service's writes wait", "compacted": "done"}


def _agrees(known: Known) -> bool:
    """Whether the operator types the address again; where nobody can type, nobody agrees."""
    from bot.domain.scrubbing import canonical

    ask = "Type the address to erase it for good"
    try:
        typed = typer.prompt(ask, default="", show_default=False)
    except typer.Abort:
        return False
    return canonical(str(typed).strip()) == known.address


def _told(known: Known) -> Iterator[str]:
    if known.nothing:
        yield f"Nothing is known of {known.address}."
    else:
        yield f"{known.address} would be erased from:"
        yield from (f"  {words}" for words in _found(known) if words)
    if known.similar:
        yield f"These are other addresses, and stay: {', '.join(known.similar)}"


def _found(known: Known) -> Iterator[str]:
    if known.own:
        count = _many(len(known.own), "ticket")
        yield f"{count} of their own, with title and files: {_list(known.own)}"
    if known.others:
        yield f"{_many(len(known.others), 'ticket')} they share: {_list(known.others)}"
    letters = f"{_many(known.letters, 'mail')} as they came"
    yield ", ".join((_many(known.messages, "message"), _many(known.files, "file"), letters))
    if known.mail_waiting:
        yield f"{_many(known.mail_waiting, 'mail')} to them, waiting: never sent"
    yield f"{_many(known.mentions, 'row')} in all with the address: replaced there"
    yield "Names in what the team wrote stay; the address is replaced there, too."
    yield from _stays(known)


def _stays(known: Known) -> Iterator[str]:
    if known.mail_left:
        yield f"Cannot be taken back: {_many(known.mail_left, 'mail')} that left for them."
    if known.said_in_chat:
        yield (
            f"Cannot be taken back: {_many(known.said_in_chat, 'message')} with the address that"
            " people of the team typed in chat themselves; they can edit them there."
        )


def _after(known: Known, erased: Erased) -> Iterator[str]:
    if not erased.finished:
        yield _NOT_DONE.format(why=erased.held_up)
        return
    yield f"Erased. In their place stands “{erased.name}”."
    if erased.waiting:
        yield (
            f"{erased.waiting} deliveries to chat wait, among them what is drawn again without"
            " them; the running service brings them."
        )
    yield from _stays(known)
    yield (
        "Backups made before still hold it, as long as you keep them: [retention] forgets nothing"
        " there. docs/operate/privacy.md says what else stays."
    )


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _list(numbers: tuple[str, ...]) -> str:
    shown = ", ".join(numbers[:20])
    return f"{shown} …" if len(numbers) > 20 else shown


def _kindly(work: Coroutine[Any, Any, T]) -> T:
    """Run it; a refusal ends the command with exit code 2, a database that is away with 3."""
    from bot.errors import TemporaryError, UserError

    try:
        return run_async(starting(work))
    except UserError as error:
        fail(" ".join(filter(None, (error.words, error.hint))), USAGE)
    except TemporaryError as error:
        fail(error.words, CANNOT_START)
