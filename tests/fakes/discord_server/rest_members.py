"""The bot's calls about who takes part in a thread, and which threads there are."""

from __future__ import annotations

from typing import Any

from tests.fakes.discord_server import payloads, rights
from tests.fakes.discord_server.door import Call, Handler
from tests.fakes.discord_server.places import PRIVATE_THREAD, PUBLIC_THREAD, Channel
from tests.fakes.discord_server.posting import Posting
from tests.fakes.discord_server.refusals import (
    archived,
    missing_permissions,
    unknown,
    wrong_channel_type,
)
from tests.fakes.discord_server.world import World

CHANNEL = "/channels/{channel_id}"
MEMBERS = CHANNEL + "/thread-members"
MEMBER_ADDED = 1


class MemberCalls:
    """Handlers by route; each answers as Discord answers the bot."""

    def __init__(self, world: World, posting: Posting) -> None:
        self._world = world
        self._posting = posting

    def routes(self) -> dict[str, Handler]:
        """The table of routes."""
        return {
            f"PUT {MEMBERS}/@me": self.join,
            f"DELETE {MEMBERS}/@me": self.leave,
            f"PUT {MEMBERS}/{{user_id}}": self.add,
            f"DELETE {MEMBERS}/{{user_id}}": self.remove,
            f"GET {MEMBERS}": self.members,
            f"GET {MEMBERS}/{{user_id}}": self.member,
            "GET /guilds/{guild_id}/threads/active": self.active,
            f"GET {CHANNEL}/threads/archived/public": self.archived_public,
            f"GET {CHANNEL}/threads/archived/private": self.archived_private,
        }

    async def join(self, call: Call) -> Any:
        """The bot joins."""
        await self._enter(self._thread(call), self._world.me.id)

    async def leave(self, call: Call) -> Any:
        """The bot leaves."""
        self._thread(call).thread.members.pop(self._world.me.id, None)

    async def add(self, call: Call) -> Any:
        """Add a member of the server."""
        thread, user_id = self._thread(call), call.path["user_id"]
        guild = self._world.guild_of(thread)
        if guild is None or user_id not in guild.members:
            raise unknown("Member")
        await self._enter(thread, user_id)

    async def _enter(self, thread: Channel, user_id: str) -> None:
        if thread.thread.archived:
            raise archived()
        if user_id in thread.thread.members:
            return
        thread.thread.members[user_id] = self._world.clock.now()
        body = {
            "id": thread.id,
            "guild_id": thread.guild_id,
            "member_count": len(thread.thread.members),
            "added_members": [payloads.thread_member(thread, user_id)],
            "removed_member_ids": [],
        }
        await self._posting.gateway.emit("THREAD_MEMBERS_UPDATE", body, 1)
        added = self._posting.note(thread, MEMBER_ADDED, self._world.me)
        await self._posting.gateway.emit_message("MESSAGE_CREATE", thread, added)

    async def remove(self, call: Call) -> Any:
        """Remove a member; needs the right to manage threads."""
        thread = self._thread(call)
        if not self._world.rights_in(thread, self._world.me) & rights.MANAGE_THREADS:
            raise missing_permissions()
        if thread.thread.archived:
            raise archived()
        thread.thread.members.pop(call.path["user_id"], None)

    async def members(self, call: Call) -> Any:
        """Who takes part."""
        thread = self._thread(call)
        return [payloads.thread_member(thread, each) for each in thread.thread.members]

    async def member(self, call: Call) -> Any:
        """One who takes part; 404 for others."""
        thread, user_id = self._thread(call), call.path["user_id"]
        user_id = self._world.me.id if user_id == "@me" else user_id
        if user_id not in thread.thread.members:
            raise unknown("Member")
        return payloads.thread_member(thread, user_id)

    async def active(self, call: Call) -> Any:
        """All active threads of a server that the bot sees."""
        guild = self._world.guilds.get(call.path["guild_id"])
        if guild is None:
            raise unknown("Guild")
        return self._listed(self._world.threads_of(guild))

    async def archived_public(self, call: Call) -> Any:
        """A channel's archived public threads."""
        return self._archived(call, PUBLIC_THREAD)

    async def archived_private(self, call: Call) -> Any:
        """A channel's archived private threads."""
        return self._archived(call, PRIVATE_THREAD)

    def _archived(self, call: Call, kind: int) -> Any:
        parent = self._world.channel_for_me(call.path["channel_id"])
        guild = self._world.guild_of(parent)
        assert guild is not None
        all_ = self._world.threads_of(guild, archived=True)
        return self._listed(
            [one for one in all_ if one.parent_id == parent.id and one.kind == kind]
        )

    def _listed(self, threads: list[Channel]) -> dict[str, Any]:
        me = self._world.me
        seen = [each for each in reversed(threads) if self._world.can_see(each, me)]
        return {
            "threads": [self._world.channel_json(each) for each in seen],
            "members": [
                payloads.thread_member(each, me.id) for each in seen if me.id in each.thread.members
            ],
            "has_more": False,
        }

    def _thread(self, call: Call) -> Channel:
        channel = self._world.channel_for_me(call.path["channel_id"])
        if channel.talk is None:
            raise wrong_channel_type()
        return channel
