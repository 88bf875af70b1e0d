"""Where each effect goes: its workers, the lane that keeps its order, what makes it the same."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.effects import (
    EFFECTS,
    Admit,
    Announce,
    CleanThread,
    Effect,
    NotifyByMail,
    OpenThread,
    Pool,
    PostLine,
    PostMessage,
    Redraw,
    Remove,
    SendMail,
    SendPage,
    Tell,
    TellPerson,
    UpdateCard,
    UpdateMessage,
    UpdatePage,
    key_of,
    lane_of,
    pool_of,
)
from bot.domain.mail import Address, OutboundMail
from tests.unit.samples import MARIA, NOW

MAIL = OutboundMail(
    message_id="dk.k.5@desk.example",
    date=NOW,
    sender=Address(address="support@desk.example"),
    recipient=Address(address=MARIA, name="Maria"),
    subject="Re: Invoice",
    text="It is fixed.",
    ticket="SUP-1",
)

PLACES: list[tuple[Effect, Pool, str, str]] = [
    (OpenThread(thread=1), Pool.CHAT, "thread:1", "thread:1"),
    (Admit(thread=1, person="ana"), Pool.CHAT, "thread:1", ""),
    (Remove(thread=1, person="ana"), Pool.CHAT, "thread:1", ""),
    (UpdateCard(thread=1), Pool.CHAT, "thread:1", ""),
    (PostMessage(thread=1, message=2), Pool.CHAT, "thread:1", "message:1:2"),
    (UpdateMessage(thread=1, message=2), Pool.CHAT, "thread:1", ""),
    (PostLine(thread=1, entry=3), Pool.CHAT, "thread:1", "line:1:3"),
    (
        Announce(surface="slack", space="C1", entry=3),
        Pool.CHAT,
        "channel:slack:C1",
        "announce:slack:C1:3",
    ),
    (Tell(surface="slack", space="C1", title="t", text="x"), Pool.CHAT, "channel:slack:C1", ""),
    (Redraw(row=7, lane="channel:slack:C1"), Pool.CHAT, "channel:slack:C1", ""),
    (CleanThread(thread=1), Pool.CHAT, "thread:1", ""),
    (SendPage(page=4), Pool.PAGE, "page:4", "page:4"),
    (UpdatePage(page=4), Pool.PAGE, "page:4", ""),
    (NotifyByMail(person="ana", item=5, since=6), Pool.MAIL, "notify:ana:5", ""),
    (
        TellPerson(surface="slack", account="U1", title="t", text="x"),
        Pool.CHAT,
        "person:slack:U1",
        "",
    ),
    (SendMail(mail=MAIL), Pool.MAIL, f"mail:SUP-1:{MARIA}", "mail:dk.k.5@desk.example"),
]


@pytest.mark.parametrize(("effect", "pool", "lane", "key"), PLACES)
def test_where_an_effect_goes(effect: Effect, pool: Pool, lane: str, key: str) -> None:
    assert (pool_of(effect), lane_of(effect), key_of(effect)) == (pool, lane, key)


def test_every_effect_is_known_by_its_name_and_stands_in_the_table_above() -> None:
    assert {type(effect) for effect, *_ in PLACES} == set(EFFECTS.values())
    assert all(name == kind.__name__ for name, kind in EFFECTS.items())


def test_no_two_effects_are_taken_for_the_same() -> None:
    keys = [key for _, _, _, key in PLACES if key]
    assert len(set(keys)) == len(keys)


def test_each_recipient_of_a_ticket_has_a_lane() -> None:
    copy = replace(MAIL, recipient=Address(address="bob@acme.example"))
    assert lane_of(SendMail(mail=MAIL)) != lane_of(SendMail(mail=copy))


def test_a_line_is_the_same_whoever_it_mentions() -> None:
    quiet, loud = PostLine(thread=1, entry=3), PostLine(thread=1, entry=3, mention="ana")
    assert key_of(quiet) == key_of(loud)
