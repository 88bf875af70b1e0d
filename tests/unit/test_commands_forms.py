"""Whatever can be typed can be filled in, and looked up."""

from __future__ import annotations

import pytest

from bot.cards import FieldKind, FormField, plain
from bot.commands.forms import form_of, help_card
from bot.commands.parsing import Parsed, parse_action, parse_line
from bot.errors import UserError
from tests.unit.samples import TABLE

PEOPLE = (("ana", "Ana"), ("ben", "Ben"))


def form_fields(line: str, number: str = "SUP-1") -> list[FormField]:
    return list(form_of(parse_line(TABLE, line), number, PEOPLE).fields)


@pytest.mark.parametrize(
    ("line", "number", "id_", "title"),
    [
        ("/ticket priority", "SUP-1", "dk1:priority:SUP-1", "What ticket priority does SUP-1"),
        ("/incident resolve", "INC-7", "dk1:resolve:INC-7", "What incident resolve does INC-7"),
        ("/page", "", "dk1:page:", "What page does"),
    ],
)
def test_a_form_runs_the_command_that_opened_it(
    line: str, number: str, id_: str, title: str
) -> None:
    parsed = parse_line(TABLE, line)
    form = form_of(parsed, number, PEOPLE)
    assert (form.id, form.title) == (id_, title)
    submitted = parse_action(TABLE, form.id, {})
    assert (submitted.command, submitted.number) == (parsed.command, number)


def test_every_command_of_the_table_comes_back_from_its_form() -> None:
    for command in TABLE:
        number = {"ticket": "SUP-1", "incident": "INC-7"}.get(command.target.value, "")
        form = form_of(Parsed(command=command, args={}), number, PEOPLE)
        assert parse_action(TABLE, form.id, {}).command is command


def test_a_field_is_of_its_parameters_kind() -> None:
    kinds = {f.name: f.kind for f in (*form_fields("/oncall override"), *form_fields("/page"))}
    assert kinds == {
        "schedule": FieldKind.CHOICE,
        "person": FieldKind.PERSON,
        "until": FieldKind.LINE,
        "who": FieldKind.LINE,
        "reason": FieldKind.AREA,
    }


def test_a_field_offers_what_may_be_chosen() -> None:
    schedule, person, until = form_fields("/oncall override")
    assert schedule.options == (("on-call", "on-call"), ("platform", "platform"))
    assert person.options == PEOPLE
    assert until.options == ()


def test_what_is_known_already_is_filled_in() -> None:
    schedule, person, until = form_fields("/oncall override platform ben")
    assert (schedule.value, person.value, until.value) == ("platform", "ben", "")


def test_what_cannot_be_chosen_is_not_filled_in() -> None:
    parsed = parse_line(TABLE, "/oncall override").with_args({"schedule": "x", "person": "zoe"})
    assert [field.value for field in form_of(parsed, "", PEOPLE).fields] == ["", "", ""]


def test_a_form_without_a_number_asks_for_it_where_one_is_needed() -> None:
    number, priority = form_fields("/ticket priority", "")
    assert (number.name, number.label, number.required) == ("number", "Which ticket", True)
    assert priority.name == "priority"
    assert [field.name for field in form_fields("/page", "")] == ["who", "reason"]


def test_what_is_optional_need_not_be_filled_in() -> None:
    assert [field.required for field in form_fields("/ticket reply")] == [False, False]
    assert [field.required for field in form_fields("/page")] == [True, True]


def words(root: str, verb: str) -> list[str]:
    return [plain(block.runs) for block in help_card(TABLE, root, verb).blocks]


def test_help_for_everything_names_every_command() -> None:
    told = "\n".join(words("", ""))
    assert all(command.usage in told and command.help in told for command in TABLE)
    assert [root for root in TABLE.roots() if f"/{root}" in words("", "")] == list(TABLE.roots())


def test_help_for_a_root_names_its_commands_only() -> None:
    told = "\n".join(words("incident", ""))
    assert "/incident ack" in told
    assert help_card(TABLE, "incident", "").title == "/incident commands"
    assert "/ticket" not in told


def test_help_for_a_command_explains_its_parameters() -> None:
    assert words("ticket", "priority") == [
        "What ticket priority does.",
        "/ticket priority [SUP-42] <priority>",
        "For example /ticket priority",
        "priority  the priority (low, normal, high, urgent)",
    ]


@pytest.mark.parametrize(
    ("verb", "title"), [("resolve", "/ticket resolve"), ("ack", "/incident ack"), ("page", "/page")]
)
def test_help_finds_a_verb_of_another_root(verb: str, title: str) -> None:
    assert help_card(TABLE, "ticket", verb).title == title


def test_help_for_an_unknown_verb_tells_the_nearest() -> None:
    with pytest.raises(UserError) as caught:
        help_card(TABLE, "ticket", "clam")
    assert caught.value.hint == "Did you mean `/ticket claim`?"
