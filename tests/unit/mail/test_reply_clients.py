"""What is fresh in the replies of many mail programs, in many languages.

Each file of the folder holds the replies of one family; the texts are whole, as they come.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Final

import pytest

from adapters.mail.content.html_text import html_to_text
from adapters.mail.content.reply_text import fresh_text

REPLIES: Final = {
    f"{path.stem}: {reply['name']}": reply
    for path in sorted((Path(__file__).parents[2] / "fixtures/mail/replies").glob("*.toml"))
    for reply in tomllib.loads(path.read_text())["replies"]
}


@pytest.mark.parametrize("name", REPLIES)
def test_d1_the_fresh_words_of_a_reply(name: str) -> None:
    reply = REPLIES[name]
    html = reply.get("html")
    found = fresh_text(html_to_text(html) if html else reply["text"], html)
    assert found.split() == reply["fresh"].split()


def test_many_programs_are_known() -> None:
    assert len(REPLIES) > 300
