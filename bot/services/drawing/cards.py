"""From rows to cards: load what a picture needs, then draw it."""

from __future__ import annotations

from typing import Final

from bot.cards import (
    Action,
    Block,
    BlockKind,
    Card,
    Plain,
    Style,
    Tone,
    plain,
    shorten,
)
from bot.domain import events as happened
from bot.domain.events import Event
from bot.domain.incidents import knows_of
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
from bot.services.drawing.messages import message_picture
from bot.services.drawing.tickets import TicketView, ticket_card
from bot.services.drawing.words import LOCK, button, tell, who

CLOSED: Final = Card(
    title=f"{LOCK} Closed to you",
    fallback="🔒 Closed to you",
    blocks=(
        Block(
            (
                Plain(
                    "This is about something confidential that you are not in on any more."
                    " Please keep to yourself what you read here."
                ),
            )
        ),
    ),
)
"""What stands where somebody could read of a confidential incident before they were put out."""

# What is longer stands as a body: every platform shows all of one, somehow.
MAX_STATUS: Final = 1000


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
            held=sum(message.waits for message in messages),
            url=core.public_url,
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
    return message_picture(message, item)


async def line_card(
    core: Core, work: UnitOfWork, entry_id: int, *, mention: str = "", in_channel: bool = False
) -> Card:
    """One line of the timeline, for a thread or for the channel."""
    entry = await work.timeline.entry(entry_id)
    if entry is None:
        raise PermanentError(f"there is no timeline entry {entry_id} any more")
    item = await _item(work, entry.item)
    runs = tell(core.directory, entry)
    called = core.directory.people.get(mention)
    # On some platforms a call brings whoever is called into the thread.
    if mention and (called is None or knows_of(called, item)):
        runs = (who(core.directory, mention, mention=True), Plain(" "), *runs)
    fallback = f"{item.number}: {plain(runs)}"
    if in_channel:
        runs = (Plain(f"{item.number} ", bold=True), *runs, Plain(f" · {item.title}"))
        fallback = plain(runs)
    long = len(plain(runs)) > MAX_STATUS
    return Card(
        title="",
        number=item.number,
        fallback=shorten(fallback, 150),
        tone=_line_tone(entry.event),
        status=() if long else runs,
        blocks=(Block(runs),) if long else (),
        actions=_line_actions(entry.event, item, in_channel=in_channel),
    )


def _line_tone(event: Event) -> Tone:
    match event:
        case happened.SlaBreached() | happened.PageFailed():
            return Tone.BREACHED
        case happened.SlaAtRisk() | happened.StepSkipped() | happened.DeliveryChanged():
            return Tone.WARNING
        case _:
            return Tone.INFO


def _line_actions(event: Event, item: AnyItem, *, in_channel: bool) -> tuple[Action, ...]:
    match event:
        case happened.SlaBreached() if in_channel and item.assignee is None:
            return (button("claim", item.number, "Take it", Style.PRIMARY),)
        case (
            happened.TicketMerged(into=other)
            | happened.TicketTakenIn(number=other)
            | happened.TicketUnmerged(home=other)
            | happened.TicketGivenBack(number=other)
        ):
            return (button("show", other, f"Show {other}"),)
        case _:
            return ()


async def page_card(core: Core, work: UnitOfWork, page: Page) -> Card:
    """The direct message of a page, as it stands now and its person may see it."""
    item = await _item(work, page.item)
    person = core.directory.people.get(page.person)
    if person is not None and not knows_of(person, item):
        return CLOSED
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
