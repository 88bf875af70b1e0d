"""What we listen to: Bolt's AsyncApp, which sorts payloads, and the names the manifest lists.

Bolt only sorts: signatures are checked before it, identity and rights by the core.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.drawing.views import FORM, INPUT
from adapters.slack.events.payloads import Json
from bot.commands.shortcuts import SHORTCUTS

log = logging.getLogger(__name__)

Answer = Mapping[str, Any]
# What a listener says in its acknowledgement; empty for a bare one.
Gesture = Callable[[Json], Awaitable[Answer]]
Event = Callable[[Json], Awaitable[None]]

OURS: Final = re.compile(r"\Adk1[:-]")

EVENTS: Final = (
    "app_home_opened",
    "app_mention",
    "message",
    "reaction_added",
    "member_joined_channel",
    "channel_archive",
    "channel_deleted",
    "channel_rename",
    "user_change",
    "tokens_revoked",
    "app_uninstalled",
)
"""The events somebody here takes; `message` comes as message.channels, .groups and .im."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listeners:
    """Who takes what people did, and what happened in the workspace.

    `pressed` takes buttons and menus, `changed` fields of a form that report their changes,
    `shortcut` entries of a message's menu; `events` names who takes each of EVENTS.
    """

    command: Gesture
    pressed: Gesture
    changed: Gesture
    shortcut: Gesture
    submitted: Gesture
    closed: Gesture
    events: Mapping[str, Event]


def bolt_app(client: AsyncWebClient, listen: Listeners, commands: Mapping[str, str]) -> AsyncApp:
    """Bolt's app with every listener; it asks Slack nothing by itself.

    ValueError unless exactly the events of the manifest have somebody who takes them.
    """
    if set(listen.events) != set(EVENTS):
        raise ValueError(f"taken and subscribed differ: {set(listen.events) ^ set(EVENTS)}")
    app = AsyncApp(
        name="deskhand",
        # Bolt's own warnings hold payloads: people's words and names. We say what was unknown.
        logger=_silent(),
        client=client,
        authorize=_nobody_in_particular,
        # The acknowledgement is what the listener returns, without a poll in between.
        process_before_response=True,
        request_verification_enabled=False,
        ssl_check_enabled=False,
        url_verification_enabled=False,
        ignoring_self_events_enabled=False,
        attaching_function_token_enabled=False,
        attaching_conversation_kwargs_enabled=False,
    )
    app.error(_failed)
    for name in commands.values():
        app.command(name)(_acknowledging(listen.command))
    app.action(INPUT)(_acknowledging(listen.changed))
    app.action(OURS)(_acknowledging(listen.pressed))
    for shortcut in SHORTCUTS:
        app.message_shortcut(shortcut.key)(_acknowledging(listen.shortcut))
    app.view_submission(FORM)(_acknowledging(listen.submitted))
    app.view_closed(FORM)(_acknowledging(listen.closed))
    for kind, listener in listen.events.items():
        app.event(kind)(_listening(listener))
    return app


def _acknowledging(gesture: Gesture) -> Callable[..., Awaitable[None]]:
    async def listener(ack: AsyncAck, body: dict[str, Any]) -> None:
        answer = await gesture(body)
        await (ack(dict(answer)) if answer else ack())

    return listener


def _listening(event: Event) -> Callable[..., Awaitable[None]]:
    async def listener(body: dict[str, Any]) -> None:
        await event(body)

    return listener


async def _nobody_in_particular(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
    """Who may do what is the core's to say; Bolt only wants a result."""
    return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id)


async def _failed(error: Exception) -> None:
    """What a listener did not foresee; a person who waits is told by the client itself."""
    log.error("a listener failed", exc_info=error, extra={"ref": secrets.token_hex(4)})


def _silent() -> logging.Logger:
    logger = logging.getLogger(f"{__name__}.bolt")
    logger.disabled = True
    return logger
