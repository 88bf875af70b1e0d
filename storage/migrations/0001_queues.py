"""The queues: what came in, what must leave, what is due, and what the console's channels show."""

from __future__ import annotations

from storage.migrate import migration

# SQLite reads a row from its front, page by page: what may be long stands last.
Migration = migration(
    after=None,
    both=[
        """
        CREATE TABLE inbox (
            id {id},
            kind TEXT NOT NULL,
            source TEXT NOT NULL,
            key TEXT NOT NULL,
            size BIGINT NOT NULL,
            meta TEXT NOT NULL,
            search TEXT NOT NULL,
            received_at BIGINT NOT NULL,
            state TEXT NOT NULL DEFAULT 'waiting',
            attempt BIGINT NOT NULL DEFAULT 0,
            not_before BIGINT NOT NULL DEFAULT 0,
            lease_until BIGINT NOT NULL DEFAULT 0,
            outcome TEXT NOT NULL DEFAULT '',
            detail TEXT NOT NULL DEFAULT '',
            item TEXT NOT NULL DEFAULT '',
            raw {bytes} NOT NULL
        )
        """,
        "CREATE UNIQUE INDEX inbox_key ON inbox (source, key)",
        "CREATE INDEX inbox_open ON inbox (kind, id) WHERE state IN ('waiting', 'leased')",
        "CREATE INDEX inbox_parked ON inbox (id) WHERE state = 'quarantined'",
        "CREATE INDEX inbox_balance ON inbox (state, outcome)",
        """
        CREATE TABLE outbox (
            id {id},
            pool TEXT NOT NULL,
            lane TEXT NOT NULL,
            key TEXT,
            kind TEXT NOT NULL,
            state TEXT NOT NULL DEFAULT 'waiting',
            attempt BIGINT NOT NULL DEFAULT 0,
            ambiguous BIGINT NOT NULL DEFAULT 0,
            not_before BIGINT NOT NULL,
            lease_until BIGINT NOT NULL DEFAULT 0,
            created_at BIGINT NOT NULL,
            first_try_at BIGINT,
            external_id TEXT NOT NULL DEFAULT '',
            detail TEXT NOT NULL DEFAULT '',
            payload TEXT NOT NULL
        )
        """,
        "CREATE UNIQUE INDEX outbox_key ON outbox (key)",
        "CREATE INDEX outbox_due ON outbox (pool, not_before, id)"
        " WHERE state IN ('waiting', 'leased')",
        "CREATE INDEX outbox_lane ON outbox (pool, lane, id) WHERE state IN ('waiting', 'leased')",
        "CREATE INDEX outbox_held ON outbox (lane) WHERE state = 'leased'",
        "CREATE INDEX outbox_redraw ON outbox (lane, kind) WHERE state = 'waiting' AND key IS NULL",
        "CREATE INDEX outbox_dead ON outbox (id) WHERE state = 'dead'",
        """
        CREATE TABLE timer (
            id {id},
            kind TEXT NOT NULL,
            subject TEXT NOT NULL,
            due_at BIGINT NOT NULL,
            attempt BIGINT NOT NULL DEFAULT 0,
            lease_until BIGINT NOT NULL DEFAULT 0
        )
        """,
        "CREATE UNIQUE INDEX timer_subject ON timer (kind, subject)",
        "CREATE INDEX timer_due ON timer (due_at, id)",
        """
        CREATE TABLE feed (
            id {id},
            revision BIGINT NOT NULL,
            space TEXT NOT NULL,
            thread BIGINT NOT NULL,
            body TEXT NOT NULL,
            key TEXT NOT NULL,
            at BIGINT NOT NULL,
            edited_at BIGINT
        )
        """,
        "CREATE UNIQUE INDEX feed_revision ON feed (revision)",
        "CREATE UNIQUE INDEX feed_key ON feed (key)",
        "CREATE INDEX feed_space ON feed (space, id) WHERE thread = 0",
        "CREATE INDEX feed_thread ON feed (thread, id)",
    ],
)
