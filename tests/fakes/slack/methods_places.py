"""auth.*, conversations.* and users.*"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from tests.fakes.slack.limits import TIER_2, TIER_3, TIER_4
from tests.fakes.slack.methods import Method, required, truth, visible
from tests.fakes.slack.refusal import Refusal
from tests.fakes.slack.values import BOT, BOT_USER, DOMAIN, TEAM, Channel, Json, Message
from tests.fakes.slack.workspace import Workspace

Item = TypeVar("Item")


def auth_test(workspace: Workspace, arguments: Json) -> Json:
    """auth.test"""
    return {
        "url": f"https://{DOMAIN}.slack.com/",
        "team": "Desk",
        "user": "deskhand",
        "team_id": TEAM,
        "user_id": BOT_USER,
        "bot_id": BOT,
        "is_enterprise_install": False,
    }


def conversations_open(workspace: Workspace, arguments: Json) -> Json:
    """conversations.open with one person"""
    (id_,) = required(arguments, "users")
    user = workspace.users.get(id_)
    if user is None:
        raise Refusal("user_not_found")
    if user.deleted:
        raise Refusal("user_disabled")
    if user.is_bot:
        raise Refusal("cannot_dm_bot")
    channel = workspace.direct(user.id)
    return {
        "channel": channel.as_json() if truth(arguments.get("return_im")) else {"id": channel.id}
    }


def conversations_info(workspace: Workspace, arguments: Json) -> Json:
    """conversations.info"""
    return {"channel": visible(workspace, *required(arguments, "channel")).as_json()}


def conversations_join(workspace: Workspace, arguments: Json) -> Json:
    """conversations.join: public channels only"""
    channel = visible(workspace, *required(arguments, "channel"))
    if channel.is_private:
        raise Refusal("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise Refusal("is_archived")
    joined = workspace.set_channel(channel.with_member(BOT_USER))
    return {"channel": joined.as_json()}


def conversations_members(workspace: Workspace, arguments: Json) -> Json:
    """conversations.members"""
    channel = visible(workspace, *required(arguments, "channel"))
    members, rest = _page(workspace, sorted(channel.members), arguments)
    return {"members": members, **_more(rest)}


def conversations_list(workspace: Workspace, arguments: Json) -> Json:
    """conversations.list of public and private channels"""
    wanted = str(arguments.get("types") or "public_channel").split(",")
    kinds = {"public_channel": "channel", "private_channel": "group", "im": "im"}
    shown = {kinds.get(name.strip()) for name in wanted}
    known = [
        channel.as_json()
        for channel in workspace.channels.values()
        if channel.kind in shown and (channel.has_bot or not channel.is_private)
        if not (channel.is_archived and truth(arguments.get("exclude_archived")))
    ]
    channels, rest = _page(workspace, known, arguments)
    return {"channels": channels, **_more(rest)}


def conversations_create(workspace: Workspace, arguments: Json) -> Json:
    """conversations.create; the app is its first member"""
    (name,) = required(arguments, "name")
    if (
        len(name) > 80
        or name != name.lower()
        or not name.replace("-", "").replace("_", "").isalnum()
    ):
        raise Refusal("invalid_name_specials")
    if any(channel.name == name for channel in workspace.channels.values()):
        raise Refusal("name_taken")
    made = Channel(
        id=workspace.new_id("C"),
        name=name,
        is_private=truth(arguments.get("is_private")),
        members=frozenset({BOT_USER}),
    )
    return {"channel": workspace.set_channel(made).as_json()}


def conversations_invite(workspace: Workspace, arguments: Json) -> Json:
    """conversations.invite"""
    id_, users = required(arguments, "channel", "users")
    channel = visible(workspace, id_)
    if not channel.has_bot:
        raise Refusal("not_in_channel")
    for user in users.split(","):
        if user not in workspace.users:
            raise Refusal("user_not_found")
        if user in channel.members:
            raise Refusal("already_in_channel")
        channel = channel.with_member(user)
    return {"channel": workspace.set_channel(channel).as_json()}


def conversations_set_topic(workspace: Workspace, arguments: Json) -> Json:
    """conversations.setTopic"""
    id_, topic = required(arguments, "channel", "topic")
    channel = visible(workspace, id_)
    return {"channel": workspace.set_channel(replace(channel, topic=topic)).as_json()}


def conversations_archive(workspace: Workspace, arguments: Json) -> Json:
    """conversations.archive"""
    channel = visible(workspace, *required(arguments, "channel"))
    if channel.is_archived:
        raise Refusal("already_archived")
    workspace.set_channel(replace(channel, is_archived=True))
    return {}


def conversations_history(workspace: Workspace, arguments: Json) -> Json:
    """conversations.history: what stands in the channel, newest first"""
    channel = _readable(workspace, arguments)
    known = [m for m in workspace.messages.roots(channel.id) if _within(workspace, m, arguments)]
    return _messages(workspace, known[::-1], arguments)


def conversations_replies(workspace: Workspace, arguments: Json) -> Json:
    """conversations.replies: the root, then its replies, oldest first"""
    channel = _readable(workspace, arguments)
    (ts,) = required(arguments, "ts")
    root = workspace.messages.get(channel.id, ts)
    if root is None or root.ephemeral_to:
        raise Refusal("thread_not_found")
    thread = workspace.messages.thread(channel.id, root.root)
    known = [m for m in thread if not m.is_reply or _within(workspace, m, arguments)]
    return _messages(workspace, known, arguments)


def _readable(workspace: Workspace, arguments: Json) -> Channel:
    channel = visible(workspace, *required(arguments, "channel"))
    if not channel.has_bot:
        raise Refusal("not_in_channel")
    return channel


def _within(workspace: Workspace, message: Message, arguments: Json) -> bool:
    ts = float(message.ts)
    if ts > workspace.now() - workspace.history_lag.total_seconds() and workspace.history_lag:
        return False
    oldest, latest = float(arguments.get("oldest") or 0), float(arguments.get("latest") or 1e11)
    if truth(arguments.get("inclusive")):
        return oldest <= ts <= latest
    return oldest < ts < latest


def _messages(workspace: Workspace, known: list[Message], arguments: Json) -> Json:
    page, rest = _page(workspace, known, arguments)
    full = truth(arguments.get("include_all_metadata"))
    shown = [_with_replies(workspace, m, m.as_json(with_metadata=full)) for m in page]
    return {"messages": shown, "has_more": bool(rest), **_more(rest)}


def _with_replies(workspace: Workspace, message: Message, shown: Json) -> Json:
    if message.is_reply:
        return shown
    replies = [m for m in workspace.messages.thread(message.channel, message.ts) if m.is_reply]
    if not replies:
        return shown
    counts = {"reply_count": len(replies), "latest_reply": replies[-1].ts}
    return {**shown, "thread_ts": message.ts, **counts}


def _page(workspace: Workspace, known: Sequence[Item], arguments: Json) -> tuple[list[Item], str]:
    start = int(arguments.get("cursor") or 0)
    end = start + min(int(arguments.get("limit") or 100), workspace.most_per_page)
    return list(known[start:end]), str(end) if end < len(known) else ""


def _more(rest: str) -> Json:
    return {"response_metadata": {"next_cursor": rest}}


def users_info(workspace: Workspace, arguments: Json) -> Json:
    """users.info; the address only with users:read.email"""
    (id_,) = required(arguments, "user")
    user = workspace.users.get(id_)
    if user is None:
        raise Refusal("user_not_found")
    return {"user": user.as_json(with_email="users:read.email" in workspace.scopes)}


def users_lookup(workspace: Workspace, arguments: Json) -> Json:
    """users.lookupByEmail"""
    (email,) = required(arguments, "email")
    for user in workspace.users.values():
        if user.email.lower() == email.lower() and not user.deleted:
            return {"user": user.as_json()}
    raise Refusal("users_not_found")


def users_list(workspace: Workspace, arguments: Json) -> Json:
    """users.list"""
    with_email = "users:read.email" in workspace.scopes
    known = [user.as_json(with_email=with_email) for user in workspace.users.values()]
    members, rest = _page(workspace, known, arguments)
    return {"members": members, **_more(rest)}


PLACES = {
    "auth.test": Method(handler=auth_test),
    "conversations.open": Method(handler=conversations_open, scopes=("im:write",), tier=TIER_3),
    "conversations.info": Method(handler=conversations_info, by_kind="read", tier=TIER_3),
    "conversations.join": Method(
        handler=conversations_join, scopes=("channels:join",), tier=TIER_3
    ),
    "conversations.members": Method(handler=conversations_members, by_kind="read", tier=TIER_4),
    "conversations.list": Method(
        handler=conversations_list, scopes=("channels:read",), tier=TIER_2
    ),
    "conversations.create": Method(
        handler=conversations_create, scopes=("channels:manage",), tier=TIER_2
    ),
    "conversations.invite": Method(
        handler=conversations_invite, scopes=("channels:manage",), tier=TIER_3
    ),
    "conversations.setTopic": Method(
        handler=conversations_set_topic, scopes=("channels:manage",), tier=TIER_2
    ),
    "conversations.archive": Method(
        handler=conversations_archive, scopes=("channels:manage",), tier=TIER_2
    ),
    "conversations.history": Method(handler=conversations_history, by_kind="history", tier=TIER_3),
    "conversations.replies": Method(handler=conversations_replies, by_kind="history", tier=TIER_3),
    "users.info": Method(handler=users_info, scopes=("users:read",), tier=TIER_4),
    "users.list": Method(handler=users_list, scopes=("users:read",), tier=TIER_2),
    "users.lookupByEmail": Method(handler=users_lookup, scopes=("users:read.email",), tier=TIER_3),
}
