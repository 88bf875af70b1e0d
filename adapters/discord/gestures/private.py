"""Answers to what was typed into a channel: only the person who typed reads them."""

from __future__ import annotations

import logging
from typing import Any, Final

from adapters.discord.api.channels import Channels
from adapters.discord.api.rest import Rest
from adapters.discord.api.routes import route
from adapters.discord.drawing.payloads import allowed, created, once
from adapters.discord.drawing.render import Scene, draw
from adapters.discord.gestures.talk import Said
from bot.cards import Card, Plain
from bot.commands.call import Reply
from bot.commands.forms import offered
from bot.errors import PermanentError, TemporaryError

Json = dict[str, Any]
log = logging.getLogger(__name__)

_DONE: Final = "✅"
_CLOSED: Final = "I cannot write to you: allow direct messages from this server."


class Private:
    """Answers by direct message; a mere yes is a mark on the person's own message."""

    def __init__(self, rest: Rest, channels: Channels, scene: Scene) -> None:
        self._rest = rest
        self._channels = channels
        self._scene = scene

    async def answer(self, said: Said, reply: Reply) -> None:
        """Answer what somebody typed; what cannot be told is logged, since it is done already."""
        try:
            if not (said.guild and _is_mere_yes(reply) and await self._marked(said)):
                await self._write(said, reply)
        except (TemporaryError, PermanentError) as error:
            log.warning("an answer could not be given", extra={"why": error.words})

    async def tell(self, said: Said, reply: Reply) -> None:
        """Answer in words, where no message of the person's is there to be marked."""
        if _is_mere_yes(reply):
            return
        await self.answer(said, reply)

    async def _marked(self, said: Said) -> bool:
        """Mark the message; False where the bot may not."""
        path = "/channels/{channel}/messages/{message}/reactions/{emoji}/@me"
        target = route("PUT", path, channel=said.channel, message=said.id, emoji=_DONE)
        try:
            await self._rest.ask(target)
        except PermanentError as error:
            log.info("a message could not be marked", extra={"why": error.words})
            return False
        return True

    async def _write(self, said: Said, reply: Reply) -> None:
        try:
            channel = await self._channels.direct(said.account)
            await self._send(channel, _card(reply), f"answer:{said.key}")
        except PermanentError:
            if not said.guild:
                raise
            words = reply.card if reply.refused and reply.card is not None else _words(_CLOSED)
            await self._send(said.channel, words, f"answer:{said.key}", to=said.id)

    async def _send(self, channel: str, card: Card, key: str, *, to: str = "") -> None:
        body = once(created(draw(card, self._scene), silent=True), key)
        body["allowed_mentions"] = allowed()
        if to:
            body["message_reference"] = {"message_id": to, "fail_if_not_exists": False}
        await self._rest.ask(route("POST", "/channels/{channel}/messages", channel=channel), body)


def _is_mere_yes(reply: Reply) -> bool:
    card = reply.card
    if card is None or reply.form is not None or reply.refused:
        return False
    return not (card.title or card.blocks or card.fields or card.actions or card.menu)


def _card(reply: Reply) -> Card:
    card = offered(reply.form).card if reply.form is not None else reply.card
    return card or _words("Done.")


def _words(text: str) -> Card:
    return Card(title="", fallback=text, status=(Plain(text),))
