"""The bot's calls about channels and threads: made, changed, deleted."""

from __future__ import annotations

from typing import Any

from tests.fakes.discord_server import payloads, rights
from tests.fakes.discord_server.door import Call, Handler
from tests.fakes.discord_server.places import (
    FORUM,
    HAS_THREAD,
    PRIVATE_THREAD,
    PUBLIC_THREAD,
    REQUIRE_TAG,
    THREADS,
    Channel,
    Talk,
    User,
)
from tests.fakes.discord_server.places import TEXT as TEXT_CHANNEL
from tests.fakes.discord_server.posting import Draft, Posting
from tests.fakes.discord_server.refusals import (
    Faulty,
    archived,
    has_a_thread,
    missing_permissions,
    tag_required,
    unknown,
    wrong_channel_type,
)
from tests.fakes.discord_server.world import World

CHANNEL = "/channels/{channel_id}"
DURATIONS = (60, 1440, 4320, 10080)
THREAD_MADE, RENAMED, STARTER = 18, 4, 21


class ThreadCalls:
    """Handlers by route; each answers as Discord answers the bot."""

    def __init__(self, world: World, posting: Posting) -> None:
        self._world = world
        self._posting = posting

    def routes(self) -> dict[str, Handler]:
        """The table of routes."""
        return {
            f"GET {CHANNEL}": self.get,
            f"PATCH {CHANNEL}": self.change,
            f"DELETE {CHANNEL}": self.delete,
            f"POST {CHANNEL}/messages/{{message_id}}/threads": self.from_message,
            f"POST {CHANNEL}/threads": self.without_message,
        }

    async def get(self, call: Call) -> Any:
        """A channel or a thread."""
        return self._world.channel_json(self._world.channel_for_me(call.path["channel_id"]))

    # -- making ------------------------------------------------------------------------------

    async def from_message(self, call: Call) -> Any:
        """A thread under a message; it shares the message's id, so there is at most one."""
        parent = self._world.channel_for_me(call.path["channel_id"])
        self._check_new(parent, call.body, rights.CREATE_PUBLIC_THREADS)
        message = self._world.message_for_me(parent, call.path["message_id"])
        if payloads.has_thread(message):
            raise has_a_thread()
        thread = self.make(parent, call.body, PUBLIC_THREAD, self._world.me, id_=message.id)
        self._world.add_channel(thread)
        message.flags |= HAS_THREAD
        self._posting.note(thread, STARTER, self._world.me, reference=message.id)
        await self._posting.gateway.emit_thread("THREAD_CREATE", thread, newly=True)
        await self._posting.gateway.emit_message("MESSAGE_UPDATE", parent, message)
        return self._world.channel_json(thread)

    async def without_message(self, call: Call) -> Any:
        """A post in a forum, or a public or private thread in a text channel."""
        parent = self._world.channel_for_me(call.path["channel_id"])
        if parent.kind == FORUM:
            return await self._post(parent, call)
        kind = int(call.body.get("type", PRIVATE_THREAD))
        private = kind == PRIVATE_THREAD
        needed = rights.CREATE_PRIVATE_THREADS if private else rights.CREATE_PUBLIC_THREADS
        self._check_new(parent, call.body, needed)
        if kind not in THREADS or parent.kind != TEXT_CHANNEL:
            raise wrong_channel_type()
        thread = self._world.add_channel(self.make(parent, call.body, kind, self._world.me))
        await self._posting.gateway.emit_thread("THREAD_CREATE", thread, newly=True)
        if not private:
            made = self._posting.note(parent, THREAD_MADE, self._world.me, thread.name)
            await self._posting.gateway.emit_message("MESSAGE_CREATE", parent, made)
        return self._world.channel_json(thread)

    async def _post(self, forum: Channel, call: Call) -> Any:
        body = call.body
        self._check_new(forum, body, rights.SEND_MESSAGES)
        self._check_tags(forum, body.get("applied_tags") or [])
        thread = self.make(forum, body, PUBLIC_THREAD, self._world.me)
        draft = Draft(author=self._world.me, body=body.get("message") or {}, files=call.files)
        starter = self._posting.compose(thread, draft)
        starter.id = thread.id
        self._world.add_channel(thread)
        thread.thread.tags = [str(each) for each in body.get("applied_tags") or []]
        await self._posting.gateway.emit_thread("THREAD_CREATE", thread, newly=True)
        await self._posting.keep(starter)
        told = self._world.channel_json(thread)
        return told | {"message": self._world.message_json(starter)}

    def make(
        self, parent: Channel, body: dict[str, Any], kind: int, owner: User, id_: str = ""
    ) -> Channel:
        """A thread, not in the world yet."""
        now = self._world.clock.now()
        talk = Talk(
            owner_id=owner.id,
            created_at=now,
            archive_timestamp=now,
            auto_archive=int(body.get("auto_archive_duration") or 4320),
            invitable=bool(body.get("invitable", True)),
            members={owner.id: now},
        )
        return Channel(
            id=id_ or self._world.next_id(),
            kind=kind,
            name=body["name"],
            guild_id=parent.guild_id,
            parent_id=parent.id,
            talk=talk,
        )

    def _check_new(self, parent: Channel, body: dict[str, Any], needed: int) -> None:
        if parent.kind not in {TEXT_CHANNEL, FORUM}:
            raise wrong_channel_type()
        if not self._world.rights_in(parent, self._world.me) & needed:
            raise missing_permissions()
        check_settings(body | {"name": body.get("name") or ""})
        self._posting.check_cap(parent)

    def _check_tags(self, forum: Channel, applied: list[Any]) -> None:
        faulty = Faulty()
        faulty.length("applied_tags", applied, 0, 5)
        faulty.raise_any()
        if not {str(each) for each in applied} <= {tag.id for tag in forum.tags}:
            raise unknown("Tag")
        if forum.flags & REQUIRE_TAG and not applied:
            raise tag_required()

    # -- changing ----------------------------------------------------------------------------

    async def change(self, call: Call) -> Any:
        """Change a thread, or the name, topic and tags of a channel."""
        channel = self._world.channel_for_me(call.path["channel_id"])
        check_settings(call.body)
        if channel.talk is None:
            return await self._change_channel(channel, call.body)
        await self._change_thread(channel, call.body)
        return self._world.channel_json(channel)

    async def _change_channel(self, channel: Channel, body: dict[str, Any]) -> Any:
        if not self._world.rights_in(channel, self._world.me) & rights.MANAGE_CHANNELS:
            raise missing_permissions()
        channel.name = body.get("name", channel.name)
        channel.topic = body.get("topic", channel.topic)
        await self._posting.channel_changed(channel)
        return self._world.channel_json(channel)

    async def _change_thread(self, thread: Channel, body: dict[str, Any]) -> None:
        self._check_change(thread, body)
        talk = thread.thread
        archived = bool(body.get("archived", talk.archived))
        if talk.archived and not archived:
            self._posting.check_cap(thread)
        if archived != talk.archived:
            talk.archived, talk.archive_timestamp = archived, self._world.clock.now()
        talk.locked = bool(body.get("locked", talk.locked))
        talk.invitable = bool(body.get("invitable", talk.invitable))
        talk.auto_archive = int(body.get("auto_archive_duration") or talk.auto_archive)
        talk.tags = [str(each) for each in body.get("applied_tags", talk.tags)]
        if body.get("flags") is not None:
            thread.flags = int(body["flags"])
        renamed = body.get("name", thread.name) != thread.name
        thread.name = body.get("name", thread.name)
        await self._posting.gateway.emit_thread("THREAD_UPDATE", thread)
        if renamed:
            note = self._posting.note(thread, RENAMED, self._world.me, thread.name)
            await self._posting.gateway.emit_message("MESSAGE_CREATE", thread, note)

    def _check_change(self, thread: Channel, body: dict[str, Any]) -> None:
        bits = self._world.rights_in(thread, self._world.me)
        manages = bool(bits & rights.MANAGE_THREADS)
        owns = thread.thread.owner_id == self._world.me.id
        opening = body.get("archived") is False
        if thread.thread.archived and not opening and set(body) - {"archived", "locked"}:
            raise archived()
        if not manages and (not owns or "locked" in body or thread.thread.locked):
            raise missing_permissions()
        if "applied_tags" in body:
            self._check_tags(self._world.parent(thread), body["applied_tags"])

    async def delete(self, call: Call) -> Any:
        """Delete a thread, or a channel with all its threads."""
        channel = self._world.channel_for_me(call.path["channel_id"])
        needed = rights.MANAGE_THREADS if channel.talk else rights.MANAGE_CHANNELS
        if not self._world.rights_in(channel, self._world.me) & needed:
            raise missing_permissions()
        told = self._world.channel_json(channel)
        await self.take_away(channel)
        return told

    async def take_away(self, channel: Channel) -> None:
        """Remove a channel or thread and tell it."""
        if channel.talk is not None:
            await self._posting.gateway.emit_thread("THREAD_DELETE", channel)
        else:
            body = self._world.channel_json(channel)
            await self._posting.gateway.emit_in("CHANNEL_DELETE", channel, body, (1, 1))
        gone = [each.id for each in self._world.channels.values() if each.parent_id == channel.id]
        for id_ in [channel.id, *gone]:
            self._world.channels.pop(id_, None)
            self._world.messages.pop(id_, None)


def check_settings(body: dict[str, Any]) -> None:
    """Refuse a thread's or channel's settings that are out of bounds."""
    faulty = Faulty()
    if "name" in body:
        faulty.length("name", body["name"], 1, 100)
    faulty.length("topic", body.get("topic"), 0, 4096)
    duration = body.get("auto_archive_duration")
    if duration is not None and duration not in DURATIONS:
        choices = ", ".join(map(str, DURATIONS))
        faulty.add(
            "auto_archive_duration",
            "BASE_TYPE_CHOICES",
            f"Value must be one of ({choices}).",
        )
    faulty.raise_any()
