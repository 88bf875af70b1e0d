"""The bot's calls about itself, its commands, its servers and the people in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.fakes.discord_server import payloads
from tests.fakes.discord_server.command_limits import check_commands
from tests.fakes.discord_server.door import Call, Handler
from tests.fakes.discord_server.gateway import IDENTIFY, Gateway
from tests.fakes.discord_server.places import Guild
from tests.fakes.discord_server.refusals import missing_access, too_many_creates, unknown
from tests.fakes.discord_server.world import World

JSON = dict[str, Any]
COMMANDS = "/applications/{application_id}/commands"
GUILD_COMMANDS = "/applications/{application_id}/guilds/{guild_id}/commands"
IDENTIFIES_A_DAY = 1000
CREATES_A_DAY = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Sync:
    """One bulk overwrite of the commands: when, for which server (None: everywhere), and what."""

    at: datetime
    guild_id: str | None
    commands: list[JSON]


class ApplicationCalls:
    """Handlers by route; each answers as Discord answers the bot."""

    def __init__(self, world: World, gateway: Gateway) -> None:
        self._world = world
        self._gateway = gateway
        self.syncs: list[Sync] = []
        self.commands: dict[str | None, list[JSON]] = {None: []}
        self._created: dict[str | None, list[datetime]] = {}

    def routes(self) -> dict[str, Handler]:
        """The table of routes."""
        return {
            "GET /users/@me": self.me,
            "GET /users/{user_id}": self.user,
            "GET /users/@me/guilds": self.guilds,
            "GET /oauth2/applications/@me": self.application,
            "GET /applications/@me": self.application,
            "GET /gateway": self.gateway,
            "GET /gateway/bot": self.gateway,
            f"PUT {COMMANDS}": self.overwrite,
            f"GET {COMMANDS}": self.list_commands,
            f"PUT {GUILD_COMMANDS}": self.overwrite,
            f"GET {GUILD_COMMANDS}": self.list_commands,
            "GET /guilds/{guild_id}": self.guild,
            "GET /guilds/{guild_id}/channels": self.channels,
            "GET /guilds/{guild_id}/roles": self.roles,
            "GET /guilds/{guild_id}/members": self.members,
            "GET /guilds/{guild_id}/members/{user_id}": self.member,
        }

    async def me(self, call: Call) -> Any:
        """The bot's own account."""
        return payloads.user(self._world.me) | {"verified": True, "mfa_enabled": False}

    async def user(self, call: Call) -> Any:
        """Any account."""
        user = self._world.users.get(call.path["user_id"])
        if user is None:
            raise unknown("User")
        return payloads.user(user)

    async def guilds(self, call: Call) -> Any:
        """The servers the bot is in."""
        return [{"id": each.id, "name": each.name} for each in self._world.guilds.values()]

    async def application(self, call: Call) -> Any:
        """The application, with the flags that tell its intents."""
        me = self._world.me
        return {
            "id": me.id,
            "name": me.name,
            "icon": None,
            "description": "",
            "bot_public": False,
            "bot_require_code_grant": False,
            "verify_key": "0" * 64,
            "owner": payloads.user(me),
            "flags": self._world.application_flags,
            "bot": payloads.user(me),
        }

    async def gateway(self, call: Call) -> Any:
        """Where the gateway is, and how many sessions may still be started today."""
        used = len(self._gateway.sent_by_client(IDENTIFY))
        limit = {
            "total": IDENTIFIES_A_DAY,
            "remaining": max(0, IDENTIFIES_A_DAY - used),
            "reset_after": 14_400_000,
            "max_concurrency": 1,
        }
        return {"url": self._gateway.url, "shards": 1, "session_start_limit": limit}

    async def overwrite(self, call: Call) -> Any:
        """Replace all commands, everywhere or in one server."""
        self._check_application(call)
        place = call.path.get("guild_id")
        check_commands(call.body)
        known = {
            (each.get("type", 1), each["name"]): each["id"] for each in self.commands.get(place, [])
        }
        new = sum((each.get("type", 1), each["name"]) not in known for each in call.body)
        self._count_creates(place, new, call.at)
        self.syncs.append(Sync(at=call.at, guild_id=place, commands=call.body))
        self.commands[place] = [self._kept(each, known, place) for each in call.body]
        return self.commands[place]

    def _count_creates(self, place: str | None, new: int, at: datetime) -> None:
        today = [each for each in self._created.get(place, []) if each > at - timedelta(days=1)]
        if len(today) + new > CREATES_A_DAY:
            raise too_many_creates()
        self._created[place] = today + [at] * new

    def _kept(self, command: JSON, known: dict[tuple[int, str], str], place: str | None) -> JSON:
        kind = command.get("type", 1)
        body = {
            "id": known.get((kind, command["name"])) or self._world.next_id(),
            "application_id": self._world.me.id,
            "version": self._world.next_id(),
            "default_member_permissions": None,
            "nsfw": False,
        }
        body |= {"description": "", "type": kind} | command
        return body | ({"guild_id": place} if place else {})

    async def list_commands(self, call: Call) -> Any:
        """The commands as they stand."""
        self._check_application(call)
        return self.commands.get(call.path.get("guild_id"), [])

    def _check_application(self, call: Call) -> None:
        if call.path["application_id"] != self._world.me.id:
            raise missing_access()

    async def guild(self, call: Call) -> Any:
        """A server."""
        guild = self._guild(call)
        count = {"approximate_member_count": len(guild.members), "approximate_presence_count": 1}
        return payloads.bare_guild(guild) | count

    async def channels(self, call: Call) -> Any:
        """A server's channels, without threads."""
        guild = self._guild(call)
        return [
            self._world.channel_json(each)
            for each in self._world.channels.values()
            if each.guild_id == guild.id and each.talk is None
        ]

    async def roles(self, call: Call) -> Any:
        """A server's roles."""
        return [payloads.role(each) for each in self._guild(call).roles.values()]

    async def members(self, call: Call) -> Any:
        """A server's members; needs the members intent."""
        guild = self._guild(call)
        if not self._world.members_intent:
            raise missing_access()
        later = int(call.query.get("after", 0))
        found = [each for each in guild.members.values() if int(each.user.id) > later]
        return [payloads.member(each) for each in found[: int(call.query.get("limit", 1))]]

    async def member(self, call: Call) -> Any:
        """One member of a server."""
        guild, user_id = self._guild(call), call.path["user_id"]
        user_id = self._world.me.id if user_id == "@me" else user_id
        if user_id not in guild.members:
            raise unknown("Member")
        return payloads.member(guild.members[user_id])

    def _guild(self, call: Call) -> Guild:
        guild = self._world.guilds.get(call.path["guild_id"])
        if guild is None or self._world.me.id not in guild.members:
            raise unknown("Guild")
        return guild
