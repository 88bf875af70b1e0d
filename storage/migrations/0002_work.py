"""The work: items with their numbers, what was said and done on them, and what surrounds them."""

from __future__ import annotations

from storage.migrate import migration

_APPEND_ONLY = ("timeline", "audit")

Migration = migration(
    after="0001_queues",
    both=[
        "CREATE TABLE counter (prefix TEXT PRIMARY KEY, last BIGINT NOT NULL)",
        """
        CREATE TABLE work_item (
            id {id},
            kind TEXT NOT NULL,
            number TEXT NOT NULL,
            prefix TEXT NOT NULL,
            title TEXT NOT NULL,
            status TEXT NOT NULL,
            ended BOOLEAN NOT NULL,
            assignee TEXT,
            desk TEXT,
            priority TEXT,
            requester TEXT,
            due_at BIGINT,
            asleep BOOLEAN NOT NULL,
            service TEXT,
            severity TEXT,
            group_key TEXT,
            search TEXT NOT NULL,
            created_at BIGINT NOT NULL,
            resolved_at BIGINT,
            details TEXT NOT NULL
        )
        """,
        "CREATE UNIQUE INDEX work_item_number ON work_item (number)",
        "CREATE INDEX work_item_open ON work_item (kind, desk, created_at) WHERE NOT ended",
        "CREATE INDEX work_item_open_group ON work_item (group_key) WHERE NOT ended",
        "CREATE INDEX work_item_service ON work_item (service, created_at)"
        " WHERE service IS NOT NULL",
        "CREATE INDEX work_item_assignee ON work_item (assignee, created_at)"
        " WHERE assignee IS NOT NULL",
        "CREATE INDEX work_item_requester ON work_item (requester) WHERE requester IS NOT NULL",
        "CREATE INDEX work_item_created ON work_item (created_at)",
        "CREATE INDEX work_item_resolved ON work_item (resolved_at) WHERE resolved_at IS NOT NULL",
        """
        CREATE TABLE timeline (
            id {id},
            item BIGINT NOT NULL REFERENCES work_item (id),
            at BIGINT NOT NULL,
            actor TEXT NOT NULL,
            kind TEXT NOT NULL,
            fields TEXT NOT NULL
        )
        """,
        "CREATE INDEX timeline_item ON timeline (item, id)",
        "CREATE INDEX timeline_kind ON timeline (kind, at)",
        """
        CREATE TABLE message (
            id {id},
            item BIGINT NOT NULL REFERENCES work_item (id),
            at BIGINT NOT NULL,
            voice TEXT NOT NULL,
            author TEXT NOT NULL,
            author_name TEXT NOT NULL,
            text TEXT NOT NULL,
            full_text TEXT NOT NULL,
            mail_id TEXT,
            copies TEXT NOT NULL,
            sends_at BIGINT,
            attachments TEXT NOT NULL,
            origin TEXT NOT NULL
        )
        """,
        "CREATE INDEX message_item ON message (item, at, id)",
        "CREATE INDEX message_mail ON message (mail_id) WHERE mail_id IS NOT NULL",
        """
        CREATE TABLE attachment (
            id {id},
            item BIGINT NOT NULL REFERENCES work_item (id),
            name TEXT NOT NULL,
            content_type TEXT NOT NULL,
            inline BOOLEAN NOT NULL,
            content_id TEXT NOT NULL,
            size BIGINT NOT NULL,
            sha256 {bytes} NOT NULL,
            content {bytes} NOT NULL
        )
        """,
        "CREATE INDEX attachment_item ON attachment (item)",
        """
        CREATE TABLE thread (
            id {id},
            item BIGINT NOT NULL REFERENCES work_item (id),
            surface TEXT NOT NULL,
            space TEXT NOT NULL,
            ref_space TEXT,
            ref_id TEXT
        )
        """,
        "CREATE INDEX thread_item ON thread (item, id)",
        "CREATE UNIQUE INDEX thread_ref ON thread (surface, ref_space, ref_id)",
        """
        CREATE TABLE alert (
            id {id},
            intake TEXT NOT NULL,
            fingerprint TEXT NOT NULL,
            group_key TEXT NOT NULL,
            status TEXT NOT NULL,
            title TEXT NOT NULL,
            severity TEXT NOT NULL,
            starts_at BIGINT NOT NULL,
            first_seen_at BIGINT NOT NULL,
            last_seen_at BIGINT NOT NULL,
            resolved_at BIGINT,
            count BIGINT NOT NULL,
            incident BIGINT REFERENCES work_item (id),
            details TEXT NOT NULL
        )
        """,
        "CREATE UNIQUE INDEX alert_fingerprint ON alert (intake, fingerprint)",
        "CREATE INDEX alert_incident ON alert (incident, status) WHERE incident IS NOT NULL",
        """
        CREATE TABLE page (
            id {id},
            item BIGINT NOT NULL REFERENCES work_item (id),
            person TEXT NOT NULL,
            contact TEXT NOT NULL,
            reason TEXT NOT NULL,
            state TEXT NOT NULL,
            created_at BIGINT NOT NULL,
            sent_at BIGINT,
            ref TEXT NOT NULL,
            detail TEXT NOT NULL
        )
        """,
        "CREATE INDEX page_item ON page (item, id)",
        """
        CREATE TABLE schedule_override (
            id {id},
            schedule TEXT NOT NULL,
            person TEXT NOT NULL,
            start_at BIGINT NOT NULL,
            end_at BIGINT NOT NULL
        )
        """,
        "CREATE INDEX schedule_override_window ON schedule_override (schedule, end_at)",
        "CREATE TABLE seen (key TEXT PRIMARY KEY, at BIGINT NOT NULL)",
        "CREATE TABLE tally (id {id}, scope TEXT NOT NULL, at BIGINT NOT NULL)",
        "CREATE INDEX tally_scope ON tally (scope, at)",
        """
        CREATE TABLE audit (
            id {id},
            at BIGINT NOT NULL,
            actor TEXT NOT NULL,
            action TEXT NOT NULL,
            subject TEXT NOT NULL,
            before TEXT NOT NULL,
            after TEXT NOT NULL,
            source TEXT NOT NULL
        )
        """,
        "CREATE INDEX audit_subject ON audit (subject, id)",
    ],
    sqlite=[
        f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table}"
        f" BEGIN SELECT RAISE(ABORT, 'the {table} is append-only'); END"
        for table in _APPEND_ONLY
        for change in ("UPDATE", "DELETE")
    ],
    postgres=[
        """
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'the % is append-only', TG_TABLE_NAME; END
        $$
        """,
        *(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            for table in _APPEND_ONLY
        ),
    ],
)
