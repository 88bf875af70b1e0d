"""`deskhand`: the commands an operator types. Exit codes: 0 ok, 1 findings, 2 usage, 3 cannot
start.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.table import Table

import bot
from bot.operate.mail_commands import import_app, mail_app
from bot.operate.privacy_commands import erase_app, export_app
from bot.operate.queue_commands import outbox_app, quarantine_app
from bot.operate.terminal import (
    DEFAULT_CONFIG,
    FINDINGS,
    OK,
    USAGE,
    ConfigOption,
    JsonOption,
    check_known,
    err,
    fail,
    line,
    load_settings,
    out,
    run_async,
    signing_secret,
    starting,
)

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="A service desk and incident bot that lives in your chat.",
)
manifest_app = typer.Typer(no_args_is_help=True, help="What a chat platform is told about us.")
invite_app = typer.Typer(no_args_is_help=True, help="Bring the bot to a server.")
app.add_typer(mail_app, name="mail")
app.add_typer(import_app, name="import")
app.add_typer(export_app, name="export")
app.add_typer(erase_app, name="erase")
app.add_typer(manifest_app, name="manifest")
app.add_typer(invite_app, name="invite")
app.add_typer(quarantine_app, name="quarantine")
app.add_typer(outbox_app, name="outbox")


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

    settings = load_settings(config)
    logs.set_up()
    for problem in settings.warnings:
        line(err, "!", problem)
    run_async(starting(serve(App(settings, signing_secret(settings)))))


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
        passed = run_async(starting(play(out, as_json=as_json)))
        raise typer.Exit(OK if passed else FINDINGS)
    run_async(starting(show(out, http, smtp)))


@app.command()
def init(
    path: Annotated[Path, typer.Option("--output", "-o", help="The file to write.")] = (
        DEFAULT_CONFIG
    ),
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
) -> None:
    """Ask a few questions; write deskhand.toml, the Slack manifest and the Discord invite."""
    from bot.operate.asking import ask_and_write

    ask_and_write(path, force=force)


@app.command()
def migrate(config: ConfigOption = None) -> None:
    """Bring the database to this version; it never goes backwards."""
    from storage.database import Database
    from storage.migrate import migrate as bring

    async def work() -> list[str]:
        database = await Database.open(load_settings(config).database_url)
        try:
            return await bring(database)
        finally:
            await database.close()

    applied = run_async(starting(work()))
    out.print("\n".join(applied) if applied else "The database is up to date.")


# ---------------------------------------------------------------- looking


@app.command()
def check(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Read the configuration and report everything that is wrong with it, at once."""
    settings = load_settings(config, as_json=as_json)
    if as_json:
        print(json.dumps({"problems": [], "warnings": [str(p) for p in settings.warnings]}))
        return
    for problem in settings.warnings:
        line(out, "!", problem)
    out.print("The configuration is fine.")


@app.command()
def doctor(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Try what is configured, and name the fix for what does not work."""
    from bot.operate.examining.doctor import Finding, Mark, examine

    async def work() -> list[Finding]:
        return [finding async for finding in examine(load_settings(config))]

    findings = run_async(work())
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
            line(out, f" {finding.mark}", f"{finding.part:<10} {finding.words}{fix}")
    wrong = any(finding.mark is Mark.WRONG for finding in findings)
    raise typer.Exit(FINDINGS if wrong else OK)


@app.command()
def report(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """The last seven days in numbers."""
    from bot.operate.reports import weekly_figures

    figures = run_async(starting(weekly_figures(load_settings(config))))
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

    listen = load_settings(config).http.listen
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

    settings = load_settings(config)
    check_known(person, settings.people, "person")
    out.print(make(settings, signing_secret(settings), person), soft_wrap=True, highlight=False)


@manifest_app.command("slack")
def manifest_slack(
    config: ConfigOption = None,
    mode: Annotated[
        Literal["socket", "http"] | None,
        typer.Option(help="How events come; the configured way if left out."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Print the Slack app's manifest; it needs no configuration yet."""
    from adapters.slack.manifest import as_yaml
    from bot.config.problems import ConfigProblems
    from bot.config.settings import Settings
    from bot.config.tables.chat import SlackMode
    from bot.operate.manifests import slack_manifest

    settings = load_settings(config) if config or DEFAULT_CONFIG.exists() else Settings()
    try:
        made = run_async(starting(slack_manifest(settings, SlackMode(mode) if mode else None)))
    except ConfigProblems as problems:
        fail(str(problems), USAGE)
    print(json.dumps(made, indent=2, ensure_ascii=False) if as_json else as_yaml(made), end="")


@invite_app.command("discord")
def invite_discord(
    config: ConfigOption = None,
    application: Annotated[str, typer.Option(help="The application's id, without a token.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Print the link that brings the Discord bot to your server, and what it asks for."""
    from bot.config.problems import ConfigProblems
    from bot.config.settings import Settings
    from bot.operate.invites import PERMISSIONS, discord_invite

    settings = load_settings(config) if config or DEFAULT_CONFIG.exists() else Settings()
    try:
        link = discord_invite(settings, application)
    except ConfigProblems as problems:
        fail(str(problems), USAGE)
    if as_json:
        reasons = {name: reason for name, (_, reason) in PERMISSIONS.items()}
        print(json.dumps({"url": link, "permissions": reasons}))
        return
    print(link)
    for name, (_, reason) in PERMISSIONS.items():
        err.print(f"  {name}: {reason}", highlight=False, soft_wrap=True)


@app.command()
def version() -> None:
    """Print the version."""
    out.print(f"deskhand {bot.__version__}", highlight=False)
