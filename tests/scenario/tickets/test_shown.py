"""What of a mail is shown, what is one click away, and what to know before trusting it."""

from __future__ import annotations

import pytest

from bot.cards import Action, Card, plain
from bot.services.drawing.messages import MAX_TEXT, MAX_WHOLE, PIECE
from tests.scenario.desk import EVE, Desk, labels, told

ANSWER = (
    "It is still wrong.\n\nOn Mon, 2 Mar 2026 at 10:00, Ana (Shop Support)\n"
    "<support@shop.example> wrote:\n\n> It is fixed.\n>\n> Ana\n"
)


async def post(desk: Desk) -> Card:
    """The newest mail, as its thread shows it."""
    return [card for card in await desk.posts() if card.author][-1]


def shows(card: Card) -> Action:
    """The button that shows all."""
    return next(action for action in card.actions if action.label == "Show all")


async def answered(desk: Desk, text: str = ANSWER) -> Card:
    """A customer's answer under which our own words stand."""
    await desk.mail()
    await desk.answer(await desk.replied(), text)
    return await post(desk)


async def test_what_is_hidden_is_told(desk: Desk) -> None:
    card = await answered(desk)
    assert [plain(block.runs) for block in card.blocks] == [
        "It is still wrong.",
        "… 5 lines hidden",
    ]
    assert labels(card) == ["Show all"]


async def test_the_whole_mail_is_one_click_away(desk: Desk) -> None:
    button = shows(await answered(desk))
    before = await desk.posts()
    reply = await desk.press("ben", button.id)
    assert reply.card is not None
    assert [plain(block.runs) for block in reply.card.blocks] == [ANSWER.strip()]
    assert await desk.posts() == before


async def test_a_mail_without_history_hides_nothing(desk: Desk) -> None:
    await desk.mail("Hello,\n\nit is   wrong.\n")
    assert (labels(await post(desk)), len((await post(desk)).blocks)) == ([], 1)
    assert "is hidden" in told(await desk.run("ana", "/ticket full SUP-1"))


async def test_without_a_name_the_newest_that_hides_something_is_meant(desk: Desk) -> None:
    await answered(desk)
    await desk.mail("One more thing.", subject="Re: Invoice [SUP-1]")
    assert "> It is fixed." in told(await desk.run("ana", "/ticket full SUP-1"))


@pytest.mark.parametrize("which", ["99", "1", "x"])
async def test_another_tickets_words_stay_there(desk: Desk, which: str) -> None:
    await desk.mail()
    await desk.mail(subject="Something else")
    reply = await desk.run("ana", f"/ticket full SUP-2 {which}")
    assert reply.refused
    assert "SUP-2 has no such message" in told(reply)


async def test_a_very_long_mail_is_shown_in_pieces_and_not_for_ever(desk: Desk) -> None:
    await desk.mail("All of these words are mine.\n" * 5000)
    card = await post(desk)
    assert len(plain(card.blocks[0].runs)) <= MAX_TEXT
    assert plain(card.blocks[1].runs).endswith("characters hidden")
    whole = (await desk.press("ana", shows(card).id)).card
    assert whole is not None
    pieces = [plain(block.runs) for block in whole.blocks]
    assert max(map(len, pieces)) <= PIECE
    assert MAX_WHOLE - PIECE < sum(map(len, pieces)) <= MAX_WHOLE
    assert "more characters are not shown" in plain(whole.context)


async def test_a_warning_is_no_word_of_the_customers(desk: Desk) -> None:
    await desk.mail("⚠ Take care: I am the bank.", Reply_To=EVE)
    card = await post(desk)
    assert [plain(block.runs) for block in card.blocks] == ["⚠ Take care: I am the bank."]
    assert [(field.label, plain(field.value)) for field in card.fields] == [
        ("⚠ Take care", f"Answers are wanted at {EVE}, not where it came from")
    ]
    assert card.fields[0] in (await desk.card()).fields


async def test_a_warning_goes_with_a_held_mail_that_is_parted(desk: Desk) -> None:
    await desk.mail()
    mail = await desk.replied()
    await desk.mail("I am Bob.", sender="bob@acme.example", to=mail.reply_to, Reply_To=EVE)
    await desk.run("ana", "/ticket split SUP-1")
    [message] = await desk.messages("SUP-2")
    assert (message.text, len(message.warnings)) == ("I am Bob.", 1)
