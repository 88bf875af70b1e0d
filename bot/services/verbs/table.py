"""The one command table of the product, put together from the verbs."""

from __future__ import annotations

from bot.commands.table import Table
from bot.ports import Inbox
from bot.services.core import Core
from bot.services.verbs.incident import IncidentVerbs
from bot.services.verbs.insiders import InsiderVerbs
from bot.services.verbs.oncall import OncallVerbs
from bot.services.verbs.ticket_look import TicketLook
from bot.services.verbs.ticket_mail import TicketMail
from bot.services.verbs.ticket_mails import TicketMails
from bot.services.verbs.ticket_merge import TicketMerge
from bot.services.verbs.ticket_new import TicketNew
from bot.services.verbs.ticket_reply import TicketReply
from bot.services.verbs.ticket_review import TicketReview
from bot.services.verbs.ticket_talk import TicketTalk
from bot.services.verbs.ticket_work import TicketWork


def build_table(core: Core, inbox: Inbox) -> Table:
    """Every verb there is, in the order in which help tells them."""
    look = TicketLook(core, inbox)
    table = Table(
        (
            *TicketWork(core).commands(),
            *TicketReply(core).commands(),
            *TicketTalk(core).commands(),
            *TicketReview(core).commands(),
            *TicketMail(core).commands(),
            *TicketMails(core).commands(),
            *TicketMerge(core).commands(),
            *TicketNew(core).commands(),
            *look.commands(),
            *IncidentVerbs(core).commands(),
            *InsiderVerbs(core).commands(),
            *OncallVerbs(core).commands(),
            *look.helps(),
        )
    )
    look.explain(table)
    return table
