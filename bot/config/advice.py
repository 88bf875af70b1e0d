"""Warnings: what can be used, but hardly works as it is meant."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from bot.config.accounts import not_authorized
from bot.config.problems import Finding
from bot.config.settings import Settings
from bot.config.sources import Written
from bot.config.tables.chat import SlackMode
from bot.config.tables.desks import Desk
from bot.config.tables.mail import Tls
from bot.config.tables.oncall import Service
from bot.config.tables.people import ADDRESSED
from bot.config.values import loopback
from bot.config.walk import nodes
from bot.domain.directory import Directory
from bot.domain.escalation import MINIMUM_WAIT
from bot.domain.people import Mails, Right, may

_MEMBER: Final = re.compile(r"[UW][A-Z0-9]{2,}")
_CHANNEL: Final = re.compile(r"[CG][A-Z0-9]{2,}")

NOT_YET: Final = (
    ("rules",),
    ("people", "*", "rules"),
    ("schedules", "*", "ical"),
    ("routes", "*", "desk"),
    ("api",),
)
"""Settings that this version checks and keeps, but does not act on."""


def advise(settings: Settings, directory: Directory, written: Written) -> Iterator[Finding]:
    """Everything worth a warning, for a configuration without problems."""
    yield from _mail(settings)
    yield from _news(settings)
    yield from _desks(settings, directory)
    yield from _alerts(settings, directory)
    yield from _paged(settings, directory)
    yield from _contacts(settings)
    yield from _slack(settings)
    yield from _keys(settings)
    yield from _not_yet(written)
    for name in written.unread:
        yield Finding(
            keys=(name,),
            words="the variable names no setting and is ignored",
            hint="Settings are written DESKHAND_SECTION__KEY",
        )


def readable_by_all(path: Path, shown: bool) -> Iterator[Finding]:
    """A warning when a file with secrets in it can be read by every user of the machine."""
    if shown and path.stat().st_mode & stat.S_IROTH:
        yield Finding(
            keys=(str(path),),
            words="every user of this machine can read the file, and secrets are in it",
            hint=f"Run: chmod 640 {path}",
        )


def _mail(settings: Settings) -> Iterator[Finding]:
    out = settings.mail.outbound
    if settings.mail.intake.judges and not settings.mail.intake.trusted_relays:
        yield Finding(
            keys=("mail", "intake", "judges"),
            words="nobody is believed: only what comes from trusted_relays is judged",
            hint="Write the addresses of your own mail servers as trusted_relays",
        )
    if out is None and any(desk.smtp is None for desk in settings.desks.values()):
        yield Finding(
            keys=("mail", "outbound"),
            words="without a smarthost no mail reaches a customer",
            hint="Write [mail.outbound] with its host",
        )
    if out is not None and out.tls is Tls.NONE and not loopback(out.host):
        yield Finding(
            keys=("mail", "outbound", "tls"),
            words="mail crosses the network without encryption",
            hint="Use starttls or implicit",
        )
    for account in not_authorized(settings):
        yield Finding(
            keys=(*account.keys, "oauth", "refresh_token_file"),
            words="nobody has let us into the mailbox yet: there is no such file",
            hint=f"Run: {account.command}",
        )
    for key, person in settings.people.items():
        if out is None and "mail" in person.contact:
            yield Finding(
                keys=("people", key, "contact"),
                words="no page reaches them by mail without [mail.outbound]",
                hint="Write [mail.outbound], or another way to reach them",
            )


def _contacts(settings: Settings) -> Iterator[Finding]:
    """Ways to reach somebody by which no page ever arrives."""
    for key, person in settings.people.items():
        for method in sorted({contact.partition(":")[0] for contact in person.contact}):
            if method in ADDRESSED:
                yield Finding(
                    keys=("people", key, "contact"),
                    words=f"this version sends no {method}: every page by it fails",
                    hint="Name a way that works, such as console or mail",
                )


def _news(settings: Settings) -> Iterator[Finding]:
    """News by mail that is less handy than it could be."""
    for key, person in settings.people.items():
        if person.mails is not Mails.OFF and not settings.service.public_url:
            yield Finding(
                keys=("people", key, "mails"),
                words="without service.public_url their mails have no link to act or to stop by",
                hint="Write the address that people's browsers reach the service at",
            )


def _desks(settings: Settings, directory: Directory) -> Iterator[Finding]:
    if not settings.desks:
        yield Finding(
            keys=("desks",),
            words="there is no desk, so no mail is taken",
            hint="Write [desks.support]",
        )
    for key, desk in settings.desks.items():
        if not desk.channels:
            yield Finding(
                keys=("desks", key, "channels"),
                words="its tickets appear in no channel",
                hint=f'Write channels = ["console:{key}"]',
            )
        if not directory.agents_of(key):
            yield Finding(
                keys=("desks", key),
                words="nobody may work its tickets",
                hint=f'Give somebody the role "agent:{key}" in [people]',
            )


def _alerts(settings: Settings, directory: Directory) -> Iterator[Finding]:
    for key, intake in settings.intakes.items():
        if not (intake.service or intake.routes or settings.routes):
            yield Finding(
                keys=("intakes", key),
                words="its alerts belong to no service, so they page nobody",
                hint="Give it a service, or write [[routes]]",
            )
    for key, service in settings.services.items():
        if not service.escalation:
            yield Finding(
                keys=("services", key),
                words="its incidents page nobody",
                hint="Give it an escalation",
            )
        if service.confidential and not service.escalation and not directory.admins:
            yield Finding(
                keys=("services", key, "confidential"),
                words="nobody would know of an incident that an alert raises",
                hint="Give it an escalation, or somebody the role admin",
            )
    for key, policy in settings.escalations.items():
        if not policy.catch_all:
            yield Finding(
                keys=("escalations", key),
                words="nobody is left to page when its steps are used up",
                hint='Write catch_all = "person:…"',
            )
        for index, step in enumerate(policy.steps):
            if step.after < MINIMUM_WAIT:
                yield Finding(
                    keys=("escalations", key, "steps", index, "after"),
                    words="a step waits half a minute at least",
                    hint='Write "30s" or more',
                )


def _paged(settings: Settings, directory: Directory) -> Iterator[Finding]:
    """People who are paged at night and could not say that they have it."""
    paged = {p for s in directory.schedules.values() for layer in s.layers for p in layer.people}
    for policy in directory.escalations.values():
        targets = (policy.catch_all, *(t for step in policy.steps for t in step.targets))
        paged |= {t.removeprefix("person:") for t in targets if t.startswith("person:")}
    for key in sorted(paged & set(settings.people)):
        if not may(directory.people[key], Right.ACKNOWLEDGE):
            yield Finding(
                keys=("people", key, "roles"),
                words="they are on call, and may not acknowledge a page",
                hint='Add "responder" to their roles',
            )


def _slack(settings: Settings) -> Iterator[Finding]:
    slack = settings.slack
    if slack is None:
        return
    if slack.mode is SlackMode.HTTP and not settings.public_url.startswith("https://"):
        yield Finding(
            keys=("slack", "mode"),
            words="Slack sends to https addresses only, and service.public_url is none",
            hint="Write the https address, or use mode socket",
        )
    for key, person in settings.people.items():
        if person.slack is not None and not _MEMBER.fullmatch(person.slack):
            yield Finding(
                keys=("people", key, "slack"),
                words=f"{person.slack[:40]!r} is no member id, so nobody there is known by it",
                hint='Copy it from the profile in Slack: "Copy member ID", U…',
            )
    yield from _slack_channels("desks", settings.desks)
    yield from _slack_channels("services", settings.services)


def _slack_channels(section: str, owners: Mapping[str, Desk | Service]) -> Iterator[Finding]:
    for key, owner in owners.items():
        for index, place in enumerate(owner.channels):
            if place.surface == "slack" and not _CHANNEL.fullmatch(place.id):
                yield Finding(
                    keys=(section, key, "channels", index),
                    words=f"{place.id[:40]!r} is no channel id, so nothing can be posted there",
                    hint="Copy it from the bottom of the channel's details in Slack: slack:C…",
                )


def _keys(settings: Settings) -> Iterator[Finding]:
    if settings.service.secret_key is None and settings.database_url.startswith("postgres"):
        yield Finding(
            keys=("service", "secret_key"),
            words="instances that share a database need the same key, and each would make its own",
            hint="Write secret_key_file for all of them",
        )


def _not_yet(written: Written) -> Iterator[Finding]:
    for node in nodes(written.raw):
        pattern = tuple(
            "*" if i == 1 and len(node.keys) > 2 else k for i, k in enumerate(node.keys)
        )
        if pattern in NOT_YET:
            yield Finding(
                keys=node.keys,
                words="this version reads the setting, but does not act on it yet",
                hint="Leave it, or take it out",
            )
