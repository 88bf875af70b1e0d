"""Interactions: made by people, answered once within three seconds, followed up for 15 minutes.

https://discord.com/developers/docs/interactions/receiving-and-responding
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.fakes.discord_server import payloads
from tests.fakes.discord_server.bell import Bell
from tests.fakes.discord_server.gateway import Gateway
from tests.fakes.discord_server.places import THREADS, Channel, Message, Origin, User
from tests.fakes.discord_server.refusals import unknown
from tests.fakes.discord_server.world import World

JSON = dict[str, Any]
ANSWER_WITHIN = timedelta(seconds=3)
TOKEN_LIVES = timedelta(minutes=15)

COMMAND, COMPONENT, AUTOCOMPLETE, SUBMIT = 2, 3, 4, 5
MAKES = {1: 20, 2: 23, 3: 23}
"""The kinds of messages that slash commands and menu commands make."""
MESSAGE, THINKING, LATER, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9


@dataclass(slots=True, kw_only=True)
class Interaction:
    """What a person did and what became of it.

    `answer` is the callback type of the first answer, `original` the message it made or belongs to,
    `late` tells that an answer came after three seconds and the person saw the failure notice.
    """

    id: str
    token: str
    kind: int
    user: User
    channel: Channel
    at: datetime
    data: JSON
    source: Message | None = None
    answer: int | None = None
    answered_at: datetime | None = None
    original: Message | None = None
    followups: list[Message] = field(default_factory=list)
    modal: JSON | None = None
    choices: list[JSON] | None = None
    late: bool = False
    taken: bool = False

    @property
    def origin(self) -> Origin:
        """What the messages made by it say of it."""
        makes = MAKES.get(self.data.get("type", 0), 0) if self.kind == COMMAND else 0
        return Origin(id=self.id, kind=self.kind, user=self.user, message_kind=makes)


class Interactions:
    """Makes interactions and finds them again by id and token."""

    def __init__(self, world: World, gateway: Gateway, bell: Bell) -> None:
        self.world = world
        self._gateway = gateway
        self.bell = bell
        self.all: dict[str, Interaction] = {}
        self._by_token: dict[str, Interaction] = {}

    async def begin(
        self, kind: int, user: User, channel: Channel, data: JSON, source: Message | None = None
    ) -> Interaction:
        """A person did something: tell every session of the bot."""
        interaction = Interaction(
            id=self.world.next_id(),
            token=secrets.token_urlsafe(24),
            kind=kind,
            user=user,
            channel=channel,
            at=self.world.clock.now(),
            data=data,
            source=source,
        )
        self.all[interaction.id] = self._by_token[interaction.token] = interaction
        await self._gateway.emit("INTERACTION_CREATE", self._event(interaction), 0)
        return interaction

    def _event(self, one: Interaction) -> JSON:
        world, guild = self.world, self.world.guild_of(one.channel)
        body: JSON = {
            "id": one.id,
            "application_id": world.me.id,
            "type": one.kind,
            "token": one.token,
            "version": 1,
            "channel_id": one.channel.id,
            "channel": world.channel_json(one.channel),
            "data": one.data,
            "locale": "en-US",
            "entitlements": [],
            "authorizing_integration_owners": {"0": guild.id if guild else "0"},
            "context": 0 if guild else 1,
            "attachment_size_limit": payloads.FILE_LIMIT,
            "app_permissions": str(world.rights_in(one.channel, world.me)),
        }
        if one.source is not None:
            body["message"] = world.message_json(one.source)
        if guild is None:
            return body | {"user": payloads.user(one.user)}
        bits = world.rights_in(one.channel, one.user)
        body["channel"]["permissions"] = str(bits)
        return body | {
            "guild_id": guild.id,
            "guild_locale": "en-US",
            "guild": {"id": guild.id, "locale": "en-US", "features": []},
            "member": payloads.member(guild.members[one.user.id], bits),
        }

    def by_token(self, token: str) -> Interaction:
        """The interaction of a webhook token; Refusal 10015 when it was never answered."""
        one = self._by_token.get(token)
        if one is None or one.answer is None:
            raise unknown("Webhook")
        return one

    def expired(self, one: Interaction) -> bool:
        """Its token has died."""
        return self.world.clock.now() - one.at > TOKEN_LIVES

    def in_time(self, one: Interaction) -> bool:
        """It can still be answered."""
        return self.world.clock.now() - one.at <= ANSWER_WITHIN


def partial(world: World, channel: Channel) -> JSON:
    """A channel as it stands in an interaction's resolved data."""
    body: JSON = {
        "id": channel.id,
        "name": channel.name,
        "type": channel.kind,
        "permissions": "0",
        "parent_id": channel.parent_id,
    }
    if channel.kind in THREADS:
        body["thread_metadata"] = world.channel_json(channel)["thread_metadata"]
    return body
