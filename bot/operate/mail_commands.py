"""`deskhand mail …` and `deskhand import …`: where mail went, whether it gets through, old mail."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from bot.operate.terminal import (
    CANNOT_START,
    FINDINGS,
    OK,
    USAGE,
    ConfigOption,
    JsonOption,
    LimitOption,
    check_known,
    err,
    fail,
    line,
    load_settings,
    out,
    run_async,
    show,
    signing_secret,
    starting,
)

mail_app = typer.Typer(no_args_is_help=True, help="Where mail went, and whether it gets through.")
import_app = typer.Typer(no_args_is_help=True, help="Old mail from another system.")


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
        async with open_store(load_settings(config)) as store:
            found = await store.inbox.find(" ".join(words), limit=limit)
            return ledger_rows([line for line in found if line.source == "mail"])

    show(
        run_async(starting(work())),
        as_json,
        "No mail matches.",
        ("id", "received_at", "from", "subject", "outcome", "item", "detail"),
    )


@mail_app.command("ledger")
def mail_ledger(
    config: ConfigOption = None,
    days: Annotated[int, typer.Option(min=1, max=3650, help="Of the last so many days.")] = 1,
    as_json: JsonOption = False,
) -> None:
    """What came in and what became of it; exit code 1 when the sum is wrong."""
    from dataclasses import asdict

    from bot.operate.queues import mail_ledger as count

    counted = run_async(starting(count(load_settings(config), days)))
    if as_json:
        typer.echo(json.dumps({**asdict(counted), "balanced": counted.balanced}))
    else:
        out.print(counted.tell(), highlight=False, soft_wrap=True)
    raise typer.Exit(OK if counted.balanced else FINDINGS)


@mail_app.command("verify")
def mail_verify(
    desk: Annotated[str, typer.Argument(help="The key of the desk, as under [desks].")],
    config: ConfigOption = None,
    wait: Annotated[float, typer.Option(min=0, max=1800, help="Seconds to wait for it.")] = 120,
    as_json: JsonOption = False,
) -> None:
    """Send a mail through the desk's smarthost, and see whether it comes back to the desk."""
    from bot.domain.verification import CheckState
    from bot.errors import PermanentError
    from bot.operate.verify import verify

    settings = load_settings(config)
    check_known(desk, settings.desks, "desk")
    try:
        check = run_async(starting(verify(settings, desk, wait)))
    except PermanentError as error:
        fail(error.words, FINDINGS)
    words = f"{settings.directory().desks[desk].sender}: {check.words}"
    if as_json:
        typer.echo(json.dumps({"desk": desk, "state": check.state, "fault": check.fault}))
    elif check.state is CheckState.STARTED:
        line(out, "!", f"{words}; `deskhand doctor` tells how it ends, within 30 minutes")
    else:
        line(out, "✓" if check.state is CheckState.FINISHED else "✗", words)
    raise typer.Exit(FINDINGS if check.state is CheckState.FAILED else OK)


@mail_app.command("authorize")
def mail_authorize(
    config: ConfigOption = None,
    imap: Annotated[
        int | None, typer.Option(min=1, help="The number of the [[mail.imap]], from 1.")
    ] = None,
    outbound: Annotated[
        bool, typer.Option("--outbound", help="The one of [mail.outbound].")
    ] = False,
    desk: Annotated[str | None, typer.Option(help="The key of a desk with its own smtp.")] = None,
    browser: Annotated[
        bool, typer.Option("--browser", help="By a browser, even where a code would do.")
    ] = False,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Where the browser comes back; 0: any.")
    ] = 0,
    wait: Annotated[float, typer.Option(min=1, max=3600, help="Seconds to wait.")] = 900,
) -> None:
    """Let us into a mailbox that takes no password: agree in a browser, and the token is kept."""
    from datetime import timedelta

    from bot.errors import PermanentError, TemporaryError, UserError
    from bot.operate.authorizing import authorize, check_place, chosen, invite, keep

    settings = load_settings(config)
    named = {"--imap": imap, "--desk": desk}
    options = [f"{option} {value}" for option, value in named.items() if value is not None]
    try:
        account, oauth = chosen(settings, [*options, *(["--outbound"] if outbound else [])])
    except UserError as error:
        fail(str(error), USAGE)
    limit, show = timedelta(seconds=wait), invite(account)
    try:
        check_place(oauth)
        token = run_async(authorize(account, oauth, show, limit, browser=browser, port=port))
        keep(account, oauth, token)
    except (PermanentError, TemporaryError) as error:
        fail(f"{error.words}.", FINDINGS)
    except OSError as error:
        fail(f"{error.strerror or error}: {error.filename or f'port {port}'}", CANNOT_START)


@import_app.command("mbox")
def import_mbox(
    file: Annotated[Path, typer.Argument(help="The mbox file.", exists=True, dir_okay=False)],
    desk: Annotated[str, typer.Option(help="The key of the desk, as under [desks].")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Keep old mail as ended tickets: nobody is told, no clock runs. Run it again to go on."""
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

    from adapters.mail.receiving.mbox import NotAnMbox
    from bot.operate.importing import import_mbox as bring

    settings = load_settings(config)
    check_known(desk, settings.desks, "desk")
    bar = Progress(BarColumn(), DownloadColumn(), TimeRemainingColumn(), console=err)
    with bar:
        task = bar.add_task("import", total=file.stat().st_size)
        try:
            counts = run_async(
                starting(
                    bring(
                        settings,
                        signing_secret(settings),
                        file,
                        desk,
                        lambda done: bar.update(task, completed=done),
                    )
                )
            )
        except NotAnMbox as error:
            fail(str(error), USAGE)
    if as_json:
        typer.echo(json.dumps(dict(counts)))
    else:
        told = ", ".join(f"{count} {what}" for what, count in sorted(counts.items()))
        out.print(told or "The file holds no mail.", highlight=False)
        if counts["waiting"]:
            err.print("An earlier run still holds some: run it again in a minute.")
    raise typer.Exit(FINDINGS if counts["quarantined"] or counts["waiting"] else OK)
