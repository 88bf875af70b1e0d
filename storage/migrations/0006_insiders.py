"""Who knows of a confidential incident, as a question that SQL can answer."""

from __future__ import annotations

from storage.migrate import migration

Migration = migration(
    after="0005_warnings",
    both=[
        "ALTER TABLE work_item ADD COLUMN confidential BOOLEAN NOT NULL DEFAULT FALSE",
        "CREATE TABLE insider (item BIGINT NOT NULL REFERENCES work_item (id),"
        " person TEXT NOT NULL, PRIMARY KEY (item, person))",
    ],
)
