"""The table of Web API methods: handler, scopes, tier; and who may talk where."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.fakes.slack.refusal import Refusal
from tests.fakes.slack.values import Channel, Json
from tests.fakes.slack.workspace import Workspace

Handler = Callable[[Workspace, Json], Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """How a method is served; `by_kind` picks the scope that goes with the channel's kind."""

    handler: Handler
    scopes: tuple[str, ...] = ()
    by_kind: str = ""
    tier: int | None = None
    app_token: bool = False

    def wants(self, workspace: Workspace, arguments: Json) -> tuple[str, ...]:
        """The scopes that this call needs."""
        if not self.by_kind:
            return self.scopes
        channel = workspace.channels.get(str(arguments.get("channel")))
        kinds = {"im": "im", "group": "groups"}
        return (f"{kinds.get(channel.kind if channel else '', 'channels')}:{self.by_kind}",)


def visible(workspace: Workspace, channel_id: object) -> Channel:
    """The channel, when the app may know of it; Refusal channel_not_found."""
    channel = workspace.channels.get(str(channel_id))
    if channel is None or (channel.is_private and not channel.has_bot):
        raise Refusal("channel_not_found")
    return channel


def writable(workspace: Workspace, channel_id: object) -> Channel:
    """The channel, when the app may post there; a person's id means the direct message."""
    user = workspace.users.get(str(channel_id))
    if user is not None:
        if user.deleted or user.is_bot:
            raise Refusal("channel_not_found")
        return workspace.direct(user.id)
    channel = visible(workspace, channel_id)
    if channel.is_archived:
        raise Refusal("is_archived")
    if not channel.has_bot:
        raise Refusal("not_in_channel")
    return channel


def required(arguments: Json, *names: str) -> list[str]:
    """The arguments as strings; Refusal invalid_arguments when one is missing."""
    missing = [name for name in names if not arguments.get(name)]
    if missing:
        messages = [f"[ERROR] missing required field: {name}" for name in missing]
        raise Refusal("invalid_arguments", response_metadata={"messages": messages})
    return [str(arguments[name]) for name in names]


def truth(value: object) -> bool:
    """A flag as clients send it: true, "true", "1"."""
    return value is True or str(value).lower() in ("true", "1")
