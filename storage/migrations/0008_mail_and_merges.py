"""Which Message-IDs providers gave to mails of ours."""

from __future__ import annotations

from storage.migrate import migration

Migration = migration(
    after="0005_warnings",
    both=[
        "CREATE TABLE sent_mail (id {id}, given_id TEXT NOT NULL, own_id TEXT NOT NULL)",
        "CREATE UNIQUE INDEX sent_mail_given ON sent_mail (given_id)",
        "CREATE INDEX sent_mail_own ON sent_mail (own_id)",
    ],
)
