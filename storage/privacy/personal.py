"""Every column of text or bytes there is: which may say something of a person from outside.

A test compares this with the database. Whoever adds a column names it here: under `PERSONAL` with
what it holds, so that an erasure sweeps it, or under `IMPERSONAL`, which is a promise that nothing
of a customer ever gets there.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final


class Holds(Enum):
    """What a column holds, and thereby how an erasure takes an address out of it."""

    #: Text: other words are put in its place.
    TEXT = "text"
    #: JSON: so is it in each of its strings.
    JSON = "json"
    #: A name that rows are known by: the row goes.
    KEY = "key"
    #: Bytes nobody reads for an address: they go with their ticket, message or mail.
    BYTES = "bytes"


_TEXT, _JSON, _KEY, _BYTES = Holds.TEXT, Holds.JSON, Holds.KEY, Holds.BYTES

PERSONAL: Final[Mapping[str, Mapping[str, Holds]]] = {
    "inbox": {"meta": _JSON, "search": _TEXT, "detail": _TEXT, "raw": _BYTES},
    "outbox": {"lane": _TEXT, "key": _TEXT, "detail": _TEXT, "payload": _JSON},
    "feed": {"body": _JSON},
    "work_item": {
        "title": _TEXT,
        "requester": _TEXT,
        "service": _TEXT,
        "group_key": _TEXT,
        "search": _TEXT,
        "details": _JSON,
    },
    "timeline": {"actor": _TEXT, "fields": _JSON},
    "message": {
        "author": _TEXT,
        "author_name": _TEXT,
        "text": _TEXT,
        "full_text": _TEXT,
        "mail_id": _TEXT,
        "copies": _JSON,
        "attachments": _JSON,
        "warnings": _JSON,
        "forwarded_by": _TEXT,
    },
    "attachment": {
        "name": _TEXT,
        "content_type": _TEXT,
        "content_id": _TEXT,
        "sha256": _BYTES,
    },
    "file_content": {"sha256": _BYTES, "content": _BYTES},
    # The generic intake takes a fingerprint as it is given.
    "alert": {"fingerprint": _TEXT, "group_key": _TEXT, "title": _TEXT, "details": _JSON},
    "page": {"reason": _TEXT, "detail": _TEXT},
    "seen": {"key": _KEY},
    "tally": {"scope": _KEY},
    "audit": {"actor": _TEXT, "before": _TEXT, "after": _TEXT, "source": _TEXT},
    "draft": {"text": _TEXT},
    "fact": {"name": _KEY, "value": _TEXT},
}

IMPERSONAL: Final[Mapping[str, tuple[str, ...]]] = {
    "tortoise_migrations": ("app", "name", "applied_at"),
    "counter": ("prefix",),
    # `key` is a digest of the mail; it stays, so that the same mail is known and not taken again.
    "inbox": ("kind", "source", "key", "state", "outcome", "item"),
    "outbox": ("pool", "kind", "state", "external_id"),
    "timer": ("kind", "subject"),
    # Posts are known by the keys of their effects: numbers of rows.
    "feed": ("space", "key"),
    "work_item": ("kind", "number", "prefix", "status", "assignee", "desk", "priority", "severity"),
    "timeline": ("kind",),
    "message": ("voice", "origin", "said_as", "url"),
    # Message-IDs of our own, and of providers: neither holds the recipient.
    "sent_mail": ("given_id", "own_id"),
    # Who knows of a confidential incident is one of the team.
    "insider": ("person",),
    "thread": ("surface", "space", "ref_space", "ref_id"),
    "alert": ("intake", "status", "severity"),
    # Whom a page reaches is one of the team.
    "page": ("person", "contact", "state", "ref"),
    "schedule_override": ("schedule", "person"),
    "audit": ("action", "subject"),
    "draft": ("person", "ending"),
    # The address goes when it was swept; the mark is a keyed digest, by which an import knows it.
    "erasure": ("address", "mark", "operator", "stage"),
}

#: By which columns a row is known, where it has no `id`.
KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "seen": ("key",),
    "fact": ("name",),
    "draft": ("person", "item"),
}


def key_of(table: str) -> tuple[str, ...]:
    """The columns by which a row of the table is known."""
    return KEYS.get(table, ("id",))


def swept(table: str) -> Mapping[str, Holds]:
    """The columns of the table in which an address can be found."""
    return {name: holds for name, holds in PERSONAL[table].items() if holds is not _BYTES}
