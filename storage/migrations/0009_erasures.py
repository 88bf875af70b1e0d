"""Erasures of people: the jobs, the only door to what is append-only, and posts that stay known."""

from __future__ import annotations

from storage.migrate import migration

# What an erasure may rewrite of a history, and only while it sweeps; everything else stays.
_REWRITTEN = {"timeline": ("actor", "fields"), "audit": ("actor", "before", "after", "source")}
_KEPT = {
    "timeline": ("id", "item", "at", "kind"),
    "audit": ("id", "at", "action", "subject"),
}
_SWEEPS = "EXISTS (SELECT 1 FROM erasure WHERE stage = 'sweeping')"


def _changed(table: str) -> str:
    return " OR ".join(f"NEW.{column} IS NOT OLD.{column}" for column in _KEPT[table])


Migration = migration(
    after="0008_forwarded_by",
    both=[
        """
        CREATE TABLE erasure (
            id {id},
            address TEXT NOT NULL,
            mark TEXT NOT NULL,
            operator TEXT NOT NULL,
            stage TEXT NOT NULL,
            started_at BIGINT NOT NULL,
            touched_at BIGINT NOT NULL,
            ended_at BIGINT
        )
        """,
        "CREATE INDEX erasure_mark ON erasure (mark)",
        "CREATE INDEX message_author ON message (author)",
        # Posted lines are kept as threads and messages are: they can be drawn again.
        "DROP INDEX outbox_ended",
        "CREATE INDEX outbox_ended ON outbox (created_at)"
        " WHERE state IN ('sent', 'superseded', 'cancelled')"
        " AND kind NOT IN ('OpenThread', 'PostMessage', 'PostLine', 'Announce')",
    ],
    sqlite=[
        statement
        for table in _KEPT
        for statement in (
            f"DROP TRIGGER {table}_no_update",
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table}"
            f" WHEN {_changed(table)} OR NOT {_SWEEPS}"
            f" BEGIN SELECT RAISE(ABORT, 'the {table} is append-only'); END",
        )
    ],
    postgres=[
        f"""
        CREATE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF {_SWEEPS} AND to_jsonb(NEW) - TG_ARGV = to_jsonb(OLD) - TG_ARGV THEN
                RETURN NEW;
            END IF;
            RAISE EXCEPTION 'the % is append-only', TG_TABLE_NAME;
        END
        $$
        """,
        *(
            statement
            for table, columns in _REWRITTEN.items()
            for statement in (
                f"DROP TRIGGER {table}_append_only ON {table}",
                f"CREATE TRIGGER {table}_append_only BEFORE DELETE OR TRUNCATE ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
                f"CREATE TRIGGER {table}_no_rewriting BEFORE UPDATE ON {table}"
                " FOR EACH ROW EXECUTE FUNCTION"
                f" refuse_rewriting({', '.join(repr(column) for column in columns)})",
            )
        ),
    ],
)
