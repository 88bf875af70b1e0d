"""Rows that are read and written a few at a time, as Tortoise's models.

What passes go through by the hundred (work items, timeline, threads, alerts, what was seen) is in
SQL, in its own module. The tables are made in `storage.migrations`.
"""

from __future__ import annotations

from datetime import datetime

from tortoise import fields
from tortoise.models import Model

from storage.fields import InstantField


class MessageRow(Model):
    """What was said; `copies`, `attachments` and `warnings` are JSON.

    `mail_id` is None without a mail, and `said_as` for what was not said in chat.
    """

    id = fields.BigIntField(primary_key=True)
    item = fields.BigIntField()
    at: InstantField[datetime] = InstantField()
    voice = fields.TextField()
    author = fields.TextField()
    author_name = fields.TextField()
    text = fields.TextField()
    full_text = fields.TextField()
    mail_id = fields.TextField(null=True)
    copies = fields.TextField()
    sends_at: InstantField[datetime | None] = InstantField(null=True)
    attachments = fields.TextField()
    origin = fields.TextField()
    said_as = fields.TextField(null=True)
    url = fields.TextField()
    edited_at: InstantField[datetime | None] = InstantField(null=True)
    withdrawn_at: InstantField[datetime | None] = InstantField(null=True)
    warnings = fields.TextField()
    forwarded_by = fields.TextField()

    class Meta:
        table = "message"


class AttachmentRow(Model):
    """A file of a work item; its bytes are the content of that SHA-256."""

    id = fields.BigIntField(primary_key=True)
    item = fields.BigIntField()
    name = fields.TextField()
    content_type = fields.TextField()
    inline = fields.BooleanField()
    content_id = fields.TextField()
    size = fields.BigIntField()
    sha256 = fields.BinaryField()

    class Meta:
        table = "attachment"


class PageRow(Model):
    """One try to reach one person by one contact method."""

    id = fields.BigIntField(primary_key=True)
    item = fields.BigIntField()
    person = fields.TextField()
    contact = fields.TextField()
    reason = fields.TextField()
    state = fields.TextField()
    created_at: InstantField[datetime] = InstantField()
    sent_at: InstantField[datetime | None] = InstantField(null=True)
    ref = fields.TextField()
    detail = fields.TextField()

    class Meta:
        table = "page"


class OverrideRow(Model):
    """One person on call instead of whoever the schedule says; a later row wins."""

    id = fields.BigIntField(primary_key=True)
    schedule = fields.TextField()
    person = fields.TextField()
    start_at: InstantField[datetime] = InstantField()
    end_at: InstantField[datetime] = InstantField()

    class Meta:
        table = "schedule_override"


class AuditLineRow(Model):
    """One change of state; rows are never changed or deleted."""

    id = fields.BigIntField(primary_key=True)
    at: InstantField[datetime] = InstantField()
    actor = fields.TextField()
    action = fields.TextField()
    subject = fields.TextField()
    before = fields.TextField()
    after = fields.TextField()
    source = fields.TextField()

    class Meta:
        table = "audit"
