"""Where a mail really comes from: what only we can tell, who know our addresses and our servers."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from bot.domain.directory import Desk
from bot.domain.mail import InboundMail, Verdict
from bot.domain.people import Person
from bot.ports import InboxRow
from bot.services.core import Core

FORGED: Final = "the domain of its sender says that the mail is forged (DMARC)"


def traced(core: Core, row: InboxRow, mail: InboundMail) -> InboundMail:
    """The mail with its sender as it was before a list of ours, and with our own marks.

    They tell that our own signed Message-ID or a desk's own address came back in a loop, that a
    machine wrote it, since its envelope has no sender (RFC 3834), and that it is forged.
    """
    mail = _before_list(core, mail)
    from_us = mail.sender is not None and core.directory.own_address(mail.sender.address)
    marks = tuple(mark for mark in mail.loop_marks if core.directory.own_address(mark))
    if from_us or core.keys.in_message_id(mail.message_id) or _to_team(core, mail):
        marks = (*marks, "ourselves")
    bare = row.meta.get("mail_from", "-") in ("", "<>")
    automatic = mail.automatic or ("the null sender" if bare else "")
    verdict = _verdict(row, mail)
    forged = FORGED if verdict and verdict.dmarc == "fail" else ""
    doubt = mail.sender_doubt or forged
    told = replace(mail, loop_marks=marks, automatic=automatic, sender_doubt=doubt)
    return _without_links(core, told)


def agent_of(core: Core, row: InboxRow, mail: InboundMail, desk: Desk) -> Person | None:
    """The agent of the desk who wrote the mail, when a server of ours found their domain in it."""
    sender, verdict = mail.sender, _verdict(row, mail)
    if sender is None or mail.sender_doubt or mail.automatic or verdict is None:
        return None
    if verdict.dmarc != "pass" or verdict.domain != sender.domain:
        return None
    agents = core.directory.agents_of(desk.key)
    return next((agent for agent in agents if agent.email.lower() == sender.address), None)


def _without_links(core: Core, mail: InboundMail) -> InboundMail:
    """The mail without the links by which somebody else could act, or stop mails: answers and
    forwards quote them, and everybody on the ticket reads what they say.
    """
    if not core.links:
        return mail
    link = re.compile(rf"({re.escape(core.links)}/(?:act|u)/)[0-9A-Za-z]+", re.IGNORECASE)

    def blank(text: str) -> str:
        return link.sub(r"\1…", text)

    passed = mail.forwarded
    if passed is not None:
        passed = replace(passed, text=blank(passed.text), comment=blank(passed.comment))
    return replace(mail, text=blank(mail.text), fresh_text=blank(mail.fresh_text), forwarded=passed)


def _to_team(core: Core, mail: InboundMail) -> bool:
    return core.team_keys.in_message_id(mail.message_id) is not None


def _before_list(core: Core, mail: InboundMail) -> InboundMail:
    """As it was before a list that is an address of ours passed it on: a person's own mail."""
    if any(map(core.directory.own_address, mail.lists)):
        mail = replace(mail, automatic="")
    sender, original = mail.sender, mail.original_sender
    if sender and original and core.directory.own_address(sender.address):
        mail = replace(mail, sender=original, reply_to=())
    return mail


def _verdict(row: InboxRow, mail: InboundMail) -> Verdict | None:
    """What the nearest server of ours found; all others may be forged (RFC 8601, 5)."""
    judges = set(row.meta.get("judges", "").lower().split(",")) - {""}
    return next((verdict for verdict in mail.verdicts if verdict.server in judges), None)
