"""The key the service makes for itself when nobody wrote one."""

from __future__ import annotations

import stat
from datetime import date
from pathlib import Path

import pytest

from bot.config.loading import load
from bot.config.problems import ConfigProblems
from bot.config.secret_key import signing_key
from bot.config.settings import Settings

KEY = "d41d8cd98f00b204e9800998ecf8427e"


def settings_in(folder: Path, **environ: str) -> Settings:
    variables = {"DESKHAND_SERVICE__DATA_DIR": str(folder)} | environ
    return load(None, variables, date(2026, 11, 21))


def test_a_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "var")
    first = signing_key(settings).get_secret_value()
    assert len(first) == 64
    assert signing_key(settings).get_secret_value() == first
    assert stat.S_IMODE((tmp_path / "var" / "secret_key").stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "var").iterdir()] == ["secret_key"]


def test_a_written_key_is_used_and_none_is_made(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "var", DESKHAND_SERVICE__SECRET_KEY=KEY)
    assert signing_key(settings).get_secret_value() == KEY
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize(
    ("text", "mode", "words"),
    [
        (KEY, 0o644, "others can read the key"),
        ("short", 0o600, "the key in it is too short"),
        ("ü" * 32, 0o600, "it is not text"),
    ],
)
def test_a_file_that_cannot_be_trusted_is_a_problem(
    tmp_path: Path, text: str, mode: int, words: str
) -> None:
    (tmp_path / "secret_key").write_text(text, encoding="utf-8")
    (tmp_path / "secret_key").chmod(mode)
    with pytest.raises(ConfigProblems, match=words):
        signing_key(settings_in(tmp_path))
