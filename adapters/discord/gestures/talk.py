"""Messages as Discord sends them, over the gateway and the REST API alike: who said what, where."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

Json = Mapping[str, Any]

_SPOKEN: Final = (0, 19)
"""Messages and replies; every other type Discord writes itself."""
_MENTION: Final = re.compile(r"<@!?(\d+)>")
_EMOJI: Final = re.compile(r"<a?(:\w+:)\d+>")
_ESCAPE: Final = re.compile(r"\\([^0-9A-Za-z\s])")
_MARKUP: Final = re.compile(r"(?m)^(?:#{1,3} |-# |> )|(?<!\\)\*\*")
_WEB: Final = "https://discord.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A person's message; `addressed` when it begins with the bot's name, which is taken away.

    `gesture` is what was done with it, when it was not only said: edited (then), deleted, marked.
    """

    id: str
    channel: str
    guild: str
    account: str
    text: str
    attachments: tuple[Json, ...] = ()
    addressed: bool = False
    edited: bool = False
    gesture: str = ""

    @property
    def key(self) -> str:
        """The same only for the same gesture of the same person."""
        return ":".join(filter(None, (self.id, self.account, self.gesture)))

    @property
    def url(self) -> str:
        """Where a click leads to it."""
        return f"{_WEB}/channels/{self.guild or '@me'}/{self.channel}/{self.id}"


def stands_in(url: str, channel: str) -> bool:
    """Whether the message with that address stands in the channel or thread."""
    return url.rpartition("/")[0].endswith(f"/{channel}")


def read_said(body: Json, me: str) -> Said | None:
    """The message; None for bots, webhooks, and what Discord writes itself."""
    author = body.get("author") or {}
    if author.get("bot") or body.get("webhook_id") or int(body.get("type") or 0) not in _SPOKEN:
        return None
    content = str(body.get("content") or "").strip()
    ours = tuple(f"<@{mark}{me}>" for mark in ("", "!")) if me else ()
    addressed = content.startswith(ours)
    if addressed:
        content = content.partition(">")[2].strip()
    return Said(
        id=str(body["id"]),
        channel=str(body["channel_id"]),
        guild=str(body.get("guild_id") or ""),
        account=str(author.get("id", "")),
        text=_readable(content, body.get("mentions") or ()),
        attachments=tuple(body.get("attachments") or ()),
        addressed=addressed,
        edited=bool(body.get("edited_timestamp")),
        gesture=str(body.get("edited_timestamp") or ""),
    )


def words_of(message: Json) -> str:
    """What a message says: its content, or the texts of its components without their markup."""
    content = str(message.get("content") or "").strip()
    if content:
        return _readable(content, message.get("mentions") or ())
    texts = "\n".join(_texts(message.get("components") or ()))
    return _ESCAPE.sub(r"\1", _MARKUP.sub("", texts)).strip()


def _readable(content: str, mentions: Iterable[Json]) -> str:
    """Names in the place of Discord's ids."""
    names = {
        str(user.get("id")): str(user.get("global_name") or user.get("username") or "")
        for user in mentions
    }

    def name(found: re.Match[str]) -> str:
        return f"@{names[found[1]]}" if names.get(found[1]) else found[0]

    return _EMOJI.sub(r"\1", _MENTION.sub(name, content))


def _texts(components: Iterable[Json]) -> Iterable[str]:
    for part in components:
        if part.get("type") == 10:
            yield str(part.get("content") or "")
        yield from _texts(part.get("components") or ())
