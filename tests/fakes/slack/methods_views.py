"""views.*"""

from __future__ import annotations

from dataclasses import replace

from tests.fakes.slack.blocks import completed, faults_of_view
from tests.fakes.slack.limits import TIER_4, VIEW_STACK
from tests.fakes.slack.methods import Method, required
from tests.fakes.slack.refusal import Refusal, invalid
from tests.fakes.slack.values import Json, View
from tests.fakes.slack.workspace import Workspace


def sound(view: object, kind: str) -> Json:
    """The view with completed blocks; Refusal invalid_arguments when Slack would not take it."""
    if faults := faults_of_view(view):
        raise invalid("invalid_arguments", faults)
    assert isinstance(view, dict)
    if view["type"] != kind:
        raise invalid("invalid_arguments", [f"must be {kind} [json-pointer:/view/type]"])
    return {**view, "blocks": completed(view["blocks"])}


def opened(workspace: Workspace, user: str, content: Json, stack: tuple[str, ...] = ()) -> View:
    """Show a modal to a person, on top of those in the stack."""
    _unique(workspace, content)
    id_ = workspace.new_id("V")
    view = View(id=id_, user=user, content=content, hash=_hash(workspace), stack=stack)
    workspace.views[id_] = view
    return view


def changed(workspace: Workspace, view: View, content: Json) -> View:
    """Show something else in an open view."""
    fresh = replace(view, content=content, hash=_hash(workspace), updates=view.updates + 1)
    workspace.views[view.id] = fresh
    return fresh


def _hash(workspace: Workspace) -> str:
    return f"{int(workspace.now())}.{workspace.new_id('h')}"


def _unique(workspace: Workspace, content: Json) -> None:
    external = content.get("external_id")
    known = (view.content.get("external_id") for view in workspace.views.values())
    if external and external in known:
        raise Refusal("duplicate_external_id")


def views_open(workspace: Workspace, arguments: Json) -> Json:
    """views.open: a fresh stack for the person who pulled the trigger"""
    (trigger_id,) = required(arguments, "trigger_id")
    content = sound(arguments.get("view"), "modal")
    trigger = workspace.exchange(trigger_id)
    view = opened(workspace, trigger.user, content)
    trigger.opened = view.id
    return {"view": view.as_json()}


def views_push(workspace: Workspace, arguments: Json) -> Json:
    """views.push: on top of the view where the trigger was pulled, at most three deep"""
    (trigger_id,) = required(arguments, "trigger_id")
    content = sound(arguments.get("view"), "modal")
    trigger = workspace.exchange(trigger_id)
    below = workspace.views.get(trigger.view)
    stack = (*below.stack, below.id) if below else ()
    if len(stack) >= VIEW_STACK:
        raise Refusal("push_limit_reached")
    view = opened(workspace, trigger.user, content, stack)
    trigger.opened = view.id
    return {"view": view.as_json()}


def views_update(workspace: Workspace, arguments: Json) -> Json:
    """views.update: by id or external id, with the hash as a guard"""
    view = _known(workspace, arguments)
    if arguments.get("hash") and arguments["hash"] != view.hash:
        raise Refusal("hash_conflict")
    fresh = changed(workspace, view, sound(arguments.get("view"), "modal"))
    return {"view": fresh.as_json()}


def _known(workspace: Workspace, arguments: Json) -> View:
    for view in workspace.views.values():
        by_id = view.id == arguments.get("view_id")
        external = arguments.get("external_id")
        if not view.closed and (
            by_id or (external and external == view.content.get("external_id"))
        ):
            return view
    raise Refusal("not_found")


def views_publish(workspace: Workspace, arguments: Json) -> Json:
    """views.publish: the home tab of one person"""
    (user,) = required(arguments, "user_id")
    if user not in workspace.users:
        raise Refusal("user_not_found")
    content = sound(arguments.get("view"), "home")
    known = workspace.homes.get(user)
    if arguments.get("hash") and known and arguments["hash"] != known.hash:
        raise Refusal("hash_conflict")
    updates = known.updates + 1 if known else 0
    id_ = known.id if known else workspace.new_id("V")
    home = View(id=id_, user=user, content=content, hash=_hash(workspace), updates=updates)
    workspace.homes[user] = home
    return {"view": home.as_json()}


VIEWS = {
    "views.open": Method(handler=views_open, tier=TIER_4),
    "views.push": Method(handler=views_push, tier=TIER_4),
    "views.update": Method(handler=views_update, tier=TIER_4),
    "views.publish": Method(handler=views_publish, tier=TIER_4),
}
