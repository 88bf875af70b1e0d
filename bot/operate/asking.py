"""`deskhand init`: a few questions, a configuration that works, and what chat platforms want."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import typer
from pydantic import TypeAdapter, ValidationError

from adapters.discord.invite import PERMISSIONS, invite_url
from adapters.slack.manifest import as_yaml
from bot.config.settings import Settings
from bot.config.tables.chat import SlackMode
from bot.config.tables.desks import Prefix
from bot.config.tables.mail import ServerName
from bot.config.tables.service import Service
from bot.config.template import Answers, Member, Smarthost, render
from bot.config.values import EmailAddress, Zone
from bot.operate.manifests import slack_manifest
from bot.operate.terminal import USAGE, fail, run_async

SLACK_FILE: Final = "slack-manifest.yaml"
DISCORD_FILE: Final = "discord-invite.txt"


def ask_and_write(path: Path, *, force: bool) -> None:
    """Ask, write the files for their owner alone, and say what comes next.

    Beside the configuration come the Slack manifest and the Discord invite, where they are wanted.
    """
    _check_folder(path)
    if not force:
        _check_free(path)
    try:
        answers, application = _ask()
    except typer.Abort:
        fail("Nothing was written: init asks its questions in a terminal.", USAGE)
    files = {path: render(answers), **_chat_files(path.parent, answers, application)}
    if not force:
        for file in files:
            _check_free(file)
    for file, content in files.items():
        _write(file, content)
        typer.echo(f"Wrote {file}.")
    _say_next(answers, application)


def _write(file: Path, content: str) -> None:
    try:
        file.touch(mode=0o600)
        file.chmod(0o600)
        file.write_text(content, encoding="utf-8")
    except OSError as error:
        fail(f"{file} cannot be written: {error.strerror}.", USAGE)


def _check_folder(path: Path) -> None:
    if path.is_dir():
        raise typer.BadParameter(f"{path} is a folder; name a file in it")
    if not path.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {path.parent}; make it first")


def _check_free(path: Path) -> None:
    if path.exists():
        raise typer.BadParameter(f"{path} is there already; --force overwrites it")


def _chat_files(folder: Path, answers: Answers, application: str) -> Mapping[Path, str]:
    """What each wanted platform is told about us, by the file that says it."""
    found: dict[Path, str] = {}
    if answers.slack:
        settings = Settings(service=Service(name=answers.name))
        found[folder / SLACK_FILE] = as_yaml(run_async(slack_manifest(settings, SlackMode.SOCKET)))
    if application:
        reasons = [f"{name}: {reason}" for name, (_, reason) in PERMISSIONS.items()]
        found[folder / DISCORD_FILE] = "\n".join([invite_url(application), "", *reasons, ""])
    return found


def _say_next(answers: Answers, application: str) -> None:
    if answers.slack:
        typer.echo(f"Slack: api.slack.com/apps, Create New App, From a manifest: {SLACK_FILE}.")
    if application:
        typer.echo(f"Discord: bring the bot to your server: {invite_url(application)}")
    typer.echo("Next: deskhand check, deskhand run, then deskhand console-link.")


def _ask() -> tuple[Answers, str]:
    """The answers, and the id of the Discord application, empty when there is none."""
    name = typer.prompt("What is your desk called", default="Support")
    address = _asked("Which address do customers write to", "support@example.com", EmailAddress)
    prefix = _asked("Prefix of ticket numbers", "SUP", Prefix, str.upper)
    person = typer.prompt("Your name", default="Admin")
    domain = address.partition("@")[2]
    email = _asked("Your mail address", f"you@{domain}", EmailAddress)
    timezone = _asked("Time zone", "UTC", Zone)
    host = _asked("Smarthost for outgoing mail (empty: later)", "", ServerName)
    slack = typer.confirm("Do you want it in Slack", default=False)
    asked = "Id of your Discord application (General Information; empty: none)"
    application = typer.prompt(asked, default="", value_proc=_application)
    answers = Answers(
        name=name,
        address=address,
        prefix=prefix,
        people=[Member(name=person, email=email)],
        timezone=timezone,
        smarthost=Smarthost(host=host) if host else None,
        slack=slack,
        discord=bool(application),
    )
    return answers, application


def _asked(question: str, default: str, kind: type, form: Callable[[str], str] = str.strip) -> str:
    """An answer that the configuration takes; what it does not take is asked for again."""
    known: TypeAdapter[object] = TypeAdapter(kind)

    def taken(typed: str) -> str:
        answer = form(typed.strip())
        try:
            known.validate_python(answer)
        except ValidationError as error:
            cause = error.errors()[0].get("ctx", {}).get("error")
            raise typer.BadParameter(str(cause or "that is no answer")) from None
        return answer

    return str(typer.prompt(question, default=default, value_proc=taken))


def _application(typed: str) -> str:
    found = typed.strip()
    if found and not (found.isascii() and found.isdecimal()):
        raise typer.BadParameter("an application's id is a number of some 18 digits")
    return found
