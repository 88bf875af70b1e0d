"""Whom a text would ping: the mentions in it, as far as `allowed_mentions` lets them through.

https://discord.com/developers/docs/resources/message#allowed-mentions-object
"""

from __future__ import annotations

import re
from typing import Any

from tests.fakes.discord_server import rights
from tests.fakes.discord_server.places import Channel, Guild, Pings, User
from tests.fakes.discord_server.refusals import Faulty
from tests.fakes.discord_server.world import World

USER = re.compile(r"<@!?(\d{15,21})>")
ROLE = re.compile(r"<@&(\d{15,21})>")
EVERYONE = re.compile(r"@(everyone|here)\b")
PARSED = frozenset({"users", "roles", "everyone"})
MOST_NAMED = 100


def pings(
    world: World, channel: Channel, author: User, text: str, allowed: dict[str, Any] | None
) -> Pings:
    """What Discord would notify; without `allowed` everything that the text names."""
    may_users, may_roles, may_everyone = _lets_through(allowed)
    guild = world.guild_of(channel)
    users = {each for each in USER.findall(text) if each in world.users}
    if may_users is not None:
        users &= may_users
    if guild is None:
        return Pings(users=frozenset(users))
    loud = bool(world.rights_in(channel, author) & rights.MENTION_EVERYONE)
    roles = {each for each in ROLE.findall(text) if _pingable(guild, each, loud=loud)}
    if may_roles is not None:
        roles &= may_roles
    everyone = loud and may_everyone and EVERYONE.search(text) is not None
    return Pings(users=frozenset(users), roles=frozenset(roles), everyone=everyone)


def _lets_through(
    allowed: dict[str, Any] | None,
) -> tuple[set[str] | None, set[str] | None, bool]:
    """Allowed users and roles (None: all), and whether everybody may be called."""
    if allowed is None:
        return None, None, True
    parse = set(allowed.get("parse") or [])
    users = None if "users" in parse else {str(each) for each in allowed.get("users") or []}
    roles = None if "roles" in parse else {str(each) for each in allowed.get("roles") or []}
    return users, roles, "everyone" in parse


def _pingable(guild: Guild, role_id: str, *, loud: bool) -> bool:
    role = guild.roles.get(role_id)
    return role is not None and (role.mentionable or loud)


def check(faulty: Faulty, allowed: dict[str, Any] | None) -> None:
    """Note what Discord refuses in an `allowed_mentions` object."""
    if allowed is None:
        return
    parse = allowed.get("parse") or []
    for place, each in enumerate(parse):
        if each not in PARSED:
            faulty.add(
                f"allowed_mentions.parse.{place}",
                "BASE_TYPE_CHOICES",
                "Value must be one of {'everyone', 'roles', 'users'}.",
            )
    for kind in ("users", "roles"):
        named = allowed.get(kind)
        faulty.length(f"allowed_mentions.{kind}", named, 0, MOST_NAMED)
        if named and kind in parse:
            faulty.add(
                "allowed_mentions",
                "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
                f"parse:[{kind!r}] and {kind}: [ids...] are mutually exclusive.",
            )
