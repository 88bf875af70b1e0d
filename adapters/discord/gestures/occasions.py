"""Interactions as Discord sends them, in our own terms: who did what, where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from adapters.discord.api.channels import THREAD
from adapters.discord.gestures.pointing import pointed
from bot.domain.threads import Space, ThreadRef

Json = Mapping[str, Any]

SURFACE: Final = "discord"
COMMAND: Final = 2
COMPONENT: Final = 3
AUTOCOMPLETE: Final = 4
SUBMIT: Final = 5
_EPHEMERAL: Final = 1 << 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Gesture:
    """One interaction; `place` is the channel, `thread` the thread in it.

    `came_at` is when it reached us, in seconds of the event loop's clock.
    """

    id: str
    token: str
    application: str
    kind: int
    account: str
    guild: str
    data: Json
    place: Space | None = None
    thread: ThreadRef | None = None
    on_ephemeral: bool = False
    on_message: bool = False
    labels: Mapping[str, str]
    came_at: float

    @property
    def chosen(self) -> str:
        """The id of the button, or what was chosen in a menu."""
        values = self.data.get("values")
        if isinstance(values, list) and values:
            return str(values[0])
        return pointed(str(self.data.get("custom_id", "")))[0]

    @property
    def pointed_at(self) -> str:
        """The message on whose menu the form was opened that comes back; empty when on none."""
        return pointed(str(self.data.get("custom_id", "")))[1] if self.kind == SUBMIT else ""

    @property
    def channel(self) -> str:
        """Where it was done: the thread, or the channel."""
        return self.thread.id if self.thread else self.place.id if self.place else ""

    @property
    def message(self) -> Json:
        """The message in whose menu the command was chosen; an empty object for another gesture."""
        messages = (self.data.get("resolved") or {}).get("messages") or {}
        return messages.get(str(self.data.get("target_id"))) or {}


def read_gesture(body: Json, came_at: float) -> Gesture:
    """The interaction; KeyError when it is none."""
    message = body.get("message") or {}
    user = (body.get("member") or {}).get("user") or body.get("user") or {}
    channel = body.get("channel") or {"id": body.get("channel_id", "")}
    place, thread = where(channel)
    return Gesture(
        id=str(body["id"]),
        token=str(body["token"]),
        application=str(body["application_id"]),
        kind=int(body["type"]),
        account=str(user.get("id", "")),
        guild=str(body.get("guild_id") or ""),
        data=body.get("data") or {},
        place=place,
        thread=thread,
        on_ephemeral=bool(int(message.get("flags") or 0) & _EPHEMERAL),
        on_message=bool(message),
        labels=_labels(message.get("components") or ()),
        came_at=came_at,
    )


def where(channel: Json) -> tuple[Space | None, ThreadRef | None]:
    """The channel, and the thread in it, that Discord's JSON speaks of."""
    id_, parent = str(channel.get("id") or ""), str(channel.get("parent_id") or "")
    if not id_:
        return None, None
    if channel.get("type") in THREAD and parent:
        return Space(surface=SURFACE, id=parent), ThreadRef(surface=SURFACE, space=parent, id=id_)
    return Space(surface=SURFACE, id=id_), None


def _labels(components: Sequence[Json]) -> Mapping[str, str]:
    """What the buttons and the entries of menus on a message say, by their ids."""
    found: dict[str, str] = {}
    for part in components:
        for option in part.get("options") or ():
            found[str(option.get("value"))] = str(option.get("label", ""))
        if part.get("type") == 2 and part.get("custom_id"):
            found[str(part["custom_id"])] = str(part.get("label", ""))
        found |= _labels(part.get("components") or ())
    return found
