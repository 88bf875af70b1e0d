"""What happens in the workspace itself: channels that go, people who change, tokens revoked."""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import Final

from adapters.slack.events.payloads import Json, part, text
from adapters.slack.gestures.dispatcher import Around
from adapters.slack.gestures.people import People
from bot.errors import TemporaryError

log = logging.getLogger(__name__)

REVOKED: Final = "Slack has revoked our token"
_REINSTALL: Final = (
    "Mail, pages by other ways and the console go on. Install the app again, put its new tokens "
    "into [slack], and restart."
)


class Notices:
    """Tells the operators what only they can mend; `channels` are those of desks and services."""

    def __init__(self, people: People, around: Around, channels: Collection[str]) -> None:
        self._people = people
        self._around = around
        self._channels = channels

    async def channel_gone(self, event: Json) -> None:
        """A channel was archived or deleted."""
        channel = text(event, "channel")
        if channel in self._channels:
            what = "archived" if text(event, "type") == "channel_archive" else "deleted"
            await self._around.tell(
                f"slack:{what}:{channel}",
                f"⚠️ Slack channel {channel} was {what}",
                "Desks or services post there. Bring it back, or give them another channel in the "
                "configuration. Until then their cards are on the console only.",
            )

    async def renamed(self, event: Json) -> None:
        """A channel has another name: only its id counts, so nothing changes."""
        log.debug("a channel was renamed", extra={"channel": text(event, "channel", "id")})

    async def joined(self, event: Json) -> None:
        """Somebody came into a channel; when it is us, nobody needs a greeting."""
        if text(event, "user") == self._people.bot:
            log.info("invited into a channel", extra={"channel": text(event, "channel")})

    async def person_changed(self, event: Json) -> None:
        """Somebody's account changed: they may be a guest now, or gone."""
        self._people.learn(part(event, "user"))

    async def revoked(self, event: Json) -> None:
        """Our token is worth nothing any more, or the app was removed."""
        if text(event, "type") == "app_uninstalled" or part(event, "tokens").get("bot"):
            log.error("Slack has revoked the token")
            await self._tell_refused(REVOKED)

    async def refused(self, words: str) -> None:
        """Slack does not take our credentials."""
        log.error("Slack does not take our credentials", extra={"why": words})
        await self._tell_refused(f"Slack: {words}")

    async def _tell_refused(self, words: str) -> None:
        """Tell it, or have it told the next time, when the database is away as well."""
        try:
            await self._around.tell("slack:refused", f"🔴 {words}", _REINSTALL)
        except TemporaryError as error:
            log.warning("the operators are not told yet", extra={"why": error.words})
