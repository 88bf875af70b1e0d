"""Providers that put a Message-ID of their own into a mail: which one it is then.

- Amazon SES always does (Developer Guide, “Amazon SES header fields”). Its 250 holds the id without
  the domain, which is `email.amazonses.com` in us-east-1 and `<region>.amazonses.com` elsewhere.
- Exchange names the id that the mail has now, before `[Hostname=…]` where it was submitted (Outlook
  and Exchange Online give a new one) and before `[InternalId=…]` where it was relayed.
- Brevo names it after `queued as`.
- Postmark tells nothing, but leaves ours alone when a header asks for that.

All others, such as Mailgun, SendGrid, Gmail and Postfix, leave it alone. What they name is a place
in their queue, which stands in no header.
"""

from __future__ import annotations

import re
from typing import Final

# Also its FIPS, dual-stack and VPC endpoints.
_SES: Final = re.compile(
    r"(?:\A|\.)email-smtp(?:-fips)?\.([a-z0-9-]{5,30})\.(?:vpce\.)?(?:amazonaws\.com|api\.aws)\Z"
)
_SES_REPLY: Final = re.compile(r"Ok ([0-9a-z][0-9a-z-]{15,99})\Z", re.IGNORECASE)
_NAMED: Final = r"<([^<>@\s]{1,200}@[^<>@\s]{1,200})>"
_NAMING: Final = (
    re.compile(_NAMED + r" \[(?:Hostname|InternalId)="),
    re.compile(r"\bqueued as " + _NAMED),
)
# The one region whose ids do not name it.
_FIRST_REGION: Final = "us-east-1"


def given_id(host: str, words: str) -> str:
    """The Message-ID of a mail that this smarthost accepted with these words, without brackets.

    Empty when the words tell of none: then it is the one that we wrote.
    """
    ses = _SES.search(host.lower().rstrip("."))
    if ses is not None:
        found = _SES_REPLY.match(words)
        return f"{found[1]}@{_domain(ses[1])}.amazonses.com" if found else ""
    named = filter(None, (form.search(words) for form in _NAMING))
    return next((found[1] for found in named), "")


def _domain(region: str) -> str:
    return "email" if region == _FIRST_REGION else region


def plea(host: str) -> bytes:
    """The header line that asks this smarthost to leave our Message-ID alone; mostly none."""
    return b"X-PM-KeepID: true\r\n" if host.lower().endswith(".postmarkapp.com") else b""
