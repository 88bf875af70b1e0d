"""What several keys together must obey, checked on what was written, valid or not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

from bot.config.dates import days_off
from bot.config.problems import Finding, Invalid, KeyPath
from bot.config.references import surfaces
from bot.config.sources import Raw, Written
from bot.config.tables.people import SURFACES
from bot.config.tables.service import Http
from bot.config.values import parse_listen
from bot.domain.people import Mails

_NEEDED_BY_MODE: Final = {"socket": "app_token", "http": "signing_secret"}


def together(written: Written, today: date) -> Iterator[Finding]:
    """Every rule that two or more keys break together."""
    raw = written.raw
    yield from _slack(table(raw, "slack"))
    intake = table(raw, "mail", "intake")
    yield from paired(("mail", "intake"), intake, "tls_cert", "tls_key")
    yield from _open_to_the_world(raw)
    for key, desk in tables(raw, "desks"):
        yield from _sender(("desks", key), desk)
    for key, person in tables(raw, "people"):
        yield from _reachable(("people", key), person, surfaces(raw))
        yield from _mailed(("people", key), person)
    for key, schedule in tables(raw, "schedules"):
        yield from _filled(("schedules", key), schedule)
    for key, intake in tables(raw, "intakes"):
        yield from _heartbeat(("intakes", key), intake)
    for key, calendar in tables(raw, "calendars"):
        yield from _holidays(("calendars", key), calendar, written.folder, today)
    yield from _aimless(raw)


def table(raw: object, *keys: str) -> Raw:
    """The table at the path; empty when there is none."""
    for key in keys:
        raw = raw.get(key) if isinstance(raw, dict) else None
    return raw if isinstance(raw, dict) else {}


def tables(raw: Raw, section: str) -> Iterator[tuple[str, Raw]]:
    """The tables of a section by their keys."""
    return ((key, table(raw, section, key)) for key in table(raw, section))


def items(raw: Raw, key: str) -> list[object]:
    """The list at the key; empty when there is none."""
    value = raw.get(key)
    return value if isinstance(value, list) else []


def _slack(slack: Raw) -> Iterator[Finding]:
    mode = slack.get("mode", "socket")
    needed = _NEEDED_BY_MODE.get(str(mode))
    if slack and needed and needed not in slack:
        yield Finding(
            keys=("slack", needed),
            words=f"{needed} is missing, and mode {mode} needs it",
            hint=f"Write {needed} or {needed}_file",
            missing=True,
        )


def paired(keys: KeyPath, found: Raw, first: str, second: str) -> Iterator[Finding]:
    """Two keys of a table that are of no use without each other."""
    if (first in found) != (second in found):
        given, absent = (first, second) if first in found else (second, first)
        words, hint = f"{absent} is missing beside {given}", f"Add {absent}, or drop {given}"
        yield Finding(keys=(*keys, absent), words=words, hint=hint, missing=True)


def _open_to_the_world(raw: Raw) -> Iterator[Finding]:
    try:
        listen = parse_listen(str(table(raw, "http").get("listen", Http().listen)))
    except Invalid:
        return
    url = str(table(raw, "service").get("public_url", ""))
    if not listen.local and not url.lower().startswith("https://"):
        yield Finding(
            keys=("http", "listen"),
            words=f"{listen} is open to other machines, but service.public_url is not https",
            hint="Put a TLS proxy in front and write its https address, or listen on 127.0.0.1",
        )


def _sender(keys: KeyPath, desk: Raw) -> Iterator[Finding]:
    sender, addresses = desk.get("from"), [str(each).lower() for each in items(desk, "addresses")]
    if isinstance(sender, str) and sender.lower() not in addresses:
        yield Finding(
            keys=(*keys, "from"),
            words=f"{sender!r} is none of the desk's addresses, so answers to it would be refused",
            hint="Add it to addresses",
        )


def _reachable(keys: KeyPath, person: Raw, configured: set[str]) -> Iterator[Finding]:
    rules = table(person, "rules")
    lists: list[tuple[KeyPath, list[object]]] = [((*keys, "contact"), items(person, "contact"))]
    lists += [((*keys, "rules", name), items(rules, name)) for name in rules]
    for path, methods in lists:
        for index, method in enumerate(methods):
            words, hint = _unreachable(str(method), person, configured)
            if words:
                yield Finding(keys=(*path, index), words=words, hint=hint)


def _mailed(keys: KeyPath, person: Raw) -> Iterator[Finding]:
    if person.get("mails", Mails.OFF) != Mails.OFF and not person.get("email"):
        yield Finding(
            keys=(*keys, "mails"),
            words="no mail can be sent to them: they have no email here",
            hint='Write email = …, or mails = "off"',
        )


def _unreachable(method: str, person: Raw, configured: set[str]) -> tuple[str, str]:
    needed = {"slack": "slack", "discord": "discord", "mail": "email"}.get(method)
    if needed and needed not in person:
        words = f"{method} cannot reach them: they have no {needed} here"
        return words, f"Write {needed} = …, or drop {method}"
    if method in SURFACES and method not in configured:
        return f"{method} is not configured", f"Configure [{method}], or drop it here"
    return "", ""


def _filled(keys: KeyPath, schedule: Raw) -> Iterator[Finding]:
    if not items(schedule, "layers") and not schedule.get("ical"):
        yield Finding(
            keys=(*keys, "layers"),
            words="the schedule has no layers, so nobody would be on call",
            hint='Write layers = [{ people = ["ana"] }]',
        )


def _heartbeat(keys: KeyPath, intake: Raw) -> Iterator[Finding]:
    if intake.get("kind") == "heartbeat" and "every" not in intake:
        yield Finding(
            keys=(*keys, "every"),
            words="every is missing, and a heartbeat needs it",
            hint='Write how often it comes: every = "5m"',
            missing=True,
        )


def _holidays(keys: KeyPath, calendar: Raw, folder: Path, today: date) -> Iterator[Finding]:
    given = calendar.get("holidays", [])
    entries = given if isinstance(given, list) else [given]
    for index, entry in enumerate(entries):
        try:
            if isinstance(entry, str):
                days_off(entry, folder, today)
        except Invalid as error:
            place = (*keys, "holidays", index) if given is entries else (*keys, "holidays")
            yield Finding(keys=place, words=error.words, hint=error.hint)


def _aimless(raw: Raw) -> Iterator[Finding]:
    lists: list[tuple[KeyPath, list[object]]] = [(("routes",), items(raw, "routes"))]
    lists += [(("intakes", key, "routes"), items(t, "routes")) for key, t in tables(raw, "intakes")]
    for keys, routes in lists:
        for index, route in enumerate(routes):
            if isinstance(route, dict) and not {"service", "severity", "desk"} & route.keys():
                yield Finding(
                    keys=(*keys, index),
                    words="the route leads nowhere",
                    hint="Give it a service, a severity or a desk",
                )
