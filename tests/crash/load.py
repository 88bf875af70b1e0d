"""Mixed load on the real doors: customers by SMTP, monitoring by HTTP, an agent on the console."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP

import aiohttp
import aiosmtplib

PAUSE = 0.05
# A desk greets so many strangers an hour, and no more: the judge wants each mail to be thanked.
MOST_MAILS = 400
TOKEN = "0123456789abcdef0123"


@dataclass(slots=True)
class Accepted:
    """What the service said it has: the only truth the judge starts from."""

    mails: list[str] = field(default_factory=list)
    alerts: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """How many of each."""
        return {"mails": len(self.mails), "alerts": len(self.alerts), "notes": len(self.notes)}


class Load:
    """Offers work until told to stop; what is not accepted is offered again, as real senders do."""

    def __init__(self, smtp: int, http: int, sign_in: Callable[[], str]) -> None:
        self._smtp = smtp
        self._url = f"http://127.0.0.1:{http}"
        self._sign_in = sign_in
        self._stopped = asyncio.Event()
        self.accepted = Accepted()

    def stop(self) -> None:
        """Offer nothing new; what is under way is brought to its end."""
        self._stopped.set()

    async def run(self) -> None:
        """Offer everything at once."""
        await asyncio.gather(self._customers(), self._monitoring(), self._agent())

    async def _customers(self) -> None:
        for number in range(1, MOST_MAILS + 1):
            if self._stopped.is_set():
                return
            token = f"mail-{number:05d}"
            message = EmailMessage(policy=SMTP)
            message["From"] = f"{token}@customer.example"
            message["To"] = "support@shop.example"
            message["Subject"] = f"Question {token}"
            message["Message-ID"] = f"<{token}@customer.example>"
            message.set_content(f"Words of {token}.")
            while not await self._send(message, f"{token}@customer.example"):  # noqa: ASYNC110 - as senders do
                await asyncio.sleep(PAUSE)
            self.accepted.mails.append(token)

    async def _send(self, message: EmailMessage, sender: str) -> bool:
        try:
            await aiosmtplib.send(
                message,
                sender=sender,
                recipients=["support@shop.example"],
                hostname="127.0.0.1",
                port=self._smtp,
                start_tls=False,
                timeout=5,
            )
        except (aiosmtplib.SMTPException, OSError, TimeoutError):
            return False
        return True

    async def _monitoring(self) -> None:
        for number in itertools.count(1):
            if self._stopped.is_set():
                return
            token = f"alert-{number:05d}"
            body = {
                "title": f"Trouble {token}",
                "status": "firing",
                "fingerprint": token,
                "group": f"group-{number // 20}",
            }
            while not await self._post(f"/in/generic/{TOKEN}", body):  # noqa: ASYNC110 - as senders do
                await asyncio.sleep(PAUSE)
            self.accepted.alerts.append(token)

    async def _post(self, path: str, body: object) -> bool:
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session,
                session.post(f"{self._url}{path}", data=json.dumps(body)) as answer,
            ):
                return answer.status < 300
        except (aiohttp.ClientError, OSError, TimeoutError):
            return False

    async def _agent(self) -> None:
        for number in itertools.count(1):
            await asyncio.sleep(PAUSE)
            if self._stopped.is_set():
                return
            token = f"note-{number:05d}"
            if await self._command(f"/ticket note SUP-1 {token}", token):
                self.accepted.notes.append(token)

    async def _command(self, line: str, key: str) -> bool:
        """One gesture: accepted only when the answer says so; it is never repeated by
        the platform.
        """
        headers = {"X-Deskhand": "1", "Origin": self._url}
        jar = aiohttp.CookieJar(unsafe=True)
        try:
            async with aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=5), cookie_jar=jar
            ) as session:
                await session.get(f"{self._url}{self._sign_in()}")
                body = {"line": line, "key": key}
                async with session.post(
                    f"{self._url}/console/api/run", json=body, headers=headers
                ) as answer:
                    return answer.status == 200 and not (await answer.json()).get("refused")
        except (aiohttp.ClientError, OSError, TimeoutError):
            return False
