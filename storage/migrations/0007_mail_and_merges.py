"""Which Message-IDs providers gave to mails of ours, and which tickets another one goes on for."""

from __future__ import annotations

from typing import Final

from storage.migrate import migration

# As tickets are written; no text of people can hold this, since quotes in it are escaped.
FILL: Final = (
    "UPDATE work_item SET merged = TRUE WHERE kind = 'ticket'"
    """ AND details LIKE '%"merged_into":"_%' AND details NOT LIKE '%"merged_into":""%'"""
)

Migration = migration(
    after="0006_insiders",
    both=[
        "CREATE TABLE sent_mail (id {id}, given_id TEXT NOT NULL, own_id TEXT NOT NULL)",
        "CREATE UNIQUE INDEX sent_mail_given ON sent_mail (given_id)",
        "CREATE INDEX sent_mail_own ON sent_mail (own_id)",
        "ALTER TABLE work_item ADD COLUMN merged BOOLEAN NOT NULL DEFAULT FALSE",
        FILL,
    ],
)
