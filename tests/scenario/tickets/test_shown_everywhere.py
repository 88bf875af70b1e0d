"""A mail with much to hide, and all of it on one press, as every chat platform takes it."""

from __future__ import annotations

import json
from email.header import Header
from typing import Any
from urllib.parse import quote

import pytest

from adapters.console.render import card_json
from adapters.discord.drawing.payloads import created
from adapters.discord.drawing.render import Drawing, Scene, draw
from adapters.slack.drawing.blocks import card_blocks
from bot.cards import Card
from bot.services.drawing import message_card, whole_picture
from tests.adapters.slack.drawn import marked, pings
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


# ------------------------------------------------------------ M1: nothing from outside is markup

TRICKS = "<!channel> <@U1> @everyone @here ```x``` *b* [a](https://evil.example) \u202egpj\u200b"
UNSEEN = ("\u202e", "\x00")
NAME = f"{TRICKS}.txt"


@pytest.fixture
async def tricky(desk: Desk) -> list[Card]:
    """A mail all of whose words, names and files try to be markup: its card and its message."""
    said = Header(TRICKS, "utf-8").encode(maxlinelen=0)
    head = ("Message-ID: <t@evil.example>", f"From: {said} <{EVE}>", f"Subject: {said}")
    mixed = 'Content-Type: multipart/mixed; boundary="b"'
    plain = "Content-Type: text/plain; charset=utf-8"
    file = f"Content-Disposition: attachment; filename*=utf-8''{quote(NAME)}"
    body = ("--b", plain, "", TRICKS, "--b", file, "", "x", "--b--", "")
    raw = "\r\n".join((*head, mixed, "", *body)).encode()
    await desk.raw_mail(raw, EVE, "support@shop.example")
    message = await desk.newest()
    async with desk.store.read() as work:
        return [await desk.card(), await message_card(desk.core, work, message.id)]


async def test_m1_on_slack_it_is_words(tricky: list[Card]) -> None:
    for card in tricky:
        blocks = slack(card)
        assert pings(blocks) == []
        assert not any("<!channel>" in found for found in marked(blocks))
        assert not any(mark in json.dumps(blocks, ensure_ascii=False) for mark in UNSEEN)


async def test_m1_on_discord_it_is_words(tricky: list[Card]) -> None:
    for card in tricky:
        drawing = discord(card)
        shown = json.dumps(drawing.components, ensure_ascii=False)
        live = (*UNSEEN, "@everyone", "@here", "```", "https://evil")
        assert not any(mark in shown for mark in live)
        nobody = {"parse": [], "users": [], "replied_user": False}
        assert created(drawing)["allowed_mentions"] == nobody


async def test_m1_in_the_console_it_is_text(tricky: list[Card]) -> None:
    for card in tricky:
        drawn = card_json(card)
        shown = json.dumps(drawn, ensure_ascii=False)
        assert not any(mark in shown for mark in (*UNSEEN, "\u200b"))
        assert {run["t"] for block in drawn["blocks"] for run in block["runs"]} == {"plain"}
