"""The command table: one entry a verb, found by its name, its usage made from its parameters."""

from __future__ import annotations

import pytest

from bot.commands.table import Command, Table, Target
from bot.errors import UserError
from tests.unit.samples import PRIORITY, TABLE, command, param


def test_a_name_that_stands_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="'ticket claim' stands twice"):
        Table((command("ticket claim"), command("ticket claim")))


def test_the_table_keeps_its_order() -> None:
    assert TABLE.roots() == ("ticket", "incident", "oncall", "page")
    assert list(TABLE.verbs("incident")) == ["ack", "resolve"]
    assert [c.name for c in TABLE][:2] == ["ticket claim", "ticket priority"]
    assert TABLE.verbs("nothing") == {}


@pytest.mark.parametrize(
    ("root", "verb", "name"),
    [
        ("ticket", "claim", "ticket claim"),
        ("ticket", "CLAIM", "ticket claim"),
        ("page", "", "page"),
        ("page", "@ben", "page"),
    ],
)
def test_a_command_is_found(root: str, verb: str, name: str) -> None:
    assert TABLE.find(root, verb).name == name


@pytest.mark.parametrize(
    ("root", "verb", "words", "hint"),
    [
        ("ticket", "clam", "`/ticket clam` is no command.", "Did you mean `/ticket claim`?"),
        ("ticket", "zzz", "`/ticket zzz` is no command.", "Try `/ticket help`."),
        ("ticket", "", "`/ticket` needs a verb.", "Try `/ticket help`."),
        ("zzz", "x", "There is no command /zzz.", "Commands: /ticket, /incident, /oncall, /page."),
    ],
)
def test_what_is_not_there_is_told_with_the_nearest(
    root: str, verb: str, words: str, hint: str
) -> None:
    with pytest.raises(UserError) as caught:
        TABLE.find(root, verb)
    assert (caught.value.words, caught.value.hint) == (words, hint)
    assert caught.value.code == "unknown_command"


@pytest.mark.parametrize(
    ("verb", "prefer", "name"),
    [
        ("resolve", "ticket", "ticket resolve"),
        ("resolve", "incident", "incident resolve"),
        ("Claim", "incident", "ticket claim"),
        ("ack", "ticket", "incident ack"),
        ("page", "ticket", "page"),
    ],
)
def test_a_bare_verb_is_taken_for_the_threads_own_kind_first(
    verb: str, prefer: str, name: str
) -> None:
    found = TABLE.verb_anywhere(verb, prefer)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize("verb", ["", "ticket", "oncall", "clam"])
def test_a_word_that_is_no_verb_is_none(verb: str) -> None:
    assert TABLE.verb_anywhere(verb, "ticket") is None


@pytest.mark.parametrize(
    ("made", "usage"),
    [
        (command("ticket claim", target=Target.TICKET), "/ticket claim [SUP-42]"),
        (
            command("ticket priority", PRIORITY, target=Target.TICKET),
            "/ticket priority [SUP-42] <priority>",
        ),
        (
            command("incident resolve", param("why", optional=True), target=Target.INCIDENT),
            "/incident resolve [INC-7] [why]",
        ),
        (command("page", param("who"), param("reason")), "/page <who> <reason>"),
    ],
)
def test_the_usage_says_what_to_type(made: Command, usage: str) -> None:
    assert made.usage == usage
