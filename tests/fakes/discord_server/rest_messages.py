"""The bot's calls about messages, reactions and direct channels."""

from __future__ import annotations

from typing import Any

from tests.fakes.discord_server import payloads, rights
from tests.fakes.discord_server.door import Call, Handler
from tests.fakes.discord_server.payloads import nonce_of
from tests.fakes.discord_server.places import SUPPRESS_EMBEDS, Channel, Message
from tests.fakes.discord_server.posting import Draft, Posting
from tests.fakes.discord_server.refusals import (
    Refusal,
    archived,
    cannot_send_to_user,
    missing_access,
    missing_permissions,
    not_the_author,
    unknown,
)
from tests.fakes.discord_server.world import World

MESSAGES = "/channels/{channel_id}/messages"
MESSAGE = MESSAGES + "/{message_id}"
REACTION = MESSAGE + "/reactions/{emoji}"


class MessageCalls:
    """Handlers by route; each answers as Discord answers the bot."""

    def __init__(self, world: World, posting: Posting) -> None:
        self._world = world
        self._posting = posting

    def routes(self) -> dict[str, Handler]:
        """The table of routes."""
        return {
            f"POST {MESSAGES}": self.create,
            f"GET {MESSAGES}": self.list,
            f"GET {MESSAGE}": self.get,
            f"PATCH {MESSAGE}": self.edit,
            f"DELETE {MESSAGE}": self.delete,
            f"PUT {REACTION}/@me": self.react,
            f"DELETE {REACTION}/@me": self.unreact,
            f"GET {REACTION}": self.reactions,
            "POST /channels/{channel_id}/typing": self.typing,
            f"PUT {MESSAGES}/pins/{{message_id}}": self.pin,
            "PUT /channels/{channel_id}/pins/{message_id}": self.pin,
            "POST /users/@me/channels": self.open_dm,
        }

    async def create(self, call: Call) -> Any:
        """Post a message; a repeated nonce gives the first one back."""
        channel = self._world.channel_for_me(call.path["channel_id"])
        self._check_reach(channel, call)
        draft = Draft(author=self._world.me, body=call.body, files=call.files)
        message = await self._posting.send(channel, draft)
        return self._world.message_json(message) | nonce_of(message)

    def _check_reach(self, channel: Channel, call: Call) -> None:
        if channel.recipient is not None and not channel.recipient.dms_open:
            raise cannot_send_to_user()
        bits = self._world.rights_in(channel, self._world.me)
        if call.files and not bits & rights.ATTACH_FILES:
            raise missing_permissions()

    async def list(self, call: Call) -> Any:
        """The history around a point, newest first; at most 100."""
        channel = self._world.channel_for_me(call.path["channel_id"])
        if not self._world.rights_in(channel, self._world.me) & rights.READ_MESSAGE_HISTORY:
            raise missing_access()
        limit = int(call.query.get("limit", 50))
        if not 1 <= limit <= 100:
            raise Refusal(400, 50035, "Invalid Form Body")
        chosen = _page(self._world.history(channel), call.query, limit)
        return [self._read(message) for message in reversed(chosen)]

    def _read(self, message: Message) -> dict[str, Any]:
        return self._world.readable(message, content=self._world.message_content)

    async def get(self, call: Call) -> Any:
        """One message."""
        return self._read(self._found(call)[1])

    async def edit(self, call: Call) -> Any:
        """Change the bot's own message; of another's only the embeds can be suppressed."""
        channel, message = self._found(call)
        if channel.talk is not None and channel.talk.archived:
            raise archived()
        if message.author is not self._world.me:
            self._check_suppression(channel, call)
        await self._posting.edit(message, call.body, call.files)
        return self._world.message_json(message)

    def _check_suppression(self, channel: Channel, call: Call) -> None:
        if set(call.body) - {"flags"} or int(call.body.get("flags") or 0) & ~SUPPRESS_EMBEDS:
            raise not_the_author()
        if not self._world.rights_in(channel, self._world.me) & rights.MANAGE_MESSAGES:
            raise missing_permissions()

    async def delete(self, call: Call) -> Any:
        """Delete the bot's own message, or another's with the right to manage messages."""
        channel, message = self._found(call)
        if channel.talk is not None and channel.talk.archived:
            raise archived()
        may = self._world.rights_in(channel, self._world.me) & rights.MANAGE_MESSAGES
        if message.author is not self._world.me and not may:
            raise missing_permissions()
        await self._posting.delete(message)

    async def react(self, call: Call) -> Any:
        """Add the bot's reaction."""
        channel, message = self._found(call)
        if channel.talk is not None and channel.talk.archived:
            raise archived()
        if not self._world.rights_in(channel, self._world.me) & rights.ADD_REACTIONS:
            raise missing_permissions()
        await self._posting.react(message, self._world.me, call.path["emoji"])

    async def unreact(self, call: Call) -> Any:
        """Take the bot's reaction back."""
        await self._posting.unreact(self._found(call)[1], self._world.me, call.path["emoji"])

    async def reactions(self, call: Call) -> Any:
        """Who reacted with an emoji."""
        message = self._found(call)[1]
        who = message.reactions.get(call.path["emoji"], [])
        return [payloads.user(self._world.users[each]) for each in who]

    async def typing(self, call: Call) -> Any:
        """The bot shows that it writes."""
        self._world.channel_for_me(call.path["channel_id"])

    async def pin(self, call: Call) -> Any:
        """Pin a message; needs its own permission."""
        channel, message = self._found(call)
        if not self._world.rights_in(channel, self._world.me) & rights.PIN_MESSAGES:
            raise missing_permissions()
        message.pinned = True

    async def open_dm(self, call: Call) -> Any:
        """The direct channel with a user: opened also when they take no messages."""
        user = self._world.users.get(str(call.body["recipient_id"]))
        if user is None:
            raise unknown("User")
        return self._world.channel_json(self._world.dm(user))

    def _found(self, call: Call) -> tuple[Channel, Message]:
        channel = self._world.channel_for_me(call.path["channel_id"])
        return channel, self._world.message_for_me(channel, call.path["message_id"])


def _page(history: list[Message], query: Any, limit: int) -> list[Message]:
    """The part of a history (oldest first) that a query asks for, oldest first."""
    if "after" in query:
        later = [one for one in history if int(one.id) > int(query["after"])]
        return later[:limit]
    if "around" in query:
        middle = sum(int(one.id) < int(query["around"]) for one in history)
        return history[max(0, middle - limit // 2) :][:limit]
    before = int(query.get("before", 1 << 63))
    return [one for one in history if int(one.id) < before][-limit:]
