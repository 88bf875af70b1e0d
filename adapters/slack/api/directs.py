"""Direct conversations: known to the service by the person, to Slack by a channel's id (`D…`)."""

from __future__ import annotations

from typing import Final

from adapters.slack.api.client import SlackClient
from adapters.slack.api.faults import troubled
from bot.domain.threads import Space

_OPEN: Final = "conversations.open"
_MANY: Final = 2000


class Directs:
    """Finds the channel of a conversation, whose id Slack never changes.

    https://docs.slack.dev/reference/methods/conversations.open
    """

    def __init__(self, client: SlackClient) -> None:
        self._client = client
        self._known: dict[str, str] = {}

    async def channel(self, place: Space) -> str:
        """Slack's id of a channel, or of the direct conversation with somebody."""
        if not place.direct:
            return place.id
        known = self._known.get(place.account) or await self._opened(place.account)
        if len(self._known) < _MANY:
            self._known[place.account] = known
        return known

    async def _opened(self, account: str) -> str:
        answer = await self._client.call(_OPEN, users=account)
        channel = str((answer.get("channel") or {}).get("id", ""))
        if not channel:
            raise troubled(_OPEN, "the answer names no channel")
        return channel
