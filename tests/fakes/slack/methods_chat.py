"""chat.* and reactions.*"""

from __future__ import annotations

from dataclasses import replace

from tests.fakes.slack.blocks import completed, faults_of_message
from tests.fakes.slack.limits import TEXT, TIER_2, TIER_3, TIER_4
from tests.fakes.slack.methods import Method, required, truth, visible, writable
from tests.fakes.slack.refusal import Refusal, invalid
from tests.fakes.slack.values import BOT_USER, DOMAIN, Json, Message
from tests.fakes.slack.workspace import Workspace


def content(arguments: Json) -> Json:
    """Text, blocks and attachments, judged as Slack does."""
    text, blocks = str(arguments.get("text") or ""), arguments.get("blocks") or []
    attachments = arguments.get("attachments") or []
    if isinstance(blocks, str):
        raise Refusal("invalid_blocks_format")
    if not (text or blocks or attachments):
        raise Refusal("no_text")
    if len(text) > TEXT:
        raise Refusal("msg_too_long")
    if len(attachments) > 100:
        raise Refusal("too_many_attachments")
    if faults := faults_of_message(blocks):
        raise invalid("invalid_blocks", faults)
    return {
        "text": text,
        "blocks": tuple(completed(blocks)),
        "attachments": tuple(attachments),
    }


def _metadata(arguments: Json) -> Json | None:
    metadata = arguments.get("metadata")
    if metadata is None:
        return None
    sound = isinstance(metadata, dict) and isinstance(metadata.get("event_type"), str)
    if metadata and not (sound and isinstance(metadata.get("event_payload"), dict)):
        raise Refusal("invalid_metadata_format")
    assert isinstance(metadata, dict)
    return metadata or None


def _thread(workspace: Workspace, channel: str, arguments: Json) -> str:
    thread = str(arguments.get("thread_ts") or "")
    if not thread or workspace.messages.get(channel, thread) is not None:
        return thread
    if workspace.lost_threads == "unthreaded":
        return ""
    raise Refusal("thread_not_found")


def post_message(workspace: Workspace, arguments: Json) -> Json:
    """chat.postMessage"""
    channel = writable(workspace, *required(arguments, "channel"))
    message = Message(
        channel=channel.id,
        ts=workspace.next_ts(),
        user=BOT_USER,
        thread_ts=_thread(workspace, channel.id, arguments),
        broadcast=truth(arguments.get("reply_broadcast")),
        metadata=_metadata(arguments),
        by_app=True,
        **content(arguments),
    )
    workspace.post(message)
    shown = message.as_json(with_metadata=True)
    return {"channel": channel.id, "ts": message.ts, "message": shown}


def update(workspace: Workspace, arguments: Json) -> Json:
    """chat.update: what is not given of blocks and attachments goes, metadata stays."""
    message = _own(workspace, arguments, "cant_update_message")
    changes = content(arguments)
    if "metadata" in arguments:
        changes["metadata"] = _metadata(arguments)
    fresh = workspace.change(message, **changes)
    shown = fresh.as_json(with_metadata=True)
    return {"channel": fresh.channel, "ts": fresh.ts, "text": fresh.text, "message": shown}


def delete(workspace: Workspace, arguments: Json) -> Json:
    """chat.delete"""
    message = _own(workspace, arguments, "cant_delete_message")
    workspace.delete(message)
    return {"channel": message.channel, "ts": message.ts}


def _own(workspace: Workspace, arguments: Json, otherwise: str) -> Message:
    id_, ts = required(arguments, "channel", "ts")
    channel = visible(workspace, id_)
    if channel.is_archived:
        raise Refusal("is_inactive")
    message = workspace.messages.get(channel.id, ts)
    if message is None or message.ephemeral_to:
        raise Refusal("message_not_found")
    if not message.by_app:
        raise Refusal(otherwise)
    return message


def post_ephemeral(workspace: Workspace, arguments: Json) -> Json:
    """chat.postEphemeral: only to somebody who is in the channel."""
    id_, user = required(arguments, "channel", "user")
    channel = writable(workspace, id_)
    if user not in workspace.users or user not in channel.members:
        raise Refusal("user_not_in_channel")
    message = Message(
        channel=channel.id,
        ts=workspace.next_ts(),
        user=BOT_USER,
        thread_ts=str(arguments.get("thread_ts") or ""),
        ephemeral_to=user,
        by_app=True,
        **content(arguments),
    )
    workspace.post(message)
    return {"message_ts": message.ts}


def get_permalink(workspace: Workspace, arguments: Json) -> Json:
    """chat.getPermalink"""
    id_, ts = required(arguments, "channel", "message_ts")
    channel = visible(workspace, id_)
    message = workspace.messages.get(channel.id, ts)
    if message is None:
        raise Refusal("message_not_found")
    return {"channel": channel.id, "permalink": permalink(message)}


def permalink(message: Message) -> str:
    """The address of a message in the web client."""
    address = (
        f"https://{DOMAIN}.slack.com/archives/{message.channel}/p{message.ts.replace('.', '')}"
    )
    if message.is_reply:
        address += f"?thread_ts={message.thread_ts}&cid={message.channel}"
    return address


def add_reaction(workspace: Workspace, arguments: Json) -> Json:
    """reactions.add"""
    id_, ts, name = required(arguments, "channel", "timestamp", "name")
    message = workspace.messages.get(visible(workspace, id_).id, ts)
    if message is None:
        raise Refusal("message_not_found")
    if (name, BOT_USER) in message.reactions:
        raise Refusal("already_reacted")
    workspace.messages.put(replace(message, reactions=(*message.reactions, (name, BOT_USER))))
    return {}


def remove_reaction(workspace: Workspace, arguments: Json) -> Json:
    """reactions.remove"""
    id_, ts, name = required(arguments, "channel", "timestamp", "name")
    message = workspace.messages.get(visible(workspace, id_).id, ts)
    if message is None or (name, BOT_USER) not in message.reactions:
        raise Refusal("no_reaction")
    left = tuple(pair for pair in message.reactions if pair != (name, BOT_USER))
    workspace.messages.put(replace(message, reactions=left))
    return {}


CHAT = {
    "chat.postMessage": Method(handler=post_message, scopes=("chat:write",)),
    "chat.update": Method(handler=update, scopes=("chat:write",), tier=TIER_3),
    "chat.delete": Method(handler=delete, scopes=("chat:write",), tier=TIER_3),
    "chat.postEphemeral": Method(handler=post_ephemeral, scopes=("chat:write",), tier=TIER_4),
    "chat.getPermalink": Method(handler=get_permalink),
    "reactions.add": Method(handler=add_reaction, scopes=("reactions:write",), tier=TIER_3),
    "reactions.remove": Method(handler=remove_reaction, scopes=("reactions:write",), tier=TIER_2),
}
