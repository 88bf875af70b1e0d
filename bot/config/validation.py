"""Values against the models: pydantic's errors and unknown keys, in the operator's terms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bot.config.problems import Finding, Invalid, KeyPath, did_you_mean
from bot.config.settings import Settings
from bot.config.sources import FILE, Raw
from bot.config.walk import Node, field_at, is_secret, nodes

_SHAPES: Final[Mapping[str, tuple[str, str]]] = {
    "string_type": ("it must be text", "Put it in quotes"),
    "bool_type": ("it must be true or false", "Write true or false, without quotes"),
    "bool_parsing": ("it must be true or false", "Write true or false, without quotes"),
    "int_type": ("it must be a whole number", "Write it without quotes"),
    "int_parsing": ("it must be a whole number", "Write it without quotes"),
    "int_from_float": ("it must be a whole number", "Write it without a fraction"),
    "tuple_type": ("it must be a list", 'Put it in brackets: ["one", "two"]'),
    "dict_type": ("it must be a table", "Write its keys below a [header], or in braces"),
    "model_type": ("it must be a table", "Write its keys below a [header], or in braces"),
    "date_type": ("it must be a date", "Write it like 2026-12-24"),
    "date_parsing": ("it must be a date", "Write it like 2026-12-24"),
    "date_from_datetime_parsing": ("it must be a date", "Write it like 2026-12-24"),
    "date_from_datetime_inexact": ("it must be a date", "Write it like 2026-12-24"),
    "path_type": ("it must be the path of a file", "Put it in quotes"),
}
_SEE: Final = "config.example.toml shows how it is written"
_SILENT: Final = frozenset({"default_factory_not_called", "extra_forbidden"})
"""A follow-up of another error, and what `unknown_keys` says better."""


def validate(raw: Raw) -> tuple[Settings | None, list[Finding]]:
    """The settings, or what is wrong with single keys and values."""
    unknown = list(unknown_keys(raw))
    try:
        return Settings.model_validate(raw), unknown
    except ValidationError as error:
        wrong = [_finding(each) for each in error.errors(include_url=False) if _counts(each)]
        return None, unknown + wrong


def unknown_keys(raw: Raw) -> Iterator[Finding]:
    """Every key that no model has, with the one that was probably meant."""
    for node in nodes(raw):
        for key in node.table if node.fields else ():
            if key not in node.fields:
                yield Finding(
                    keys=(*node.keys, key),
                    words=f"there is no setting {key!r} here",
                    hint=did_you_mean(key, _writable(node), _SEE),
                )


def _writable(node: Node) -> list[str]:
    files = [key + FILE for key, info in node.fields.items() if is_secret(info.annotation)]
    return list(dict.fromkeys([*node.fields, *files]))


def _counts(error: ErrorDetails) -> bool:
    # A list whose items are all wrong is not too short as well.
    follows = error["type"] == "too_short" and bool(error["input"])
    return not follows and error["type"] not in _SILENT


def _finding(error: ErrorDetails) -> Finding:
    keys: KeyPath = tuple(key for key in error["loc"] if key != "[key]")
    words, hint = _in_words(error, keys)
    about = field_at(keys)
    usual = about.description if about and about.description else _SEE
    missing = error["type"] == "missing"
    return Finding(keys=keys, words=words, hint=hint or usual, missing=missing)


def _in_words(error: ErrorDetails, keys: KeyPath) -> tuple[str, str]:
    kind, context = error["type"], error.get("ctx", {})
    cause = context.get("error")
    if isinstance(cause, Invalid):
        return cause.words, cause.hint
    if isinstance(cause, ValueError):
        return _parted(str(cause))
    if kind == "missing":
        return f"{keys[-1]} is missing", ""
    if kind == "enum":
        known = [word.strip(" '") for word in context["expected"].replace(" or ", ",").split(",")]
        return f"{error['input']!r} is none of its values", did_you_mean(
            str(error["input"]), known, ", ".join(known)
        )
    if kind in ("too_short", "string_too_short"):
        return "it is empty", ""
    return _SHAPES.get(kind) or (_lowered(error["msg"].replace("Input should", "it must")), "")


def _parted(message: str) -> tuple[str, str]:
    """The domain says what is wrong, then after a semicolon what to write instead."""
    words, parted, hint = message.rpartition("; ")
    return (words, hint[:1].upper() + hint[1:]) if parted else (message, "")


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]
