"""What a workspace is made of: people, channels, messages, files and views, as values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]

TEAM = "T0DESK"
OTHER_TEAM = "T0OTHER"
APP = "A0DESK"
BOT_USER = "U0DESKHAND"
BOT = "B0DESKHAND"
DOMAIN = "desk"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody of the workspace; guests are restricted, people of other companies strangers."""

    id: str
    name: str
    real_name: str = ""
    email: str = ""
    tz: str = "Europe/Vienna"
    deleted: bool = False
    is_bot: bool = False
    is_admin: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False

    def as_json(self, *, with_email: bool = True) -> Json:
        """The user object of users.info."""
        shown = self.real_name or self.name.title()
        profile = {"real_name": shown, "display_name": self.name}
        if with_email and self.email:
            profile["email"] = self.email
        return {
            "id": self.id,
            "team_id": OTHER_TEAM if self.is_stranger else TEAM,
            "name": self.name,
            "real_name": shown,
            "deleted": self.deleted,
            "tz": self.tz,
            "profile": profile,
            "is_admin": self.is_admin,
            "is_bot": self.is_bot,
            "is_restricted": self.is_restricted,
            "is_ultra_restricted": self.is_ultra_restricted,
            "is_stranger": self.is_stranger,
            "is_app_user": False,
            "updated": 0,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A place to talk: a channel, a private group, or a direct message with `user`."""

    id: str
    name: str = ""
    is_private: bool = False
    is_archived: bool = False
    is_shared: bool = False
    user: str = ""
    topic: str = ""
    members: frozenset[str] = frozenset()

    @property
    def kind(self) -> str:
        """As in a message event's channel_type: channel, group or im."""
        if self.user:
            return "im"
        return "group" if self.is_private else "channel"

    @property
    def has_bot(self) -> bool:
        """Whether the app is a member."""
        return BOT_USER in self.members

    def with_member(self, user: str) -> Channel:
        """The channel after somebody joined."""
        return replace(self, members=self.members | {user})

    def without_member(self, user: str) -> Channel:
        """The channel after somebody left."""
        return replace(self, members=self.members - {user})

    def as_json(self) -> Json:
        """The conversation object of conversations.info."""
        if self.user:
            return {"id": self.id, "is_im": True, "user": self.user, "is_archived": False}
        return {
            "id": self.id,
            "name": self.name,
            "name_normalized": self.name,
            "is_channel": not self.is_private,
            "is_group": self.is_private,
            "is_im": False,
            "is_mpim": False,
            "is_private": self.is_private,
            "is_archived": self.is_archived,
            "is_general": False,
            "is_shared": self.is_shared,
            "is_ext_shared": self.is_shared,
            "is_member": self.has_bot,
            "topic": {"value": self.topic, "creator": "", "last_set": 0},
            "purpose": {"value": "", "creator": "", "last_set": 0},
            "num_members": len(self.members),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file with its bytes; `url` is private and wants the token."""

    id: str
    name: str
    user: str
    content: bytes = b""
    title: str = ""
    mimetype: str = "application/octet-stream"
    url: str = ""
    complete: bool = False

    def as_json(self) -> Json:
        """The file object of messages and files.info."""
        return {
            "id": self.id,
            "name": self.name,
            "title": self.title or self.name,
            "mimetype": self.mimetype,
            "filetype": self.name.rpartition(".")[2],
            "user": self.user,
            "size": len(self.content),
            "mode": "hosted",
            "is_external": False,
            "url_private": self.url,
            "url_private_download": self.url + "/download" if self.url else "",
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message as it is now; `arguments` are those of the call that made or last changed it.

    `ephemeral_to` names the only person who sees it.
    """

    channel: str
    ts: str
    user: str
    text: str = ""
    blocks: tuple[Json, ...] = ()
    attachments: tuple[Json, ...] = ()
    thread_ts: str = ""
    broadcast: bool = False
    metadata: Json | None = None
    files: tuple[File, ...] = ()
    reactions: tuple[tuple[str, str], ...] = ()
    subtype: str = ""
    edited: str = ""
    edits: int = 0
    ephemeral_to: str = ""
    by_app: bool = False

    @property
    def root(self) -> str:
        """The ts of the thread it belongs to, or would start."""
        return self.thread_ts or self.ts

    @property
    def is_reply(self) -> bool:
        """Whether it stands inside a thread, not at its head."""
        return bool(self.thread_ts) and self.thread_ts != self.ts

    def as_json(self, *, with_metadata: bool = False) -> Json:
        """The message object of history, replies, events and interactions."""
        whole: Json = {
            "type": "message",
            "user": self.user,
            "text": self.text,
            "ts": self.ts,
            "team": TEAM,
            "subtype": self.subtype,
            "blocks": list(self.blocks),
            "attachments": list(self.attachments),
            "thread_ts": self.thread_ts,
            "files": [file.as_json() for file in self.files],
            "reactions": self._reactions(),
        }
        if self.by_app:
            whole |= {"bot_id": BOT, "app_id": APP}
        if self.edited:
            whole["edited"] = {"user": self.user, "ts": self.edited}
        if with_metadata and self.metadata:
            whole["metadata"] = self.metadata
        always = {"type", "user", "text", "ts"}
        return {key: value for key, value in whole.items() if value or key in always}

    def _reactions(self) -> list[Json]:
        names = dict.fromkeys(name for name, _ in self.reactions)
        users = {name: [user for other, user in self.reactions if other == name] for name in names}
        return [{"name": name, "users": users[name], "count": len(users[name])} for name in names]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A modal or a home tab as the person sees it; `stack` names the views below it."""

    id: str
    user: str
    content: Json
    hash: str
    stack: tuple[str, ...] = ()
    closed: bool = False
    updates: int = 0

    @property
    def kind(self) -> str:
        """Modal or home."""
        return str(self.content["type"])

    @property
    def blocks(self) -> tuple[Json, ...]:
        """What it shows."""
        return tuple(self.content.get("blocks", ()))

    def as_json(self, values: Json | None = None) -> Json:
        """The view object of the API's answers and of interactions; `values` is the state."""
        fixed: Json = {
            "private_metadata": "",
            "callback_id": "",
            "external_id": "",
            "title": None,
            "submit": None,
            "close": None,
            "clear_on_close": False,
            "notify_on_close": False,
        }
        return {
            **fixed,
            **self.content,
            "id": self.id,
            "team_id": TEAM,
            "app_id": APP,
            "bot_id": BOT,
            "app_installed_team_id": TEAM,
            "hash": self.hash,
            "state": {"values": values or {}},
            "root_view_id": self.stack[0] if self.stack else self.id,
            "previous_view_id": self.stack[-1] if self.stack else None,
        }
