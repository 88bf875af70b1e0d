"""Reading mbox files, as programs have written them for forty years."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from adapters.mail.receiving.mbox import NotAnMbox, messages

TWO = b"""From maria@acme.example Mon Mar  2 09:00:00 2026
Subject: one

Hello.
>From here on it is quoted.
From the middle of a paragraph it is not the next.

From bob@acme.example Mon Mar  2 10:00:00 2026
Subject: two

>>From twice
"""


def written(folder: Path, content: bytes) -> Path:
    path = folder / "old.mbox"
    path.write_bytes(content)
    return path


def test_each_message_comes_whole(tmp_path: Path) -> None:
    found = list(messages(written(tmp_path, TWO)))
    assert [raw for _, raw in found] == [
        b"Subject: one\n\nHello.\nFrom here on it is quoted.\n"
        b"From the middle of a paragraph it is not the next.\n",
        b"Subject: two\n\n>From twice\n",
    ]
    assert found[-1][0] == len(TWO)
    assert found[0][0] < len(TWO)


def test_line_ends_of_either_kind_are_read(tmp_path: Path) -> None:
    path = written(tmp_path, TWO.replace(b"\n", b"\r\n"))
    assert len(list(messages(path))) == 2


@pytest.mark.parametrize("before", [b"\n\r\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\r\n"])
def test_what_editors_leave_above_the_first_message_is_passed_by(
    tmp_path: Path, before: bytes
) -> None:
    path = written(tmp_path, before + TWO)
    found = list(messages(path))
    assert [raw.splitlines()[0] for _, raw in found] == [b"Subject: one", b"Subject: two"]
    assert found[-1][0] == path.stat().st_size


@pytest.mark.parametrize("content", [b"", b"\n\n"])
def test_an_empty_mailbox_holds_nothing(tmp_path: Path, content: bytes) -> None:
    assert list(messages(written(tmp_path, content))) == []


def test_a_compressed_file_is_said_to_be_one(tmp_path: Path) -> None:
    with pytest.raises(NotAnMbox, match="unpack it first"):
        list(messages(written(tmp_path, gzip.compress(TWO))))


def test_mailmans_archives_are_known_by_their_dates(tmp_path: Path) -> None:
    text = TWO.replace(b"@acme", b" at acme").replace(b">>From twice", b"Dear all,\n\nFrom now on")
    found = [raw for _, raw in messages(written(tmp_path, text))]
    assert len(found) == 2
    assert found[1].endswith(b"From now on\n")


def test_a_first_line_without_end_takes_no_time(tmp_path: Path) -> None:
    assert len(list(messages(written(tmp_path, b"From " + b" " * 1_000_000)))) == 1


@pytest.mark.parametrize("content", [b"Subject: a mail, no mbox\n\nx\n", b"\0" * 100])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(NotAnMbox):
        list(messages(written(tmp_path, content)))


def test_text_that_nobody_quoted_ends_no_message(tmp_path: Path) -> None:
    text = TWO.replace(b"\n>>From twice", b"\nDear all,\n\nFrom Monday 10:30 on we are closed.")
    found = [raw for _, raw in messages(written(tmp_path, text))]
    assert [raw.splitlines()[0] for raw in found] == [b"Subject: one", b"Subject: two"]
    assert found[1].endswith(b"From Monday 10:30 on we are closed.\n")


def test_a_blank_line_may_be_missing_above_the_next_message(tmp_path: Path) -> None:
    text = TWO.replace(b"\n\nFrom bob", b"\nFrom bob")
    assert len(list(messages(written(tmp_path, text)))) == 2


def test_from_lines_without_a_date_are_known_by_the_blank_line(tmp_path: Path) -> None:
    text = TWO.replace(b" Mon Mar  2 09:00:00 2026", b"").replace(b" Mon Mar  2 10:00:00 2026", b"")
    assert len(list(messages(written(tmp_path, text)))) == 2
