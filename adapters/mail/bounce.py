"""Delivery reports: RFC 3464 as it is written, and the plain X-Failed-Recipients kind."""

from __future__ import annotations

import re
from collections.abc import Iterator

from adapters.mail.addresses import sound_address
from adapters.mail.clean import clean_line
from adapters.mail.fields import Fields, split_head
from adapters.mail.mime import Part
from bot.domain.mail import Bounce

MAX_REPORT = 100_000
MAX_RECIPIENTS = 100

_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_MESSAGE_ID = re.compile(r"^message-id:\s*<([^<>\s]{3,500})>", re.IGNORECASE | re.MULTILINE)
_BLANK_LINE = re.compile(rb"\r?\n[ \t]*\r?\n")


def bounce(root: Part, text: str) -> Bounce | None:
    """What the report says about the first recipient that failed; None when none did."""
    reports = [p for p in root.walk() if p.content_type == "message/delivery-status"]
    if reports:
        return _by_report(root, reports[0])
    failed = root.fields.text("x-failed-recipients").partition(",")[0]
    return _by_words(failed, text) if failed.strip() else None


def _by_report(root: Part, report: Part) -> Bounce | None:
    recipients = [f for f in _groups(report.content[:MAX_REPORT]) if "final-recipient" in f]
    failed = [f for f in recipients if f.word("action") in ("failed", "delayed", "")]
    if not failed:
        return None
    worst = next((f for f in failed if f.word("action") == "failed"), failed[0])
    status = worst.word("status") or "5.0.0"
    return Bounce(
        recipient=_recipient(worst),
        status=clean_line(status, 20),
        permanent=worst.word("action") != "delayed" and not status.startswith("4"),
        diagnostic=clean_line(worst.text("diagnostic-code").partition(";")[2], 500),
        original_message_id=_original_id(root),
    )


def _by_words(failed: str, text: str) -> Bounce:
    text = text[:MAX_REPORT]
    status = _STATUS.search(text)
    original = _MESSAGE_ID.search(text)
    said = next((line for line in text.split("\n") if _STATUS.search(line)), text)
    return Bounce(
        recipient=sound_address(failed) or clean_line(failed, 200),
        status=status[1] if status else "5.0.0",
        permanent=not (status and status[1].startswith("4")),
        diagnostic=clean_line(said, 500),
        original_message_id=original[1] if original else "",
    )


def _groups(content: bytes) -> Iterator[Fields]:
    """The groups of fields between blank lines: the message's, then one for each recipient."""
    for raw in _BLANK_LINE.split(content.strip(), maxsplit=MAX_RECIPIENTS):
        yield split_head(raw.strip())[0]


def _recipient(fields: Fields) -> str:
    """The address behind `rfc822;`: the original one is whom we wrote to, before forwarding."""
    for name in ("original-recipient", "final-recipient"):
        text = fields.text(name).rpartition(";")[2].strip().strip("<>")
        if text:
            return sound_address(text) or clean_line(text, 200)
    return ""


def _original_id(root: Part) -> str:
    """The Message-ID of the mail that came back with the report."""
    for part in root.walk():
        if part.content_type in ("message/rfc822", "text/rfc822-headers", "message/global"):
            value = split_head(part.content[:MAX_REPORT].lstrip())[0].text("message-id")
            return clean_line(value, 500).strip("<>")
    return ""
