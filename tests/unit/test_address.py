"""Where the database is: what a URL says, and that its password is in no message."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.address import read_address
from storage.failures import CannotOpen


@pytest.mark.parametrize(
    ("url", "file"),
    [
        ("sqlite:///var/lib/deskhand.db", Path("/var/lib/deskhand.db")),
        ("sqlite://var/deskhand.db", Path("var/deskhand.db")),
        ("sqlite://:memory:", None),
        ("postgres://me@localhost/desk", None),
    ],
)
def test_a_sqlite_url_names_a_file_or_memory(url: str, file: Path | None) -> None:
    assert read_address(url).file == file


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgres://me:hunter2@db:5433/desk", "the PostgreSQL database desk at db:5433"),
        ("postgresql://me:hunter2@db/desk", "the PostgreSQL database desk at db"),
        ("postgres://me@/desk?host=/run/pg", "the PostgreSQL database desk at /run/pg"),
        ("postgres:///desk", "the PostgreSQL database desk at localhost"),
        ("sqlite://var/x.db", "the SQLite database var/x.db"),
    ],
)
def test_words_name_the_place_without_the_password(url: str, words: str) -> None:
    assert read_address(url).words == words


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://localhost/x", "neither sqlite:// nor postgres://"),
        ("var/deskhand.db", "neither sqlite:// nor postgres://"),
        ("sqlite://", "names no file"),
        ("sqlite:///var/", "names no file"),
        ("sqlite://x.db?mode=ro", "takes no options"),
        ("postgres://me:hunter2@localhost", "names no database"),
        ("postgres://me:hunter2@localhost:many/x", "cannot be read"),
        ("postgres://me:hunter2@[::1/x", "cannot be read"),
    ],
)
def test_a_bad_url_is_explained(url: str, words: str) -> None:
    with pytest.raises(CannotOpen, match=words) as caught:
        read_address(url)

    assert "hunter2" not in caught.value.words
