"""Somebody's App Home: published when they open it, and again after what they did."""

from __future__ import annotations

import logging
from collections import OrderedDict
from typing import Final

from adapters.slack.api.client import SlackClient
from adapters.slack.drawing.views import card_view, home_view
from adapters.slack.drawing.workspace import Workspace
from adapters.slack.events.background import Background
from adapters.slack.events.payloads import Json, text
from adapters.slack.gestures.dispatcher import Dispatcher
from adapters.slack.gestures.occasions import SURFACE
from adapters.slack.gestures.people import People
from bot.commands.call import refusal
from bot.errors import PermanentError, Refused

log = logging.getLogger(__name__)

# So many homes that were opened last are kept fresh.
MOST: Final = 500
_CONFLICT: Final = "hash_conflict"


class Homes:
    """Publishes homes, one publication at a time for each person."""

    def __init__(
        self,
        client: SlackClient,
        dispatcher: Dispatcher,
        people: People,
        background: Background,
        workspace: Workspace,
    ) -> None:
        self._client = client
        self._dispatcher = dispatcher
        self._people = people
        self._background = background
        self._workspace = workspace
        # The hash of what was published last, by account; those opened last stand at the end.
        self._hashes: OrderedDict[str, str] = OrderedDict()
        self._due: set[str] = set()

    async def visited(self, event: Json) -> None:
        """Somebody opened the app; on its other tab there is nothing to draw."""
        if text(event, "tab") == "home":
            self.opened(text(event, "user"), text(event, "view", "hash"))

    def opened(self, account: str, hash_: str) -> None:
        """Somebody looks at it now; `hash_` names what they see."""
        self._hashes[account] = hash_
        self._hashes.move_to_end(account)
        if len(self._hashes) > MOST:
            self._hashes.popitem(last=False)
        self.refresh(account)

    def refresh(self, account: str) -> None:
        """Show what is so now, to somebody who has looked; what is asked meanwhile is one more."""
        if account in self._hashes and account not in self._due:
            self._due.add(account)
            self._background.begin("home", self._publish(account), lane=f"home:{account}")

    async def _publish(self, account: str) -> None:
        # From here on a change needs a publication of its own.
        self._due.discard(account)
        view = await self._view(account)
        try:
            await self._put(account, view, self._hashes.get(account, ""))
        except PermanentError as error:
            if error.code != _CONFLICT:
                raise
            await self._put(account, await self._view(account), "")

    async def _put(self, account: str, view: Json, hash_: str) -> None:
        answer = await self._client.call(
            "views.publish", user_id=account, view=view, hash=hash_ or None
        )
        if account in self._hashes:
            self._hashes[account] = text(answer, "view", "hash")

    async def _view(self, account: str) -> Json:
        try:
            await self._people.admit(account)
            home = await self._dispatcher.home(SURFACE, account)
        except Refused as refused:
            card = refusal(refused).card
            blocks = card_view(card, self._workspace)["blocks"] if card else []
            return {"type": "home", "blocks": blocks}
        return home_view(home, self._workspace)
