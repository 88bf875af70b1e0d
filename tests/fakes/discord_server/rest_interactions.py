"""The bot's answers to interactions: the first one, its later edits, and follow-ups."""

from __future__ import annotations

from typing import Any

from tests.fakes.discord_server.door import Call, Handler
from tests.fakes.discord_server.form_limits import check_choices, check_modal
from tests.fakes.discord_server.interactions import (
    AUTOCOMPLETE,
    CHOICES,
    COMPONENT,
    LATER,
    MESSAGE,
    MODAL,
    SUBMIT,
    THINKING,
    UPDATE,
    Interaction,
    Interactions,
)
from tests.fakes.discord_server.places import EPHEMERAL, LOADING, Message
from tests.fakes.discord_server.posting import Draft, Posting
from tests.fakes.discord_server.refusals import (
    Refusal,
    already_acknowledged,
    expired_token,
    invalid,
    unknown,
)

JSON = dict[str, Any]
WEBHOOK = "/webhooks/{webhook_id}/{webhook_token}"
SENT = WEBHOOK + "/messages/{message_id}"


class InteractionCalls:
    """Handlers by route; none of them needs the bot's token."""

    def __init__(self, interactions: Interactions, posting: Posting) -> None:
        self._interactions = interactions
        self._posting = posting

    def routes(self) -> dict[str, Handler]:
        """The table of routes."""
        return {
            "POST /interactions/{interaction_id}/{webhook_token}/callback": self.callback,
            f"POST {WEBHOOK}": self.follow_up,
            f"GET {SENT}": self.get,
            f"PATCH {SENT}": self.edit,
            f"DELETE {SENT}": self.delete,
        }

    # -- the first answer ----------------------------------------------------------------------

    async def callback(self, call: Call) -> Any:
        """Answer once, within three seconds, in a way this kind of interaction allows."""
        one = self._interactions.all.get(call.path["interaction_id"])
        if one is None or one.token != call.path["webhook_token"]:
            raise unknown("Interaction")
        if one.taken:
            raise already_acknowledged()
        if not self._interactions.in_time(one):
            one.late = True
            raise unknown("Interaction")
        kind, data = int(call.body["type"]), call.body.get("data") or {}
        if kind not in _allowed(one):
            raise invalid("type", "BASE_TYPE_CHOICES", f"Value must be one of {_allowed(one)}.")
        one.taken = True
        try:
            await self._take(one, kind, data, call)
        except Refusal:
            one.taken = False
            raise
        one.answer, one.answered_at = kind, self._interactions.world.clock.now()
        return _told(one, self._interactions) if call.query.get("with_response") else None

    async def _take(self, one: Interaction, kind: int, data: JSON, call: Call) -> None:
        if kind == MODAL:
            check_modal(data)
            one.modal = data
        elif kind == CHOICES:
            check_choices(data.get("choices") or [])
            one.choices = list(data.get("choices") or [])
        elif kind == MESSAGE:
            one.original = await self._write(one, data, call)
        elif kind == THINKING:
            one.original = await self._think(one, data)
        else:
            one.original = one.source
            if kind == UPDATE and one.source is not None:
                await self._posting.edit(one.source, data, call.files)

    async def _write(self, one: Interaction, data: JSON, call: Call) -> Message:
        message = self._posting.compose(one.channel, self._draft(one, data, call))
        await self._posting.keep(message)
        return message

    def _draft(self, one: Interaction, data: JSON, call: Call) -> Draft:
        hidden = int(data.get("flags") or 0) & EPHEMERAL
        return Draft(
            author=self._interactions.world.me,
            body=data,
            files=call.files,
            flags=hidden,
            ephemeral_to=one.user.id if hidden else None,
            origin=one.origin,
        )

    async def _think(self, one: Interaction, data: JSON) -> Message:
        hidden = int(data.get("flags") or 0) & EPHEMERAL
        world = self._interactions.world
        message = Message(
            id=world.next_id(),
            channel_id=one.channel.id,
            author=world.me,
            at=world.clock.now(),
            kind=one.origin.message_kind,
            flags=LOADING | hidden,
            ephemeral_to=one.user.id if hidden else None,
            origin=one.origin,
        )
        await self._posting.keep(message)
        return message

    # -- afterwards ----------------------------------------------------------------------------

    async def follow_up(self, call: Call) -> Any:
        """A further message; the first one after "thinking" takes its place."""
        one = self._live(call)
        if one.original is not None and one.original.flags & LOADING:
            await self._settle(one.original, call)
            return self._posting.world.message_json(one.original)
        message = await self._write(one, call.body, call)
        one.followups.append(message)
        return self._posting.world.message_json(message)

    async def get(self, call: Call) -> Any:
        """A message this interaction made."""
        return self._posting.world.message_json(self._made(call))

    async def edit(self, call: Call) -> Any:
        """Change a message this interaction made; a result after "thinking" comes this way."""
        message = self._made(call)
        await self._settle(message, call)
        return self._posting.world.message_json(message)

    async def _settle(self, message: Message, call: Call) -> None:
        loading = message.flags & LOADING
        await self._posting.edit(message, call.body, call.files)
        if loading:
            message.edits, message.edited_at = 0, None

    async def delete(self, call: Call) -> Any:
        """Take away a message this interaction made."""
        one, message = self._live(call), self._made(call)
        await self._posting.delete(message)
        if message in one.followups:
            one.followups.remove(message)
        elif one.original is message:
            one.original = None

    def _live(self, call: Call) -> Interaction:
        one = self._interactions.by_token(call.path["webhook_token"])
        if self._interactions.expired(one):
            raise expired_token()
        if call.path["webhook_id"] != self._interactions.world.me.id:
            raise unknown("Webhook")
        return one

    def _made(self, call: Call) -> Message:
        one, wanted = self._live(call), call.path["message_id"]
        for message in [one.original, *one.followups]:
            known = message is not None and message.id in self._posting.world.messages.get(
                message.channel_id, {}
            )
            is_it = wanted == "@original" and message is one.original
            if message is not None and known and (is_it or message.id == wanted):
                return message
        raise unknown("Message")


def _allowed(one: Interaction) -> tuple[int, ...]:
    if one.kind == AUTOCOMPLETE:
        return (CHOICES,)
    answers: tuple[int, ...] = (MESSAGE, THINKING)
    if one.kind == COMPONENT or (one.kind == SUBMIT and one.source is not None):
        answers += (LATER, UPDATE)
    return answers if one.kind == SUBMIT else (*answers, MODAL)


def _told(one: Interaction, interactions: Interactions) -> JSON:
    told: JSON = {"interaction": {"id": one.id, "type": one.kind}}
    if one.answer in {MESSAGE, THINKING} and one.original is not None:
        told["interaction"] |= {
            "response_message_id": one.original.id,
            "response_message_loading": one.answer == THINKING,
            "response_message_ephemeral": one.original.ephemeral,
        }
        message = interactions.world.message_json(one.original)
        told["resource"] = {"type": one.answer, "message": message}
    elif one.answer == UPDATE and one.original is not None:
        message = interactions.world.message_json(one.original)
        told["resource"] = {"type": one.answer, "message": message}
    else:
        told["resource"] = {"type": one.answer}
    return told
