"""HTML bodies as text: what a reader sees, links with their addresses, and nothing hidden."""

from __future__ import annotations

import html as entities
import re
from collections.abc import Mapping
from typing import Any

from html_to_markdown import ConversionError, ConversionOptions, convert

from adapters.mail.replies.html import is_history, may_hold_history

MAX_HTML = 1_000_000
MAX_DEPTH = 200
MAX_TAGS = 50_000
MAX_FRESH_TAGS = 20_000
MAX_QUOTE_DEPTH = 5
MAX_LINKS = 5000
MAX_URL = 2000

_OPTIONS = ConversionOptions(extract_metadata=False, autolinks=False)
# In all other HTML a line end is a space.
_LAID_OUT = re.compile(r"<(?:pre|textarea|listing)\b|white-space:\s*(?:pre|break)", re.IGNORECASE)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,20})")
_CODE = re.compile(r"<(style|script|!--)", re.IGNORECASE)
_CODE_ENDS = {
    "style": re.compile(r"</style[^<>]*>?", re.IGNORECASE),
    "script": re.compile(r"</script[^<>]*>?", re.IGNORECASE),
    "!--": re.compile("-->"),
}
_ANY_TAG = re.compile(r"<[^<>]*>?")
_WEB = re.compile(r"(?:https?|ftp)://", re.IGNORECASE)
_BLANK_LINES = re.compile(r"\n{3,}")
# Elements that end by themselves: they do not make the tree deeper.
_SHALLOW = frozenset(
    {
        "area", "base", "br", "col", "dd", "dt", "embed", "hr", "img", "input", "li", "link",
        "meta", "option", "p", "param", "source", "td", "th", "tr", "wbr",
    }
)  # fmt: skip

# What the converter does not know to be invisible: words for filters and previews, or for robots.
_HIDDEN = re.compile(r"mso-hide:all|opacity:0(?:\.0+)?(?![.\d])|max-height:0(?![.\d])")
_HIDES = ("mso-hide", "opacity", "max-height")

_GO_ON = {"type": "continue"}
_SKIP = {"type": "skip"}


def html_to_text(html: str, *, fresh: bool = False) -> str:
    """The visible text in simple Markdown; with `fresh`, without what is marked as history.

    At most MAX_HTML characters are looked at. Too large or deep a tree is reduced to its bare text.
    """
    html = html[:MAX_HTML]
    if _too_costly(html):
        return _bare(html)
    walk: Any = _FreshWalk(html) if fresh else _walk_through(html)
    try:
        text = convert(_in_one_line(html), _OPTIONS, visitor=walk).content or ""
    except (ConversionError, ValueError):
        return _bare(html)
    lines = (line.rstrip() for line in text[:MAX_HTML].split("\n"))
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip("\n")


def fresh_html_text(html: str) -> str | None:
    """The text without marked history; None when nothing in the HTML is marked as history."""
    if html.count("<") > MAX_FRESH_TAGS or not may_hold_history(html):
        return None
    return html_to_text(html, fresh=True)


def _in_one_line(html: str) -> str:
    """The HTML with its line ends as the spaces that readers see, unless it is laid out by them."""
    return html if _LAID_OUT.search(html) else html.replace("\r", " ").replace("\n", " ")


class _Walk:
    """The converter's visitor: called for every link and image, in document order."""

    def __init__(self) -> None:
        self._links = 0

    def visit_link(self, _ctx: Any, href: str, text: str, _title: str) -> dict[str, str]:
        """`text <address>`; only web addresses are shown, others are no more than their text."""
        self._links += 1
        href = href.strip()
        shown = " ".join(text.split())
        sound = _WEB.match(href) and len(href) <= MAX_URL and self._links <= MAX_LINKS
        if not sound or shown == href or any(char.isspace() for char in href):
            return {"type": "custom", "output": shown}
        return {"type": "custom", "output": f"{shown} <{href}>" if shown else f"<{href}>"}

    def visit_image(self, _ctx: Any, _src: str, alt: str, _title: str) -> dict[str, str]:
        """The words that stand for the image; one without words, such as a pixel, is nothing."""
        shown = " ".join((alt or "").split())
        return {"type": "custom", "output": f"[{shown}]"} if shown else _SKIP

    def visit_strong(self, _ctx: Any, text: str) -> dict[str, str]:
        """Bold words are words: stars would stand in the text that people read."""
        return {"type": "custom", "output": text}

    visit_emphasis = visit_strong

    def visit_blockquote(self, _ctx: Any, content: str, depth: int) -> dict[str, str]:
        """Each line behind a mark; far in, more marks say nothing and cost without bound."""
        if depth >= MAX_QUOTE_DEPTH:
            return {"type": "custom", "output": f"\n{content}\n"}
        lines = _BLANK_LINES.sub("\n\n", content.strip()).split("\n")
        quoted = "\n".join(f"> {line}" for line in lines)
        return {"type": "custom", "output": f"\n{quoted}\n\n"} if lines != [""] else _SKIP


class _CarefulWalk(_Walk):
    """Leaves out what is made invisible in ways that the converter does not know."""

    def visit_element_start(self, ctx: Any) -> dict[str, str]:
        """Skip an element that nobody can see."""
        return _SKIP if _is_hidden(ctx.attributes()) else _GO_ON


class _FreshWalk(_Walk):
    """Leaves out marked history: some marks hold it, behind others everything is history."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self._blocks = "<blockquote" in html.casefold()
        self._past = False

    def visit_element_start(self, ctx: Any) -> dict[str, str]:
        """Skip an element that is history, and all that come behind a mark of the rest."""
        attributes = ctx.attributes()
        history = is_history(ctx.tag_name, attributes, blocks=self._blocks)
        self._past = self._past or history == "rest"
        return _SKIP if self._past or history or _is_hidden(attributes) else _GO_ON

    def visit_text(self, _ctx: Any, _text: str) -> dict[str, str]:
        """Skip text that comes behind a mark of the rest."""
        return _SKIP if self._past else _GO_ON


def _walk_through(html: str) -> _Walk:
    """The visitor for this HTML; looking at each element is worth while only for some."""
    folded = html.casefold()
    return _CarefulWalk() if any(hint in folded for hint in _HIDES) else _Walk()


def _is_hidden(attributes: Mapping[str, str]) -> bool:
    style = attributes.get("style", "")
    return bool(style and _HIDDEN.search("".join(style.lower().split())))


def _too_costly(html: str) -> bool:
    """Whether the tree may be larger or deeper than the converter takes in good time."""
    tags = html.count("<")
    if tags <= MAX_DEPTH or tags > MAX_TAGS:
        return tags > MAX_TAGS
    depth = 0
    for closing, name in _TAG.findall(html):
        if name.lower() in _SHALLOW:
            continue
        depth = max(0, depth - 1) if closing else depth + 1
        if depth > MAX_DEPTH:
            return True
    return False


def _bare(html: str) -> str:
    """The text between all tags: without a tree nobody can tell which of it is seen."""
    return " ".join(entities.unescape(_ANY_TAG.sub(" ", _without_code(html))).split())


def _without_code(html: str) -> str:
    """The HTML without comments and what stands in style and script, in one way through it."""
    kept, at = list[str](), 0
    while found := _CODE.search(html, at):
        kept.append(html[at : found.start()])
        end = _CODE_ENDS[found[1].lower()].search(html, found.end())
        if end is None:
            return "".join(kept)
        at = end.end()
    return "".join((*kept, html[at:]))
