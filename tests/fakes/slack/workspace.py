"""The state of one workspace with one app in it, and the events that its changes cause."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Literal, TypeVar

from bot.ports import Clock
from tests.fakes.slack.limits import (
    EVENTS,
    RESPONSE_URL_LIFE,
    RESPONSE_URL_USES,
    SCOPES,
    TRIGGER_LIFE,
)
from tests.fakes.slack.refusal import Refusal
from tests.fakes.slack.values import BOT_USER, OTHER_TEAM, Channel, File, Json, Message, User, View

Named = TypeVar("Named", User, Channel)


@dataclass(slots=True)
class Trigger:
    """A person's gesture that may open one view within 3 s."""

    id: str
    user: str
    born: float
    view: str = ""
    used: bool = False
    opened: str = ""


@dataclass(slots=True)
class ResponseUrl:
    """Where the app may answer a gesture: five times within 30 minutes."""

    id: str
    user: str
    channel: str
    born: float
    message: str = ""
    ephemeral: bool = False
    thread_ts: str = ""
    used: int = 0


@dataclass(slots=True)
class Messages:
    """All messages by channel and ts; ephemeral ones too, which no API call finds."""

    _rows: defaultdict[str, dict[str, Message]] = field(default_factory=lambda: defaultdict(dict))

    def put(self, message: Message) -> Message:
        """Write or overwrite."""
        self._rows[message.channel][message.ts] = message
        return message

    def get(self, channel: str, ts: str) -> Message | None:
        """The message as it is now."""
        return self._rows[channel].get(ts)

    def remove(self, message: Message) -> None:
        """Forget it."""
        self._rows[message.channel].pop(message.ts, None)

    def __iter__(self) -> Iterator[Message]:
        return iter([message for rows in self._rows.values() for message in rows.values()])

    def of(self, channel: str) -> list[Message]:
        """What everybody in the channel can read, oldest first, replies included."""
        rows = sorted(self._rows[channel].values(), key=lambda message: message.ts)
        return [message for message in rows if not message.ephemeral_to]

    def thread(self, channel: str, root: str) -> list[Message]:
        """The root, if it is still there, and its replies."""
        return [message for message in self.of(channel) if message.root == root]

    def roots(self, channel: str) -> list[Message]:
        """What stands in the channel itself."""
        return [m for m in self.of(channel) if not m.is_reply or m.broadcast]

    def seen_by(self, user: str) -> list[Message]:
        """The ephemeral messages that a person got and has not lost."""
        found = [message for message in self if message.ephemeral_to == user]
        return sorted(found, key=lambda message: message.ts)


@dataclass(slots=True)
class Workspace:
    """People, channels, messages, files, views; ids are made up here, time is the clock's."""

    clock: Clock
    scopes: set[str] = field(default_factory=lambda: set(SCOPES))
    events: set[str] = field(default_factory=lambda: set(EVENTS))
    users: dict[str, User] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    messages: Messages = field(default_factory=Messages)
    files: dict[str, File] = field(default_factory=dict)
    views: dict[str, View] = field(default_factory=dict)
    homes: dict[str, View] = field(default_factory=dict)
    triggers: dict[str, Trigger] = field(default_factory=dict)
    response_urls: dict[str, ResponseUrl] = field(default_factory=dict)
    on_event: Callable[[str, Json], None] = lambda kind, event: None
    history_lag: timedelta = timedelta()
    most_per_page: int = 1000
    lost_threads: Literal["refused", "unthreaded"] = "unthreaded"
    address: str = ""
    _last_ts: int = 0
    _serial: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.users[BOT_USER] = User(id=BOT_USER, name="deskhand", is_bot=True)

    # Ids and time ---------------------------------------------------------------------------

    def now(self) -> float:
        """The instant in Unix seconds."""
        return self.clock.now().timestamp()

    def next_ts(self) -> str:
        """A message timestamp that nobody has: seconds and six digits, always growing."""
        self._last_ts = max(int(self.now() * 1_000_000), self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def new_id(self, letter: str) -> str:
        """An id such as F0000000012."""
        return f"{letter}{next(self._serial):010d}"

    # People and places ----------------------------------------------------------------------

    def user(self, name_or_id: str) -> User:
        """Somebody by id or name; KeyError when nobody has it."""
        if name_or_id in self.users:
            return self.users[name_or_id]
        return _named(self.users.values(), name_or_id.removeprefix("@"))

    def channel(self, name_or_id: str) -> Channel:
        """A channel by id or name, with or without #; KeyError when none has it."""
        if name_or_id in self.channels:
            return self.channels[name_or_id]
        return _named(self.channels.values(), name_or_id.removeprefix("#"))

    def set_channel(self, channel: Channel) -> Channel:
        """Write a channel as it is from now on."""
        self.channels[channel.id] = channel
        return channel

    def direct(self, user: str) -> Channel:
        """The direct message of a person and the app; made when there is none."""
        for channel in self.channels.values():
            if channel.user == user:
                return channel
        made = Channel(
            id=f"D{user[1:]}", user=user, is_private=True, members=frozenset({user, BOT_USER})
        )
        return self.set_channel(made)

    # Messages -------------------------------------------------------------------------------

    def post(self, message: Message) -> Message:
        """Put a new message up and tell the app of it."""
        self.messages.put(message)
        if not message.ephemeral_to:
            self.announce(message, message.as_json())
        return message

    def change(self, message: Message, **changes: Any) -> Message:
        """Edit a message and tell the app of it."""
        edits = {"edited": self.next_ts(), "edits": message.edits + 1}
        fresh = self.messages.put(replace(message, **{**edits, **changes}))
        if not message.ephemeral_to:
            told = {
                "subtype": "message_changed",
                "message": fresh.as_json(),
                "previous_message": message.as_json(),
                "hidden": True,
                "ts": self.next_ts(),
            }
            self.announce(fresh, told)
        return fresh

    def delete(self, message: Message) -> None:
        """Delete a message and tell the app of it; of a root with replies a tombstone is told."""
        self.messages.remove(message)
        if message.ephemeral_to:
            return
        told: Json = {"previous_message": message.as_json(), "hidden": True, "ts": self.next_ts()}
        if self.messages.thread(message.channel, message.ts):
            told |= {"subtype": "message_changed", "message": _tombstone(message)}
        else:
            told |= {"subtype": "message_deleted", "deleted_ts": message.ts}
        self.announce(message, told)

    def announce(self, message: Message, told: Json) -> None:
        """Tell the app of something about a message, when it is in the channel."""
        channel = self.channels.get(message.channel)
        if channel is None or not channel.has_bot:
            return
        event = {
            **self._origin(message),
            **told,
            "type": "message",
            "channel": channel.id,
            "channel_type": channel.kind,
            "event_ts": told["ts"],
        }
        self.emit(
            {"im": "message.im", "group": "message.groups"}.get(channel.kind, "message.channels"),
            event,
        )

    def _origin(self, message: Message) -> Json:
        writer = self.users.get(message.user)
        foreign = {"user_team": OTHER_TEAM, "source_team": OTHER_TEAM}
        return foreign if writer and writer.is_stranger else {}

    def emit(self, kind: str, event: Json) -> None:
        """Tell the app of an event, when it asked for that kind."""
        if kind in self.events:
            self.on_event(kind, event)

    # What the app may do with a gesture ---------------------------------------------------------

    def new_trigger(self, user: str, view: str = "") -> str:
        """A trigger_id for a gesture; `view` is the one it was made in."""
        serial = next(self._serial)
        id_ = f"{serial}.{serial + 7}.{serial * 2654435761 % 2**32:08x}"
        self.triggers[id_] = Trigger(id=id_, user=user, born=self.now(), view=view)
        return id_

    def exchange(self, trigger_id: str) -> Trigger:
        """Use a trigger up; Refusal when it is unknown, used or older than 3 s."""
        trigger = self.triggers.get(trigger_id)
        if trigger is None:
            raise Refusal("invalid_trigger_id")
        if trigger.used:
            raise Refusal("exchanged_trigger_id")
        if self.now() - trigger.born > TRIGGER_LIFE.total_seconds():
            raise Refusal("expired_trigger_id")
        trigger.used = True
        return trigger

    def new_response_url(self, url: ResponseUrl) -> str:
        """The address of a fresh response_url."""
        self.response_urls[url.id] = url
        return f"{self.address}/response/{url.id}"

    def use_response_url(self, id_: str) -> ResponseUrl:
        """Count a use; Refusal when it is unknown, used five times or older than 30 minutes."""
        url = self.response_urls.get(id_)
        if url is None:
            raise Refusal("invalid_url")
        if self.now() - url.born > RESPONSE_URL_LIFE.total_seconds():
            raise Refusal("expired_url")
        if url.used >= RESPONSE_URL_USES:
            raise Refusal("used_url")
        url.used += 1
        return url


def _tombstone(message: Message) -> Json:
    return {
        "type": "message",
        "subtype": "tombstone",
        "user": "USLACKBOT",
        "text": "This message was deleted.",
        "hidden": True,
        "ts": message.ts,
        "thread_ts": message.ts,
    }


def _named(things: Iterable[Named], name: str) -> Named:
    for thing in things:
        if thing.name == name:
            return thing
    raise KeyError(name)
