"""Saved replies in the configuration: read whole, and wrong ones told."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot.config.loading import load
from bot.config.problems import ConfigProblems
from bot.domain.directory import Directory, SavedReply

DESK = """
[desks.support]
key = "SUP"
addresses = ["support@shop.example"]
channels = ["console:support"]

"""


def directory(tmp_path: Path, text: str) -> Directory:
    path = tmp_path / "deskhand.toml"
    path.write_text(DESK + text)
    return load(path, {}, date(2026, 3, 1)).directory()


def test_a_saved_reply_is_read(tmp_path: Path) -> None:
    found = directory(
        tmp_path,
        '[saved_replies.paid-back]\ntext = "Hello {requester}"\n'
        '[saved_replies.vat]\nname = "VAT"\ntext = "x"\ndesks = ["support"]\n',
    )
    assert found.saved_for("billing") == (
        SavedReply(key="paid-back", name="Paid Back", text="Hello {requester}"),
    )
    assert [saved.name for saved in found.saved_for("support")] == ["Paid Back", "VAT"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('text = "Hello {custumer}"', "there is no placeholder {custumer}"),
        ('text = "Hello {text}"', "there is no placeholder {text}"),
        ('text = "Hello {"', "a brace is not closed"),
        ('text = " "', "the text is empty"),
        ('text = "x"\ndesks = ["suport"]', "there is no [desks.suport]. Did you mean support?"),
        ('name = "x"', "text"),
    ],
)
def test_what_is_wrong_is_told_at_the_start(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigProblems) as caught:
        directory(tmp_path, f"[saved_replies.a]\n{text}\n")
    assert words in str(caught.value)
