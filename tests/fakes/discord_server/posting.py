"""Writing messages into channels: the same steps for the bot's calls, its answers and people."""

from __future__ import annotations

import mimetypes
from copy import deepcopy
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

from tests.fakes.discord_server import mentions, payloads, rights
from tests.fakes.discord_server.door import Upload, check_size
from tests.fakes.discord_server.gateway import (
    DIRECT_MESSAGES,
    DIRECT_REACTIONS,
    GUILD_MESSAGES,
    GUILD_REACTIONS,
    GUILDS,
    Gateway,
)
from tests.fakes.discord_server.message_limits import check_message
from tests.fakes.discord_server.places import (
    COMPONENTS_V2,
    FORUM,
    LOADING,
    SUPPRESS_EMBEDS,
    SUPPRESS_NOTIFICATIONS,
    Attachment,
    Channel,
    Message,
    Origin,
    Pings,
    User,
    walk,
)
from tests.fakes.discord_server.refusals import (
    empty_message,
    forum_takes_no_message,
    invalid,
    locked,
    missing_permissions,
    thread_cap,
)
from tests.fakes.discord_server.world import NONCE_WINDOW, World

JSON = dict[str, Any]
REPLY = 19
SETTABLE = SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS | COMPONENTS_V2


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message about to be written: who, what, with which files, and for whose eyes."""

    author: User
    body: JSON
    files: tuple[Upload, ...] = ()
    flags: int = 0
    ephemeral_to: str | None = None
    origin: Origin | None = None


class Posting:
    """Creates, edits and removes messages, keeps threads awake, and tells the gateway."""

    def __init__(self, world: World, gateway: Gateway) -> None:
        self.world = world
        self.gateway = gateway

    # -- messages ----------------------------------------------------------------------------

    async def send(self, channel: Channel, draft: Draft) -> Message:
        """Check a draft against every limit, write it and tell it; the earlier one on a repeat."""
        self._check_writing(channel, draft.author)
        repeated = self._repeated(draft)
        if repeated is not None:
            return repeated
        message = self.compose(channel, draft)
        if channel.talk is not None and channel.talk.archived:
            await self.unarchive(channel)
        await self.keep(message)
        return message

    def compose(self, channel: Channel, draft: Draft) -> Message:
        """A message made from a draft, checked but not kept; Refusal when Discord would refuse."""
        body = draft.body
        flags = int(body.get("flags") or 0) & SETTABLE | draft.flags
        check_message(body, flags)
        check_size(draft.files, payloads.FILE_LIMIT)
        if not (draft.files or any(body.get(key) for key in ("content", "components", "embeds"))):
            raise empty_message()
        message = Message(
            id=self.world.next_id(),
            channel_id=channel.id,
            author=draft.author,
            at=self.world.clock.now(),
            content=body.get("content") or "",
            flags=flags,
            embeds=list(body.get("embeds") or []),
            nonce=str(body["nonce"]) if body.get("nonce") is not None else None,
            kind=_kind(draft),
            reference=_reference(body),
            allowed_mentions=body.get("allowed_mentions"),
            ephemeral_to=draft.ephemeral_to,
            origin=draft.origin,
        )
        message.attachments = self._attach(channel, body, draft.files)
        message.components = self._numbered(body.get("components") or [], message.attachments)
        message.pings = self._pings(channel, message)
        if body.get("enforce_nonce") and message.nonce is not None:
            self.world.nonces[draft.author.id, message.nonce] = message
        return message

    async def keep(self, message: Message) -> None:
        """Put a message into its channel's history and tell it."""
        channel = self.world.channel_of(message)
        self.world.messages[channel.id][message.id] = message
        if channel.talk is not None:
            channel.thread.total_sent += 1
            joining = set() if message.ephemeral else {message.author.id, *message.pings.users}
            for each in joining - set(channel.thread.members):
                channel.thread.members[each] = message.at
        await self.gateway.emit_message("MESSAGE_CREATE", channel, message)

    async def edit(self, message: Message, body: JSON, files: tuple[Upload, ...] = ()) -> None:
        """Change what a body names, check the result, and tell it."""
        channel = self.world.channel_of(message)
        flags = message.flags & ~SUPPRESS_EMBEDS if "flags" in body else message.flags
        flags = (flags | int(body.get("flags") or 0) & SETTABLE) & ~LOADING
        if flags & COMPONENTS_V2 and not message.v2 and (message.content or message.embeds):
            body = {"content": message.content, "embeds": message.embeds} | body
        check_message(body, flags)
        check_size(files, payloads.FILE_LIMIT)
        message.flags = flags
        for key in ("content", "embeds"):
            if key in body:
                setattr(message, key, body[key] or type(getattr(message, key))())
        if "attachments" in body or files:
            message.attachments = self._kept(message, body) + self._attach(channel, body, files)
        if "components" in body:
            message.components = self._numbered(body["components"] or [], message.attachments)
        message.allowed_mentions = body.get("allowed_mentions")
        message.edit_pings = self._pings(channel, message)
        message.edited_at = self.world.clock.now()
        message.edits += 1
        await self.gateway.emit_message("MESSAGE_UPDATE", channel, message)

    async def delete(self, message: Message) -> None:
        """Take a message away and tell it."""
        channel = self.world.channel_of(message)
        del self.world.messages[channel.id][message.id]
        if message.ephemeral:
            return
        body: JSON = {"id": message.id, "channel_id": channel.id}
        intents = (GUILD_MESSAGES, DIRECT_MESSAGES)
        if channel.guild_id:
            body["guild_id"] = channel.guild_id
        await self.gateway.emit_in("MESSAGE_DELETE", channel, body, intents)

    async def react(self, message: Message, user: User, emoji: str) -> None:
        """Add a reaction, once for each user and emoji."""
        who = message.reactions.setdefault(emoji, [])
        if user.id not in who:
            who.append(user.id)
            await self._reacted("MESSAGE_REACTION_ADD", message, user, emoji)

    async def unreact(self, message: Message, user: User, emoji: str) -> None:
        """Take a reaction back."""
        who = message.reactions.get(emoji, [])
        if user.id in who:
            who.remove(user.id)
            await self._reacted("MESSAGE_REACTION_REMOVE", message, user, emoji)

    async def _reacted(self, event: str, message: Message, user: User, emoji: str) -> None:
        channel = self.world.channel_of(message)
        body: JSON = {
            "user_id": user.id,
            "channel_id": channel.id,
            "message_id": message.id,
            "message_author_id": message.author.id,
            "emoji": {"id": None, "name": emoji},
            "burst": False,
            "type": 0,
        }
        told = body | self.world.membership(channel, user)
        await self.gateway.emit_in(event, channel, told, (GUILD_REACTIONS, DIRECT_REACTIONS))

    def note(
        self, place: Channel, kind: int, author: User, content: str = "", reference: str = ""
    ) -> Message:
        """Put one of Discord's own messages into a history, not told yet."""
        message = Message(
            id=self.world.next_id(),
            channel_id=place.id,
            author=author,
            at=self.world.clock.now(),
            content=content,
            kind=kind,
            reference=reference or None,
        )
        self.world.messages[place.id][message.id] = message
        return message

    def _repeated(self, draft: Draft) -> Message | None:
        nonce = draft.body.get("nonce")
        if nonce is None or not draft.body.get("enforce_nonce"):
            return None
        known = self.world.nonces.get((draft.author.id, str(nonce)))
        if known is None or self.world.clock.now() - known.at > NONCE_WINDOW:
            return None
        return known

    def _pings(self, channel: Channel, message: Message) -> Pings:
        allowed = message.allowed_mentions
        if allowed is None and message.origin is not None:
            allowed = {"parse": ["users"]}
        return mentions.pings(self.world, channel, message.author, message.text, allowed)

    # -- files and components ----------------------------------------------------------------

    def file(self, place: str, upload: Upload, description: str | None = None) -> Attachment:
        """Keep a file; it is served at its address."""
        id_ = self.world.next_id()
        guessed = mimetypes.guess_type(upload.filename)[0] or upload.content_type
        attachment = Attachment(
            id=id_,
            filename=upload.filename,
            content=upload.content,
            content_type=guessed,
            url=f"{self.world.files_at}/attachments/{place}/{id_}/{upload.filename}",
            description=description,
            ephemeral=place == "ephemeral",
        )
        self.world.files[id_] = attachment
        return attachment

    def _attach(self, channel: Channel, body: JSON, files: tuple[Upload, ...]) -> list[Attachment]:
        told = {str(each["id"]): each for each in body.get("attachments") or []}
        return [
            self.file(channel.id, upload, told.get(str(place), {}).get("description"))
            for place, upload in enumerate(files)
        ]

    def _kept(self, message: Message, body: JSON) -> list[Attachment]:
        named = {str(each["id"]) for each in body.get("attachments") or []}
        everything = "attachments" not in body
        return [each for each in message.attachments if everything or each.id in named]

    def _numbered(self, components: list[JSON], attachments: list[Attachment]) -> list[JSON]:
        """Give each component its number, and each `attachment://` its address."""
        components = deepcopy(components)
        urls = {each.filename: each.url for each in attachments}
        taken = {part["id"] for part in walk(components) if part.get("id")}
        free = (number for number in count(1) if number not in taken)
        for part in walk(components):
            if not part.get("id"):
                part["id"] = next(free)
            for media in [part.get("media"), part.get("file")] + [
                item.get("media") for item in part.get("items") or []
            ]:
                if media is not None and str(media.get("url", "")).startswith("attachment://"):
                    media["url"] = _resolved(media["url"], urls)
        return components

    # -- threads -----------------------------------------------------------------------------

    def _check_writing(self, channel: Channel, author: User) -> None:
        """May this author write here, and can a sleeping thread be woken for it?"""
        bits = self.world.rights_in(channel, author)
        needed = rights.SEND_MESSAGES if channel.talk is None else rights.SEND_MESSAGES_IN_THREADS
        if channel.kind == FORUM:
            raise forum_takes_no_message()
        if not bits & needed:
            raise missing_permissions()
        if channel.talk is None:
            return
        if channel.talk.locked and not bits & rights.MANAGE_THREADS:
            raise locked()
        if channel.talk.archived:
            self.check_cap(channel)

    async def unarchive(self, thread: Channel) -> None:
        """Bring a thread back; Refusal 160006 when the server has too many active ones."""
        self.check_cap(thread)
        thread.thread.archived = False
        thread.thread.archive_timestamp = self.world.clock.now()
        await self.gateway.emit_thread("THREAD_UPDATE", thread)

    def check_cap(self, place: Channel) -> None:
        """Refusal 160006 when the server of this channel has no room for one more thread."""
        guild = self.world.guild_of(place)
        assert guild is not None
        if len(self.world.threads_of(guild)) >= self.world.thread_cap:
            raise thread_cap()

    async def archive_idle(self) -> None:
        """What Discord does by itself: archive each thread that was quiet for its time."""
        for thread in [each for each in self.world.channels.values() if each.talk]:
            history = self.world.history(thread)
            quiet_since = max([thread.thread.archive_timestamp, *(one.at for one in history)])
            limit = timedelta(minutes=thread.thread.auto_archive)
            if not thread.thread.archived and self.world.clock.now() - quiet_since >= limit:
                thread.thread.archived = True
                thread.thread.archive_timestamp = self.world.clock.now()
                await self.gateway.emit_thread("THREAD_UPDATE", thread)

    async def channel_changed(self, channel: Channel, event: str = "CHANNEL_UPDATE") -> None:
        """CHANNEL_UPDATE, or CHANNEL_CREATE for a new one."""
        await self.gateway.emit(event, self.world.channel_json(channel), GUILDS)


def _reference(body: JSON) -> str | None:
    answered = (body.get("message_reference") or {}).get("message_id")
    return str(answered) if answered else None


def _kind(draft: Draft) -> int:
    if draft.origin is not None:
        return draft.origin.message_kind
    return REPLY if _reference(draft.body) else 0


def _resolved(url: str, urls: dict[str, str]) -> str:
    name = url.removeprefix("attachment://")
    if name not in urls:
        raise invalid(
            "components",
            "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND",
            f"The referenced attachment {name} was not found.",
        )
    return urls[name]
