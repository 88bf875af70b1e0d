"""A customer's message knows the agent who forwarded it, so that the forward can be undone."""

from __future__ import annotations

from storage.migrate import migration

Migration = migration(
    after="0007_mail_and_merges",
    both=["ALTER TABLE message ADD COLUMN forwarded_by TEXT NOT NULL DEFAULT ''"],
)
