"""Verbs in talk, numbers in forms, and what a command asks for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.commands.parsing import Parsed, parse_action, parse_line, spoken_verb
from bot.commands.table import Table, Target
from tests.unit.samples import TABLE, command, param

NOTES = Table(
    (
        command("ticket note", param("text"), target=Target.TICKET),
        command("incident note", param("text"), target=Target.INCIDENT),
        replace(
            command(
                "ticket reply",
                param("text", optional=True),
                param("then", optional=True),
                param("saved", optional=True),
                target=Target.TICKET,
            ),
            one_of=("text", "saved"),
            keeps=("knew",),
        ),
    )
)


@pytest.mark.parametrize(
    ("text", "name", "tail"),
    [
        ("claim", "ticket claim", ""),
        ("!Resolve it is fixed", "ticket resolve", "it is fixed"),
        ("incident resolve  it is\nfixed", "incident resolve", "it is\nfixed"),
        ("/ticket priority high", "ticket priority", "high"),
        ("page @ben now", "page", "@ben now"),
    ],
)
def test_addressed_talk_begins_with_a_verb(text: str, name: str, tail: str) -> None:
    found = spoken_verb(TABLE, text, "ticket", addressed=True)
    assert found is not None
    assert (found[0].name, found[1]) == (name, tail)


@pytest.mark.parametrize("text", ["", "!", "ticket", "please claim", "claims", "ticket please"])
def test_addressed_talk_without_a_verb(text: str) -> None:
    assert spoken_verb(TABLE, text, "ticket", addressed=True) is None


def test_talk_among_people_needs_the_mark() -> None:
    assert spoken_verb(TABLE, "claim", "ticket") is None
    assert spoken_verb(TABLE, "!claim", "ticket") is not None


@pytest.mark.parametrize(
    ("number", "name", "parsed"),
    [
        ("sup-1", "ticket note", "SUP-1"),
        (" #INC-7 ", "incident note", "INC-7"),
        ("", "ticket note", ""),
    ],
)
def test_the_number_of_a_form_says_what_it_is_about(number: str, name: str, parsed: str) -> None:
    found = parse_action(NOTES, "dk1:note:", {"number": number, "text": "x"})
    assert (found.command.name, found.number, found.args) == (name, parsed, {"text": "x"})


def test_the_number_of_a_button_is_not_changed_by_a_field() -> None:
    assert parse_action(NOTES, "dk1:note:SUP-1", {"number": "SUP-2"}).number == "SUP-1"


def test_an_id_holds_what_its_form_keeps() -> None:
    found = parse_action(NOTES, "dk1:reply:SUP-1:17", {"text": "Hi", "then": "open"})
    assert found.args == {"knew": "17", "text": "Hi", "then": "open"}


@pytest.mark.parametrize(
    ("args", "missing"),
    [
        ({}, ["text", "saved"]),
        ({"text": " ", "then": "open", "knew": "17"}, ["text", "saved"]),
        ({"text": "Hi"}, []),
        ({"saved": "refund"}, []),
    ],
)
def test_one_of_several_is_enough(args: dict[str, str], missing: list[str]) -> None:
    parsed = Parsed(command=NOTES.find("ticket", "reply"), args=args)
    assert [param.name for param in parsed.missing] == missing


def test_arguments_beside_a_line_are_filled_in() -> None:
    parsed = parse_line(NOTES, "/ticket note SUP-1").with_args({"text": "x", "other": "y"})
    assert (parsed.number, parsed.args) == ("SUP-1", {"text": "x"})
