"""What a person wrote anew in a reply, without the history below or above it.

First the marks in the HTML decide, then the lines of the text. The whole text is kept elsewhere: a
wrong cut hides, it does not lose.
"""

from __future__ import annotations

from adapters.mail.content.html_text import fresh_html_text
from adapters.mail.replies.lines import fresh_lines


def fresh_text(text: str, html: str | None = None) -> str:
    """The fresh part of the text; the whole text when nothing in it seems fresh (a forward).

    `html` is the same body as HTML. Where there is HTML, a quotation without a mark or an
    attribution is content: people quote in their own words.
    """
    marked = fresh_html_text(html) if html else None
    fresh = fresh_lines(text if marked is None else marked, quotes=html is None)
    return fresh or text.strip("\n")
