"""What the app says back to a gesture: by its response_url, or inside the acknowledgement."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.fakes.slack.methods import truth
from tests.fakes.slack.methods_chat import content
from tests.fakes.slack.methods_views import changed, opened, sound
from tests.fakes.slack.refusal import Refusal
from tests.fakes.slack.values import BOT_USER, Json, Message, View
from tests.fakes.slack.workspace import ResponseUrl, Workspace


def respond(workspace: Workspace, id_: str, body: Json) -> None:
    """Take a post to a response_url; Refusal when it is used up or the body is wrong."""
    url = workspace.use_response_url(id_)
    original = workspace.messages.get(url.channel, url.message)
    if truth(body.get("delete_original")):
        if original is not None:
            workspace.delete(original)
        return
    if truth(body.get("replace_original")) and original is not None:
        workspace.change(original, **content(body))
        return
    say(workspace, url, body)


def say(workspace: Workspace, url: ResponseUrl, body: Json) -> Message:
    """A message to the person, or with response_type in_channel to everybody."""
    open_to_all = body.get("response_type") == "in_channel"
    message = Message(
        channel=url.channel,
        ts=workspace.next_ts(),
        user=BOT_USER,
        thread_ts=str(body.get("thread_ts") or url.thread_ts),
        ephemeral_to="" if open_to_all else url.user,
        by_app=True,
        **content(body),
    )
    return workspace.post(message)


def settle_submission(workspace: Workspace, view: View, payload: Json | None) -> View | None:
    """Do what the answer to a view_submission says; the view that is now on top, if any."""
    action: Any = (payload or {}).get("response_action")
    if action == "errors":
        return view
    if action == "update":
        return changed(workspace, view, sound((payload or {}).get("view"), "modal"))
    if action == "push":
        content_ = sound((payload or {}).get("view"), "modal")
        return opened(workspace, view.user, content_, (*view.stack, view.id))
    if action not in (None, "clear"):
        raise Refusal("invalid_response_action")
    shut(workspace, view, cleared=action == "clear")
    below = workspace.views.get(view.stack[-1]) if view.stack else None
    return below if below and not below.closed else None


def shut(workspace: Workspace, view: View, *, cleared: bool = False) -> None:
    """Close a view, and those below it when the stack is cleared."""
    for id_ in (view.id, *(view.stack if cleared else ())):
        workspace.views[id_] = replace(workspace.views[id_], closed=True)
