"""Who did something and where, and by which ways they can be answered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from adapters.slack.events.payloads import Json, part, text, true
from bot.domain.threads import Space, ThreadRef, conversation_with

SURFACE: Final = "slack"
_DIRECT: Final = "D"


def is_direct(channel: str) -> bool:
    """Whether the channel is the direct conversation with one person."""
    return channel.startswith(_DIRECT)


def space_of(channel: str, account: str) -> Space:
    """The channel as the service knows it; `account` is whoever did something there."""
    if is_direct(channel):
        return conversation_with(SURFACE, account)
    return Space(surface=SURFACE, id=channel)


def thread_of(channel: str, root: str, account: str) -> ThreadRef:
    """The thread that hangs on the message `root`, as the service knows it."""
    return ThreadRef(surface=SURFACE, space=space_of(channel, account).id, id=root)


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """One gesture of a person.

    `thread` is the `ts` of the thread that a card or message belongs to (its own, when none hangs
    on it yet); `inside` is set when the person looks at it from inside the thread. `message` is
    what they pointed at. `hidden` says that only they see what they pressed, `view` that it stands
    in a modal (as it was at `hash`), `home` that it stands on their home.
    """

    account: str
    key: str = ""
    channel: str = ""
    thread: str = ""
    inside: bool = False
    message: str = ""
    hidden: bool = False
    trigger: str = ""
    response_url: str = ""
    view: str = ""
    hash: str = ""
    home: bool = False

    @property
    def place(self) -> Space | None:
        """The channel."""
        return space_of(self.channel, self.account) if self.channel else None

    @property
    def ref(self) -> ThreadRef | None:
        """The thread."""
        if not (self.channel and self.thread):
            return None
        return thread_of(self.channel, self.thread, self.account)

    def remembered(self) -> dict[str, str]:
        """What a form must know to be answered where it was opened: ids only."""
        kept = {"c": self.channel, "t": self.thread, "i": "1" if self.inside else ""}
        return {name: value for name, value in (kept | {"m": self.message}).items() if value}


def of_command(body: Json) -> Occasion:
    """A slash command: never inside a thread."""
    return Occasion(
        account=text(body, "user_id"),
        key=text(body, "trigger_id"),
        channel=text(body, "channel_id"),
        trigger=text(body, "trigger_id"),
        response_url=text(body, "response_url"),
    )


def of_press(body: Json) -> Occasion:
    """A button on a message, in a view, or on somebody's home."""
    container = part(body, "container")
    message, hidden = text(container, "message_ts"), true(container, "is_ephemeral")
    root = text(container, "thread_ts") or text(body, "message", "thread_ts")
    view = part(body, "view")
    modal = view if text(view, "type") == "modal" else {}
    return Occasion(
        account=text(body, "user", "id"),
        key=text(body, "trigger_id"),
        channel=text(container, "channel_id") or text(body, "channel", "id"),
        thread=root or ("" if hidden else message),
        inside=bool(root) and root != message,
        hidden=hidden,
        trigger=text(body, "trigger_id"),
        response_url=text(body, "response_url"),
        view=text(modal, "id"),
        hash=text(modal, "hash"),
        home=text(view, "type") == "home",
    )


def of_shortcut(body: Json) -> Occasion:
    """An entry of a message's menu."""
    message = text(body, "message", "ts") or text(body, "message_ts")
    root = text(body, "message", "thread_ts")
    return Occasion(
        account=text(body, "user", "id"),
        key=text(body, "trigger_id"),
        channel=text(body, "channel", "id"),
        thread=root or message,
        inside=bool(root) and root != message,
        message=message,
        trigger=text(body, "trigger_id"),
        response_url=text(body, "response_url"),
    )


def of_view(body: Json) -> Occasion:
    """A form: where it was opened is in its metadata."""
    kept = metadata_of(part(body, "view"))
    return Occasion(
        account=text(body, "user", "id"),
        key=text(body, "trigger_id"),
        channel=kept.get("c", ""),
        thread=kept.get("t", ""),
        inside=bool(kept.get("i")),
        message=kept.get("m", ""),
        trigger=text(body, "trigger_id"),
        view=text(body, "view", "id"),
    )


def metadata_of(view: Json) -> Mapping[str, str]:
    """What the form remembers."""
    try:
        found = json.loads(text(view, "private_metadata") or "{}")
    except ValueError:
        return {}
    known = found.items() if isinstance(found, dict) else ()
    return {str(name): value for name, value in known if isinstance(value, str)}
