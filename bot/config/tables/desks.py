"""Desks: queues of tickets with their addresses, channels, promises and mail texts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from string import Formatter
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from bot.config.problems import Invalid, did_you_mean
from bot.config.tables.mail import MailOutbound
from bot.config.tables.section import Channel, Ref, Section, Unique
from bot.config.values import ChannelSpace, EmailAddress
from bot.domain.directory import ReopenMode, ReplyMode

INCIDENT_PREFIX: Final = "INC"
PLACEHOLDERS: Final = ("ticket", "subject", "requester", "desk", "text", "url", "unsubscribe")
"""What a mail text may contain in braces; filled in where mail that leaves is put together."""

_PREFIX: Final = re.compile(r"[A-Z][A-Z0-9]{0,9}")


def _prefix(text: str) -> str:
    if not _PREFIX.fullmatch(text):
        raise Invalid(
            f"{text!r} cannot begin a ticket's number", "Write 1 to 10 capitals, such as SUP"
        )
    if text == INCIDENT_PREFIX:
        raise Invalid(f"{INCIDENT_PREFIX} is for incidents", "Choose another key, such as SUP")
    return text


Prefix = Annotated[str, AfterValidator(_prefix)]


def _without_subaddress(address: str) -> str:
    if "+" in address.partition("@")[0]:
        raise Invalid(
            "a desk's address has no + part", "Answers come to it with a key after the +; drop it"
        )
    return address


def _template(text: str) -> str:
    return _wording(text, [name for name in PLACEHOLDERS if name != "text"])


def _around_a_reply(text: str) -> str:
    return _wording(text, PLACEHOLDERS)


def _wording(text: str, known: Sequence[str]) -> str:
    if not text.strip():
        raise Invalid("the text is empty", "Leave it out: the service has a text of its own")
    return known_placeholders(text, known)


def known_placeholders(text: str, known: Sequence[str]) -> str:
    """The text as it came; Invalid when it holds other placeholders, or a brace that stays open."""
    try:
        names = [name for _, name, _, _ in Formatter().parse(text) if name is not None]
    except ValueError:
        raise Invalid(
            "a brace is not closed", "Write {ticket}, and {{ for a brace itself"
        ) from None
    for name in names:
        if name not in known:
            named = [f"{{{each}}}" for each in known]
            wrong = f"{{{name}}}"
            raise Invalid(f"there is no placeholder {wrong}", did_you_mean(wrong, named, ""))
    return text


def _with_text(text: str) -> str:
    if "text" not in [name for _, name, _, _ in Formatter().parse(text)]:
        raise Invalid(
            "without {text} customers never read the reply", "Put {text} where it belongs"
        )
    return text


Template = Annotated[str, AfterValidator(_template)]


class Templates(Section):
    """The texts of mails to customers, with placeholders in braces; the service has its own."""

    thank_you: Template | None = None
    """To the requester of a new ticket."""
    new_participant: Template | None = None
    """To somebody who was added to a ticket."""
    new_note: Annotated[str, AfterValidator(_around_a_reply), AfterValidator(_with_text)] | None = (
        None
    )
    """Around an agent's reply; must contain {text}."""
    resolved: Template | None = None
    """To the requester when the ticket is resolved."""


class Desk(Section):
    """`[desks.<key>]`: one queue of tickets."""

    key: Annotated[Prefix, Unique("ticket prefix")]
    """What its tickets are numbered with: SUP gives SUP-1, SUP-2 and so on."""
    name: str = ""
    """The name customers read in the From line; the key of the table when absent."""
    addresses: Annotated[
        tuple[
            Annotated[EmailAddress, Unique("mail address"), AfterValidator(_without_subaddress)],
            ...,
        ],
        Field(min_length=1),
    ]
    """Where its mail comes in."""
    sender: Annotated[EmailAddress, AfterValidator(_without_subaddress)] | None = Field(
        default=None, alias="from"
    )
    """The address it writes from; the first of its addresses when absent."""
    smtp: MailOutbound | None = None
    """A smarthost of its own."""
    channels: tuple[Annotated[ChannelSpace, Channel()], ...] = ()
    """Where its tickets become threads: slack:C…, discord:…, console:support."""
    sla: Annotated[str, Ref("slas")] = ""
    """The promises its tickets are measured by."""
    escalation: Annotated[str, Ref("escalations")] = ""
    """Whom a breached promise pages."""
    reply_mode: ReplyMode = ReplyMode.EXPLICIT
    """What of the thread goes to the customer: explicit, prefix or mirror."""
    reopen: ReopenMode = ReopenMode.REOPEN
    """What a mail on an ended ticket does: reopen, new, or new_after two weeks."""
    templates: Templates = Templates()
    """Mail texts of its own."""
