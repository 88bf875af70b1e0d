"""Mixed load on the real doors: mail by SMTP, alerts by HTTP, people who talk in Slack."""

from __future__ import annotations

import asyncio
import itertools
import random
import re
from collections import defaultdict
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from typing import Final

import aiohttp
import aiosmtplib

from tests.crash.service import DESKS, SERVICES, TALKED_OVER, TOKEN, Service
from tests.crash.slack import PEOPLE, Slack

PAUSE: Final = 0.05
# A service greets so many strangers an hour, and no more: the judge wants each mail to be thanked.
MOST_MAILS: Final = 400
# As much as Slack takes, with the budgets of posts and edits that each life begins with.
MAIL_EVERY: Final = 0.05
ALERT_EVERY: Final = 0.05
NOTE_EVERY: Final = 0.8
GROUP: Final = 20
# People talk about what came lately.
LATEST: Final = 4
NUMBER: Final = re.compile(rf"{TALKED_OVER[:3].upper()}-\d+")


@dataclass(slots=True)
class Accepted:
    """What the service said it has, and what was said in Slack: the truth the judge starts from.

    `notes` are the words of each ticket's thread, by the `ts` at which Slack showed them.
    """

    mails: list[str] = field(default_factory=list)
    alerts: list[str] = field(default_factory=list)
    notes: defaultdict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))

    def counts(self) -> dict[str, int]:
        """How many of each."""
        notes = sum(map(len, self.notes.values()))
        return {"mails": len(self.mails), "alerts": len(self.alerts), "notes": notes}


class Load:
    """Offers work until told to stop; what is not accepted is offered again, as real senders do."""

    def __init__(self, service: Service, slack: Slack, luck: random.Random) -> None:
        self._service = service
        self._slack = slack
        self._luck = luck
        self._stopped = asyncio.Event()
        self._ended = asyncio.Event()
        self._serial = itertools.count(1)
        self.accepted = Accepted()

    async def end(self) -> None:
        """Offer nothing new; what is under way is brought to its end."""
        self._stopped.set()
        await self._ended.wait()

    async def run(self) -> None:
        """Offer everything at once."""
        people = map(self._agent, PEOPLE)
        await asyncio.gather(self._customers(), self._monitoring(), *people)
        self._ended.set()

    # ------------------------------------------------------------ customers

    async def _customers(self) -> None:
        for number in range(1, MOST_MAILS + 1):
            await asyncio.sleep(MAIL_EVERY)
            if self._stopped.is_set():
                return
            token = f"mail-{number:05d}"
            desk = f"{DESKS[number % len(DESKS)]}@shop.example"
            while not await self._send(token, desk):  # noqa: ASYNC110 - as senders do
                await asyncio.sleep(PAUSE)
            self.accepted.mails.append(token)

    async def _send(self, token: str, desk: str) -> bool:
        sender = f"{token}@customer.example"
        message = EmailMessage(policy=SMTP)
        message["From"] = sender
        message["To"] = desk
        message["Subject"] = f"Question {token}"
        message["Message-ID"] = f"<{sender}>"
        message.set_content(f"Words of {token}.")
        try:
            await aiosmtplib.send(
                message,
                sender=sender,
                recipients=[desk],
                hostname="127.0.0.1",
                port=self._service.smtp,
                start_tls=False,
                timeout=5,
            )
        except (aiosmtplib.SMTPException, OSError, TimeoutError):
            return False
        return True

    # ------------------------------------------------------------ monitoring

    async def _monitoring(self) -> None:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
            for number in itertools.count(1):
                await asyncio.sleep(ALERT_EVERY)
                if self._stopped.is_set():
                    return
                token = f"alert-{number:05d}"
                while not await self._fire(session, token, number // GROUP):  # noqa: ASYNC110 - as senders do
                    await asyncio.sleep(PAUSE)
                self.accepted.alerts.append(token)

    async def _fire(self, session: aiohttp.ClientSession, token: str, group: int) -> bool:
        service = SERVICES[group % len(SERVICES)]
        body = {
            "title": f"Trouble {token}",
            "status": "firing",
            "fingerprint": token,
            "group": f"group-{group}",
        }
        url = f"{self._service.url}/in/generic/{TOKEN}{service}"
        try:
            async with session.post(url, json=body) as answer:
                return answer.status < 300
        except (aiohttp.ClientError, OSError, TimeoutError):
            return False

    # ------------------------------------------------------------ the team

    async def _agent(self, name: str) -> None:
        """Words in threads, whether the service is up or not: Slack brings them again."""
        while not self._stopped.is_set():
            await asyncio.sleep(self._luck.uniform(0, 2 * NOTE_EVERY))
            cards = [c for c in await self._slack.cards(TALKED_OVER) if NUMBER.search(c["text"])]
            if not cards:
                continue
            card = self._luck.choice(cards[-LATEST:])
            token = f"note-{next(self._serial):05d}"
            ts = await self._slack.says(name, TALKED_OVER, f"It was {token}.", card["ts"])
            number = NUMBER.search(card["text"])
            assert number is not None
            self.accepted.notes[number.group()][ts] = token
