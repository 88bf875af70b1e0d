"""Notes."""

from __future__ import annotations

from storage.migrate import migration

Migration = migration(
    after=None,
    both=[
        """
        CREATE TABLE sample_note (
            id {id},
            pair INT NOT NULL,
            half VARCHAR(10) NOT NULL,
            due_at BIGINT,
            UNIQUE (pair, half)
        )
        """,
    ],
)
