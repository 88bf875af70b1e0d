"""Forms and homes as views."""

from __future__ import annotations

import json

import pytest

from adapters.slack.drawing.views import card_view, field_name, form_view, home_view, loading_view
from bot.cards import Card, FieldKind, Form, FormField, Home, Plain, Shelf
from tests.adapters.console import console_cards as samples
from tests.adapters.slack.drawn import (
    CARDS,
    HOSTILE,
    NOW,
    Json,
    labels,
    of_type,
    pings,
    poisoned,
    said,
    view_faults,
)

IDS = {"channel": "C1", "thread": "1795.1"}


def form(*fields: FormField) -> Form:
    return Form(id="dk1:x:SUP-1", title="A form", fields=fields)


def field(kind: FieldKind, **facts: object) -> FormField:
    return FormField(**({"name": "f", "label": "Field", "kind": kind} | facts))  # type: ignore[arg-type]


def element(kind: FieldKind, **facts: object) -> Json:
    block = form_view(form(field(kind, **facts)), {})["blocks"][-1]
    found: Json = block["element"]
    return found


HOME = Home(
    title="Good morning Ana",
    intro=(Plain("On call: nobody"),),
    shelves=(
        Shelf(title="Needs you", cards=tuple(samples.new_ticket(NOW) for _ in range(30)), more="…"),
        Shelf(title="Unclaimed", empty="Nothing unclaimed."),
    ),
    actions=samples.new_ticket(NOW).actions,
)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_slack_takes_every_form(text: str) -> None:
    for shown in (samples.reply_form("SUP-42"), samples.priority_form("SUP-42")):
        view = form_view(poisoned(shown, text), IDS)
        assert view_faults(view) == []
        assert pings(view) == []


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_slack_takes_every_home(text: str) -> None:
    view = home_view(poisoned(HOME, text))
    assert view_faults(view) == []
    assert pings(view) == []


@pytest.mark.parametrize("name", CARDS)
def test_slack_takes_every_card_in_a_modal(name: str) -> None:
    assert view_faults(card_view(CARDS[name])) == []


def test_the_skeleton_is_a_view_that_cannot_be_sent() -> None:
    view = loading_view("Reply to SUP-42", IDS)
    assert view_faults(view) == []
    assert "submit" not in view


def test_a_form_carries_ids_and_nothing_else() -> None:
    view = form_view(samples.reply_form("SUP-42"), IDS)
    assert json.loads(view["private_metadata"]) == {**IDS, "form": "dk1:reply:SUP-42"}


def test_a_reply_form_shows_to_whom_and_warns_of_a_collision() -> None:
    view = form_view(samples.reply_form("SUP-42"), IDS)
    assert view["blocks"][0]["type"] == "alert"
    assert "Ben Baker is replying" in said(view["blocks"][0])
    assert "maria@acme.example" in said(view["blocks"][1])
    assert view["submit"]["text"] == "Send email"


def test_lines_and_areas_are_text_inputs_with_what_is_known() -> None:
    assert element(FieldKind.LINE, value="known")["initial_value"] == "known"
    assert element(FieldKind.AREA)["multiline"]
    assert element(FieldKind.AREA, value="x" * 9000)["initial_value"] == "x" * 3000


def test_a_choice_is_a_select_and_a_made_one_of_few_is_a_radio() -> None:
    options = (("wait", "Wait"), ("resolve", "Resolve"))
    assert element(FieldKind.CHOICE, options=options)["type"] == "static_select"
    radio = element(FieldKind.CHOICE, options=options, value="wait")
    assert radio["type"] == "radio_buttons"
    assert radio["initial_option"]["value"] == "wait"


def test_a_person_is_chosen_from_the_team() -> None:
    select = element(FieldKind.PERSON, options=(("ana", "Ana"), ("ben", "Ben")), value="ben")
    assert select["type"] == "static_select"
    assert select["initial_option"]["text"]["text"] == "Ben"


def test_more_options_than_a_list_holds_stand_in_groups() -> None:
    people = tuple((f"p{n}", f"Person {n}") for n in range(120))
    groups = element(FieldKind.PERSON, options=people)["option_groups"]
    assert [group["label"]["text"] for group in groups] == [
        "Person 0 – Person 99",
        "Person 100 – Person 119",
    ]
    assert view_faults(form_view(form(field(FieldKind.PERSON, options=people)), {})) == []


def test_a_choice_that_fills_in_the_rest_stays_a_menu() -> None:
    saved = field(FieldKind.CHOICE, name="saved", options=(("hi", "Hi"),), value="hi")
    (block,) = form_view(form(saved), {}, reported=("saved",))["blocks"]
    assert block["element"]["type"] == "static_select"


def test_files_are_uploaded() -> None:
    assert element(FieldKind.FILES) == {"type": "file_input", "action_id": "input", "max_files": 10}


def test_another_edition_shows_the_values_anew_but_keeps_files() -> None:
    shown = form(field(FieldKind.AREA, name="text"), field(FieldKind.FILES, name="files"))
    ids = [block["block_id"] for block in form_view(shown, {}, edition=2)["blocks"]]
    assert ids == ["text#2", "files"]
    assert [field_name(id_) for id_ in ids] == ["text", "files"]


def test_only_what_is_wanted_reports_its_changes() -> None:
    shown = form(field(FieldKind.LINE, name="a"), field(FieldKind.LINE, name="b"))
    blocks = form_view(shown, {}, reported=("b",))["blocks"]
    assert [block.get("dispatch_action") for block in blocks] == [None, True]


def test_a_home_has_a_row_with_a_button_for_each_card() -> None:
    view = home_view(HOME)
    rows = [block for block in view["blocks"] if "accessory" in block]
    assert len(rows) == 30
    assert rows[0]["accessory"]["text"]["text"] == "Claim"
    assert "*SUP-42* Invoice PDF" in rows[0]["text"]["text"]


def test_an_empty_shelf_says_so() -> None:
    assert "Nothing unclaimed." in said(of_type(home_view(HOME), "context"))


def test_a_home_that_is_too_long_keeps_its_buttons() -> None:
    shelf = Shelf(title="All", cards=tuple(samples.new_ticket(NOW) for _ in range(300)))
    view = home_view(Home(title="Home", shelves=(shelf,), actions=samples.page(NOW).actions))
    assert view_faults(view) == []
    assert "Acknowledge" in labels(view["blocks"])
    assert "longer than Slack takes" in said(view["blocks"])


def test_a_row_whose_title_would_be_markup_is_plain() -> None:
    card = Card(title="*big* sale", fallback="x", number="SUP-9")
    view = home_view(Home(title="Home", shelves=(Shelf(title="All", cards=(card,)),)))
    (row,) = of_type(view, "section")
    assert row["text"] == {"type": "plain_text", "text": "SUP-9 *big* sale", "emoji": False}
