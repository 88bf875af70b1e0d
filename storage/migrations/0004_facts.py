"""Small facts that outlive a run, and how what was kept long enough is found without a search."""

from __future__ import annotations

from storage.migrate import migration

Migration = migration(
    after="0003_talk",
    both=[
        "CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL, at BIGINT NOT NULL)",
        "CREATE INDEX inbox_kept ON inbox (state, received_at)"
        " WHERE state = 'done' AND length(raw) > 0",
        "CREATE INDEX outbox_ended ON outbox (created_at)"
        " WHERE state IN ('sent', 'superseded', 'cancelled')"
        " AND kind NOT IN ('OpenThread', 'PostMessage')",
        "CREATE INDEX seen_at ON seen (at)",
        "CREATE INDEX tally_at ON tally (at)",
        "CREATE INDEX feed_at ON feed (at)",
    ],
)
