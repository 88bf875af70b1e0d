"""Every event can be told, has a name of its own, and is made of what any store can keep."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, get_type_hints

import pytest

from bot.domain import events
from bot.domain.events import EVENTS, Event
from bot.domain.work_items import TicketStatus

MOMENT = datetime(2026, 3, 2, 14, 30, tzinfo=timezone(timedelta(hours=1)))
SAMPLES: dict[Any, object] = {
    str: "a_{b}",
    int: 3,
    bool: True,
    datetime: MOMENT,
    datetime | None: MOMENT,
    tuple[str, ...]: ("x", "y"),
}


def sample(kind: type[Event], *, bare: bool = False) -> Event:
    """One with all its fields, or (bare) with only those it must have."""
    hints = get_type_hints(kind)
    left_out = {f.name for f in fields(kind) if bare and f.default == ""}
    return kind(**{f.name: SAMPLES[hints[f.name]] for f in fields(kind) if f.name not in left_out})


@pytest.mark.parametrize("kind", EVENTS.values())
def test_every_event_tells_itself_in_one_clean_line(kind: type[Event]) -> None:
    for told in (sample(kind).tell(), sample(kind, bare=True).tell()):
        assert told == told.strip() != ""
        assert "()" not in told
        assert "\n" not in told


def test_every_event_is_known_by_its_name() -> None:
    kinds = {kind.__name__ for kind in Event.__subclasses__()}
    assert kinds == set(EVENTS)
    assert all(kind is getattr(events, name) for name, kind in EVENTS.items())


@pytest.mark.parametrize("kind", EVENTS.values())
def test_an_event_is_an_unchangeable_value(kind: type[Event]) -> None:
    assert sample(kind) == sample(kind)
    assert hash(sample(kind)) == hash(sample(kind))
    assert not hasattr(sample(kind), "__dict__")


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (events.TicketOpened(), "opened the ticket (a new mail)"),
        (events.CustomerWrote(message=1), "wrote"),
        (events.CustomerWrote(message=1, reason="the tag"), "wrote (the tag)"),
        (
            events.MachineWrote(message=1, reason="list-id"),
            "sent an automatic mail (list-id); nothing changes by it",
        ),
        (events.ReplySent(message=1, recipients=("a@x", "b@x")), "replied to a@x, b@x"),
        (
            events.StatusChanged(old=TicketStatus.ON_HOLD, new=TicketStatus.OPEN),
            "status on hold → open",
        ),
        (
            events.StatusChanged(old="open", new="resolved", reason="done"),
            "status open → resolved (done)",
        ),
        (events.TagsChanged(added=("vat",), removed=("old",)), "tags +vat −old"),
        (events.Snoozed(until=MOMENT), "snoozed it until 2026-03-02 13:30 UTC"),
        (
            events.SlaBreached(metric="first_reply", cycle=1, due_at=MOMENT.astimezone(UTC)),
            "first reply is breached, it was due 2026-03-02 13:30 UTC",
        ),
        (
            events.SlaAtRisk(metric="next_reply", cycle=1, warn=0, due_at=MOMENT),
            "next reply is at risk, due 2026-03-02 13:30 UTC",
        ),
        (
            events.DeliveryChanged(message=1, recipient="a@x", state="bounced"),
            "mail to a@x: bounced",
        ),
    ],
)
def test_how_an_event_is_told(event: Event, told: str) -> None:
    assert event.tell() == told


def test_words_from_outside_are_not_a_template() -> None:
    update = events.StatusUpdatePosted(text="use {text} and {0.__class__} %s ()")
    assert update.tell() == "update: use {text} and {0.__class__} %s ()"


def test_actors_have_names() -> None:
    assert events.person_actor("ana") == "person:ana"
    assert events.mail_actor("a@x") == "mail:a@x"
    assert events.intake_actor("prom") == "intake:prom"
