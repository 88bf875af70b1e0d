"""Buttons, and the menu of what is less often needed."""

from __future__ import annotations

from typing import Final

from adapters.slack.drawing.texts import plain_text
from adapters.slack.drawing.workspace import Json
from bot.cards import Action, Card, Style

# The action id of the menu; the chosen option's value is an action id of ours.
MENU: Final = "dk1-menu"
BUTTONS: Final = 4
MAX_BUTTONS: Final = 24
MAX_ID: Final = 255
MAX_LABEL: Final = 75
MAX_VALUE: Final = 150
MAX_OVERFLOW: Final = 5
MAX_OPTIONS: Final = 100


def action_row(card: Card) -> list[Json]:
    """The card's buttons and, after them, its menu; nothing when it has neither."""
    return row(card.actions, card.menu)


def row(actions: tuple[Action, ...], menu: tuple[Action, ...] = ()) -> list[Json]:
    """Up to four buttons; what is more goes into the menu, which cannot ask twice."""
    fitting = list({action.id: action for action in actions if len(action.id) <= MAX_ID}.values())
    rest = {a.id: a for a in (*fitting[BUTTONS:], *menu) if len(a.id) <= MAX_VALUE}
    asked = [action for action in rest.values() if _is_asked(action)]
    elements = [button(action) for action in (*fitting[:BUTTONS], *asked)][:MAX_BUTTONS]
    elements += _menu([a for a in rest.values() if not _is_asked(a)][:MAX_OPTIONS])
    return [{"type": "actions", "elements": elements}] if elements else []


def button(action: Action) -> Json:
    """One button; what cannot be taken back is asked for twice."""
    drawn: Json = {
        "type": "button",
        "action_id": action.id,
        "value": action.id,
        "text": plain_text(action.label, MAX_LABEL),
    }
    if action.style is not Style.PLAIN:
        drawn["style"] = action.style.value
    if _is_asked(action):
        drawn["confirm"] = _confirm(action)
    return drawn


def _is_asked(action: Action) -> bool:
    return bool(action.confirm) or action.style is Style.DANGER


def _confirm(action: Action) -> Json:
    danger = action.style is Style.DANGER
    return {
        "title": plain_text(f"{action.label.rstrip('…')}?", 100),
        "text": plain_text(action.confirm or "This cannot be taken back.", 300),
        "confirm": plain_text(action.label, 30),
        "deny": plain_text("Cancel", 30),
        **({"style": "danger"} if danger else {}),
    }


def _menu(actions: list[Action]) -> list[Json]:
    """⋯ for up to five; a longer menu is a select, since ⋯ holds no more."""
    if not actions:
        return []
    options = [{"text": plain_text(a.label, MAX_LABEL), "value": a.id} for a in actions]
    if len(options) <= MAX_OVERFLOW:
        return [{"type": "overflow", "action_id": MENU, "options": options}]
    placeholder = plain_text("⋯ More", 150)
    return [
        {
            "type": "static_select",
            "action_id": MENU,
            "placeholder": placeholder,
            "options": options,
        }
    ]
