"""The HTML alternative of a mail, made from its text: the same words, nothing from elsewhere.

No image, no style from outside, no script: a page that every mail program shows alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from itertools import groupby
from typing import Final

_PAGE: Final = (
    '<!DOCTYPE html>\n<html><head><meta charset="utf-8"></head>\n'
    '<body style="font-family:sans-serif;font-size:15px;line-height:1.5;color:#1f2328">\n'
    "{body}\n</body></html>\n"
)
_QUOTE: Final = '<blockquote style="margin:0 0 0 4px;padding-left:10px;border-left:2px solid #ccc">'
# An address as people write it: what ends a sentence is no part of it.
_LINK: Final = re.compile(r"https?://[^\s<>\"']{1,1000}(?<![.,;:!?])")
_CLOSING: Final = {")": "(", "]": "[", "}": "{"}
_ENDS: Final = ".,;:!?"
_BREAK: Final = "<br>\n"
_SPACES: Final = re.compile(r"(?m)^ +|(?<= ) +")


def as_html(text: str) -> str:
    """The page; paragraphs, quotes and links are seen, everything else is shown as it stands."""
    blocks = (
        _block(quoted, list(lines))
        for quoted, lines in groupby(text.strip("\n").split("\n"), lambda line: line[:1] == ">")
    )
    return _PAGE.format(body="\n".join(filter(None, blocks)))


def _block(quoted: bool, lines: list[str]) -> str:
    if not quoted:
        return "\n".join(_paragraphs(lines))
    inner = "\n".join(_paragraphs([line[1:].removeprefix(" ") for line in lines]))
    return f"{_QUOTE}{inner}</blockquote>"


def _paragraphs(lines: list[str]) -> Iterator[str]:
    """Each in the direction of its own script: Arabic and Hebrew run from the right."""
    for blank, group in groupby(lines, lambda line: not line.strip()):
        if not blank:
            shown = _BREAK.join(map(_line, group))
            yield f'<p dir="auto">{shown}</p>'


def _line(text: str) -> str:
    """One line, escaped; its links can be followed, its indents are kept."""
    parts, at = [], 0
    for found in _LINK.finditer(text):
        link = _without_bracket(found[0])
        if link.endswith("://"):
            continue
        url = escape(link)
        parts += [_plain(text[at : found.start()]), f'<a href="{url}">{url}</a>']
        at = found.start() + len(link)
    return "".join([*parts, _plain(text[at:])])


def _without_bracket(link: str) -> str:
    """The link without brackets at its end that were opened before it: `…/Mail_(disambiguation)`
    has its own.
    """
    while link and link[-1] in _CLOSING and link.count(_CLOSING[link[-1]]) < link.count(link[-1]):
        link = link[:-1].rstrip(_ENDS)
    return link


def _plain(text: str) -> str:
    return _SPACES.sub(lambda found: "&nbsp;" * len(found[0]), escape(text))
