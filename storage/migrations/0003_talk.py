"""Talk: which message of a platform words came from, what became of them, and unsent replies."""

from __future__ import annotations

from storage.migrate import migration

Migration = migration(
    after="0002_work",
    both=[
        "ALTER TABLE message ADD COLUMN said_as TEXT",
        "ALTER TABLE message ADD COLUMN url TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE message ADD COLUMN edited_at BIGINT",
        "ALTER TABLE message ADD COLUMN withdrawn_at BIGINT",
        "CREATE INDEX message_said ON message (said_as) WHERE said_as IS NOT NULL",
        """
        CREATE TABLE draft (
            person TEXT NOT NULL,
            item BIGINT NOT NULL REFERENCES work_item (id),
            ending TEXT NOT NULL,
            at BIGINT NOT NULL,
            text TEXT NOT NULL,
            PRIMARY KEY (person, item)
        )
        """,
    ],
)
