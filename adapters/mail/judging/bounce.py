"""Delivery reports (RFC 3464), the same in a server's own words, and complaints (RFC 5965)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from adapters.mail.judging.bounce_words import reported
from adapters.mail.reading.addresses import address_list, sound_address
from adapters.mail.reading.clean import clean_line
from adapters.mail.reading.fields import Fields, parameters, split_head
from adapters.mail.reading.mime import Part
from bot.domain.mail import Bounce

MAX_REPORT = 100_000
MAX_RECIPIENTS = 100

_BLANK_LINE = re.compile(rb"\r?\n[ \t]*\r?\n")
_RETURNED = ("message/rfc822", "text/rfc822-headers", "message/global", "message/rfc822-headers")
_DAEMON = re.compile(
    rb"mailer-?daemon|mail-daemon|postmaster|mail deliver|mail system|<>|bounces?[-+@]",
    re.IGNORECASE,
)
# Feedback that asks for nothing to be stopped: a mail was no spam after all (RFC 6430), or its
# sender could not be proven (RFC 6591), which its recipient knows nothing of.
_NO_COMPLAINTS = ("not-spam", "auth-failure")
# A report of another kind: that a mail was read, or deleted unread (RFC 8098).
_READ = ("disposition-notification",)


def bounce(root: Part, text: str) -> Bounce | None:
    """What the report says about the first recipient that failed; None when none did.

    To be asked only of a mail that a machine wrote.
    """
    if feedback := _feedback(root):
        return feedback
    reports = [p for p in root.walk() if p.content_type == "message/delivery-status"]
    recipients = [f for report in reports[:1] for f in _recipients(report)]
    if recipients:
        return _by_report(root, recipients, _envelope_id(reports[0]))
    failed = root.fields.text("x-failed-recipients").partition(",")[0].strip()
    return _by_words(root, text, failed) if failed or _from_daemon(root) else None


def _feedback(root: Part) -> Bounce | None:
    """Somebody called a mail of ours spam, or said of it what is no complaint; whom it was for is
    told only by some.
    """
    for part in root.walk():
        if part.content_type == "message/feedback-report":
            fields = next(_groups(part.content[:MAX_REPORT]), Fields())
            kind = clean_line(fields.text("feedback-type"), 40).lower() or "abuse"
            complaint = kind not in _NO_COMPLAINTS
            named = (fields.text(n) for n in ("original-rcpt-to", "removal-recipient"))
            recipient = next(filter(None, (sound_address(n.strip(" <>")) for n in named)), "")
            return Bounce(
                recipient=recipient or _addressee(root),
                status="",
                permanent=complaint,
                diagnostic=kind,
                original_message_id=_original_id(root),
                complaint=complaint,
            )
    return None


def _from_daemon(root: Part) -> bool:
    """Whether a mail server wrote it, and about a mail that it could not deliver."""
    fields = root.fields
    report = parameters(fields.first("content-type"))[1].get("report-type", "").lower()
    if report in _READ:
        return False
    sender = fields.first("from")[:1000]
    if not sender or _DAEMON.search(sender) or root.content_type == "multipart/report":
        return True
    # People's own programs answer without a return path, too, but send nothing back.
    returned = any(part.content_type in _RETURNED for part in root.walk())
    return returned and fields.word("auto-submitted") != "auto-replied"


def _by_words(root: Part, text: str, failed: str) -> Bounce | None:
    fields = root.fields
    named = (*fields.all("from"), *fields.all("to"), *fields.all("delivered-to"))
    ours = {mailbox.address for mailbox in address_list(named)}
    said = reported(fields.text("subject"), text[:MAX_REPORT], failed, ours)
    if said is None:
        return None
    original = _original_id(root) or said.original_message_id
    return replace(said, recipient=said.recipient or _addressee(root), original_message_id=original)


def _recipients(report: Part) -> list[Fields]:
    """The groups of the report that tell about a recipient."""
    wanted = ("final-recipient", "original-recipient", "action")
    groups = _groups(report.content[:MAX_REPORT])
    return [fields for fields in groups if any(name in fields for name in wanted)]


def _by_report(root: Part, recipients: list[Fields], envelope_id: str) -> Bounce | None:
    failed = [f for f in recipients if f.word("action") in ("failed", "delayed", "")]
    if not failed:
        return None
    worst = next((f for f in failed if f.word("action") == "failed"), failed[0])
    action, status = worst.word("action"), worst.word("status") or "5.0.0"
    diagnostic = worst.text("diagnostic-code")
    return Bounce(
        recipient=_recipient(worst) or _addressee(root),
        status=clean_line(status, 20),
        # A server that gave up keeps the status of its last try, which may be a passing one.
        permanent=action == "failed" or (not action and not status.startswith("4")),
        diagnostic=clean_line(diagnostic.partition(";")[2] or diagnostic, 500),
        original_message_id=_original_id(root) or envelope_id,
    )


def _envelope_id(report: Part) -> str:
    """What we called the mail in its envelope (RFC 3461, 4.4): its Message-ID."""
    first = next(_groups(report.content[:MAX_REPORT]), Fields())
    return clean_line(first.text("original-envelope-id"), 500).strip("<> ")


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
    return clean_line(_returned(root).text("message-id"), 500).strip("<> ")


def _addressee(root: Part) -> str:
    """Whom the mail that came back was for."""
    found = address_list(_returned(root).all("to"))
    return found[0].address if found else ""


def _returned(root: Part) -> Fields:
    """The header of the mail that came back."""
    for part in root.walk():
        if part.content_type in _RETURNED:
            return split_head(part.content[:MAX_REPORT].lstrip())[0]
    return Fields()
