"""From rows to cards: load what a picture needs, then draw it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.cards import (
    Action,
    Author,
    Block,
    BlockKind,
    Card,
    FileLink,
    Link,
    Plain,
    Runs,
    Style,
    Tone,
    When,
    plain,
    shorten,
)
from bot.domain import events as happened
from bot.domain.events import SYSTEM, Event
from bot.domain.messages import Delivery, Message, Voice
from bot.domain.paging import Page
from bot.domain.work_items import AnyItem, Incident, Ticket
from bot.errors import PermanentError
from bot.ports import UnitOfWork
from bot.services import clocks
from bot.services.core import Core
from bot.services.drawing.incidents import (
    SHOWN_ALERTS,
    IncidentView,
    incident_card,
    incident_page,
    ticket_page,
)
from bot.services.drawing.lists import history_card
from bot.services.drawing.tickets import TicketView, ticket_card
from bot.services.drawing.words import button, tell, who

MAX_TEXT: Final = 20_000
MAX_IN_BUTTON: Final = 60


async def item_card(core: Core, work: UnitOfWork, item_id: int) -> Card:
    """The card of a work item as it is now."""
    item = await _item(work, item_id)
    now = core.clock.now()
    if not isinstance(item, Ticket):
        return incident_card(await _view(core, work, item))
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


async def item_history(core: Core, work: UnitOfWork, item: AnyItem) -> Card:
    """All that happened to a work item, with links to where words were said."""
    entries = await work.timeline.of(item.id)
    messages = await work.messages.of(item.id)
    links = {message.id: message.said.url for message in messages if message.said.url}
    return history_card(item, entries, core.directory, links)


async def message_card(core: Core, work: UnitOfWork, message_id: int) -> Card:
    """A message in a thread: whose words, to whom, and what became of it."""
    message = await work.messages.get(message_id)
    if message is None:
        raise PermanentError(f"there is no message {message_id} any more")
    item = await _item(work, message.item)
    return _message(message, item)


_VOICES: Final[Mapping[Voice, tuple[Tone, str]]] = {
    Voice.CUSTOMER: (Tone.CUSTOMER, "by email"),
    Voice.REPLY: (Tone.REPLY, "emailed"),
    Voice.NOTE: (Tone.NOTE, "internal"),
    Voice.AUTOMATIC: (Tone.INFO, "automatic mail"),
    Voice.HELD: (Tone.WARNING, "held for review: nobody outside sees it"),
}
_FAILED: Final = (Delivery.FAILED, Delivery.BOUNCED)
_RECALLABLE: Final = (Delivery.QUEUED, Delivery.DELAYED)


def _message(message: Message, item: AnyItem) -> Card:
    tone, via = _VOICES[message.voice]
    text = shorten(message.text, MAX_TEXT) or "(no text)"
    return Card(
        title="",
        number=item.number,
        fallback=shorten(f"{message.author_name} on {item.number}: {message.text}", 150),
        tone=Tone.WARNING if message.delivery in _FAILED else tone,
        author=Author(name=message.author_name, via=f"{_address(message)}{via}{_where(message)}"),
        status=(*_delivery(message), *_changes(message)),
        blocks=(Block((Plain(text),)),),
        files=tuple(FileLink(a.id, a.name, a.size) for a in message.attachments),
        actions=_message_actions(message, item),
        context=(Link("Where it was said", message.said.url),) if message.said.url else (),
        ended=message.delivery is Delivery.UNDONE or message.withdrawn_at is not None,
    )


def _where(message: Message) -> str:
    """The platform it was said on, for readers on another one."""
    surface = message.said.key.partition(":")[0]
    return f" · {surface}" if surface else ""


def _changes(message: Message) -> Runs:
    """What its writer did to it afterwards."""
    if message.withdrawn_at is not None:
        return (Plain("✂ withdrawn "), When(message.withdrawn_at))
    if message.edited_at is not None:
        return (Plain("✎ edited "), When(message.edited_at))
    return ()


def _address(message: Message) -> str:
    """The address behind a name from outside: anybody can call themselves anything."""
    kind, _, address = message.author.partition(":")
    return f"{address} · " if kind == "mail" and address != message.author_name else ""


def _delivery(message: Message) -> Runs:
    """What became of the copies; recipients of the same lot stand together."""
    lots: dict[tuple[Delivery, str], list[str]] = {}
    for copy in message.copies:
        detail = copy.detail if copy.delivery in (*_FAILED, Delivery.DELAYED) else ""
        lots.setdefault((copy.delivery, detail), []).append(copy.recipient)
    told = (_lot(delivery, detail, ", ".join(to)) for (delivery, detail), to in lots.items())
    return (Plain(" · ".join(told)),) if lots else ()


def _lot(delivery: Delivery, detail: str, to: str) -> str:
    match delivery:
        case Delivery.QUEUED:
            return f"⏳ sending to {to}"
        case Delivery.DELAYED:
            return f"⏳ delayed, still trying {to}: {detail}"
        case Delivery.SENT:
            return f"✅ sent to {to}"
        case Delivery.UNDONE:
            return "↩ taken back, nothing was sent"
        case _:
            return f"⚠️ not delivered to {to}: {detail}"


def _message_actions(message: Message, item: AnyItem) -> tuple[Action, ...]:
    if message.voice is Voice.HELD:
        return (
            button("accept", item.number, "Let them take part", Style.PRIMARY, str(message.id)),
        )
    if message.delivery in _RECALLABLE and message.author != SYSTEM:
        return (button("undo", item.number, "Undo"),)
    if lost := message.came_back:
        # Platforms bound the length of a button's id; without the address its form asks for it.
        known = [lost[0].recipient] if len(lost[0].recipient) <= MAX_IN_BUTTON else []
        return (
            button("resend", item.number, "Send again", Style.PRIMARY, str(message.id)),
            button("readdress", item.number, "Other address…", Style.PLAIN, *known),
        )
    return ()


async def line_card(
    core: Core, work: UnitOfWork, entry_id: int, *, mention: str = "", in_channel: bool = False
) -> Card:
    """One line of the timeline, for a thread or for the channel."""
    entry = await work.timeline.entry(entry_id)
    if entry is None:
        raise PermanentError(f"there is no timeline entry {entry_id} any more")
    item = await _item(work, entry.item)
    runs = tell(core.directory, entry)
    if mention:
        runs = (who(core.directory, mention, mention=True), Plain(" "), *runs)
    fallback = f"{item.number}: {plain(runs)}"
    if in_channel:
        runs = (Plain(f"{item.number} ", bold=True), *runs, Plain(f" · {item.title}"))
        fallback = plain(runs)
    return Card(
        title="",
        number=item.number,
        fallback=shorten(fallback, 150),
        tone=_line_tone(entry.event),
        status=runs,
        actions=_line_actions(entry.event, item) if in_channel else (),
    )


def _line_tone(event: Event) -> Tone:
    match event:
        case happened.SlaBreached() | happened.PageFailed():
            return Tone.BREACHED
        case happened.SlaAtRisk() | happened.StepSkipped() | happened.DeliveryChanged():
            return Tone.WARNING
        case _:
            return Tone.INFO


def _line_actions(event: Event, item: AnyItem) -> tuple[Action, ...]:
    if isinstance(event, happened.SlaBreached) and item.assignee is None:
        return (button("claim", item.number, "Take it", Style.PRIMARY),)
    return ()


async def page_card(core: Core, work: UnitOfWork, page: Page) -> Card:
    """The direct message of a page, as it stands now."""
    item = await _item(work, page.item)
    if isinstance(item, Ticket):
        return ticket_page(page, item, core.directory)
    return incident_page(page, await _view(core, work, item))


async def _view(core: Core, work: UnitOfWork, incident: Incident) -> IncidentView:
    return IncidentView(
        incident=incident,
        firing=await work.alerts.of(incident.id, SHOWN_ALERTS, firing=True),
        alerts=await work.alerts.count(incident.id),
        directory=core.directory,
        now=core.clock.now(),
    )


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
