"""Forms and somebody's home as Slack's views.

https://docs.slack.dev/reference/views
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Final

from adapters.slack.drawing.actions import MAX_OPTIONS, button, row
from adapters.slack.drawing.blocks import NOWHERE, card_blocks, context
from adapters.slack.drawing.fit import VIEW_BLOCKS, fit
from adapters.slack.drawing.texts import mrkdwn, part, plain_text, rich, rich_runs
from adapters.slack.drawing.workspace import Json, Workspace
from bot.cards import (
    Card,
    FieldKind,
    Form,
    FormField,
    Home,
    Plain,
    Run,
    Shelf,
    clean,
    cut_short,
    plain,
)

FORM: Final = "dk1-form"
# The action id of every input; its block id names the field.
INPUT: Final = "input"
# Stands in the metadata of a form whose texts are longer than its fields.
CUT: Final = "cut"
MAX_TITLE: Final = 24
MAX_INPUT: Final = 3000
MAX_FILES: Final = 10
MAX_RADIOS: Final = 5
MAX_ROW: Final = 1000
# A view holds more than a message, and nobody else sees it.
VIEW_TEXT: Final = 60_000
_EDITION: Final = "#"


def form_view(
    form: Form,
    metadata: Mapping[str, str],
    workspace: Workspace = NOWHERE,
    *,
    edition: int = 0,
    reported: Collection[str] = (),
) -> Json:
    """The form as a modal; `metadata` holds ids only and comes back with everything done in it.

    Slack keeps what people typed as long as the fields' ids stay: another `edition` shows the
    fields' values anew, save files. Changes of the fields in `reported` are told at once. A form
    that has no room for all of a text is no draft of it: its metadata says so (`CUT`).
    """
    whole, form = form, cut_short(form, MAX_INPUT)
    kept = {**metadata, "form": form.id, **({CUT: "1"} if form is not whole else {})}
    blocks: list[Json] = []
    if form.warning:
        text = plain_text(form.warning, MAX_INPUT)
        blocks.append({"type": "alert", "level": "warning", "text": text})
    if form.intro:
        blocks.append(context(form.intro, workspace))
    blocks += [_input(field, edition, field.name in reported) for field in form.fields]
    return {
        "type": "modal",
        "callback_id": FORM,
        "private_metadata": json.dumps(kept, separators=(",", ":")),
        "title": plain_text(form.title, MAX_TITLE),
        "submit": plain_text(form.submit, MAX_TITLE),
        "close": plain_text("Cancel" if CUT in kept else form.close, MAX_TITLE),
        "notify_on_close": True,
        "blocks": blocks or [_line((Plain(form.title),), workspace)],
    }


def loading_view(title: str, metadata: Mapping[str, str]) -> Json:
    """What is opened at once, before there is time to look anything up."""
    return {
        "type": "modal",
        "callback_id": FORM,
        "private_metadata": json.dumps(dict(metadata), separators=(",", ":")),
        "title": plain_text(title, MAX_TITLE),
        "close": plain_text("Cancel", MAX_TITLE),
        "blocks": [_line((Plain("⏳ One moment…"),), NOWHERE)],
    }


def card_view(card: Card, workspace: Workspace = NOWHERE, title: str = "Deskhand") -> Json:
    """A card as a modal, for an answer to somebody who waits in one."""
    return {
        "type": "modal",
        "title": plain_text(title, MAX_TITLE),
        "close": plain_text("Close", MAX_TITLE),
        "blocks": card_blocks(card, workspace, charts=False),
    }


def field_name(block_id: str) -> str:
    """The name of the field that an input's block id stands for."""
    return block_id.partition(_EDITION)[0]


# ------------------------------------------------------------ fields


def _input(field: FormField, edition: int, reported: bool) -> Json:
    keeps = field.kind is FieldKind.FILES or not edition
    drawn: Json = {
        "type": "input",
        "block_id": field.name if keeps else f"{field.name}{_EDITION}{edition}",
        "label": plain_text(field.label, MAX_INPUT // 2),
        "element": {"action_id": INPUT, **_element(field, reported)},
        "optional": not field.required,
    }
    if field.hint:
        drawn["hint"] = plain_text(field.hint, MAX_INPUT // 2)
    if reported:
        drawn["dispatch_action"] = True
    return drawn


def _element(field: FormField, reported: bool) -> Json:
    match field.kind:
        case FieldKind.CHOICE | FieldKind.PERSON:
            return _choice(field, menu=reported or field.kind is FieldKind.PERSON)
        case FieldKind.FILES:
            return {"type": "file_input", "max_files": MAX_FILES}
        case FieldKind.LINE | FieldKind.AREA:
            most = min(field.max_length, MAX_INPUT)
            drawn: Json = {"type": "plain_text_input", "max_length": most}
            if field.kind is FieldKind.AREA:
                drawn["multiline"] = True
            if field.value:
                drawn["initial_value"] = clean(field.value)[:most]
            return drawn


def _choice(field: FormField, *, menu: bool) -> Json:
    """A select; a few choices, one of which is made, stand as radio buttons unless it is a menu."""
    options = [
        {"text": plain_text(label, 75), "value": value}
        for value, label in field.options
        if 0 < len(value) <= 150
    ]
    if not options:
        return {"type": "plain_text_input", "max_length": min(field.max_length, MAX_INPUT)}
    chosen = next((option for option in options if option["value"] == field.value), None)
    few = chosen is not None and len(options) <= MAX_RADIOS and not menu
    drawn: Json = {"type": "radio_buttons" if few else "static_select", **_listed(options)}
    return drawn | ({"initial_option": chosen} if chosen is not None else {})


def _listed(options: list[Json]) -> Json:
    """The options; more than a list holds stand in groups, named by their first and last."""
    if len(options) <= MAX_OPTIONS:
        return {"options": options}
    starts = range(0, min(len(options), MAX_OPTIONS * MAX_OPTIONS), MAX_OPTIONS)
    return {"option_groups": [_group(options[start : start + MAX_OPTIONS]) for start in starts]}


def _group(options: list[Json]) -> Json:
    first, last = options[0]["text"]["text"], options[-1]["text"]["text"]
    return {"label": plain_text(f"{first[:35]} – {last[:35]}", 75), "options": options}


# ------------------------------------------------------------ home


def home_view(home: Home, workspace: Workspace = NOWHERE) -> Json:
    """Somebody's home; one row a card, with its first action at the end."""
    blocks: list[Json] = [{"type": "header", "text": plain_text(home.title, 150)}]
    if home.intro:
        blocks.append(_line(home.intro, workspace))
    blocks += row(home.actions)
    for shelf in home.shelves:
        blocks += _shelf(shelf, workspace)
    return {"type": "home", "blocks": fit(blocks, VIEW_BLOCKS, VIEW_TEXT)}


def _shelf(shelf: Shelf, workspace: Workspace) -> Iterator[Json]:
    yield {"type": "divider"}
    yield {"type": "header", "text": plain_text(shelf.title, 150)}
    if not shelf.cards and shelf.empty:
        yield {"type": "context", "elements": [plain_text(shelf.empty, MAX_ROW)]}
    yield from (_row(card, workspace) for card in shelf.cards)
    if shelf.more:
        yield {"type": "context", "elements": [plain_text(shelf.more, MAX_ROW)]}


def _row(card: Card, workspace: Workspace) -> Json:
    name = (Plain(f"{card.number} ", bold=True), Plain(clean(card.title)))
    facts = [card.status, *(field.value for field in card.fields), card.context]
    told = [run for runs in facts if runs for run in (Plain(" · "), *runs)][1:]
    runs = (*name, Plain("\n"), *told) if told else name
    text = mrkdwn(runs, workspace, MAX_ROW) or plain_text(plain(runs), MAX_ROW)
    drawn: Json = {"type": "section", "text": text}
    if card.actions:
        drawn["accessory"] = button(card.actions[0])
    return drawn


def _line(runs: tuple[Run, ...], workspace: Workspace) -> Json:
    return rich([part("rich_text_section", rich_runs(runs, workspace))])
