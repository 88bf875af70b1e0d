"""The state of one fake Discord: who and what there is, under ids that grow with its clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from tests.fakes.discord_server import payloads, rights
from tests.fakes.discord_server.places import (
    DM,
    THREADS,
    Attachment,
    Channel,
    Guild,
    Member,
    Message,
    Role,
    User,
)
from tests.fakes.discord_server.refusals import missing_access, unknown

EPOCH = datetime(2015, 1, 1, tzinfo=UTC)
NONCE_WINDOW = timedelta(minutes=3)
THREAD_CAP = 1000
SYSTEM_KINDS = frozenset({1, 4, 18, 21})
"""Messages that Discord writes itself: member added, renamed, thread made, thread's starter."""


class Clock(Protocol):
    """Where the fake reads the time; tests hand in one that they move."""

    def now(self) -> datetime:
        """The present instant, aware."""
        ...


class World:
    """Guilds, channels, messages and accounts, by id. Ids are snowflakes, as decimal strings."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._last_id = 0
        self.message_content = True
        self.members_intent = False
        self.thread_cap = THREAD_CAP
        self.files_at = ""
        self.users: dict[str, User] = {}
        self.guilds: dict[str, Guild] = {}
        self.channels: dict[str, Channel] = {}
        self.messages: dict[str, dict[str, Message]] = {}
        self.files: dict[str, Attachment] = {}
        self.nonces: dict[tuple[str, str], Message] = {}
        self.me = self.add_user("Deskhand", bot=True)

    def next_id(self) -> str:
        """A new snowflake: later ones are greater, also while the clock stands still."""
        instant = int((self.clock.now() - EPOCH) / timedelta(milliseconds=1)) << 22
        self._last_id = max(self._last_id + 1, instant)
        return str(self._last_id)

    @property
    def application_flags(self) -> int:
        """The application's public flags: which privileged intents its owner switched on."""
        return self.message_content << 19 | self.members_intent << 15

    def add_user(self, name: str, *, bot: bool = False) -> User:
        """A new account."""
        user = User(id=self.next_id(), name=name, bot=bot)
        self.users[user.id] = user
        return user

    def add_guild(self, name: str) -> Guild:
        """A server that invited the bot with all it asks for."""
        owner = self.add_user(f"{name} owner")
        guild = Guild(id=self.next_id(), name=name, owner_id=owner.id)
        self.guilds[guild.id] = guild
        guild.roles[guild.id] = Role(
            id=guild.id, name="@everyone", permissions=rights.EVERYONE, position=0
        )
        mine = self.add_role(guild, self.me.name, rights.INVITED)
        mine.bot_id = self.me.id
        self.join(guild, owner)
        self.join(guild, self.me, mine)
        return guild

    def add_role(self, guild: Guild, name: str, permissions: int = 0) -> Role:
        """A new role above the others."""
        role = Role(
            id=self.next_id(), name=name, permissions=permissions, position=len(guild.roles)
        )
        guild.roles[role.id] = role
        return role

    def join(self, guild: Guild, user: User, *roles: Role) -> Member:
        """Make a user a member."""
        member = Member(user=user, roles=[each.id for each in roles], joined_at=self.clock.now())
        guild.members[user.id] = member
        return member

    def add_channel(self, channel: Channel) -> Channel:
        """Keep a channel or thread, with an empty history."""
        self.channels[channel.id] = channel
        self.messages[channel.id] = {}
        return channel

    def dm(self, user: User) -> Channel:
        """The direct channel between the bot and a user."""
        for channel in self.channels.values():
            if channel.recipient is user:
                return channel
        return self.add_channel(Channel(id=self.next_id(), kind=DM, name="", recipient=user))

    # -- looking up, as the bot --------------------------------------------------------------

    def guild_of(self, channel: Channel) -> Guild | None:
        """The server a channel is in; None for a direct one."""
        return self.guilds[channel.guild_id] if channel.guild_id else None

    def parent(self, channel: Channel) -> Channel:
        """The channel whose permissions count: a thread's parent, or itself."""
        return self.channels[channel.parent_id] if channel.talk and channel.parent_id else channel

    def rights_in(self, channel: Channel, user: User) -> int:
        """The permission bits of a user there; a stranger has none, in a DM all are had."""
        guild = self.guild_of(channel)
        if guild is None:
            return rights.ALL if user in (self.me, channel.recipient) else 0
        member = guild.members.get(user.id)
        return rights.permissions(guild, member, self.parent(channel)) if member else 0

    def can_see(self, channel: Channel, user: User) -> bool:
        """May view it; a private thread only as its member or with the right to manage threads."""
        bits = self.rights_in(channel, user)
        if not bits & rights.VIEW_CHANNEL:
            return False
        private = channel.kind == THREADS[1]
        return (
            not private or user.id in channel.thread.members or bool(bits & rights.MANAGE_THREADS)
        )

    def channel_for_me(self, channel_id: str) -> Channel:
        """A channel the bot sees; Refusal 10003 or 50001."""
        channel = self.channels.get(channel_id)
        if channel is None:
            raise unknown("Channel")
        if not self.can_see(channel, self.me):
            raise missing_access()
        return channel

    def message_for_me(self, channel: Channel, message_id: str) -> Message:
        """A message of that channel; Refusal 10008, also for an ephemeral one."""
        message = self.messages[channel.id].get(message_id)
        if message is None or message.ephemeral:
            raise unknown("Message")
        return message

    def channel_of(self, message: Message) -> Channel:
        """Where a message stands; Refusal 10003 when the place is gone."""
        if message.channel_id not in self.channels:
            raise unknown("Channel")
        return self.channels[message.channel_id]

    def message(self, message_id: str) -> Message:
        """Any message, wherever it is; KeyError when there is none."""
        for messages in self.messages.values():
            if message_id in messages:
                return messages[message_id]
        raise KeyError(message_id)

    def history(self, channel: Channel) -> list[Message]:
        """What everybody sees there, oldest first."""
        messages = self.messages[channel.id].values()
        return sorted((one for one in messages if not one.ephemeral), key=lambda one: int(one.id))

    def threads_of(self, guild: Guild, *, archived: bool = False) -> list[Channel]:
        """The guild's threads in that state, oldest first."""
        return [
            each
            for each in self.channels.values()
            if each.talk and each.guild_id == guild.id and each.talk.archived is archived
        ]

    def membership(self, channel: Channel, user: User) -> dict[str, Any]:
        """What an event in a server's channel says about who did it; nothing in a DM."""
        guild = self.guild_of(channel)
        if guild is None:
            return {}
        return {"guild_id": guild.id, "member": payloads.member(guild.members[user.id])}

    # -- as JSON -----------------------------------------------------------------------------

    def channel_json(self, channel: Channel) -> dict[str, Any]:
        """A channel or thread as the bot sees it."""
        history = self.history(channel)
        last = history[-1].id if history else None
        if channel.talk is None:
            return payloads.channel(channel, last)
        count = sum(one.kind not in SYSTEM_KINDS and one.id != channel.id for one in history)
        return payloads.thread(channel, count, last, self.me.id)

    def message_json(self, message: Message) -> dict[str, Any]:
        """A message with all it holds: its mentions, its reply and its thread."""
        mentioned = [self.users[each] for each in sorted(message.pings.users)]
        body = payloads.message(message, mentioned, self.me.id)
        answered = self.messages[message.channel_id].get(message.reference or "")
        if answered is not None:
            body["referenced_message"] = payloads.message(answered, [], self.me.id)
        thread = self.channels.get(message.id)
        if thread is not None and payloads.has_thread(message):
            body["thread"] = self.channel_json(thread)
        return body

    def readable(self, message: Message, *, content: bool) -> dict[str, Any]:
        """As the bot may read it: without content unless it is its own, direct, or names it."""
        body = self.message_json(message)
        channel = self.channel_of(message)
        named = f"<@{self.me.id}>" in message.content or self.me.id in message.pings.users
        if content or message.author is self.me or channel.kind == DM or named:
            return body
        return payloads.redacted(body)
