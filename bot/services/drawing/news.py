"""News of a ticket as a mail to one of the team: what happened, the customer's words, what to do.

Only a customer's words are ever quoted: what the team says among itself is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.cards import shorten
from bot.domain import events as happened
from bot.domain.directory import Directory
from bot.domain.durations import format_duration
from bot.domain.events import TimelineEntry
from bot.domain.messages import Message, Voice
from bot.domain.people import Mails, Person
from bot.domain.sla import SlaClock
from bot.domain.work_items import Ticket
from bot.services.drawing.words import METRIC, TICKET_STATUS, actor_name, metric_name
from bot.services.people import zone_of

MAX_WORDS: Final = 1500
MAX_LINES: Final = 40
_WHEN: Final = "%a %d %b %H:%M"
_MINUTE: Final = timedelta(minutes=1)

_ANSWERS: Final = (
    "You may answer this mail: what you write waits in the ticket's thread until somebody of the"
    " team, you as well, keeps it or sends it. It does not reach the customer by itself."
)
_ACTS: Final = "Reply, note or claim at once, by a link that works once, for 24 hours:\n  {url}"
_STOPS: Final[dict[Mails, str]] = {
    Mails.MINE: "You get this since you want news of what is yours.",
    Mails.DESK: "You get this since you want news of what is yours, and of new tickets.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsView:
    """What a mail is drawn from; empty links are left out."""

    ticket: Ticket
    person: Person
    mails: Mails
    news: Sequence[TimelineEntry]
    latest: Message | None
    clock: SlaClock | None
    directory: Directory
    now: datetime
    act_url: str = ""
    item_url: str = ""
    stop_url: str = ""
    pauses_until: datetime | None = None


def subject_of_news(ticket: Ticket) -> str:
    """`[SUP-42] Invoice shows wrong VAT`: the same for all news, as mail programs group by it."""
    return f"[{ticket.number}] {ticket.title.replace(f'[{ticket.number}]', '').strip()}"


def newest_words(messages: Sequence[Message]) -> Message | None:
    """What a customer said last."""
    spoken = [message for message in messages if message.voice is Voice.CUSTOMER]
    return spoken[-1] if spoken else None


def news_text(view: NewsView) -> str:
    """The whole text; its HTML twin is made of it."""
    parts = ("\n".join(told(view)), _quoted(view), _standing(view), _ways(view), _foot(view))
    return "\n\n".join(filter(None, parts)) + "\n"


def told(view: NewsView) -> Iterator[str]:
    """One line for each thing that happened; the same said twice is said once."""
    yield from dict.fromkeys(_line(view, entry) for entry in view.news)


def _line(view: NewsView, entry: TimelineEntry) -> str:
    number, zone = view.ticket.number, zone_of(view.person)
    match entry.event:
        case happened.Assigned():
            who = actor_name(view.directory, entry.actor)
            return f"{who} handed {number} to you."
        case happened.CustomerWrote():
            return f"{_customer(view, entry.actor)} wrote on {number}."
        case happened.SlaAtRisk(metric=metric, due_at=due_at):
            return f"{number}: {metric_name(metric)} is due {_at(due_at, zone)}."
        case happened.SlaBreached(metric=metric, due_at=due_at):
            return f"{number}: {metric_name(metric)} is missed, it was due {_at(due_at, zone)}."
        case _:
            desk = view.directory.desks[view.ticket.desk].name
            return f"{number} is new with {desk}, from {_asker(view.ticket)}."


def _customer(view: NewsView, actor: str) -> str:
    kind, _, address = actor.partition(":")
    person = view.ticket.participant(address) if kind == "mail" else None
    return (person.name or person.address) if person else view.ticket.requester.name or "A customer"


def _quoted(view: NewsView) -> str:
    if view.latest is None:
        return ""
    words = shorten(view.latest.text, MAX_WORDS) or "(no text)"
    lines = words.split("\n")
    more = [f"… {len(lines) - MAX_LINES} more lines"] if len(lines) > MAX_LINES else []
    files = len(view.latest.attachments)
    held = [f"[{files} file{'s' if files > 1 else ''}, in the thread]"] if files else []
    return "\n".join(f"> {line}".rstrip() for line in (*lines[:MAX_LINES], *more, *held))


def _standing(view: NewsView) -> str:
    """Whose it is, since when, and what is due."""
    ticket, zone = view.ticket, zone_of(view.person)
    lines = [
        f"From: {_asker(ticket)}",
        f"Owner: {_owner(view)}",
        f"Status: {TICKET_STATUS[ticket.status][0].partition(' ')[2]}, priority {ticket.priority}",
    ]
    if (due := due_words(view.clock, view.now, zone)) and not ticket.ended:
        lines.append(f"Due: {due}")
    return "\n".join(lines)


def _asker(ticket: Ticket) -> str:
    """Who asked; a ticket that was opened by hand may have nobody to write to."""
    asker = ticket.requester
    return str(asker) if asker.address else asker.name


def _owner(view: NewsView) -> str:
    assignee = view.ticket.assignee
    if assignee is None:
        return "nobody yet"
    return "you" if assignee == view.person.key else view.directory.name_of(assignee)


def due_words(clock: SlaClock | None, now: datetime, zone: ZoneInfo) -> str:
    """`First reply, Mon 02 Mar 10:00 (in 42m)`; empty when nothing is due."""
    if clock is None or clock.due_at is None:
        return ""
    late = clock.due_at <= now
    left = format_duration(max(round(abs(clock.due_at - now) / _MINUTE), 1) * _MINUTE)
    how = f"{left} ago" if late else f"in {left}"
    return f"{METRIC[clock.metric]}, {_at(clock.due_at, zone)} ({how})"


def _ways(view: NewsView) -> str:
    acts = _ACTS.format(url=view.act_url) if view.act_url else ""
    opens = f"Open it in the console:\n  {view.item_url}" if view.item_url else ""
    return "\n\n".join(filter(None, (acts, opens, _ANSWERS)))


def _foot(view: NewsView) -> str:
    lines = ["-- "]
    if view.pauses_until is not None:
        until = _at(view.pauses_until, zone_of(view.person))
        lines.append(f"There is much news this hour: no more mail before {until}.")
    lines.append(f"{_STOPS.get(view.mails, '')} /ticket mails changes that.".strip())
    if view.stop_url:
        lines.append(f"To get none: {view.stop_url}")
    return "\n".join(lines)


def _at(instant: datetime, zone: ZoneInfo) -> str:
    return f"{instant.astimezone(zone):{_WHEN}}"
