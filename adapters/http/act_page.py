"""The page of a one-time link: small, calm, without script or anything from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Final, Protocol

NOWHERE_STATUS: Final = 410

_PAGE: Final = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><meta name="color-scheme" content="light dark">
<style>{style}</style></head>
<body><main>
{body}
</main></body></html>
"""
_STYLE: Final = """
:root{--ground:#f6f7f9;--card:#fff;--ink:#1c2128;--soft:#57606a;--line:#d5dae0;
--act:#1f5fbf;--on-act:#fff;--warn:#8a5a00;--warn-ground:#fff6e0;--well:#0f6b3a;
--well-ground:#e6f6ec}
@media(prefers-color-scheme:dark){:root{--ground:#12161b;--card:#1b2027;--ink:#e6eaef;
--soft:#a3acb7;--line:#343c46;--act:#5b9bff;--on-act:#0b1320;--warn:#f2c14e;
--warn-ground:#33290f;--well:#6fd69a;--well-ground:#12301f}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:40rem;margin:2rem auto;padding:1.5rem;background:var(--card);
border:1px solid var(--line);border-radius:12px}
.number{margin:0;color:var(--soft);font-size:.875rem}
h1{margin:0 0 1rem;font-size:1.375rem;line-height:1.3;overflow-wrap:anywhere}
h2{margin:1.25rem 0 .25rem;font-size:1rem}
blockquote{margin:0;padding:.25rem 0 .25rem 1rem;border-left:3px solid var(--line);
white-space:pre-wrap;overflow-wrap:anywhere;max-height:24rem;overflow:auto}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem;margin:1.25rem 0}
dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
label{display:block;font-weight:600;margin-bottom:.25rem}
textarea{width:100%;min-height:9rem;padding:.625rem;font:inherit;color:inherit;
background:var(--ground);border:1px solid var(--soft);border-radius:8px}
.buttons{display:flex;flex-wrap:wrap;gap:.5rem;margin-top:.75rem}
button{font:inherit;padding:.5rem 1rem;min-height:44px;border-radius:8px;cursor:pointer;
color:inherit;background:var(--card);border:1px solid var(--soft)}
button.first{color:var(--on-act);background:var(--act);border-color:var(--act);font-weight:600}
:focus-visible{outline:3px solid var(--act);outline-offset:2px}
a{color:var(--act)}
.hint{color:var(--soft);font-size:.875rem;margin:.75rem 0 0}
.said{margin:0 0 1rem;padding:.75rem 1rem;border-radius:8px;overflow-wrap:anywhere;
color:var(--warn);background:var(--warn-ground)}
.said.well{color:var(--well);background:var(--well-ground)}
@media(max-width:42rem){main{margin:0;border:0;border-radius:0;min-height:100vh}
.buttons button{flex:1 1 100%}}
"""


class ActPage(Protocol):
    """A ticket as its page shows it, all of it text; see `bot.services.gestures.links.LinkPage`."""

    @property
    def number(self) -> str:
        """The ticket."""
        ...

    @property
    def title(self) -> str:
        """What it is about."""
        ...

    @property
    def actor(self) -> str:
        """In whose name it is acted."""
        ...

    @property
    def writer(self) -> str:
        """Whose words are shown; empty when no customer wrote."""
        ...

    @property
    def words(self) -> str:
        """What the customer said last."""
        ...

    @property
    def owner(self) -> str:
        """Who has it."""
        ...

    @property
    def status(self) -> str:
        """How it stands."""
        ...

    @property
    def due(self) -> str:
        """What is due, and when; empty when nothing is."""
        ...

    @property
    def knew(self) -> str:
        """The newest message that the page shows."""
        ...

    @property
    def free(self) -> bool:
        """Whether it can be claimed."""
        ...

    @property
    def text(self) -> str:
        """What was written and did not go through."""
        ...

    @property
    def said(self) -> str:
        """What became of what was asked for."""
        ...

    @property
    def done(self) -> bool:
        """Whether the link is used up."""
        ...


def page_of(page: ActPage, console: str) -> str:
    """The ticket with its form; after the deed, what was done and where to go on."""
    shown = (*_head(page), *(_done(page, console) if page.done else _open(page)))
    return _html(f"{page.number} {page.title}", shown)


def nowhere(console: str) -> str:
    """For every link that is forged, over, or used up."""
    words = "<p>A link works once, for 24 hours. This one was used, is over, or never was one.</p>"
    where = _where(console, "", "Go on in the console")
    return _html("This link leads nowhere", ("<h1>This link leads nowhere</h1>", words, where))


def _html(title: str, parts: tuple[str, ...]) -> str:
    body = "\n".join(filter(None, parts))
    return _PAGE.format(title=escape(title), style=_STYLE, body=body)


def _head(page: ActPage) -> Iterator[str]:
    yield f'<p class="number">{escape(page.number)}</p>\n<h1>{escape(page.title)}</h1>'
    if page.said:
        tone = "said well" if page.done else "said"
        role = "status" if page.done else "alert"
        yield f'<p class="{tone}" role="{role}">{escape(page.said)}</p>'


def _open(page: ActPage) -> Iterator[str]:
    if page.writer:
        yield f"<h2>{escape(page.writer)} wrote</h2>"
        yield f"<blockquote>{escape(page.words) or '(no text)'}</blockquote>"
    facts = (("Owner", page.owner), ("Status", page.status), ("Due", page.due))
    rows = "".join(f"<dt>{name}</dt><dd>{escape(fact)}</dd>" for name, fact in facts if fact)
    yield f"<dl>{rows}</dl>"
    yield _form(page)


def _form(page: ActPage) -> str:
    claim = '<button name="do" value="claim">Claim</button>' if page.free else ""
    return f"""<form method="post">
<label for="text">Your words</label>
<textarea id="text" name="text" maxlength="20000" aria-describedby="hint">
{escape(page.text)}</textarea>
<input type="hidden" name="knew" value="{escape(page.knew)}">
<div class="buttons"><button class="first" name="do" value="reply">Reply to the customer</button>
<button name="do" value="note">Keep as note</button>{claim}</div>
<p class="hint" id="hint">You act as {escape(page.actor)}. This link works once. A reply leaves
after 10 seconds; until then it can be taken back in chat, by its Undo button or
<code>/ticket undo {escape(page.number)}</code>.</p>
</form>"""


def _done(page: ActPage, console: str) -> Iterator[str]:
    yield "<p>The link is used up now.</p>"
    yield _where(console, page.number, f"Open {page.number} in the console")


def _where(console: str, number: str, words: str) -> str:
    if not console:
        return "<p>Go on in chat.</p>"
    url = f"{console}/console/#{number}" if number else f"{console}/console/"
    return f'<p><a href="{escape(url)}">{escape(words)}</a>, or in chat.</p>'
