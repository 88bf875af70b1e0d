"""The answer to the person who asked: seen by them alone, where they look."""

from __future__ import annotations

import logging
from typing import Final
from urllib.parse import urlsplit

import aiohttp

from adapters.slack.api.client import SlackClient
from adapters.slack.api.faults import DRAWINGS
from adapters.slack.drawing.blocks import card_blocks, plain_blocks
from adapters.slack.drawing.texts import notification
from adapters.slack.drawing.workspace import Json, Workspace
from adapters.slack.gestures.naming import Naming
from adapters.slack.gestures.occasions import Occasion, is_direct
from adapters.slack.settings import SlackSettings
from adapters.slack.surface import SlackSurface
from bot.cards import Card, Plain, Tone
from bot.errors import Fault, PermanentError, TemporaryError

log = logging.getLogger(__name__)

# Where response_urls lead; no words go to any other host than these and the API's own.
_HOSTS: Final = ("slack.com", "slack-gov.com")


class Answers:
    """Brings cards to one person: into their channel or thread, else as a direct message."""

    def __init__(
        self,
        client: SlackClient,
        surface: SlackSurface,
        workspace: Workspace,
        settings: SlackSettings,
    ) -> None:
        self._client = client
        self._surface = surface
        self._workspace = workspace
        self._api = urlsplit(settings.api_url)
        self.naming = Naming(settings.commands)

    async def tell(self, occasion: Occasion, card: Card) -> None:
        """Show the card by the first way that works; the last one is a direct message.

        An answer to the gesture's own address would leave the thread that it belongs into.
        """
        ours = self.naming.card(card)
        ways = [self._responded, self._whispered]
        if occasion.inside and not occasion.hidden:
            ways.reverse()
        for way in ways:
            if await way(occasion, ours):
                return
        ref, key = occasion.ref, f"answer:{occasion.key}"
        if occasion.inside and ref is not None and ref.place.direct:
            # There only they see it, and it stays with what it is about.
            await self._surface.post(ref, ours, key)
        else:
            await self._surface.direct(occasion.account, ours, key)

    async def say(self, occasion: Occasion, words: str, tone: Tone = Tone.WARNING) -> None:
        """The same for plain words."""
        await self.tell(
            occasion, Card(title="", fallback=words[:150], tone=tone, status=(Plain(words),))
        )

    async def _responded(self, occasion: Occasion, card: Card) -> bool:
        """By the gesture's own address."""
        if not occasion.response_url:
            return False
        body = {
            "response_type": "ephemeral",
            "replace_original": occasion.hidden,
            "text": notification(card),
        }
        for blocks in (card_blocks(card, self._workspace), plain_blocks(card)):
            if await self._respond(occasion.response_url, {**body, "blocks": blocks}):
                return True
        return False

    async def _respond(self, url: str, body: Json) -> bool:
        session = self._client.web.session
        if session is None or not self._is_slack(url):
            return False
        try:
            async with session.post(url, json=body, allow_redirects=False) as answer:
                return answer.status == 200
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            words = f"no answer was taken ({type(error).__name__})"
            raise TemporaryError(words) from error

    def _is_slack(self, url: str) -> bool:
        there = urlsplit(url)
        if (there.scheme, there.netloc) == (self._api.scheme, self._api.netloc):
            return True
        host = there.hostname or ""
        return there.scheme == "https" and any(
            host == known or host.endswith(f".{known}") for known in _HOSTS
        )

    async def _whispered(self, occasion: Occasion, card: Card) -> bool:
        """As an ephemeral message; False when they are not in the channel, or we are not."""
        if not occasion.channel or is_direct(occasion.channel):
            return False
        for blocks in (card_blocks(card, self._workspace), plain_blocks(card)):
            try:
                await self._whisper(occasion, notification(card), blocks)
            except PermanentError as error:
                if error.fault is Fault.CREDENTIAL:
                    raise
                log.info("an answer goes another way", extra={"why": error.words})
                if error.code not in DRAWINGS:
                    return False
            else:
                return True
        return False

    async def _whisper(self, occasion: Occasion, words: str, blocks: list[Json]) -> None:
        await self._client.call(
            "chat.postEphemeral",
            channel=occasion.channel,
            user=occasion.account,
            thread_ts=occasion.thread if occasion.inside else None,
            text=words,
            blocks=blocks,
        )
