"""SQL is written once: which `?` is a placeholder, and where a statement of a script ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.engines.sqlite import split
from storage.sql import numbered


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("SELECT ?, ?", "SELECT $1, $2"),
        ("a = ? AND b = 'what?' AND c = ?", "a = $1 AND b = 'what?' AND c = $2"),
        ("'it''s ?' || ?", "'it''s ?' || $1"),
        (r"E'it\'s ?' || ?", r"E'it\'s ?' || $1"),
        ('"odd?" = ?', '"odd?" = $1'),
        ("? -- why?\n+ ?", "$1 -- why?\n+ $2"),
        ("? /* why?\n who? */ + ?", "$1 /* why?\n who? */ + $2"),
        ("$$ what? $$ || ?", "$$ what? $$ || $1"),
        ("$x$ what? $$ ? $x$ || ?", "$x$ what? $$ ? $x$ || $1"),
        ("?::text", "$1::text"),
    ],
)
def test_a_question_mark_is_numbered_outside_quotes_and_comments(written: str, sent: str) -> None:
    assert numbered(written) == sent


@given(st.lists(st.sampled_from(["'?''?'", '"?"', "/*?*/", "$q$?$q$", "--?\n", "a", " "])))
def test_what_is_quoted_stays_as_it_is(pieces: list[str]) -> None:
    quoted = " ".join(pieces)

    assert numbered(f"? {quoted} ?") == f"$1 {quoted} $2"


def test_a_script_ends_a_statement_only_where_sql_does() -> None:
    trigger = "CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM b; DELETE FROM c; END;"
    script = f"INSERT INTO a VALUES ('x;y'); -- one; two\n{trigger} ; \n SELECT 1"

    assert [statement.strip() for statement in split(script)] == [
        "INSERT INTO a VALUES ('x;y');",
        f"-- one; two\n{trigger}",
        "SELECT 1;",
    ]
