"""Buttons and menus: their ids are the core's own action ids, so they outlive every restart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import count
from typing import Any, Final

from bot.cards import Action, Style, shorten

Json = dict[str, Any]

MAX_ID: Final = 100
MAX_BUTTONS: Final = 15
IN_A_ROW: Final = 5
MAX_OPTIONS: Final = 25
MAX_LABEL: Final = 80
MAX_OPTION: Final = 100
MENU: Final = "menu:"
"""Begins the id of a menu; what is chosen in it is an action id."""
ASKS: Final = "sure:"
"""Begins the id of a button that asks back before it does something."""

_STYLES: Final = {Style.PRIMARY: 3, Style.PLAIN: 2, Style.DANGER: 4}


def button_rows(actions: Sequence[Action]) -> list[Json]:
    """Rows of buttons; an action whose id Discord cannot carry is left out."""
    shown = _distinct(actions)[:MAX_BUTTONS]
    buttons = [_button(action) for action in shown]
    return [
        {"type": 1, "components": buttons[start : start + IN_A_ROW]}
        for start in range(0, len(buttons), IN_A_ROW)
    ]


def menu_row(menu: Sequence[Action], number: str) -> list[Json]:
    """A row with the menu of further actions; none when there are none."""
    options = [
        {"label": shorten(action.label, MAX_OPTION), "value": _id(action)}
        for action in _distinct(menu)[:MAX_OPTIONS]
    ]
    if not options:
        return []
    select = {
        "type": 3,
        "custom_id": f"{MENU}{number}"[:MAX_ID],
        "placeholder": "More…",
        "min_values": 1,
        "max_values": 1,
        "options": options,
    }
    return [{"type": 1, "components": [select]}]


def link_button(label: str, url: str) -> Json:
    """A button that leads to a page."""
    return {"type": 2, "style": 5, "label": label, "url": url}


def _button(action: Action) -> Json:
    return {
        "type": 2,
        "style": _STYLES[action.style],
        "label": shorten(action.label, MAX_LABEL) or "…",
        "custom_id": _id(action),
    }


def _id(action: Action) -> str:
    """The action's id, marked when the person is asked back before."""
    asks = bool(action.confirm) and len(ASKS) + len(action.id) <= MAX_ID
    return f"{ASKS}{action.id}" if asks else action.id


def _distinct(actions: Iterable[Action]) -> list[Action]:
    found: dict[str, Action] = {}
    for action in actions:
        if 0 < len(action.id) <= MAX_ID:
            found.setdefault(action.id, action)
    return list(found.values())


def named_uploads(names: Iterable[str]) -> list[str]:
    """File names as Discord keeps them, each only once."""
    serial = count(1)
    taken: set[str] = set()
    found: list[str] = []
    for name in names:
        plain = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in name)
        plain = plain.strip("._")[-80:] or "file"
        while plain in taken:
            plain = f"{next(serial)}-{plain}"
        taken.add(plain)
        found.append(plain)
    return found
