"""What a Discord holds: people, roles, channels, threads and messages. Plain records."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

TEXT, DM, PUBLIC_THREAD, PRIVATE_THREAD, FORUM = 0, 1, 11, 12, 15
THREADS = (PUBLIC_THREAD, PRIVATE_THREAD)

SUPPRESS_EMBEDS = 1 << 2
HAS_THREAD = 1 << 5
EPHEMERAL = 1 << 6
LOADING = 1 << 7
SUPPRESS_NOTIFICATIONS = 1 << 12
COMPONENTS_V2 = 1 << 15
REQUIRE_TAG = 1 << 4


@dataclass(slots=True, kw_only=True)
class User:
    """An account. `dms_open` false makes every direct message fail with 50007."""

    id: str
    name: str
    bot: bool = False
    dms_open: bool = True


@dataclass(slots=True, kw_only=True)
class Role:
    """A role of a guild; the one with the guild's own id is @everyone."""

    id: str
    name: str
    permissions: int
    position: int
    mentionable: bool = False
    bot_id: str | None = None


@dataclass(slots=True, kw_only=True)
class Member:
    """A user within a guild, and the roles they hold beside @everyone."""

    user: User
    roles: list[str]
    joined_at: datetime


@dataclass(slots=True, kw_only=True)
class Guild:
    """A server with its roles and members, both by id."""

    id: str
    name: str
    owner_id: str
    roles: dict[str, Role] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Overwrite:
    """A channel's exception for a role or a member, as bits."""

    id: str
    for_member: bool
    allow: int = 0
    deny: int = 0


@dataclass(slots=True, kw_only=True)
class Tag:
    """A label that a forum offers to its posts."""

    id: str
    name: str
    moderated: bool = False
    emoji: str | None = None


@dataclass(slots=True, kw_only=True)
class Talk:
    """What only a thread has: its state, its members and its applied tags."""

    owner_id: str
    created_at: datetime
    archive_timestamp: datetime
    auto_archive: int
    archived: bool = False
    locked: bool = False
    invitable: bool = True
    members: dict[str, datetime] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    total_sent: int = 0


@dataclass(slots=True, kw_only=True)
class Channel:
    """A text channel, a forum, a direct channel, or, with `talk`, a thread."""

    id: str
    kind: int
    name: str
    guild_id: str | None = None
    parent_id: str | None = None
    topic: str | None = None
    overwrites: list[Overwrite] = field(default_factory=list)
    tags: list[Tag] = field(default_factory=list)
    flags: int = 0
    recipient: User | None = None
    talk: Talk | None = None

    @property
    def thread(self) -> Talk:
        """The thread's state; AssertionError for a channel that is none."""
        assert self.talk is not None, f"#{self.name} is no thread"
        return self.talk


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that was sent, with its bytes; `url` serves them."""

    id: str
    filename: str
    content: bytes
    content_type: str
    url: str
    description: str | None = None
    ephemeral: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pings:
    """Whom a text would notify: user ids, role ids, and everybody at once."""

    users: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    everyone: bool = False

    def __bool__(self) -> bool:
        return bool(self.users or self.roles or self.everyone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The interaction that made a message: its kind, who acted, and what kind of message it is."""

    id: str
    kind: int
    user: User
    message_kind: int


@dataclass(slots=True, kw_only=True)
class Message:
    """A message as Discord keeps it; `ephemeral_to` is the one person who sees it.

    `allowed_mentions` is what the last write said (None: nothing was said), `pings` whom the
    message notified when it was made, `edit_pings` whom its last edit names.
    """

    id: str
    channel_id: str
    author: User
    at: datetime
    content: str = ""
    kind: int = 0
    flags: int = 0
    components: list[dict[str, Any]] = field(default_factory=list)
    embeds: list[dict[str, Any]] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    reactions: dict[str, list[str]] = field(default_factory=dict)
    nonce: str | None = None
    reference: str | None = None
    edited_at: datetime | None = None
    allowed_mentions: dict[str, Any] | None = None
    pings: Pings = field(default_factory=Pings)
    edit_pings: Pings = field(default_factory=Pings)
    ephemeral_to: str | None = None
    origin: Origin | None = None
    edits: int = 0
    pinned: bool = False

    @property
    def ephemeral(self) -> bool:
        """Only one person sees it."""
        return self.ephemeral_to is not None

    @property
    def v2(self) -> bool:
        """Made of components only."""
        return bool(self.flags & COMPONENTS_V2)

    @property
    def text(self) -> str:
        """Everything a reader reads: the content, or the texts of the components, line by line."""
        return "\n".join([self.content, *texts(self.components)]).strip()

    @property
    def buttons(self) -> list[dict[str, Any]]:
        """Every button of the message, in order."""
        return [part for part in walk(self.components) if part["type"] == 2]

    @property
    def selects(self) -> list[dict[str, Any]]:
        """Every select of the message, in order."""
        return [part for part in walk(self.components) if part["type"] in {3, 5, 6, 7, 8}]

    @property
    def unfurls(self) -> bool:
        """A link in it would grow a preview."""
        return "http" in self.content and not self.flags & (SUPPRESS_EMBEDS | COMPONENTS_V2)


def walk(components: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every component at every depth, in reading order."""
    found: list[dict[str, Any]] = []
    for part in components:
        found.append(part)
        found.extend(walk(part.get("components") or []))
        found.extend(
            walk([part[key] for key in ("accessory", "component") if part.get(key) is not None])
        )
    return found


def texts(components: list[dict[str, Any]]) -> list[str]:
    """The contents of the text displays, in reading order."""
    return [str(part.get("content") or "") for part in walk(components) if part["type"] == 10]
