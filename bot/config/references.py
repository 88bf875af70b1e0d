"""Names that lead nowhere and values that occur twice, found by the marks of the models."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from bot.config.problems import Finding, KeyPath, dotted, nearest
from bot.config.sources import Raw, Written
from bot.config.tables.people import SURFACES
from bot.config.tables.section import Channel, Granted, Ref, Target, Unique
from bot.config.walk import Node, nodes

_TARGETS = {"schedule": "schedules", "person": "people"}


def dangling(written: Written) -> Iterator[Finding]:
    """Every name of something that is not configured."""
    for node in nodes(written.raw):
        if isinstance(node.value, str) and node.value:
            for mark in node.marks:
                yield from _check(written.raw, node, node.value, mark)


def _check(raw: Raw, node: Node, text: str, mark: object) -> Iterator[Finding]:
    match mark:
        case Ref(section, builtin):
            yield from _named(node, text, section, (*_keys(raw, section), *builtin))
        case Target():
            yield from _target(raw, node, text)
        case Channel():
            yield from _channel(raw, node, text)
        case Granted() if ":" in text:
            yield from _named(node, text.partition(":")[2], "desks", _keys(raw, "desks"))


def _keys(raw: Raw, section: str) -> list[str]:
    table = raw.get(section)
    return list(table) if isinstance(table, dict) else []


def _named(node: Node, name: str, section: str, known: Collection[str]) -> Iterator[Finding]:
    if name not in known:
        near = nearest(name, list(known))
        hint = f"Did you mean {near}?" if near else f"Write [{section}.{name}], or name another"
        yield Finding(keys=node.keys, words=f"there is no [{section}.{name}]", hint=hint)


def _target(raw: Raw, node: Node, text: str) -> Iterator[Finding]:
    kind, _, name = text.partition(":")
    if kind in _TARGETS and name:
        yield from _named(node, name, _TARGETS[kind], _keys(raw, _TARGETS[kind]))
        return
    yield Finding(
        keys=node.keys,
        words=f"{text!r} is nobody to page",
        hint=next(
            (
                f"Write {kind}:{text}"
                for kind, section in _TARGETS.items()
                if text in _keys(raw, section)
            ),
            "Write schedule:<key> or person:<key>",
        ),
    )


def _channel(raw: Raw, node: Node, text: str) -> Iterator[Finding]:
    surface, colon, _ = text.partition(":")
    if not colon or surface in surfaces(raw):
        return
    if surface not in SURFACES:
        hint = f"Write one of {', '.join(f'{each}:…' for each in SURFACES)}"
        yield Finding(keys=node.keys, words=f"there is no chat platform {surface!r}", hint=hint)
    elif surface == "console":
        hint = "Set enabled = true in [console], or take the channel out"
        yield Finding(keys=node.keys, words="the console is switched off", hint=hint)
    else:
        hint = f"Write the table [{surface}], or take the channel out"
        yield Finding(keys=node.keys, words=f"{surface} is not configured", hint=hint)


def surfaces(raw: Raw) -> set[str]:
    """The chat surfaces that are configured."""
    console = raw.get("console")
    enabled = console.get("enabled", True) if isinstance(console, dict) else True
    off = {"console"} if str(enabled).lower() in ("false", "0", "no", "off") else set()
    return {str(each) for each in SURFACES if each in raw or each == "console"} - off


def repeated(written: Written) -> Iterator[Finding]:
    """Every value that must be the only one of its kind and is not, at its second place."""
    first: dict[tuple[str, str], KeyPath] = {}
    for node in nodes(written.raw):
        for mark in node.marks:
            if isinstance(mark, Unique) and isinstance(node.value, str | int) and node.value:
                known = first.setdefault((mark.what, str(node.value).lower()), node.keys)
                if known != node.keys:
                    yield Finding(
                        keys=node.keys,
                        words=f"the same {mark.what} is at {dotted(known)}",
                        hint="Change one of the two",
                    )
