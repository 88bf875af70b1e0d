"""A mail with much to hide, and all of it on one press, as every chat platform takes it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from adapters.console.render import card_json
from adapters.discord.drawing.render import Drawing, Scene, draw
from adapters.slack.drawing.blocks import card_blocks
from bot.cards import Card
from bot.services.drawing import message_card, whole_picture
from tests.fakes.discord_server.message_limits import check_message
from tests.fakes.slack.blocks import faults_of_message
from tests.scenario.desk import BOB, EVE, Desk

V2 = 1 << 15
PARTS = (
    *("Still wrong", "lines hidden", "Answers are wanted at"),
    *("Let them take part", "Keep as a note", "New ticket", "Show all"),
)
LINE = "> We saw it, and looked into it at once.\n"
QUOTED = f"On Mon, 2 Mar 2026 at 10:00, Ana <support@shop.example> wrote:\n\n{LINE * 3000}"


async def cards(desk: Desk, text: str) -> list[Card]:
    """A stranger's held mail as it stands in the thread, and all of it."""
    await desk.mail()
    mail = await desk.replied()
    await desk.mail(text, sender=f"Bob <{BOB}>", to=mail.reply_to, Reply_To=EVE)
    message = await desk.newest()
    async with desk.store.read() as work:
        return [await message_card(desk.core, work, message.id), whole_picture(message)]


def discord(card: Card) -> Drawing:
    drawing = draw(card, Scene(accounts=lambda _: ""))
    check_message({"components": list(drawing.components)}, V2)
    return drawing


def slack(card: Card) -> list[dict[str, Any]]:
    blocks = card_blocks(card)
    assert faults_of_message(blocks) == []
    return blocks


@pytest.mark.parametrize("words", ["Still wrong.", "Still wrong. " * 3000])
async def test_every_platform_shows_what_matters(desk: Desk, words: str) -> None:
    card, whole = await cards(desk, f"{words}\n\n{QUOTED}")
    on_discord = discord(card)
    for drawn in (card_json(card), slack(card), [*on_discord.components, on_discord.spill]):
        shown = json.dumps(drawn, ensure_ascii=False)
        assert [part for part in PARTS if part not in shown] == []
    assert "the console has the whole" in json.dumps(slack(whole))
    assert "We saw it" in discord(whole).spill
    assert sum(len(run["text"]) for b in card_json(whole)["blocks"] for run in b["runs"]) > 90_000
