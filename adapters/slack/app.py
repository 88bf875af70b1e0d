"""Slack put together: one object that the service starts, mounts, asks how it is, and stops."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from aiohttp import web

from adapters.slack.api.budgets import Budgets
from adapters.slack.api.client import SlackClient
from adapters.slack.api.files import LoadFile, SlackFiles
from adapters.slack.drawing.workspace import Workspace
from adapters.slack.events.background import Background, Patience
from adapters.slack.events.listeners import Event, Listeners, bolt_app
from adapters.slack.events.payloads import Json, part, parts, text, true
from adapters.slack.events.receiving import HttpDoor, Receiving
from adapters.slack.events.sockets import Rhythm, Sockets
from adapters.slack.gestures.answers import Answers
from adapters.slack.gestures.commands import Gestures, Manners
from adapters.slack.gestures.dispatcher import Around, Dispatcher
from adapters.slack.gestures.downloads import Downloads
from adapters.slack.gestures.forms import Forms
from adapters.slack.gestures.home import Homes
from adapters.slack.gestures.notices import Notices
from adapters.slack.gestures.occasions import SURFACE
from adapters.slack.gestures.people import People
from adapters.slack.gestures.talk import Listening
from adapters.slack.settings import SlackSettings
from adapters.slack.surface import SlackSurface
from adapters.slack.watch import Watch
from bot.domain.people import Person
from bot.errors import PermanentError
from bot.ports import Clock, Meter
from bot.ports.tally import Tally

log = logging.getLogger(__name__)

HTTP: Final = "http"


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What Slack is given of the service; `channels` are the Slack channels of desks and services,
    `load` reads a stored file. Without a meter nothing is counted.
    """

    clock: Clock
    around: Around
    load: LoadFile
    meter: Meter | None = None
    people: Sequence[Person] = ()
    channels: Collection[str] = ()
    rhythm: Rhythm = field(default_factory=Rhythm)
    patience: Patience = field(default_factory=Patience)


class Slack:
    """The Slack of the configuration, both ways."""

    def __init__(self, settings: SlackSettings, given: Surroundings) -> None:
        self._settings = settings
        self._given = given
        budgets = Budgets(given.clock)
        self._tally = Tally(SURFACE, given.meter)
        self.client = SlackClient(settings, budgets, self._tally)
        # The app-level token opens connections, and can do nothing else.
        doorkeeper = replace(settings, bot_token=settings.app_token)
        self._doorkeeper = SlackClient(doorkeeper, Budgets(given.clock), self._tally)
        self._files = SlackFiles(self.client, given.load)
        self._people = People(self.client, given.people, SURFACE)
        accounts = {key: account for account, key in self._people.keys.items()}
        self._workspace = Workspace(accounts=accounts, console_url=settings.console_url)
        self.surface = SlackSurface(self.client, budgets, self._files, self._workspace, given.clock)
        self._background = Background(given.patience)
        self._notices = Notices(self._people, given.around, given.channels)
        self._sockets: Sockets | None = None
        self._door: HttpDoor | None = None
        self._watch = Watch(self.client, self._people, given.rhythm, self._notices.refused)

    # ------------------------------------------------------------ start and stop

    def serve(self, dispatcher: Dispatcher) -> None:
        """Put the way in together: what people do goes to the dispatcher."""
        listeners = self._listeners(dispatcher)
        app = bolt_app(self.client.web, listeners, self._settings.commands)
        receiving = Receiving(app, self._background, self._tally)
        if self._settings.mode == HTTP:
            self._door = HttpDoor(receiving, self._settings.signing_secret, self._given.clock)
        else:
            self._sockets = Sockets(
                address=self._address,
                deliver=receiving.take,
                refused=self._notices.refused,
                clock=self._given.clock,
                rhythm=self._given.rhythm,
            )

    def routes(self) -> list[web.RouteDef]:
        """What to mount in the service's HTTP server; nothing in Socket Mode."""
        return self._door.routes() if self._door is not None else []

    async def open(self) -> None:
        """Make calls possible; nothing is called yet."""
        await self.client.start()
        await self._doorkeeper.start()

    async def start(self) -> None:
        """Begin to listen; whether Slack is there or not, this ends at once."""
        self._watch.start()
        if self._sockets is not None:
            await self._sockets.start()

    async def stop(self) -> None:
        """Listen no more, and finish what was begun."""
        if self._sockets is not None:
            await self._sockets.stop()
        await self._watch.stop()
        await self._background.stop()

    async def close(self) -> None:
        """Call no more."""
        await self._doorkeeper.close()
        await self.client.close()

    @property
    def state(self) -> str:
        """How it stands, in words for an operator."""
        listens = self._sockets.state if self._sockets is not None else "listening for requests"
        return "; ".join(filter(None, (listens, self._watch.trouble)))

    # ------------------------------------------------------------ who takes what

    def _listeners(self, dispatcher: Dispatcher) -> Listeners:
        answers = Answers(self.client, self.surface, self._workspace, self._settings)
        downloads = Downloads(self.client, self._files)
        homes = Homes(self.client, dispatcher, self._people, self._background, self._workspace)
        patience, works = self._given.patience, self._background
        forms = Forms(self.client, dispatcher, answers, downloads, works, self._workspace, patience)
        manners = Manners(commands=self._settings.commands, patience=patience)
        gestures = Gestures(dispatcher, self._people, answers, forms, homes, works, manners)
        talk = Listening(dispatcher, self._people, answers, downloads, homes, self._given.around)
        return Listeners(
            command=gestures.command,
            pressed=gestures.pressed,
            changed=forms.changed,
            shortcut=gestures.shortcut,
            submitted=forms.submitted,
            closed=forms.closed,
            events=self._events(talk, homes),
        )

    def _events(self, talk: Listening, homes: Homes) -> Mapping[str, Event]:
        notices = self._notices
        handlers: Mapping[str, Callable[[Json], Coroutine[Any, Any, None]]] = {
            "app_home_opened": homes.visited,
            "app_mention": talk.mentioned,
            "message": talk.take,
            "reaction_added": talk.reacted,
            "member_joined_channel": notices.joined,
            "channel_archive": notices.channel_gone,
            "channel_deleted": notices.channel_gone,
            "channel_rename": notices.renamed,
            "user_change": notices.person_changed,
            "tokens_revoked": self._revoked,
            "app_uninstalled": self._revoked,
        }
        return {kind: self._event(kind, handler) for kind, handler in handlers.items()}

    def _event(self, kind: str, handler: Callable[[Json], Coroutine[Any, Any, None]]) -> Event:
        async def take(body: Json) -> None:
            self._introduced_by(body)
            event = part(body, "event")
            lane, place = lane_of(event), text(event, "event_ts")
            task = self._background.begin(kind, handler(event), lane=lane, place=place)
            # Acknowledged when it is done, not before: Slack brings again what a kill interrupts.
            await asyncio.wait({task})

        return take

    async def _revoked(self, event: Json) -> None:
        await self._notices.revoked(event)
        self._watch.look()

    # ------------------------------------------------------------ who we are

    async def _address(self) -> str:
        """Where the next connection leads."""
        try:
            answer = await self._doorkeeper.call("apps.connections.open")
        except PermanentError as error:
            words = (
                f"the app-level token is refused ({error.code}): put one with connections:write "
                "(Basic Information, xapp-…) into [slack] app_token"
            )
            raise PermanentError(words, fault=error.fault, code=error.code) from error
        return text(answer, "url")

    def _introduced_by(self, body: Json) -> None:
        """Every event says for which bot it is."""
        bots = (text(a, "user_id") for a in parts(body, "authorizations") if true(a, "is_bot"))
        self._people.introduce(next(bots, ""))


def lane_of(event: Json) -> str:
    """Where order is kept: the thread that a message, its edit, or an emoji belongs to."""
    message = part(event, "message") or part(event, "previous_message") or event
    root = text(message, "thread_ts") or text(message, "ts") or text(event, "item", "ts")
    channel = text(event, "channel") or text(event, "item", "channel")
    return f"{channel}:{root}" if channel and root else ""
