"""Looking at the workspace as a person does, and what is seen of a gesture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from tests.fakes.slack.delivery import Door, Events, Kind, Parcel
from tests.fakes.slack.record import Ack, Record
from tests.fakes.slack.values import Json, Message, User, View
from tests.fakes.slack.workspace import Workspace

Found = TypeVar("Found")
PATIENCE = 5.0


@dataclass(slots=True)
class Seen:
    """What a person sees of a gesture: at once `ack` and `error`, later an answer or a view.

    `error` is what the client shows (`dispatch_failed`, `operation_timeout`, a refusal) or "".
    `errors` are the words under the fields of a form that was not taken.
    """

    people: Watching
    user: str
    ack: Ack
    trigger_id: str = ""
    since: str = ""
    error: str = ""
    on_top: View | None = None

    @property
    def payload(self) -> Json | None:
        """What the acknowledgement carried."""
        return self.ack.payload

    @property
    def errors(self) -> dict[str, str]:
        """block_id → words, after a submission that was sent back."""
        return dict((self.payload or {}).get("errors") or {})

    def answers(self) -> list[Message]:
        """Messages for this person's eyes only that came, or changed, since the gesture."""
        seen = self.people.workspace.messages.seen_by(self.user)
        return [message for message in seen if max(message.ts, message.edited) > self.since]

    async def answer(self) -> Message:
        """The first of `answers`, waited for."""
        return (await self.people.until(self.answers))[0]

    async def view(self) -> View:
        """The modal that this gesture opened, waited for."""
        return await self.people.until(self.opened)

    def opened(self) -> View | None:
        """The modal that this gesture opened, if it has."""
        trigger = self.people.workspace.triggers.get(self.trigger_id)
        return self.people.workspace.views.get(trigger.opened) if trigger else None


class Watching:
    """What can be looked at; users and channels go by id or name, messages and views are values."""

    def __init__(self, workspace: Workspace, record: Record, door: Door, events: Events) -> None:
        self.workspace = workspace
        self.record = record
        self.door = door
        self.events = events

    async def until(self, probe: Callable[[], Found | None], patience: float = PATIENCE) -> Found:
        """Wait for something to become true; asked again after every call and acknowledgement."""
        return await self.record.until(probe, patience)

    def message(self, seen: Message) -> Message:
        """The message as it is now; KeyError when it is gone."""
        now = self.workspace.messages.get(seen.channel, seen.ts)
        if now is None:
            raise KeyError(seen.ts)
        return now

    def view(self, seen: View) -> View:
        """The modal as it is now; `closed` when it is gone."""
        return self.workspace.views[seen.id]

    def messages(self, channel: str, thread_ts: str = "") -> list[Message]:
        """What can be read in a channel, or in one of its threads, oldest first."""
        id_ = self._channel(channel)
        store = self.workspace.messages
        return store.thread(id_, thread_ts) if thread_ts else store.roots(id_)

    def _channel(self, name: str, user: str = "") -> str:
        if user and name.lstrip("@") == "deskhand":
            return self.workspace.direct(user).id
        return self.workspace.channel(name).id

    def direct_messages(self, user: str) -> list[Message]:
        """What the app and a person wrote to each other."""
        direct = self.workspace.direct(self.workspace.user(user).id)
        return self.workspace.messages.of(direct.id)

    def whispers(self, user: str) -> list[Message]:
        """The messages for this person's eyes only, oldest first."""
        return self.workspace.messages.seen_by(self.workspace.user(user).id)

    def home(self, user: str) -> View | None:
        """The home tab as a person finds it."""
        return self.workspace.homes.get(self.workspace.user(user).id)

    async def _bring(self, kind: Kind, who: User, payload: Json) -> Seen:
        since = self.workspace.next_ts()
        ack = await self.door.deliver(Parcel(kind=kind, payload=payload))
        trigger = str(payload.get("trigger_id", ""))
        return Seen(self, who.id, ack, trigger_id=trigger, since=since, error=ack.error)
