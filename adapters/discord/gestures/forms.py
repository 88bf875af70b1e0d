"""Forms as modals, and what comes back from them.

https://discord.com/developers/docs/interactions/receiving-and-responding: a modal has up to five
components.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from adapters.discord.drawing.markup import Accounts, cut_runs, escaped, fitting, inline
from adapters.discord.gestures.pointing import files_of, pointing
from bot.cards import Block, BlockKind, FieldKind, Form, FormField, Plain, cut_short, shorten
from bot.commands.call import Reply

Json = dict[str, Any]

MAX_PARTS: Final = 5
MAX_TITLE: Final = 45
MAX_LABEL: Final = 45
MAX_HINT: Final = 100
MAX_TEXT: Final = 4000
MAX_OPTIONS: Final = 25
MAX_FILES: Final = 10
LONG: Final = 20
"""From so many characters on a text is given back to whoever wrote it."""
_INTRO: Final = 1000
_NO_MESSAGE: Final[Mapping[str, Any]] = {}


def modal(form: Form, accounts: Accounts, message: Mapping[str, Any] = _NO_MESSAGE) -> Json:
    """The form; of more than five parts the least needed are left out, the intro first.

    The files of the `message` on whose menu it was opened go along.
    """
    form = cut_short(form, MAX_TEXT)
    fields = _most_needed(form.fields)
    parts = [_field(field) for field in fields]
    files = files_of(message)
    id_ = pointing(form.id, str(message["id"])) if files else form.id
    along = _along(files) if id_ != form.id else ""
    if (intro := _intro(form, accounts, along)) and len(parts) < MAX_PARTS:
        parts.insert(0, {"type": 10, "content": intro})
    return {
        "custom_id": id_,
        "title": shorten(" ".join(form.title.split()), MAX_TITLE) or "Form",
        "components": parts,
    }


def submitted(components: Sequence[Mapping[str, Any]]) -> tuple[dict[str, str], list[str]]:
    """The values of a modal by the names of its fields, and the ids of files put into it."""
    values: dict[str, str] = {}
    files: list[str] = []
    for part in components:
        inner = part.get("component") or next(iter(part.get("components") or ()), None) or {}
        name, kind = str(inner.get("custom_id", "")), inner.get("type")
        if kind == _UPLOAD:
            files += map(str, inner.get("values") or ())
        elif name and "values" in inner:
            values[name] = " ".join(map(str, inner["values"] or ()))
        elif name and isinstance(inner.get("value"), str):
            values[name] = inner["value"]
    return values, files


def with_words(reply: Reply, args: Mapping[str, str]) -> Reply:
    """A refusal with the long texts of the form that it answers: Discord closes a form that is
    sent, and what was written in it would be gone.
    """
    texts = [text.strip() for text in args.values() if len(text.strip()) >= LONG]
    if not reply.refused or reply.card is None or not texts:
        return reply
    heading = Block((Plain("What you wrote, to be sent once more:", dim=True),))
    given = (Block((Plain(text),), BlockKind.CODE) for text in texts)
    return replace(reply, card=replace(reply.card, blocks=(*reply.card.blocks, heading, *given)))


_TEXT_INPUT: Final = 4
_SELECT: Final = 3
_UPLOAD: Final = 19
_LABEL: Final = 18


def _most_needed(fields: Sequence[FormField]) -> list[FormField]:
    """Up to five, in their order: first what is required, then what is filled in already."""

    def need(place: int) -> tuple[bool, bool, int]:
        return (not fields[place].required, not fields[place].value, place)

    chosen = sorted(sorted(range(len(fields)), key=need)[:MAX_PARTS])
    return [fields[place] for place in chosen]


def _along(files: Sequence[Mapping[str, Any]]) -> str:
    """A word that these go along with what is filled in."""
    names = ", ".join(str(file.get("filename") or "file") for file in files)
    goes = "goes" if len(files) == 1 else "go"
    return f"📎 {escaped(fitting(names, _INTRO // 2))} {goes} along."


def _intro(form: Form, accounts: Accounts, along: str) -> str:
    runs, cut = cut_runs(form.intro, _INTRO)
    intro = inline(runs, accounts) + ("…" if cut else "")
    warning = f"⚠️ **{escaped(fitting(form.warning, _INTRO))}**" if form.warning else ""
    return "\n".join(filter(str.strip, (warning, intro, along)))


def _field(field: FormField) -> Json:
    drawn: Json = {
        "type": _LABEL,
        "label": shorten(field.label, MAX_LABEL) or field.name[:MAX_LABEL],
        "component": _component(field),
    }
    if field.hint:
        drawn["description"] = shorten(field.hint, MAX_HINT)
    return drawn


def _component(field: FormField) -> Json:
    if field.kind is FieldKind.FILES:
        return {
            "type": _UPLOAD,
            "custom_id": field.name,
            "min_values": int(field.required),
            "max_values": MAX_FILES,
            "required": field.required,
        }
    options = _options(field)
    if options and len(options) <= MAX_OPTIONS:
        return _select(field, options)
    return _input(field)


def _options(field: FormField) -> list[tuple[str, str]]:
    if field.kind not in (FieldKind.CHOICE, FieldKind.PERSON):
        return []
    fitting_ = ((value, label) for value, label in field.options if 0 < len(value) <= 100)
    return list({value: (value, label) for value, label in fitting_}.values())


def _select(field: FormField, options: Sequence[tuple[str, str]]) -> Json:
    return {
        "type": _SELECT,
        "custom_id": field.name,
        "min_values": int(field.required),
        "max_values": 1,
        "required": field.required,
        "options": [
            {
                "label": shorten(label or value, 100),
                "value": value,
                "default": value == field.value,
            }
            for value, label in options
        ],
    }


def _input(field: FormField) -> Json:
    most = max(1, min(field.max_length, MAX_TEXT))
    drawn: Json = {
        "type": _TEXT_INPUT,
        "custom_id": field.name,
        "style": 2 if field.kind is FieldKind.AREA else 1,
        "required": field.required,
        "max_length": most,
    }
    value = field.value if field.kind is FieldKind.AREA else " ".join(field.value.split())
    if value:
        drawn["value"] = value[:most]
    return drawn
