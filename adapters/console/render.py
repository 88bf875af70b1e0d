"""Cards and forms as JSON, the console's one renderer: text stays text, instants are UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from bot.cards import (
    Action,
    Author,
    Bar,
    Block,
    Card,
    Field,
    FileLink,
    Form,
    FormField,
    Home,
    Link,
    Plain,
    Run,
    Runs,
    When,
    Who,
    clean,
    shorten,
)
from bot.commands.call import Reply

Json = dict[str, Any]

# A card is a picture, not an archive: what is longer than this is cut.
MAX_TEXT: Final = 20_000
MAX_PARTS: Final = 100


def card_json(card: Card) -> Json:
    """The card; what is empty or false is left out, so that a page holds many."""
    return _filled(
        title=_text(card.title),
        fallback=_text(card.fallback),
        tone=card.tone.value,
        number=card.number,
        url=card.url,
        author=_author(card.author),
        status=runs_json(card.status),
        blocks=[_block(block) for block in card.blocks[:MAX_PARTS]],
        fields=[_field(field) for field in card.fields[:MAX_PARTS]],
        files=[_file(file) for file in card.files[:MAX_PARTS]],
        actions=[_action(action) for action in card.actions[:MAX_PARTS]],
        menu=[_action(action) for action in card.menu[:MAX_PARTS]],
        context=runs_json(card.context),
        ended=card.ended,
    )


def form_json(form: Form) -> Json:
    """The form, with its fields in order; submitting runs `id`."""
    return {
        "id": form.id,
        "title": _text(form.title),
        "intro": runs_json(form.intro),
        "fields": [_form_field(field) for field in form.fields],
        "submit": form.submit,
        "close": form.close,
        "warning": _text(form.warning),
    }


def home_json(home: Home) -> Json:
    """Somebody's home: its shelves in order, each with cards or the words that stand for none."""
    return {
        "title": _text(home.title),
        "intro": runs_json(home.intro),
        "shelves": [
            {
                "title": shelf.title,
                "cards": [card_json(card) for card in shelf.cards[:MAX_PARTS]],
                "more": shelf.more,
                "empty": shelf.empty,
            }
            for shelf in home.shelves
        ],
        "actions": [_action(action) for action in home.actions[:MAX_PARTS]],
    }


def reply_json(reply: Reply | None) -> Json:
    """What only the person who asked sees; no reply is an empty one."""
    reply = reply or Reply()
    return {
        "refused": reply.refused,
        "card": card_json(reply.card) if reply.card else None,
        "form": form_json(reply.form) if reply.form else None,
    }


def runs_json(runs: Runs) -> list[Json]:
    """The runs as a tagged union: `plain`, `when`, `who`, `link`."""
    return [_run(run) for run in runs[:MAX_PARTS]]


def instant(at: datetime) -> str:
    """ISO-8601 in UTC with a Z, which every browser reads."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _run(run: Run) -> Json:
    match run:
        case Plain():
            flags = _filled(bold=run.bold, dim=run.dim, code=run.code)
            return {"t": "plain", "text": _text(run.text), **flags}
        case When():
            return {"t": "when", "at": instant(run.at), **_filled(relative=run.relative)}
        case Who():
            return {
                "t": "who",
                "key": run.key,
                "name": _text(run.name),
                **_filled(mention=run.mention),
            }
        case Link():
            return {"t": "link", "text": _text(run.text), "url": run.url}


def _author(author: Author | None) -> Json | None:
    return _filled(name=_text(author.name), via=_text(author.via)) if author else None


def _block(block: Block) -> Json:
    drawn: Json = {"kind": block.kind.value, "runs": runs_json(block.runs)}
    return {**drawn, "bars": [_bar(bar) for bar in block.bars]} if block.bars else drawn


def _bar(bar: Bar) -> Json:
    return {"label": bar.label, "figures": [list(figure) for figure in bar.figures]}


def _field(field: Field) -> Json:
    drawn: Json = {"label": field.label, "value": runs_json(field.value)}
    if field.progress is not None:
        drawn["progress"] = round(min(1.0, max(0.0, field.progress)), 4)
    return drawn


def _file(file: FileLink) -> Json:
    return {"id": file.id, "name": _text(file.name), "size": file.size}


def _action(action: Action) -> Json:
    drawn = {"id": action.id, "label": action.label, "style": action.style.value}
    return {**drawn, **_filled(confirm=action.confirm)}


def _form_field(field: FormField) -> Json:
    return {
        "name": field.name,
        "label": field.label,
        "kind": field.kind.value,
        "hint": field.hint,
        "value": field.value,
        "required": field.required,
        "max_length": field.max_length,
        "options": [list(option) for option in field.options],
    }


def _text(text: str) -> str:
    shown = clean(text)
    return shown if len(shown) <= MAX_TEXT else shorten(shown, MAX_TEXT)


def _filled(**parts: object) -> Json:
    return {name: part for name, part in parts.items() if part}
