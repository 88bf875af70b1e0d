"""Every card that the product draws in a long, hostile day, as Slack would get it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import date

import pytest

from adapters.slack.drawing.blocks import card_blocks
from adapters.slack.drawing.texts import notification
from adapters.slack.drawing.views import form_view
from adapters.slack.drawing.workspace import Workspace
from bot.cards import Card, Form
from bot.commands.call import Reply
from bot.config.loading import load
from bot.domain.mail import Attachment
from storage.database import Database
from tests.adapters.slack.drawn import faults, marked, pings, view_faults
from tests.scenario.conftest import CONFIGURATION
from tests.scenario.house import House, Monitor
from tests.schema import migrated

DESK = Workspace(accounts={"ana": "U0ANA", "ben": "U0BEN", "carla": "U0CARLA"})
HOSTILE = "<!channel> *<https://evil.example|bank>* <@U1> :tada: &amp; \u202egpj `x` > y _z_ ~q~ "
LONG = HOSTILE * 400
COMMANDS = (
    "/ticket claim SUP-1",
    "/ticket claim SUP-1",
    f"/ticket tag SUP-1 {HOSTILE}",
    f"/ticket note SUP-1 {LONG}",
    f"/ticket reply SUP-1 {LONG}",
    f"/ticket find {HOSTILE}",
    "/ticket snooze SUP-1 2h",
    "/ticket priority SUP-1",
    "/ticket queue",
    "/ticket log SUP-1",
    "/ticket sla SUP-1",
    "/ticket show SUP-1",
    "/ticket help",
    "/ticket report",
    "/ticket resolve SUP-1",
    "/ticket reopen SUP-1",
    "/incident list",
    "/incident timeline INC-1",
    f"/incident update INC-1 {LONG}",
    f"/incident note INC-1 {LONG}",
    "/incident ack INC-1",
    "/incident sev INC-1 sev1",
    "/incident resolve INC-1",
    f"/incident declare {HOSTILE}",
    f"/incident nonsense {HOSTILE}",
    "/oncall who",
    "/oncall next",
    f"/page @ben {HOSTILE}",
)


@dataclass(slots=True)
class Day:
    """All cards and forms that came out."""

    cards: list[Card] = field(default_factory=list)
    forms: list[Form] = field(default_factory=list)

    def take(self, reply: Reply | None) -> None:
        """Keep what a reply shows."""
        if reply is not None and reply.card is not None:
            self.cards.append(reply.card)
        if reply is not None and reply.form is not None:
            self.forms.append(reply.form)


async def _play(house: House) -> Day:
    day, monitor = Day(), Monitor(house, labels={"instance": LONG, "team": HOSTILE})
    file = Attachment(name=f"{HOSTILE}.pdf", content_type="application/pdf", content=b"%PDF")
    sender = '"<!here> *Maria* <@U1>" <maria@acme.example>'
    subject = " ".join(HOSTILE * 10 for _ in range(3)).replace("\u202e", "")
    await house.mail(LONG, sender=sender, subject=subject, files=[file])
    await house.mail(LONG, sender="b_o_b@acme.example", subject="*Second* one")
    await monitor.fire("web-1", LONG[:2000], name=HOSTILE)
    for line in COMMANDS:
        for person in ("ana", "carla"):
            day.take(await house.run(person, line))
    day.take(await house.say("ana", "SUP-2", LONG))
    await house.minutes(90)
    day.cards += [call.card for call in house.surface.calls if call.card is not None]
    return day


async def _live() -> Day:
    directory = load(CONFIGURATION, {}, date(2026, 3, 1)).directory()
    database = await Database.open("sqlite://:memory:")
    try:
        await migrated(database)
        return await _play(House(database, directory))
    finally:
        await database.close()


@pytest.fixture(scope="module")
def day() -> Day:
    return asyncio.run(_live())


def test_the_day_was_long(day: Day) -> None:
    assert len(day.cards) > 100
    assert len({card.title for card in day.cards}) > 10


def test_slack_takes_every_card(day: Day) -> None:
    assert [found for card in day.cards for found in faults(card_blocks(card, DESK))] == []


def test_slack_takes_every_form(day: Day) -> None:
    assert [found for form in day.forms for found in view_faults(form_view(form, {}, DESK))] == []


def test_nobody_is_pinged_by_what_strangers_write(day: Day) -> None:
    found = {ping for card in day.cards for ping in pings(card_blocks(card, DESK))}
    assert found <= {"user", "<@U0ANA>", "<@U0BEN>", "<@U0CARLA>"}


def test_nothing_that_strangers_write_is_markup(day: Day) -> None:
    texts = [text for card in day.cards for text in marked(card_blocks(card, DESK))]
    assert not [text for text in texts if "evil.example" in text or ":tada:" in text]


def test_every_card_has_words_for_a_phone(day: Day) -> None:
    shown = [notification(card) for card in day.cards]
    assert all(0 < len(text) <= 150 and "<" not in text for text in shown)
