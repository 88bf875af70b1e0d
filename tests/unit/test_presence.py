"""Who is at work on what: seen by the others, for a while, within bounds."""

from __future__ import annotations

from datetime import timedelta

from bot.services.presence import MOST, Doing, Presence, Sign
from tests.unit.samples import MINUTE, NOW

SECOND = timedelta(seconds=1)


def test_the_others_are_seen_and_not_oneself() -> None:
    presence = Presence()
    presence.enter(1, "ana", Doing.REPLYING, NOW)
    assert presence.others(1, "ana", NOW) == ()
    assert presence.others(2, "ben", NOW) == ()
    assert presence.others(1, "ben", NOW) == (Sign(person="ana", doing=Doing.REPLYING, since=NOW),)


def test_who_replies_is_not_told_as_typing() -> None:
    presence = Presence()
    presence.enter(1, "ana", Doing.REPLYING, NOW)
    presence.enter(1, "ana", Doing.TYPING, NOW + SECOND)
    (sign,) = presence.others(1, "ben", NOW + SECOND)
    assert sign.doing is Doing.REPLYING


def test_signs_fade() -> None:
    presence = Presence()
    presence.enter(1, "ana", Doing.TYPING, NOW)
    presence.enter(1, "carla", Doing.REPLYING, NOW)
    (sign,) = presence.others(1, "ben", NOW + MINUTE)
    assert sign.person == "carla"
    assert presence.others(1, "ben", NOW + 16 * MINUTE) == ()


def test_who_is_still_at_it_began_when_they_began() -> None:
    presence = Presence()
    for minutes in (0, 10, 20):
        presence.enter(1, "ana", Doing.REPLYING, NOW + minutes * MINUTE)
    assert [sign.since for sign in presence.others(1, "ben", NOW + 30 * MINUTE)] == [NOW]
    presence.enter(1, "ana", Doing.REPLYING, NOW + 60 * MINUTE)
    (anew,) = presence.others(1, "ben", NOW + 60 * MINUTE)
    assert anew.since == NOW + 60 * MINUTE


def test_who_leaves_is_gone() -> None:
    presence = Presence()
    for doing in Doing:
        presence.enter(1, "ana", doing, NOW)
    presence.leave(1, "ana")
    presence.leave(1, "ana")
    assert presence.others(1, "ben", NOW) == ()


def test_only_so_many_are_remembered() -> None:
    presence = Presence()
    for item in range(MOST + 1):
        presence.enter(item, "ana", Doing.REPLYING, NOW)
    assert presence.others(0, "ben", NOW) == ()
    assert presence.others(MOST, "ben", NOW) != ()
