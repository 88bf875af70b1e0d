"""Who may act: the accounts of the configuration, unless Slack says that it is a guest or a bot."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from typing import Final

from adapters.slack.api.client import SlackClient
from adapters.slack.events.payloads import Json, part, text, true
from bot.domain.people import Person
from bot.errors import Fault, PermanentError, TemporaryError, UserError

log = logging.getLogger(__name__)

# A gesture waits so long to learn about its account, the first time.
PATIENCE_SECONDS: Final = 1.0
_BARS: Final = (
    ("is_bot", "a bot"),
    ("is_workflow_bot", "a bot"),
    ("is_ultra_restricted", "a guest"),
    ("is_restricted", "a guest"),
    ("is_stranger", "of another organisation"),
    ("deleted", "deactivated"),
)


class People:
    """The team's Slack accounts and their keys; what Slack knows of each is asked once."""

    def __init__(self, client: SlackClient, people: Iterable[Person], surface: str) -> None:
        self._client = client
        self.keys = {p.accounts[surface]: p.key for p in people if surface in p.accounts}
        self._bars: dict[str, str] = {}
        self.bot = ""
        self.home = ""

    def introduce(self, bot: str, home: str = "") -> None:
        """We are that account; `home` is the workspace's address, with its slash."""
        self.bot = bot or self.bot
        self.home = home or self.home

    def known(self, account: str) -> bool:
        """Whether the account is somebody of the team."""
        return account in self.keys

    async def admit(self, account: str) -> None:
        """UserError when the account is one that may do nothing, whatever was configured for it.

        While Slack cannot be asked, the configuration counts.
        """
        if account not in self.keys:
            return
        if account not in self._bars:
            await self._ask(account)
        if bar := self._bars.get(account):
            raise UserError(
                f"Your account is {bar}, so you cannot do that.",
                code="nobody",
                hint="Only full members of the workspace can have a role here.",
            )

    def learn(self, user: Json) -> None:
        """What Slack says of somebody now (a user object)."""
        account = text(user, "id")
        if account in self.keys:
            self._bars[account] = bar_of(user)

    def permalink(self, channel: str, ts: str, thread: str) -> str:
        """The address of a message, made without asking; empty as long as ours is unknown."""
        if not (self.home and ts):
            return ""
        link = f"{self.home}archives/{channel}/p{ts.replace('.', '')}"
        return f"{link}?thread_ts={thread}&cid={channel}" if thread and thread != ts else link

    async def _ask(self, account: str) -> None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                self.learn(part(await self._client.call("users.info", user=account), "user"))
        except PermanentError as error:
            if error.fault is not Fault.CREDENTIAL:
                # Asked again after a restart: the doctor names what is to be mended.
                self._bars[account] = ""
            log.warning("Slack says nothing of somebody of [people]", extra={"why": error.words})
        except (TemporaryError, TimeoutError):
            log.info("Slack could not be asked about somebody")


def bar_of(user: Json) -> str:
    """Why somebody may do nothing here; empty for a full member."""
    return next((words for flag, words in _BARS if true(user, flag)), "")
