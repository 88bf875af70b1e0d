"""Runs as Discord's markdown: our own syntax, and never any from outside.

A backslash takes the meaning of any mark, so text looks as it came: no emphasis, quote, heading,
list, link, mention, timestamp or emoji is made of it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from typing import Final
from urllib.parse import quote, urlsplit

from bot.cards import Link, Plain, Run, Runs, When, Who, clean

Accounts = Callable[[str], str]
"""The Discord account of a person's key; empty when they have none."""

_MARKS: Final = re.compile(r"([\\*_~`|<>\[\]])")
_AT_START: Final = re.compile(r"(?m)^([^\S\n]*)([#+-])")
_NUMBERED: Final = re.compile(r"(?m)^([^\S\n]*\d+)([.)])")
_EMOJI: Final = re.compile(r":(?=[\w+-]+:)")
_ADDRESS: Final = re.compile(r":(?=//)")
_INVITE: Final = re.compile(r"(?i)(discord(?:app)?|dsc)\.(?=gg|com|io|me)")
_EVERYBODY: Final = re.compile(r"(?i)@(?=everyone|here)")
_NOTHING: Final = "\u200b"
_WEB: Final = ("http", "https", "mailto")


def escaped(text: str) -> str:
    """Text from anywhere, shown as it is."""
    marked = _MARKS.sub(r"\\\1", clean(text))
    marked = _AT_START.sub(r"\1\\\2", marked)
    marked = _NUMBERED.sub(r"\1\\\2", marked)
    marked = _EMOJI.sub(r"\\:", marked)
    marked = _ADDRESS.sub(r"\\:", marked)
    marked = _INVITE.sub(r"\1\\.", marked)
    return _EVERYBODY.sub(f"@{_NOTHING}", marked)


def fence(text: str) -> str:
    """Text in a block of its own, in letters of one width; no fence inside can end it."""
    inside = clean(text).replace("```", f"`{_NOTHING}`{_NOTHING}`")
    return f"```\n{inside.rstrip('`')}\n```"


def quoted(markdown: str) -> str:
    """Every line with a bar at its side."""
    return "\n".join(f"> {line}" for line in markdown.split("\n"))


def small(markdown: str) -> str:
    """In small grey letters, on one line."""
    return f"-# {' '.join(markdown.split())}"


def size(text: str) -> int:
    """How long Discord finds the text, at most: an emoji may count as two."""
    return len(text) + sum(char > "\uffff" for char in text)


def fitting(text: str, room: int) -> str:
    """As much of the text as fits into `room` once it is escaped, with an ellipsis when cut."""
    if size(text) <= room and size(escaped(text)) <= room:
        return text
    lengths = range(min(len(text), room) + 1)
    fits = bisect_right(lengths, room - 1, key=lambda length: size(escaped(text[:length]))) - 1
    cut = text[: max(0, fits)]
    space = cut.rfind(" ")
    return (cut[:space] if space > len(cut) * 2 // 3 else cut).rstrip() + "…"


def inline(runs: Runs, accounts: Accounts) -> str:
    """The runs as markdown; who is to be pinged and has an account stands as a mention."""
    return "".join(_run(run, accounts) for run in runs)


def cut_runs(runs: Runs, room: int) -> tuple[Runs, bool]:
    """As many runs as fit into `room` characters of markdown, and whether something was cut."""
    kept: list[Run] = []
    for run in runs:
        need = size(_run(run, _longest))
        if need <= room:
            kept.append(run)
            room -= need
            continue
        if isinstance(run, Plain) and room > _FRAME:
            kept.append(
                Plain(fitting(run.text, room - _FRAME), bold=run.bold, dim=run.dim, code=run.code)
            )
        return tuple(kept), True
    return tuple(kept), False


def mentioned(runs: Runs, accounts: Accounts) -> tuple[str, ...]:
    """The accounts that the runs ping."""
    found = (accounts(run.key) for run in runs if isinstance(run, Who) and run.mention)
    return tuple(account for account in found if account)


_FRAME: Final = 4
"""What stands around a cut run at most: two stars on both sides."""


def _longest(_: str) -> str:
    """A place holder for the longest account there is."""
    return "9" * 20


def _run(run: Run, accounts: Accounts) -> str:
    match run:
        case Plain():
            return _plain(run)
        case When(at=at, relative=relative):
            return f"<t:{int(at.timestamp())}:{'R' if relative else 'f'}>"
        case Who(key=key, name=name, mention=mention):
            account = accounts(key) if mention else ""
            return f"<@{account}>" if account else escaped(name)
        case Link(text=text, url=url):
            return masked(text, url)


def masked(text: str, url: str) -> str:
    """A link of our own making; only its text when the address is none for the web."""
    label = escaped(" ".join(text.split())) or "link"
    if urlsplit(url).scheme not in _WEB:
        return label
    return f"[{label}]({quote(url, safe=':/?#@!$&*+,;=%~')})"


def _plain(run: Plain) -> str:
    if run.code:
        flat = " ".join(clean(run.text).replace("`", "'").split())
        return f"`{flat}`" if flat else ""
    if not run.bold or not run.text.strip():
        return escaped(run.text)
    inner = run.text.strip()
    before, after = run.text.split(inner, 1)
    return f"{before}**{escaped(inner)}**{after}"
