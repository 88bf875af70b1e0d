"""What people have to know about a mail stands beside its words, no longer among them."""

from __future__ import annotations

from storage.migrate import migration

Migration = migration(
    after="0004_facts",
    both=["ALTER TABLE message ADD COLUMN warnings TEXT NOT NULL DEFAULT '[]'"],
)
