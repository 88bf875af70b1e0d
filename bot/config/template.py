"""A first `deskhand.toml`, made of the few answers that `deskhand init` asks for."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.config.tables.mail import Tls


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody of the team; the first one becomes the administrator."""

    name: str
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Smarthost:
    """The server that takes our mail; with a username its password is in `password_file`."""

    host: str
    port: int = 587
    tls: Tls = Tls.STARTTLS
    username: str = ""
    password_file: str = "secrets/smtp"  # noqa: S105 - a path


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What has to be known before the first start, and which chat platforms come next."""

    name: str
    address: str
    prefix: str
    people: Sequence[Member]
    timezone: str = "UTC"
    smarthost: Smarthost | None = None
    slack: bool = False
    discord: bool = False


_HEAD: Final = """\
# Deskhand. Everything that can be set is in config.example.toml; deskhand check reads this file.

[service]
name = {name}
timezone = {timezone}

[database]
url = "sqlite://var/deskhand.db"

[http]
listen = "127.0.0.1:8025"

[console]
enabled = true

[mail.intake]
# Let the mail of the desk's address come here, or listen on port 25.
listen = "127.0.0.1:2525"
"""
_NO_SMARTHOST: Final = """
# Until the server that takes our mail is written here, no mail reaches a customer.
#[mail.outbound]
#host = "smtp.example.com"
"""
_DESK: Final = """
[desks.support]
key = {prefix}
name = {name}
addresses = [{address}]
channels = ["console:support"]
sla = "standard"

[calendars.office]
monday = ["09:00-17:00"]
tuesday = ["09:00-17:00"]
wednesday = ["09:00-17:00"]
thursday = ["09:00-17:00"]
friday = ["09:00-17:00"]

[slas.standard]
calendar = "office"
targets.normal.first_reply = "4h"
targets.high.first_reply = "1h"
targets.urgent.first_reply = "30m"

[services.main]
name = {name}
escalation = "everybody"
channels = ["console:incidents"]

[schedules.everybody]
layers = [{{ people = [{people}], handoff = "mon 09:00", every = "1w" }}]

[escalations.everybody]
steps = [{{ page = ["schedule:everybody"], after = "5m" }}]
catch_all = {first}
"""

_SLACK: Final = """
# Make the app of slack-manifest.yaml, write its tokens here, and take the # away.
# Then name people and channels: slack = "U…" under [people.…], "slack:C…" in a desk's channels.
#[slack]
#bot_token = "xoxb-…"
#app_token = "xapp-…"
"""
_DISCORD: Final = """
# Open the link of discord-invite.txt, write the bot's token here, and take the # away.
# Then name people and channels: discord = "…" under [people.…], "discord:…" in a desk's channels.
#[discord]
#token = "…"
"""


def render(answers: Answers) -> str:
    """The configuration as TOML; ValueError without anybody in `people`."""
    members = keyed(answers.people)
    if not members:
        raise ValueError("somebody has to be there: give at least one person")
    first = next(iter(members))
    parts = [
        _HEAD.format(name=_text(answers.name), timezone=_text(answers.timezone)),
        _smarthost(answers.smarthost) if answers.smarthost else _NO_SMARTHOST,
        *(_person(key, member, admin=key == first) for key, member in members.items()),
        _DESK.format(
            prefix=_text(answers.prefix),
            name=_text(answers.name),
            address=_text(answers.address),
            people=", ".join(map(_text, members)),
            first=_text(f"person:{first}"),
        ),
        _SLACK if answers.slack else "",
        _DISCORD if answers.discord else "",
    ]
    return "".join(parts)


def keyed(members: Iterable[Member]) -> dict[str, Member]:
    """The members by keys made of their names: `ana-huber`, and `ana-huber-2` for another one."""
    found: dict[str, Member] = {}
    for member in members:
        key = base = _slug(member.name)
        count = 1
        while key in found:
            count += 1
            key = f"{base}-{count}"
        found[key] = member
    return found


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:32].strip("-") or "member"


def _person(key: str, member: Member, *, admin: bool) -> str:
    roles = ["lead", "responder", "commander", "admin"] if admin else ["agent", "responder"]
    lines = [f"[people.{key}]", f"name = {_text(member.name)}"]
    if member.email:
        lines.append(f"email = {_text(member.email)}")
    lines.append(f"roles = [{', '.join(map(_text, roles))}]")
    return "\n".join(["", *lines, ""])


def _smarthost(smarthost: Smarthost) -> str:
    lines = [
        "[mail.outbound]",
        f"host = {_text(smarthost.host)}",
        f"port = {smarthost.port}",
        f"tls = {_text(smarthost.tls)}",
    ]
    if smarthost.username:
        lines.append(f"username = {_text(smarthost.username)}")
        lines.append(f"password_file = {_text(smarthost.password_file)}")
    return "\n".join(["", *lines, ""])


def _text(text: str) -> str:
    """A TOML basic string; JSON writes the same, but leaves DEL as it is."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
