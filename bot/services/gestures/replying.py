"""Replies in the making: the form with its recipients, saved words, drafts, and who is quicker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.cards import Action, Card, FieldKind, Form, FormField, Plain, Style, Tone, action_id
from bot.commands.call import Call, Reply
from bot.domain.directory import SavedReply
from bot.domain.drafts import Draft
from bot.domain.durations import format_duration
from bot.domain.events import SYSTEM, person_actor
from bot.domain.messages import Message
from bot.domain.people import Person
from bot.domain.work_items import Ticket
from bot.errors import UserError
from bot.ports import UnitOfWork
from bot.services.core import Core
from bot.services.drawing.words import button
from bot.services.gestures.endings import ENDING_LABELS, ENDINGS, USUAL
from bot.services.mailing.incoming import answers
from bot.services.mailing.outgoing import correspondence
from bot.services.presence import Doing, Sign

MAX_TEXT: Final = 20_000
# What the id of a reply form holds beside the number: the newest message that its reader knew.
KNEW: Final = "knew"
# And the mail of one of the team whose words the form began with, if any.
WORDS_OF: Final = "words_of"


async def form_of(core: Core, call: Call) -> Form:
    """The form for a reply, filled in with what is given, else with the draft; others are warned
    from now on that somebody is at it.
    """
    ticket, person = call.ticket, call.actor
    others = core.presence.others(ticket.id, person.key, call.now)
    core.presence.enter(ticket.id, person.key, Doing.REPLYING, call.now)
    draft = await call.work.drafts.of(person.key, ticket.id)
    saved = call.arg("saved")
    given = call.arg("text") or (saved_words(core, ticket, saved) if saved else "")
    given = given or (await answers.words(call.work, ticket, call.arg(WORDS_OF)))[:MAX_TEXT]
    known = newest(await call.work.messages.of(ticket.id))
    return Form(
        id=action_id("reply", ticket.number, str(known), *filter(None, (call.arg(WORDS_OF),))),
        title=f"Reply to {ticket.number}",
        intro=(
            Plain("To "),
            Plain(", ".join(str(p) for p in ticket.participants), bold=True),
            Plain(f" · from {core.directory.desks[ticket.desk].sender}"),
            Plain(f" · {correspondence.subject_of(ticket)}"),
        ),
        fields=_fields(
            core.directory.saved_for(ticket.desk),
            saved,
            given or (draft.text if draft else ""),
            call.arg("then") or (draft.then if draft else ""),
        ),
        submit="Send email",
        close="Keep as draft",
        warning=" ".join(_warning(core, sign, call.now) for sign in others),
    )


def _fields(
    saved: Sequence[SavedReply], chosen: str, text: str, then: str
) -> tuple[FormField, ...]:
    start = FormField(
        name="saved",
        label="Start from",
        kind=FieldKind.CHOICE,
        hint="Taken as the message when that is empty.",
        value=chosen if chosen in {each.key for each in saved} else "",
        required=False,
        options=tuple((each.key, each.name) for each in saved),
    )
    message = FormField(
        name="text",
        label="Message",
        kind=FieldKind.AREA,
        hint="Sent by email. It can be undone for 10 s.",
        value=text,
        required=not saved,
        max_length=MAX_TEXT,
    )
    files = FormField(name="files", label="Attach", kind=FieldKind.FILES, required=False)
    after = FormField(
        name="then",
        label="Then",
        kind=FieldKind.CHOICE,
        value=then if then in ENDINGS else USUAL,
        options=ENDING_LABELS,
    )
    return (*((start,) if saved else ()), message, files, after)


def _warning(core: Core, sign: Sign, now: datetime) -> str:
    name = core.directory.name_of(sign.person)
    if sign.doing is Doing.TYPING:
        return f"{name} is typing in the thread."
    return f"{name} is already replying (opened the form {format_duration(now - sign.since)} ago)."


def saved_words(core: Core, ticket: Ticket, name: str) -> str:
    """A saved reply of the ticket's desk with its placeholders filled in; UserError for others."""
    known = {saved.key: saved for saved in core.directory.saved_for(ticket.desk)}
    saved = known.get(name.lower())
    if saved is None:
        names = ", ".join(known) or "none yet; write [saved_replies.…] in the configuration"
        raise UserError(
            f"There is no saved reply “{name[:40]}”.", code="not_found", hint=f"Saved: {names}."
        )
    desk = core.directory.desks[ticket.desk]
    wording = replace(desk, templates={saved.key: saved.text})
    return correspondence.fill(wording, saved.key, ticket, "", core.public_url).strip()


# ---------------------------------------------------------------- drafts and collisions


async def keep(
    core: Core, work: UnitOfWork, ticket: Ticket, person: Person, text: str, then: str
) -> None:
    """Keep what was not sent (nothing, when there are no words); the person is no longer at it."""
    core.presence.leave(ticket.id, person.key)
    if not text.strip():
        await work.drafts.drop(person.key, ticket.id)
        return
    draft = Draft(
        person=person.key,
        item=ticket.id,
        text=text.strip()[:MAX_TEXT],
        then=then,
        at=core.clock.now(),
    )
    await work.drafts.keep(draft)


async def done(core: Core, work: UnitOfWork, ticket: Ticket, person: Person) -> None:
    """The reply is sent or given up: no draft is left, and the person is no longer at it."""
    core.presence.leave(ticket.id, person.key)
    await work.drafts.drop(person.key, ticket.id)


async def quicker(work: UnitOfWork, ticket: Ticket, person: Person, knew: str) -> Message | None:
    """The newest mail of a customer, or reply of a colleague, that a form did not know of yet."""
    if not knew.isdecimal():
        return None
    mine = person_actor(person.key)
    messages = await work.messages.of(ticket.id)
    fresh = (m for m in messages if m.id > int(knew) and m.author != mine and _counts(m))
    return max(fresh, key=lambda message: message.id, default=None)


def collision(ticket: Ticket, first: Message, *, files: bool) -> Reply:
    """Nothing was sent: who was quicker, and what can be done with the draft."""
    number = ticket.number
    wrote = "wrote" if first.author.startswith("mail:") else "replied"
    words = f"{first.author_name} {wrote} on {number} while you were writing."
    lost = " Attached files are not kept: attach them again." if files else ""
    anyway: Action = button("draft", number, "Send mine anyway", Style.DANGER, "send")
    if files:
        anyway = button("reply", number, "Open the form again", Style.PRIMARY)
    card = Card(
        title="",
        number=number,
        fallback=f"Not sent: {words}"[:150],
        tone=Tone.WARNING,
        status=(Plain(f"👥 {words}"),),
        context=(Plain(f"Your text is kept as a draft, nothing was sent.{lost}"),),
        actions=(
            anyway,
            button("draft", number, "Save as note", Style.PLAIN, "note"),
            button("draft", number, "Discard", Style.PLAIN, "discard"),
        ),
    )
    return Reply(card=card)


def stopped(ticket: Ticket, found: str) -> Reply:
    """Nothing was sent: what was found in which file, and what can be done with the draft."""
    number = ticket.number
    card = Card(
        title="",
        number=number,
        fallback=f"Not sent: {found}"[:150],
        tone=Tone.WARNING,
        status=(Plain(f"🦠 Not sent: {found}"),),
        context=(Plain("Your text is kept as a draft, its files are not."),),
        actions=(
            button("draft", number, "Send without files", Style.PRIMARY, "send"),
            button("reply", number, "Open the form again", Style.PLAIN),
            button("draft", number, "Discard", Style.PLAIN, "discard"),
        ),
    )
    return Reply(card=card)


def newest(messages: Sequence[Message]) -> int:
    """The newest message that the customer sees, as a reader of these knows it; 0 for none."""
    return max((message.id for message in messages if _counts(message)), default=0)


def _counts(message: Message) -> bool:
    """Whether it is part of the conversation that the customer sees."""
    return message.voice.public and message.author != SYSTEM and not message.delivery.stayed
