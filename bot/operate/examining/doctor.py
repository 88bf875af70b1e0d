"""`deskhand doctor`: try what is configured, and name the fix for everything that does not work."""

from __future__ import annotations

import shutil
import smtplib
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final

from bot.clock import SystemClock
from bot.config.settings import Settings
from bot.domain.schedules import gaps
from bot.operate.examining.chat import examine_chat
from bot.operate.examining.findings import Finding, Mark
from bot.operate.examining.mail import examine_mail
from bot.operate.examining.viruses import examine_scanner
from storage.database import Database
from storage.failures import CannotOpen
from storage.migrate import status

HORIZON: Final = timedelta(days=30)
LEAST_SPACE: Final = 200 * 1024 * 1024

__all__ = ["Finding", "Mark", "examine"]


async def examine(settings: Settings) -> AsyncIterator[Finding]:
    """Everything there is to try, in the order of the way through the house."""
    for problem in settings.warnings:
        yield Finding(
            mark=Mark.CARE,
            part="config",
            words=f"{problem.path}: {problem.words}",
            fix=problem.hint,
        )
    async for finding in _database(settings):
        yield finding
    yield _space(settings)
    yield _mail_in(settings)
    async for finding in examine_scanner(settings.mail.intake):
        yield finding
    async for finding in examine_mail(settings):
        yield finding
    async for finding in examine_chat(settings):
        yield finding
    for finding in (*_on_call(settings), *_people(settings)):
        yield finding


async def _database(settings: Settings) -> AsyncIterator[Finding]:
    try:
        database = await Database.open(settings.database_url)
    except CannotOpen as error:
        yield Finding(
            mark=Mark.WRONG, part="database", words=error.words, fix="See [database] url."
        )
        return
    try:
        found = await status(database)
        state = f"{database}, {len(found.applied)} migrations applied"
        if found.unknown:
            yield Finding(
                mark=Mark.WRONG,
                part="database",
                words=f"{state}, made by a newer one",
                fix="Run the newer version.",
            )
        elif found.pending:
            yield Finding(
                mark=Mark.CARE,
                part="database",
                words=f"{state}, {len(found.pending)} to do",
                fix="`deskhand migrate`, or just start the service.",
            )
        else:
            yield Finding(mark=Mark.FINE, part="database", words=state)
    finally:
        await database.close()


def _space(settings: Settings) -> Finding:
    folder = settings.service.data_dir
    folder = folder if folder.exists() else Path.cwd()
    free = shutil.disk_usage(folder).free
    if free < LEAST_SPACE:
        return Finding(
            mark=Mark.WRONG,
            part="disk",
            words=f"only {free // 2**20} MB free",
            fix="Make room: a full disk refuses mail and alerts.",
        )
    return Finding(mark=Mark.FINE, part="disk", words=f"{free / 2**30:.1f} GB free")


def _mail_in(settings: Settings) -> Finding:
    intake = settings.mail.intake
    if not intake.enabled:
        return Finding(mark=Mark.CARE, part="mail in", words="switched off")
    try:
        with smtplib.SMTP(intake.listen.host, intake.listen.port, timeout=5) as client:
            code, _ = client.noop()
    except OSError as error:
        return Finding(
            mark=Mark.CARE,
            part="mail in",
            words=f"nothing answers on {intake.listen}: {error}",
            fix="Start the service: `deskhand run`.",
        )
    words = f"{intake.listen} answers {code}{_postmaster(settings)}"
    return Finding(mark=Mark.FINE, part="mail in", words=words)


def _postmaster(settings: Settings) -> str:
    """Who takes mail about mail, of each domain."""
    found = settings.directory()
    domains = dict.fromkeys(domain for desk in found.desks.values() for domain in desk.domains)
    takers = ((domain, found.takes(f"postmaster@{domain}")) for domain in domains)
    told = [f"postmaster@{domain} is {desk.name}'s" for domain, desk in takers if desk is not None]
    return "".join(f"; {each}" for each in told)


def _on_call(settings: Settings) -> Iterator[Finding]:
    now = SystemClock().now()
    for name, schedule in settings.directory().schedules.items():
        empty = gaps(schedule, (), now, now + HORIZON)
        if empty:
            first = empty[0].start
            yield Finding(
                mark=Mark.CARE,
                part="on-call",
                words=f"{name}: nobody from {first:%a %d %b %H:%M} UTC"
                f" ({len(empty)} gaps in 30 days)",
                fix="Fill the gap, or rely on the escalation's next step.",
            )
        else:
            yield Finding(mark=Mark.FINE, part="on-call", words=f"{name}: covered for 30 days")


def _people(settings: Settings) -> Iterator[Finding]:
    chat = {"slack": settings.slack, "discord": settings.discord}
    served = {"console", "mail", *(name for name, section in chat.items() if section is not None)}
    for person in settings.directory().people.values():
        if not set(person.contact) & served:
            yield Finding(
                mark=Mark.CARE,
                part="people",
                words=f"{person.key} cannot be reached by any contact method that works",
                fix=f'Give [people.{person.key}] an email, or contact = ["console"].',
            )
