"""Reading what Slack sends: total functions, because a payload may lack anything at any depth."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

# NUL, and halves of characters that JSON lets through.
_UNKEPT: Final = re.compile("[\x00\ud800-\udfff]")

Json = Mapping[str, Any]


def part(body: object, *path: str) -> Json:
    """The object at the path; an empty one when there is none."""
    found = _at(body, path)
    return found if isinstance(found, Mapping) else {}


def parts(body: object, *path: str) -> Sequence[Json]:
    """The objects of the list at the path; what is no object is left out."""
    found = _at(body, path)
    return [item for item in found if isinstance(item, Mapping)] if isinstance(found, list) else []


def text(body: object, *path: str) -> str:
    """The text at the path, without what no database keeps; empty when there is none."""
    found = _at(body, path)
    return _UNKEPT.sub("", found) if isinstance(found, str) else ""


def whole(body: object, *path: str) -> int:
    """The whole number at the path; 0 when there is none."""
    found = _at(body, path)
    return found if isinstance(found, int) else 0


def true(body: object, *path: str) -> bool:
    """Whether `true` stands at the path."""
    return _at(body, path) is True


def _at(body: object, path: Sequence[str]) -> object:
    found = body
    for name in path:
        if not isinstance(found, Mapping):
            return None
        found = found.get(name)
    return found
