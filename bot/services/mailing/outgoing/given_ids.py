"""Message-IDs that providers put in the place of ours: mail that names one is about ours."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.mail import InboundMail, OutboundMail
from bot.ports import UnitOfWork


async def as_ours(work: UnitOfWork, mail: InboundMail) -> InboundMail:
    """The mail with our own Message-IDs wherever it names those that providers gave to our mails.

    An answer names one in its In-Reply-To and References, a delivery report in what it returns.
    """
    returned = (mail.bounce.original_message_id,) if mail.bounce is not None else ()
    named = dict.fromkeys((*mail.in_reply_to, *mail.references, *returned))
    ours = await work.messages.own_ids([id_ for id_ in named if id_])
    if not ours:
        return mail
    bounce = mail.bounce
    if bounce is not None:
        original = bounce.original_message_id
        bounce = replace(bounce, original_message_id=ours.get(original, original))
    return replace(
        mail,
        in_reply_to=tuple(ours.get(id_, id_) for id_ in mail.in_reply_to),
        references=tuple(ours.get(id_, id_) for id_ in mail.references),
        bounce=bounce,
    )


async def as_known(work: UnitOfWork, mail: OutboundMail) -> OutboundMail:
    """The mail with the ids of its thread as its reader's mail program knows them.

    The first one stays beside the one it was given: an answer is tied by it in any case.
    """
    given = await work.messages.given_ids([*mail.references, mail.in_reply_to])
    if not given:
        return mail
    first = mail.references[:1]
    known = tuple(given.get(id_, id_) for id_ in mail.references)
    return replace(
        mail,
        in_reply_to=given.get(mail.in_reply_to, mail.in_reply_to),
        references=known if known[:1] == first else (*first, *known),
    )
