"""Remarks on notes, the first one filled in."""

from __future__ import annotations

from storage.database import Connection
from storage.migrate import migration


async def _remark_on_all(connection: Connection) -> None:
    await connection.execute(
        "INSERT INTO sample_remark (note, words) SELECT id, ? FROM sample_note", ("what? why;",)
    )


Migration = migration(
    after="0001_notes",
    both=[
        """
        CREATE TABLE sample_remark (
            id {id},
            note BIGINT NOT NULL REFERENCES sample_note (id) ON DELETE CASCADE,
            words TEXT NOT NULL
        )
        """,
    ],
    sqlite=[
        """
        CREATE TRIGGER sample_remark_short BEFORE INSERT ON sample_remark
        WHEN length(NEW.words) > 100 BEGIN SELECT RAISE(ABORT, 'too long; make it short'); END
        """,
    ],
    postgres=["ALTER TABLE sample_remark ADD CHECK (length(words) <= 100)"],
    forward=_remark_on_all,
)
