"""The payloads of gestures: slash commands, block actions, shortcuts, submissions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tests.fakes.slack.controls import form
from tests.fakes.slack.values import (
    APP,
    DOMAIN,
    OTHER_TEAM,
    TEAM,
    Channel,
    Json,
    Message,
    User,
    View,
)
from tests.fakes.slack.workspace import ResponseUrl, Workspace

_MENTION = re.compile(r"([@#])([\w.-]*\w)")


def escaped(workspace: Workspace, text: str) -> str:
    """What people type as Slack sends it: &<> as entities, known @names and #channels as ids."""
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MENTION.sub(lambda match: _mention(workspace, match), safe)


def _mention(workspace: Workspace, match: re.Match[str]) -> str:
    sign, name = match.groups()
    things: Mapping[str, User | Channel] = workspace.users if sign == "@" else workspace.channels
    for thing in things.values():
        if thing.name == name:
            return f"<{sign}{thing.id}|{name}>"
    return match.group()


def in_message(workspace: Workspace, text: str) -> str:
    """The same in a message, where a mention is only the id."""
    return re.sub(r"<(@\w+)\|[^>]*>", r"<\1>", escaped(workspace, text))


def typed(text: str) -> tuple[Json, ...]:
    """The rich_text block that the client makes of what a person types."""
    runs: list[Json] = []
    for piece in filter(None, re.split(r"(<@\w+>)", text)):
        user = re.fullmatch(r"<@(\w+)>", piece)
        plain = piece.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        runs.append({"type": "user", "user_id": user[1]} if user else _run(plain))
    if not runs:
        return ()
    section = {"type": "rich_text_section", "elements": runs}
    return ({"type": "rich_text", "block_id": "typed", "elements": [section]},)


def _run(text: str) -> Json:
    return {"type": "text", "text": text}


def slash(workspace: Workspace, user: User, channel: Channel, line: str) -> Json:
    """A slash command; `line` begins with it."""
    command, _, text = line.partition(" ")
    url = _url(workspace, user, channel.id)
    return {
        "token": "legacy",
        "team_id": TEAM,
        "team_domain": DOMAIN,
        "channel_id": channel.id,
        "channel_name": {"im": "directmessage", "group": "privategroup"}.get(
            channel.kind, channel.name
        ),
        "user_id": user.id,
        "user_name": user.name,
        "command": command,
        "text": escaped(workspace, text.strip()),
        "api_app_id": APP,
        "is_enterprise_install": "false",
        "response_url": url,
        "trigger_id": workspace.new_trigger(user.id),
    }


def _url(workspace: Workspace, user: User, channel: str, message: Message | None = None) -> str:
    return workspace.new_response_url(
        ResponseUrl(
            id=workspace.new_id("r"),
            user=user.id,
            channel=channel,
            born=workspace.now(),
            message=message.ts if message else "",
            ephemeral=bool(message and message.ephemeral_to),
            thread_ts=message.thread_ts if message else "",
        )
    )


def _by(user: User, kind: str) -> Json:
    team = OTHER_TEAM if user.is_stranger else TEAM
    return {
        "type": kind,
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": team},
        "api_app_id": APP,
        "token": "legacy",
        "team": {"id": TEAM, "domain": DOMAIN},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def _on(
    workspace: Workspace,
    user: User,
    surface: Message | View,
    values: Mapping[str, Any] | None = None,
) -> Json:
    if isinstance(surface, View):
        state = form_state(surface, values or {}, lenient=True)
        return {
            "container": {"type": "view", "view_id": surface.id},
            "trigger_id": workspace.new_trigger(user.id, surface.id),
            "view": surface.as_json(state),
        }
    hidden = bool(surface.ephemeral_to)
    container: Json = {
        "type": "message",
        "message_ts": surface.ts,
        "channel_id": surface.channel,
        "is_ephemeral": hidden,
    }
    if surface.thread_ts:
        container["thread_ts"] = surface.thread_ts
    on: Json = {
        "container": container,
        "trigger_id": workspace.new_trigger(user.id),
        "channel": _named(workspace, surface.channel),
        "state": {"values": {}},
        "response_url": _url(workspace, user, surface.channel, surface),
    }
    return on if hidden else {**on, "message": surface.as_json()}


def _named(workspace: Workspace, channel: str) -> Json:
    known = workspace.channels[channel]
    return {"id": channel, "name": "directmessage" if known.user else known.name}


def action(
    workspace: Workspace,
    user: User,
    surface: Message | View,
    pressed: Json,
    values: Mapping[str, Any] | None = None,
) -> Json:
    """block_actions for one element; `pressed` says which and what was chosen.

    `values` is what stands in the form of a view at that moment.
    """
    done = {**pressed, "action_ts": workspace.next_ts()}
    return {
        **_by(user, "block_actions"),
        **_on(workspace, user, surface, values),
        "actions": [done],
    }


def suggestion(
    workspace: Workspace, user: User, surface: Message | View, element: tuple[Json, Json], text: str
) -> Json:
    """block_suggestion: what is typed into an external select."""
    block, control = element
    on = _on(workspace, user, surface)
    on.pop("response_url", None)
    on.pop("trigger_id")
    asked = {"action_id": control["action_id"], "block_id": block["block_id"], "value": text}
    return {**_by(user, "block_suggestion"), **on, **asked}


def submission(workspace: Workspace, view: View, values: Mapping[str, Any]) -> Json:
    """view_submission with the form filled in."""
    user = workspace.users[view.user]
    return {
        **_by(user, "view_submission"),
        "trigger_id": workspace.new_trigger(user.id, view.id),
        "view": view.as_json(form_state(view, values)),
        "response_urls": [],
    }


def closing(workspace: Workspace, view: View) -> Json:
    """view_closed"""
    user = workspace.users[view.user]
    state = form_state(view, {}, lenient=True)
    return {**_by(user, "view_closed"), "view": view.as_json(state), "is_cleared": False}


def shortcut(workspace: Workspace, user: User, callback_id: str, message: Message | None) -> Json:
    """A message shortcut, or a global one without a message."""
    kind = "message_action" if message else "shortcut"
    whole = {
        **_by(user, kind),
        "callback_id": callback_id,
        "trigger_id": workspace.new_trigger(user.id),
        "action_ts": workspace.next_ts(),
    }
    if message is None:
        return whole
    return {
        **whole,
        "channel": _named(workspace, message.channel),
        "message_ts": message.ts,
        "message": message.as_json(),
        "response_url": _url(workspace, user, message.channel),
    }


def form_state(view: View, values: Mapping[str, Any], *, lenient: bool = False) -> Json:
    """state.values of a view; `lenient` leaves required fields empty, as before submitting."""
    blocks = view.blocks
    if lenient:
        blocks = tuple({**b, "optional": True} if b["type"] == "input" else b for b in blocks)
    return form(blocks, values)
