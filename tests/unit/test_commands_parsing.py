"""From what people type and press to a command: numbers, quotes, choices, completion."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cards import action_id
from bot.commands.parsing import (
    MAX_LINE,
    MAX_PROPOSALS,
    check_choices,
    complete_line,
    parse_action,
    parse_line,
    parse_typed,
)
from bot.commands.table import ParamKind, Table, Target
from bot.errors import UserError
from tests.unit.samples import TABLE, command, param


@pytest.mark.parametrize(
    ("line", "name", "number", "args"),
    [
        ("/ticket claim SUP-42", "ticket claim", "SUP-42", {}),
        ("ticket claim #sup-42", "ticket claim", "SUP-42", {}),
        ("  /TICKET  Claim   SUP-42  ", "ticket claim", "SUP-42", {}),
        ("/ticket\tclaim\nSUP-42", "ticket claim", "SUP-42", {}),
        ("/ticket claim", "ticket claim", "", {}),
        ("/ticket priority high", "ticket priority", "", {"priority": "high"}),
        ("/ticket priority SUP-1 high", "ticket priority", "SUP-1", {"priority": "high"}),
        ("/ticket reply SUP-1\nHi,\n\nbye", "ticket reply", "SUP-1", {"text": "Hi,\n\nbye"}),
        ("/ticket reply It's “fine”  now", "ticket reply", "", {"text": "It's “fine”  now"}),
        ("/ticket snooze SUP-1 mon 9:00", "ticket snooze", "SUP-1", {"until": "mon 9:00"}),
        ("/ticket find SUP-1 vat", "ticket find", "", {"words": "SUP-1 vat"}),
        (
            "/oncall override platform @ben 4h 30m",
            "oncall override",
            "",
            {"schedule": "platform", "person": "@ben", "until": "4h 30m"},
        ),
        ("/page @ben INC-7 look", "page", "", {"who": "@ben", "reason": "INC-7 look"}),
        ("/page", "page", "", {}),
    ],
)  # fmt: skip
def test_a_line_is_read(line: str, name: str, number: str, args: dict[str, str]) -> None:
    parsed = parse_line(TABLE, line)
    assert (parsed.command.name, parsed.number, parsed.args) == (name, number, args)
    assert not parsed.pressed


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ('"Ana Brown"', "Ana Brown"),
        ("'Ana Brown'", "Ana Brown"),
        ("“Ana Brown”", "Ana Brown"),
        ("„Ana Brown“", "Ana Brown"),
        ("«Ana Brown»", "Ana Brown"),
        ("O'Brien", "O'Brien"),
        ("'tHooft", "'tHooft"),
        ('""', ""),
    ],
)
def test_a_word_may_be_quoted(words: str, value: str) -> None:
    assert parse_line(TABLE, f"/ticket assign SUP-1 {words}").args == {"to": value}


@pytest.mark.parametrize("rest", ["it's down", 'say "no"', "it’s"])
def test_quotes_later_in_the_line_do_not_matter(rest: str) -> None:
    assert parse_line(TABLE, f'/page "Ana B" {rest}').args == {"who": "Ana B", "reason": rest}


@pytest.mark.parametrize("quote", ['"', "'", "“"])
def test_an_open_quote_is_a_letter_like_any_other(quote: str) -> None:
    args = parse_line(TABLE, f"/page {quote}Ana look").args
    assert args == {"who": f"{quote}Ana", "reason": "look"}


@pytest.mark.parametrize("word", ["SUP42", "-42", "SUP-", "SUP-4x", "S_P-4", "SUP-1234567890"])
def test_what_only_looks_like_a_number_is_an_argument(word: str) -> None:
    parsed = parse_line(TABLE, f"/ticket reply {word} hello")
    assert (parsed.number, parsed.args) == ("", {"text": f"{word} hello"})


@pytest.mark.parametrize(
    ("line", "code", "hint"),
    [
        ("/tickt claim", "unknown_command", "Did you mean `/ticket`?"),
        ("/zzz", "unknown_command", "Commands: /ticket, /incident, /oncall, /page."),
        ("", "unknown_command", "Commands:"),
        ("/ticket", "unknown_command", "Try `/ticket help`."),
        ("/ticket clam", "unknown_command", "Did you mean `/ticket claim`?"),
        ("/ticket claim SUP-1 SUP-2", "surplus", "Usage: `/ticket claim [SUP-42]`"),
        ("/ticket priority high now", "surplus", "Usage: `/ticket priority [SUP-42] <priority>`"),
        ("ticket reply ".ljust(MAX_LINE + 1, "x"), "too_long", ""),
    ],
)
def test_a_line_that_means_nothing_says_what_would(line: str, code: str, hint: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_line(TABLE, line)
    assert caught.value.code == code
    assert caught.value.hint.startswith(hint)


@given(st.text(max_size=60))
def test_no_line_is_answered_by_a_crash(text: str) -> None:
    for line in (text, f"/ticket {text}", f"/page {text}", f"/oncall override {text}"):
        with suppress(UserError):
            check_choices(parse_line(TABLE, line))
        complete_line(TABLE, line, {})
    with suppress(UserError):
        parse_typed(TABLE, f"!{text}", "ticket")


@pytest.mark.parametrize(
    ("text", "prefer", "name", "args"),
    [
        ("!claim", "ticket", "ticket claim", {}),
        ("  !Claim  ", "incident", "ticket claim", {}),
        ("!resolve", "ticket", "ticket resolve", {}),
        ("!resolve", "incident", "incident resolve", {}),
        ("!reply\nDear Maria", "ticket", "ticket reply", {"text": "Dear Maria"}),
        ("!page @ben look", "ticket", "page", {"who": "@ben", "reason": "look"}),
    ],
)
def test_a_verb_is_typed_in_a_thread(
    text: str, prefer: str, name: str, args: dict[str, str]
) -> None:
    parsed = parse_typed(TABLE, text, prefer)
    assert parsed is not None
    assert (parsed.command.name, parsed.args) == (name, args)


@pytest.mark.parametrize(
    "text", ["claim", "!clam", "! claim", "!", "!!claim", "!claim-it", "say !claim", "!ticket", ""]
)
def test_talk_is_no_command(text: str) -> None:
    assert parse_typed(TABLE, text, "ticket") is None


@pytest.mark.parametrize(
    ("action", "name", "number"),
    [
        ("dk1:claim:SUP-42", "ticket claim", "SUP-42"),
        ("dk1:resolve:SUP-42", "ticket resolve", "SUP-42"),
        ("dk1:resolve:INC-7", "incident resolve", "INC-7"),
        ("dk1:resolve:inc-7", "incident resolve", "INC-7"),
        ("dk1:resolve:XYZ-9", "ticket resolve", "XYZ-9"),
        ("dk1:resolve:rubbish", "ticket resolve", "RUBBISH"),
        ("dk1:ack:", "incident ack", ""),
        ("dk1:page", "page", ""),
    ],
)
def test_an_action_is_read(action: str, name: str, number: str) -> None:
    parsed = parse_action(TABLE, action, {})
    assert (parsed.command.name, parsed.number, parsed.args) == (name, number, {})
    assert parsed.pressed


@pytest.mark.parametrize(
    ("action", "filled_in", "args"),
    [
        (action_id("priority", "SUP-1", "high"), {}, {"priority": "high"}),
        (action_id("priority", "SUP-1", "high"), {"priority": "low"}, {"priority": "low"}),
        (action_id("claim", "SUP-1", "surplus"), {"unknown": "y"}, {}),
        (action_id("page", "", "a:b"), {"reason": "x: y"}, {"who": "a:b", "reason": "x: y"}),
        (action_id("reply", "SUP-1"), {"text": " hi "}, {"text": " hi "}),
    ],
)  # fmt: skip
def test_parts_of_an_action_and_a_forms_fields_are_arguments(
    action: str, filled_in: dict[str, str], args: dict[str, str]
) -> None:
    assert parse_action(TABLE, action, filled_in).args == args


@pytest.mark.parametrize("action", ["", "claim", "dk0:claim:SUP-1", "dk1:clam:SUP-1", "dk1::SUP-1"])
def test_an_action_of_nobody_is_refused(action: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_action(TABLE, action, {})
    assert caught.value.code == "unknown_action"


@pytest.mark.parametrize(
    ("args", "missing"),
    [
        ({}, ["schedule", "person", "until"]),
        ({"schedule": "platform", "person": "  "}, ["person", "until"]),
        ({"schedule": "platform", "person": "ana", "until": "4h"}, []),
    ],
)
def test_what_is_missing_is_named(args: dict[str, str], missing: list[str]) -> None:
    parsed = parse_action(TABLE, action_id("override", ""), args)
    assert [param.name for param in parsed.missing] == missing


def test_a_line_may_be_as_long_as_its_bound() -> None:
    assert parse_line(TABLE, "ticket reply ".ljust(MAX_LINE, "x")).args["text"].endswith("xx")


def test_what_is_optional_is_never_missing() -> None:
    assert parse_line(TABLE, "/ticket reply SUP-1").missing == ()


@pytest.mark.parametrize(
    ("verb", "param", "value", "canonical"),
    [
        ("priority", "priority", "high", "high"),
        ("priority", "priority", " HIGH ", "high"),
        ("override", "schedule", "on-call", "on-call"),
        ("override", "schedule", "On_Call", "on-call"),
        ("override", "schedule", "on call", "on-call"),
        ("reply", "then", "", ""),
    ],
)
def test_a_choice_gets_its_own_spelling(verb: str, param: str, value: str, canonical: str) -> None:
    parsed = parse_action(TABLE, action_id(verb, "SUP-1"), {param: value})
    assert check_choices(parsed)[param] == canonical


@pytest.mark.parametrize(
    ("value", "hint"),
    [("hihg", "Did you mean `high`?"), ("zzz", "One of: low, normal, high, urgent.")],
)
def test_a_wrong_choice_is_told_the_nearest(value: str, hint: str) -> None:
    with pytest.raises(UserError) as caught:
        check_choices(parse_line(TABLE, f"/ticket priority SUP-1 {value}"))
    assert (caught.value.code, caught.value.hint) == ("choice", hint)
    assert caught.value.words == f"priority cannot be “{value}”."


VALUES = {
    "ticket": [("SUP-1", "Invoice"), ("SUP-2", "High fees")],
    "incident": [("INC-7", "Checkout")],
    "person": [("me", "Ana"), ("ben", "Ben")],
    "who": [("@ben", "Ben"), ("schedule:platform", "schedule")],
}


@pytest.mark.parametrize(
    ("line", "lines"),
    [
        ("", ["/ticket ", "/incident ", "/oncall ", "/page "]),
        ("/on", ["/oncall "]),
        ("/ticket re", ["/ticket reply ", "/ticket resolve "]),
        ("/ticket  RE", ["/ticket reply ", "/ticket resolve "]),
        ("/zzz x", []),
        ("/ticket zzz x", []),
        ("/ticket claim ", ["/ticket claim SUP-1 ", "/ticket claim SUP-2 "]),
        ("/ticket claim inv", ["/ticket claim SUP-1 "]),
        ("/ticket claim SUP-1 ", []),
        ("/ticket priority hi", ["/ticket priority SUP-2 ", "/ticket priority high "]),
        ("/ticket priority SUP-1 u", ["/ticket priority SUP-1 urgent "]),
        ("/ticket priority high ", []),
        ("/ticket assign SUP-1 @be", ["/ticket assign SUP-1 ben "]),
        ("/ticket assign SUP-1 an", ["/ticket assign SUP-1 me "]),
        ("/ticket reply SUP-1 please w", []),
        ("/ticket find SUP-1 ", []),
        ("/incident ack ", ["/incident ack INC-7 "]),
        ("/oncall override ", ["/oncall override on-call ", "/oncall override platform "]),
        ("/oncall override platform b", ["/oncall override platform ben "]),
        ("/oncall override platform ben 4", []),
        ("/page ", ["/page @ben ", "/page schedule:platform "]),
        ("/page @b", ["/page @ben "]),
        ("/page @ben INC", []),
    ],
)
def test_a_line_is_completed(line: str, lines: list[str]) -> None:
    assert [new for new, _, _ in complete_line(TABLE, line, VALUES)] == lines


def test_a_proposal_has_a_label_and_says_what_it_is() -> None:
    assert complete_line(TABLE, "/ticket claim inv", VALUES) == [
        ("/ticket claim SUP-1 ", "/ticket claim SUP-1", "Invoice")
    ]


def test_proposals_have_a_bound() -> None:
    many = {"ticket": [(f"SUP-{n}", "Invoice") for n in range(99)]}
    assert len(complete_line(TABLE, "/ticket claim ", many)) == MAX_PROPOSALS


MERGING = Table(
    (
        command(
            "ticket merge",
            param("into", source="ticket"),
            param("people", ParamKind.CHOICE, choices=("join",), optional=True),
            target=Target.TICKET,
        ),
    )
)


@pytest.mark.parametrize(
    ("typed", "number", "args"),
    [
        ("SUP-2 SUP-1", "SUP-2", {"into": "SUP-1"}),
        ("SUP-2 #sup-1 join", "SUP-2", {"into": "#sup-1", "people": "join"}),
        ("SUP-1", "", {"into": "SUP-1"}),
        ("SUP-1 join", "", {"into": "SUP-1", "people": "join"}),
        ("", "", {}),
    ],
)
def test_one_number_alone_is_what_the_verb_takes(
    typed: str, number: str, args: dict[str, str]
) -> None:
    parsed = parse_line(MERGING, f"/ticket merge {typed}")
    assert (parsed.number, dict(parsed.args)) == (number, args)


def test_a_number_is_proposed_once() -> None:
    values = {"ticket": [("SUP-1", "Invoice"), ("SUP-2", "Same")]}
    for line in ("/ticket merge ", "/ticket merge SUP-2 "):
        lines = [new for new, _, _ in complete_line(MERGING, line, values)]
        assert lines == [f"{line}SUP-1 ", f"{line}SUP-2 "]


def test_a_number_beside_the_line_leaves_all_its_words_to_the_arguments() -> None:
    parsed = parse_line(TABLE, "/ticket reply SUP-1 is alike", "#sup-2")
    assert (parsed.number, parsed.args) == ("SUP-2", {"text": "SUP-1 is alike"})
    with pytest.raises(UserError, match="“two words” is no number"):
        parse_line(TABLE, "/ticket reply", "two words")
