"""`deskhand init`: a few questions, and a configuration that works."""

from __future__ import annotations

from pathlib import Path

import typer

from bot.config.template import Answers, Member, Smarthost, render


def ask_and_write(path: Path, *, force: bool) -> None:
    """Ask, write the file for its owner alone, and say what comes next."""
    if path.exists() and not force:
        raise typer.BadParameter(f"{path} is there already; --force overwrites it")
    answers = _ask()
    path.write_text(render(answers), encoding="utf-8")
    path.chmod(0o600)
    typer.echo(f"Wrote {path}. Next: deskhand check, deskhand run, then deskhand console-link.")


def _ask() -> Answers:
    name = typer.prompt("What is your desk called", default="Support")
    address = typer.prompt("Which address do customers write to", default="support@example.com")
    prefix = typer.prompt("Prefix of ticket numbers", default="SUP")
    person = typer.prompt("Your name", default="Admin")
    domain = address.partition("@")[2]
    email = typer.prompt("Your mail address", default=f"you@{domain}")
    timezone = typer.prompt("Time zone", default="UTC")
    host = typer.prompt("Smarthost for outgoing mail (empty: later)", default="")
    return Answers(
        name=name,
        address=address,
        prefix=prefix.upper(),
        people=[Member(name=person, email=email)],
        timezone=timezone,
        smarthost=Smarthost(host=host) if host else None,
    )
