"""From rows to cards: load what a picture needs, then draw it."""

from __future__ import annotations

from bot.cards import (
    Action,
    Author,
    Block,
    BlockKind,
    Card,
    FileLink,
    Plain,
    Run,
    Runs,
    Style,
    Tone,
    When,
    plain,
    shorten,
)
from bot.domain import events as happened
from bot.domain.events import Event, TimelineEntry
from bot.domain.messages import Delivery, Message, Voice
from bot.domain.paging import Page
from bot.domain.work_items import AnyItem, Ticket
from bot.errors import PermanentError
from bot.ports import UnitOfWork
from bot.services import clocks
from bot.services.core import Core
from bot.services.drawing.incidents import IncidentView, incident_card, page_view
from bot.services.drawing.tickets import TicketView, ticket_card
from bot.services.drawing.words import actor_name, button, metric_name, who

MAX_TEXT = 20_000


async def item_card(core: Core, work: UnitOfWork, item_id: int) -> Card:
    """The card of a work item as it is now."""
    item = await _item(work, item_id)
    now = core.clock.now()
    if not isinstance(item, Ticket):
        alerts = await work.alerts.of(item.id)
        view = IncidentView(incident=item, alerts=alerts, directory=core.directory, now=now)
        return incident_card(view)
    entries = await work.timeline.of(item.id)
    messages = await work.messages.of(item.id)
    return ticket_card(
        TicketView(
            ticket=item,
            messages=messages,
            clocks=clocks.clocks_of(core, item, entries, now),
            directory=core.directory,
            now=now,
            held=sum(message.voice is Voice.HELD for message in messages),
        )
    )


async def message_card(core: Core, work: UnitOfWork, message_id: int) -> Card:
    """A message in a thread: whose words, to whom, and what became of it."""
    message = await work.messages.get(message_id)
    if message is None:
        raise PermanentError(f"there is no message {message_id} any more")
    item = await _item(work, message.item)
    return _message(message, item)


_VOICES: dict[Voice, tuple[Tone, str]] = {
    Voice.CUSTOMER: (Tone.CUSTOMER, "by email"),
    Voice.REPLY: (Tone.REPLY, "emailed"),
    Voice.NOTE: (Tone.NOTE, "internal"),
    Voice.AUTOMATIC: (Tone.INFO, "automatic mail"),
    Voice.HELD: (Tone.WARNING, "held for review: nobody outside sees it"),
}


def _message(message: Message, item: AnyItem) -> Card:
    tone, via = _VOICES[message.voice]
    text = shorten(message.text, MAX_TEXT) or "(no text)"
    return Card(
        title="",
        number=item.number,
        fallback=shorten(f"{message.author_name} on {item.number}: {message.text}", 150),
        tone=Tone.WARNING if message.delivery in _FAILED else tone,
        author=Author(name=message.author_name, via=via),
        status=_delivery(message),
        blocks=(Block((Plain(text),)),),
        files=tuple(FileLink(a.id, a.name, a.size) for a in message.attachments),
        actions=_message_actions(message, item),
        ended=message.delivery is Delivery.UNDONE,
    )


_FAILED = (Delivery.FAILED, Delivery.BOUNCED)


def _delivery(message: Message) -> Runs:
    to = f" to {', '.join(message.recipients)}" if message.recipients else ""
    match message.delivery:
        case Delivery.QUEUED:
            return (Plain(f"⏳ sending{to}"),)
        case Delivery.DELAYED:
            return (Plain(f"⏳ still trying{to}: {message.delivery_detail}"),)
        case Delivery.SENT:
            return (Plain(f"✅ delivered{to}"),)
        case Delivery.UNDONE:
            return (Plain("↩ taken back, nothing was sent"),)
        case Delivery.FAILED | Delivery.BOUNCED:
            return (Plain(f"⚠️ not delivered{to}: {message.delivery_detail}"),)
        case _:
            return ()


def _message_actions(message: Message, item: AnyItem) -> tuple[Action, ...]:
    if message.voice is Voice.HELD:
        return (
            button("accept", item.number, "Let them take part", Style.PRIMARY, str(message.id)),
        )
    if message.delivery is Delivery.QUEUED:
        return (button("undo", item.number, "Undo"),)
    return ()


async def line_card(
    core: Core, work: UnitOfWork, entry_id: int, *, mention: str = "", in_channel: bool = False
) -> Card:
    """One line of the timeline, for a thread or for the channel."""
    entry = await work.timeline.entry(entry_id)
    if entry is None:
        raise PermanentError(f"there is no timeline entry {entry_id} any more")
    item = await _item(work, entry.item)
    runs = _line(core, entry)
    if mention:
        runs = (who(core.directory, mention, mention=True), Plain(" "), *runs)
    if in_channel:
        runs = (Plain(f"{item.number} ", bold=True), *runs, Plain(f" · {item.title}"))
    return Card(
        title="",
        number=item.number,
        fallback=shorten(f"{item.number}: {plain(runs)}", 150),
        tone=_line_tone(entry.event),
        status=runs,
        actions=_line_actions(entry.event, item) if in_channel else (),
    )


def _line(core: Core, entry: TimelineEntry) -> Runs:
    event = entry.event
    match event:
        case happened.SlaBreached(metric=metric, due_at=due_at):
            words: Run = Plain(f"🔴 {metric_name(metric)} is missed, it was due ")
            return (words, When(due_at))
        case happened.SlaAtRisk(metric=metric, due_at=due_at):
            return (
                Plain(f"⏳ {metric_name(metric)} is due "),
                When(due_at, relative=True),
                Plain(" ("),
                When(due_at),
                Plain(")"),
            )
        case happened.Assigned(assignee=assignee):
            words = Plain(f"{actor_name(core.directory, entry.actor)} assigned it to ")
            return (words, who(core.directory, assignee))
        case happened.LeadChanged(lead=lead):
            return (who(core.directory, lead), Plain(" leads the incident"))
        case happened.TakenOver(previous=previous):
            name = core.directory.name_of(previous)
            return (Plain(f"{actor_name(core.directory, entry.actor)} took it over from {name}"),)
        case _:
            return (Plain(f"{actor_name(core.directory, entry.actor)} {event.tell()}"),)


def _line_tone(event: Event) -> Tone:
    match event:
        case happened.SlaBreached() | happened.PageFailed():
            return Tone.BREACHED
        case happened.SlaAtRisk() | happened.StepSkipped():
            return Tone.WARNING
        case _:
            return Tone.INFO


def _line_actions(event: Event, item: AnyItem) -> tuple[Action, ...]:
    if isinstance(event, happened.SlaBreached) and item.assignee is None:
        return (button("claim", item.number, "Take it", Style.PRIMARY),)
    return ()


async def page_card(core: Core, work: UnitOfWork, page: Page) -> Card:
    """The direct message of a page, as it stands now."""
    return page_view(page, await _item(work, page.item), core.directory)


def notice_card(title: str, text: str) -> Card:
    """A notice that belongs to no work item; lines that look like `label ▇▇▇ 3` stay a chart."""
    kind = BlockKind.CODE if "▇" in text else BlockKind.TEXT
    return Card(
        title=title,
        fallback=shorten(f"{title}: {text}", 150),
        blocks=(Block((Plain(text),), kind),),
    )


async def _item(work: UnitOfWork, id_: int) -> AnyItem:
    item = await work.items.by_id(id_)
    if item is None:
        raise PermanentError(f"there is no work item {id_} any more")
    return item
