"""People: what they can do in Discord's own client, and what they then see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.fakes.discord_server import payloads, rights
from tests.fakes.discord_server.door import Upload
from tests.fakes.discord_server.forms import Values, chosen, submission
from tests.fakes.discord_server.gateway import DIRECT_TYPING, GUILD_TYPING
from tests.fakes.discord_server.interactions import (
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    SUBMIT,
    Interactions,
)
from tests.fakes.discord_server.places import (
    FORUM,
    PRIVATE_THREAD,
    PUBLIC_THREAD,
    Attachment,
    Channel,
    Message,
    User,
)
from tests.fakes.discord_server.posting import Draft, Posting
from tests.fakes.discord_server.rest_application import ApplicationCalls
from tests.fakes.discord_server.rest_threads import ThreadCalls
from tests.fakes.discord_server.seen import Seen
from tests.fakes.discord_server.typed import CannotSend, Reading, usable

JSON = dict[str, Any]
File = tuple[str, bytes]
"""A file a person picks: its name and its bytes."""


class Person:
    """A member of the server. Every act returns what the person sees of it.

    With `waits` off, acts return at once, before there is an answer: `await seen.finished()` later.
    """

    def __init__(
        self,
        user: User,
        posting: Posting,
        interactions: Interactions,
        application: ApplicationCalls,
        threads: ThreadCalls,
    ) -> None:
        self.user = user
        self.waits = True
        self._world = posting.world
        self._posting = posting
        self._gateway = posting.gateway
        self._interactions = interactions
        self._application = application
        self._threads = threads

    @property
    def id(self) -> str:
        """The account's id."""
        return self.user.id

    @property
    def mention(self) -> str:
        """How a text names this person."""
        return f"<@{self.user.id}>"

    @property
    def dm(self) -> Channel:
        """The direct channel with the bot."""
        return self._world.dm(self.user)

    @property
    def inbox(self) -> list[Message]:
        """What the bot wrote to this person directly, oldest first."""
        return [one for one in self._world.history(self.dm) if one.author is self._world.me]

    @property
    def ephemerals(self) -> list[Message]:
        """What only this person sees, in all channels, oldest first."""
        every = (each for messages in self._world.messages.values() for each in messages.values())
        return [one for one in every if one.ephemeral_to == self.user.id]

    def closes_dms(self) -> None:
        """Take no more direct messages: the bot gets 50007."""
        self.user.dms_open = False

    # -- commands ----------------------------------------------------------------------------

    async def types(self, channel: Channel, line: str, files: Sequence[File] = ()) -> Seen:
        """Send a slash command such as "/ticket claim number:SUP-1"; returns the final answer."""
        reading = self._reading(channel, files)
        data = reading.command(self._offered(channel), line)
        return await self._act(COMMAND, channel, data)

    async def autocompletes(self, channel: Channel, line: str) -> list[JSON]:
        """Type a command up to the option being written; the choices that are offered."""
        data = self._reading(channel, ()).partial(self._offered(channel), line)
        seen = await self._act(AUTOCOMPLETE, channel, data)
        return seen.choices

    async def uses_menu(self, message: Message, name: str) -> Seen:
        """Pick a command from the menu of a message; its content always goes along."""
        channel = self._channel(message)
        told = {message.id: self._world.message_json(message)}
        return await self._menu(channel, 3, name, message.id, {"messages": told})

    async def uses_user_menu(self, channel: Channel, user: User, name: str) -> Seen:
        """Pick a command from the menu of a person."""
        resolved = {"users": {user.id: payloads.user(user)}}
        return await self._menu(channel, 2, name, user.id, resolved)

    async def _menu(
        self, channel: Channel, kind: int, name: str, target: str, resolved: JSON
    ) -> Seen:
        for command in self._offered(channel):
            if command["type"] == kind and command["name"] == name:
                data = {"id": command["id"], "name": name, "type": kind}
                data |= {"target_id": target, "resolved": resolved}
                return await self._act(COMMAND, channel, data)
        raise CannotSend(f"the menu has no {name!r}")

    def _offered(self, channel: Channel) -> list[JSON]:
        bits = self._world.rights_in(channel, self.user)
        if not bits & rights.USE_APPLICATION_COMMANDS:
            raise CannotSend(f"{self.user.name} may use no commands in #{channel.name}")
        here = self._application.commands.get(channel.guild_id, []) if channel.guild_id else []
        everywhere = self._application.commands[None]
        direct = channel.guild_id is None
        return [one for one in [*here, *everywhere] if usable(one, bits, direct=direct)]

    def _reading(self, channel: Channel, files: Sequence[File]) -> Reading:
        return Reading(self._world, self._world.guild_of(channel), self._uploads(files))

    # -- components and forms ----------------------------------------------------------------

    async def presses(self, message: Message, button: str) -> Seen:
        """Press a button, named by its label or its custom id."""
        for part in message.buttons:
            if button in (part.get("label"), part.get("custom_id")):
                return await self._component(message, part, {})
        raise CannotSend(
            f"no button {button!r}, only {[one.get('label') for one in message.buttons]}"
        )

    async def chooses(self, message: Message, *options: str, select: str = "") -> Seen:
        """Choose options by label or value, people, roles and channels by name or id, in `select`
        (its custom id or placeholder) or in the first one there is."""
        for part in message.selects:
            if select in ("", part["custom_id"], part.get("placeholder")):
                reading = self._reading(self._channel(message), ())
                values = [chosen(part, one, reading) for one in options]
                more = {"values": values, "resolved": reading.resolved}
                return await self._component(message, part, more)
        raise CannotSend(f"no select {select!r}")

    async def _component(self, message: Message, part: JSON, more: JSON) -> Seen:
        if part.get("disabled") or not part.get("custom_id"):
            raise CannotSend(f"{part.get('label')} sends nothing")
        if message.ephemeral_to not in (None, self.user.id):
            raise CannotSend("somebody else's answer")
        data = {"custom_id": part["custom_id"], "component_type": part["type"], "id": part["id"]}
        return await self._act(COMPONENT, self._channel(message), data | more, message)

    async def submits(
        self, seen: Seen, values: Values, files: Mapping[str, Sequence[File]] | None = None
    ) -> Seen:
        """Send the form that opened; values and files by the field's custom id or label."""
        uploads = {name: self._uploads(picked) for name, picked in (files or {}).items()}
        opened_by = seen.interaction
        reading = self._reading(opened_by.channel, ())
        data = submission(seen.form, values, uploads, reading)
        return await self._act(SUBMIT, opened_by.channel, data, opened_by.source)

    def _uploads(self, files: Sequence[File]) -> list[Attachment]:
        return [self._posting.file("ephemeral", _upload(file)) for file in files]

    async def _act(
        self, kind: int, channel: Channel, data: JSON, source: Message | None = None
    ) -> Seen:
        if not self._world.can_see(channel, self.user):
            raise CannotSend(f"{self.user.name} does not see #{channel.name}")
        await self._wakes(channel)
        interaction = await self._interactions.begin(kind, self.user, channel, data, source)
        seen = Seen(self._interactions, interaction)
        return await seen.finished() if self.waits else seen

    async def _wakes(self, channel: Channel) -> None:
        """The client opens an archived thread before it sends what was pressed or typed there."""
        if channel.talk is None or not channel.talk.archived:
            return
        bits = self._world.rights_in(channel, self.user)
        needed = rights.MANAGE_THREADS if channel.talk.locked else rights.SEND_MESSAGES_IN_THREADS
        if not bits & needed:
            raise CannotSend(f"#{channel.name} is closed to {self.user.name}")
        await self._posting.unarchive(channel)

    # -- talk --------------------------------------------------------------------------------

    async def says(
        self,
        channel: Channel,
        text: str,
        files: Sequence[File] = (),
        reply_to: Message | None = None,
    ) -> Message:
        """Write into a channel, a thread or the direct channel."""
        if not self._world.can_see(channel, self.user):
            raise CannotSend(f"{self.user.name} does not see #{channel.name}")
        body: JSON = {"content": text}
        if reply_to is not None:
            body["message_reference"] = {"message_id": reply_to.id}
        uploads = tuple(_upload(file) for file in files)
        return await self._posting.send(channel, Draft(author=self.user, body=body, files=uploads))

    async def edits(self, message: Message, text: str) -> None:
        """Change an own message."""
        assert message.author is self.user, "only one's own message"
        await self._posting.edit(message, {"content": text})

    async def deletes(self, message: Message) -> None:
        """Delete a message."""
        await self._posting.delete(message)

    async def reacts(self, message: Message, emoji: str) -> None:
        """Add a reaction."""
        await self._posting.react(message, self.user, emoji)

    async def unreacts(self, message: Message, emoji: str) -> None:
        """Take a reaction back."""
        await self._posting.unreact(message, self.user, emoji)

    async def starts_typing(self, channel: Channel) -> None:
        """Be seen writing."""
        body: JSON = {
            "channel_id": channel.id,
            "user_id": self.user.id,
            "timestamp": int(self._world.clock.now().timestamp()),
        }
        intents = (GUILD_TYPING, DIRECT_TYPING)
        told = body | self._world.membership(channel, self.user)
        await self._gateway.emit_in("TYPING_START", channel, told, intents)

    # -- threads -----------------------------------------------------------------------------

    async def starts_thread(
        self, channel: Channel, name: str, text: str = "", *, private: bool = False
    ) -> Channel:
        """Open a thread, or a post in a forum, with a first message."""
        kind = PRIVATE_THREAD if private else PUBLIC_THREAD
        made = self._threads.make(channel, {"name": name}, kind, self.user)
        thread = self._world.add_channel(made)
        await self._gateway.emit_thread("THREAD_CREATE", thread, newly=True)
        if text or channel.kind == FORUM:
            draft = Draft(author=self.user, body={"content": text or name})
            starter = self._posting.compose(thread, draft)
            starter.id = thread.id if channel.kind == FORUM else starter.id
            await self._posting.keep(starter)
        return thread

    async def archives(self, thread: Channel, *, lock: bool = False) -> None:
        """Close a thread, and lock it."""
        thread.thread.archived, thread.thread.locked = True, lock
        thread.thread.archive_timestamp = self._world.clock.now()
        await self._gateway.emit_thread("THREAD_UPDATE", thread)

    async def deletes_channel(self, channel: Channel) -> None:
        """Delete a thread, or a channel with its threads."""
        await self._threads.take_away(channel)

    def _channel(self, message: Message) -> Channel:
        return self._world.channel_of(message)


def _upload(file: File) -> Upload:
    name, content = file
    return Upload(
        field="files", filename=name, content=content, content_type="application/octet-stream"
    )
