"""Permission bits, and who may do what where, computed as Discord documents it.

https://discord.com/developers/docs/topics/permissions#permission-overwrites
"""

from __future__ import annotations

from tests.fakes.discord_server.places import Channel, Guild, Member

ADD_REACTIONS = 1 << 6
ADMINISTRATOR = 1 << 3
VIEW_CHANNEL = 1 << 10
SEND_MESSAGES = 1 << 11
MANAGE_MESSAGES = 1 << 13
EMBED_LINKS = 1 << 14
ATTACH_FILES = 1 << 15
READ_MESSAGE_HISTORY = 1 << 16
MENTION_EVERYONE = 1 << 17
MANAGE_CHANNELS = 1 << 4
USE_APPLICATION_COMMANDS = 1 << 31
MANAGE_THREADS = 1 << 34
CREATE_PUBLIC_THREADS = 1 << 35
CREATE_PRIVATE_THREADS = 1 << 36
SEND_MESSAGES_IN_THREADS = 1 << 38
PIN_MESSAGES = 1 << 51
ALL = (1 << 53) - 1

INVITED = (
    ADD_REACTIONS
    | VIEW_CHANNEL
    | SEND_MESSAGES
    | EMBED_LINKS
    | ATTACH_FILES
    | READ_MESSAGE_HISTORY
    | MENTION_EVERYONE
    | USE_APPLICATION_COMMANDS
    | MANAGE_THREADS
    | CREATE_PUBLIC_THREADS
    | CREATE_PRIVATE_THREADS
    | SEND_MESSAGES_IN_THREADS
    | PIN_MESSAGES
)
"""What a bot gets that was invited with the whole set it asks for."""

EVERYONE = (
    ADD_REACTIONS
    | VIEW_CHANNEL
    | SEND_MESSAGES
    | EMBED_LINKS
    | ATTACH_FILES
    | READ_MESSAGE_HISTORY
    | USE_APPLICATION_COMMANDS
    | CREATE_PUBLIC_THREADS
    | SEND_MESSAGES_IN_THREADS
)
"""What a new server gives to all its members."""


def permissions(guild: Guild, member: Member, place: Channel) -> int:
    """The bits a member has in a channel; for a thread, pass its parent."""
    if member.user.id == guild.owner_id:
        return ALL
    bits = guild.roles[guild.id].permissions
    for role in member.roles:
        bits |= guild.roles[role].permissions
    if bits & ADMINISTRATOR:
        return ALL
    for allow, deny in _layers(guild, member, place):
        bits = bits & ~deny | allow
    return bits if bits & VIEW_CHANNEL else 0


def _layers(guild: Guild, member: Member, place: Channel) -> list[tuple[int, int]]:
    everyone = [each for each in place.overwrites if each.id == guild.id]
    roles = [each for each in place.overwrites if not each.for_member and each.id in member.roles]
    own = [each for each in place.overwrites if each.for_member and each.id == member.user.id]
    layers = []
    for group in (everyone, roles, own):
        allow = deny = 0
        for each in group:
            allow, deny = allow | each.allow, deny | each.deny
        layers.append((allow, deny))
    return layers
