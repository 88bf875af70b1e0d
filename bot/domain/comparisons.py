"""What the operators of the expression language mean; they take any values and never raise.

A missing value equals nothing, orders before nothing, contains nothing and is in nothing; `!=` and
`not in` are the opposites of `==` and `in`. Case counts. Beside a number or a truth value a text is
the one it spells (labels are all text). Every operator takes time linear in the values it is given.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from operator import ge, gt, le, lt
from typing import Any, Final

Scalar = str | bool | int | float
Value = Scalar | tuple[Scalar, ...] | None
Compare = Callable[[Value, Value], bool]

TRUTHS: Final = {"true": True, "false": False}
RIGHT_SIDE: Final = {
    "in": "a list",
    "not in": "a list",
    "contains": "one value, not a list",
    "startswith": "a text",
    "endswith": "a text",
    "matches": "a pattern in quotes",
}
_NUMBER: Final = re.compile(r"-?[0-9]{1,30}(?:\.[0-9]{1,30})?(?:[eE][+-]?[0-9]{1,3})?")


def plain(found: object) -> Value:
    """What an expression sees of a fact: a mapping as its keys, a list without nested lists."""
    if isinstance(found, Scalar):
        return found
    if isinstance(found, (list, tuple, set, frozenset, Mapping)):
        return tuple(item for item in found if isinstance(item, Scalar))
    return None


def number(text: str) -> int | float:
    """The number that digits spell, exact unless it has a fraction or an exponent."""
    return float(text) if set(text) & set(".eE") else int(text)


def fits(operator: str, literal: Value) -> bool:
    """Whether a value that is written down (None: a name) can stand right of the operator."""
    match operator:
        case "matches":
            return isinstance(literal, str)
        case "startswith" | "endswith":
            return literal is None or isinstance(literal, str)
        case "in" | "not in":
            return literal is None or isinstance(literal, (str, tuple))
        case "contains":
            return not isinstance(literal, tuple)
    return True


def shown(value: Value) -> str:
    """A value in an explanation, cut short."""
    if value is None:
        return "missing"
    if isinstance(value, tuple):
        return f"[{', '.join(map(shown, value[:8]))}{', …' if len(value) > 8 else ''}]"
    if isinstance(value, int) and value.bit_length() > 64:
        return "a very large number"
    if isinstance(value, str) and len(value) > 60:
        return json.dumps(value[:60], ensure_ascii=False) + "…"
    return json.dumps(value, ensure_ascii=False)


def _equal(left: Value, right: Value) -> bool:
    left, right = _spelled(left, right), _spelled(right, left)
    alike = isinstance(left, bool) == isinstance(right, bool)
    return left is not None and alike and left == right


def _spelled(value: Value, other: Value) -> Value:
    """The truth value or number that a text spells, when it stands beside one."""
    if isinstance(value, str) and isinstance(other, bool):
        return TRUTHS.get(value)
    if isinstance(value, str) and isinstance(other, (int, float)):
        return number(value) if _NUMBER.fullmatch(value) else None
    return value


def _ordered(order: Callable[[Any, Any], bool]) -> Compare:
    def holds(left: Value, right: Value) -> bool:
        pair = _spelled(left, right), _spelled(right, left)
        texts = all(isinstance(value, str) for value in pair)
        numbers = all(type(value) in (int, float) for value in pair)
        return (texts or numbers) and order(*pair)

    return holds


def _within(item: Value, holder: Value) -> bool:
    if isinstance(holder, tuple):
        return any(_equal(item, each) for each in holder)
    return isinstance(item, str) and isinstance(holder, str) and item in holder


def _text(holds: Callable[[str, str], bool]) -> Compare:
    """Of a list on the left one text is enough."""

    def compare(left: Value, right: Value) -> bool:
        items = left if isinstance(left, tuple) else (left,)
        texts = (item for item in items if isinstance(item, str))
        return isinstance(right, str) and any(holds(text, right) for text in texts)

    return compare


@lru_cache(maxsize=256)
def _glob(pattern: str) -> Callable[[str], bool]:
    """A test of a whole text; `*` is anything, `?` one character.

    The parts between the stars have a fixed length, so that taking each at its first place is
    always right, and nothing is tried twice.
    """
    parts = pattern.split("*")
    first, *rest = (
        re.compile("".join("." if c == "?" else re.escape(c) for c in part), re.DOTALL)
        for part in parts
    )

    def matches(text: str) -> bool:
        if not rest:
            return first.fullmatch(text) is not None
        found = first.match(text)
        for part in rest[:-1]:
            found = found and part.search(text, found.end())
        tail = len(text) - len(parts[-1])
        return found is not None and found.end() <= tail and bool(rest[-1].match(text, tail))

    return matches


OPERATORS: Final[Mapping[str, Compare]] = {
    "==": _equal,
    "!=": lambda left, right: not _equal(left, right),
    "<": _ordered(lt),
    "<=": _ordered(le),
    ">": _ordered(gt),
    ">=": _ordered(ge),
    "in": _within,
    "not in": lambda left, right: not _within(left, right),
    "contains": lambda left, right: _within(right, left),
    "startswith": _text(str.startswith),
    "endswith": _text(str.endswith),
    "matches": _text(lambda text, pattern: _glob(pattern)(text)),
}
