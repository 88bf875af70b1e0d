"""The records as JSON, in the shapes of API v10."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.fakes.discord_server.places import (
    DM,
    FORUM,
    HAS_THREAD,
    Attachment,
    Channel,
    Guild,
    Member,
    Message,
    Origin,
    Role,
    User,
)

JSON = dict[str, Any]
FILE_LIMIT = 10 * 1024 * 1024


def stamp(at: datetime) -> str:
    """An instant as Discord writes it."""
    return at.isoformat()


def user(one: User) -> JSON:
    """A user object."""
    return {
        "id": one.id,
        "username": one.name.lower(),
        "global_name": None if one.bot else one.name,
        "discriminator": "0",
        "avatar": None,
        "bot": one.bot,
        "public_flags": 0,
    }


def member(one: Member, permissions: int | None = None) -> JSON:
    """A member object; with `permissions` as in interactions."""
    body = bare_member(one) | {"user": user(one.user)}
    if permissions is not None:
        body["permissions"] = str(permissions)
    return body


def bare_member(one: Member) -> JSON:
    """A member without its user, as it stands next to a message's author."""
    return {
        "roles": list(one.roles),
        "joined_at": stamp(one.joined_at),
        "deaf": False,
        "mute": False,
        "flags": 0,
        "nick": None,
        "pending": False,
    }


def role(one: Role) -> JSON:
    """A role object."""
    body: JSON = {
        "id": one.id,
        "name": one.name,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "position": one.position,
        "permissions": str(one.permissions),
        "managed": one.bot_id is not None,
        "mentionable": one.mentionable,
        "flags": 0,
    }
    if one.bot_id is not None:
        body["tags"] = {"bot_id": one.bot_id}
    return body


def channel(one: Channel, last_message: str | None = None) -> JSON:
    """A guild channel or a direct channel; threads have their own shape."""
    body: JSON = {"id": one.id, "type": one.kind, "last_message_id": last_message, "flags": 0}
    if one.kind == DM:
        assert one.recipient is not None
        return body | {"recipients": [user(one.recipient)]}
    body |= {
        "guild_id": one.guild_id,
        "name": one.name,
        "position": 0,
        "parent_id": one.parent_id,
        "topic": one.topic,
        "nsfw": False,
        "rate_limit_per_user": 0,
        "flags": one.flags,
        "permission_overwrites": [
            {
                "id": each.id,
                "type": int(each.for_member),
                "allow": str(each.allow),
                "deny": str(each.deny),
            }
            for each in one.overwrites
        ],
    }
    return body | _forum(one) if one.kind == FORUM else body


def _forum(one: Channel) -> JSON:
    return {
        "available_tags": [
            {
                "id": tag.id,
                "name": tag.name,
                "moderated": tag.moderated,
                "emoji_id": None,
                "emoji_name": tag.emoji,
            }
            for tag in one.tags
        ],
        "default_reaction_emoji": None,
        "default_sort_order": None,
        "default_forum_layout": 0,
    }


def thread(one: Channel, messages: int, last_message: str | None, me: str) -> JSON:
    """A thread; `me` is the account whose membership is told."""
    talk = one.thread
    body: JSON = {
        "id": one.id,
        "type": one.kind,
        "guild_id": one.guild_id,
        "parent_id": one.parent_id,
        "owner_id": talk.owner_id,
        "name": one.name,
        "last_message_id": last_message,
        "rate_limit_per_user": 0,
        "message_count": messages,
        "member_count": min(50, len(talk.members)),
        "total_message_sent": talk.total_sent,
        "flags": one.flags,
        "applied_tags": list(talk.tags),
        "thread_metadata": {
            "archived": talk.archived,
            "locked": talk.locked,
            "auto_archive_duration": talk.auto_archive,
            "archive_timestamp": stamp(talk.archive_timestamp),
            "create_timestamp": stamp(talk.created_at),
            "invitable": talk.invitable,
        },
    }
    if me in talk.members:
        body["member"] = thread_member(one, me)
    return body


def thread_member(one: Channel, user_id: str) -> JSON:
    """Who takes part in a thread, and since when."""
    return {
        "id": one.id,
        "user_id": user_id,
        "join_timestamp": stamp(one.thread.members[user_id]),
        "flags": 0,
    }


def attachment(one: Attachment) -> JSON:
    """An attachment object."""
    body: JSON = {
        "id": one.id,
        "filename": one.filename,
        "size": len(one.content),
        "url": one.url,
        "proxy_url": one.url,
        "content_type": one.content_type,
    }
    if one.ephemeral:
        body["ephemeral"] = True
    return body | ({"description": one.description} if one.description else {})


def message(one: Message, mentioned: list[User], me: str) -> JSON:
    """A message object, whole; what an account may not read is taken out by `redacted`."""
    body: JSON = {
        "id": one.id,
        "channel_id": one.channel_id,
        "type": one.kind,
        "author": user(one.author),
        "content": one.content,
        "timestamp": stamp(one.at),
        "edited_timestamp": stamp(one.edited_at) if one.edited_at else None,
        "tts": False,
        "mention_everyone": one.pings.everyone,
        "mentions": [user(each) for each in mentioned],
        "mention_roles": sorted(one.pings.roles),
        "attachments": [attachment(each) for each in one.attachments],
        "embeds": one.embeds,
        "components": one.components,
        "flags": one.flags,
        "pinned": one.pinned,
        "reactions": [
            {
                "count": len(who),
                "me": me in who,
                "me_burst": False,
                "count_details": {"burst": 0, "normal": len(who)},
                "burst_colors": [],
                "emoji": {"id": None, "name": emoji},
            }
            for emoji, who in one.reactions.items()
        ],
    }
    if one.origin is not None:
        body |= _origin(one.origin, me)
    if one.reference is not None:
        body["message_reference"] = {"message_id": one.reference, "channel_id": one.channel_id}
    return body


def _origin(one: Origin, me: str) -> JSON:
    told = {"id": one.id, "type": one.kind, "user": user(one.user)}
    told["authorizing_integration_owners"] = {}
    return {"application_id": me, "webhook_id": me, "interaction_metadata": told}


def nonce_of(one: Message) -> JSON:
    """The nonce, told by the create call and MESSAGE_CREATE only: Discord does not store it."""
    return {} if one.nonce is None else {"nonce": one.nonce}


def redacted(body: JSON) -> JSON:
    """The message as an application reads it that may not read message content."""
    return body | {"content": "", "embeds": [], "attachments": [], "components": []}


def guild(one: Guild, channels: list[JSON], threads: list[JSON], seen: list[str]) -> JSON:
    """A guild as GUILD_CREATE sends it; `seen` are the members that come along."""
    return bare_guild(one) | {
        "joined_at": stamp(min(each.joined_at for each in one.members.values())),
        "large": False,
        "unavailable": False,
        "member_count": len(one.members),
        "members": [member(one.members[each]) for each in seen],
        "channels": channels,
        "threads": threads,
        "presences": [],
        "voice_states": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def bare_guild(one: Guild) -> JSON:
    """A guild as `GET /guilds/{id}` tells it."""
    return {
        "id": one.id,
        "name": one.name,
        "owner_id": one.owner_id,
        "icon": None,
        "splash": None,
        "banner": None,
        "description": None,
        "discovery_splash": None,
        "features": [],
        "emojis": [],
        "stickers": [],
        "roles": [role(each) for each in one.roles.values()],
        "afk_channel_id": None,
        "afk_timeout": 300,
        "verification_level": 1,
        "default_message_notifications": 1,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "nsfw_level": 0,
        "premium_tier": 0,
        "preferred_locale": "en-US",
        "system_channel_id": None,
        "system_channel_flags": 0,
        "rules_channel_id": None,
        "public_updates_channel_id": None,
        "application_id": None,
        "vanity_url_code": None,
        "max_members": 500000,
    }


def has_thread(one: Message) -> bool:
    """A thread grew out of this message."""
    return bool(one.flags & HAS_THREAD)
