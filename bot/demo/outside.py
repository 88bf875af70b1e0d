"""The outside world of the demonstration: customers who write by SMTP, monitoring that calls the
webhook.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from typing import Final

import aiohttp
import aiosmtplib

from adapters.console.demo import DemoAlert, DemoMail, DemoPerson
from adapters.memory.mailbox import MemoryMailbox
from bot.clock import DemoClock
from bot.demo.world import ALERT_TOKEN, ALERTS, MAILS, SampleMail
from bot.domain.directory import Directory

_TIMEOUT: Final = aiohttp.ClientTimeout(total=30)


class Outside:
    """Plays customers and monitoring against the service's own doors; nothing leaves
    this machine.
    """

    def __init__(self, clock: DemoClock, mailbox: MemoryMailbox) -> None:
        self._clock = clock
        self._mailbox = mailbox
        self._written: list[DemoMail] = []
        self._directory = Directory()
        self._smtp = ("127.0.0.1", 0)
        self._http = ""
        self._moved: Callable[[], None] = lambda: None

    def meet(self, directory: Directory, smtp: str, http: str, moved: Callable[[], None]) -> None:
        """Say where the doors are, once they are open, and whom to tell when the clock
        was pushed.
        """
        host, _, port = smtp.rpartition(":")
        self._directory, self._smtp, self._http = directory, (host, int(port)), http
        self._moved = moved

    # ------------------------------------------------------------ what the console's controls ask

    def people(self) -> Sequence[DemoPerson]:
        """The team and the sample customers."""
        team = [
            DemoPerson(
                name=p.name, role=", ".join(dict.fromkeys(g.role for g in p.grants)), key=p.key
            )
            for p in self._directory.people.values()
        ]
        customers = [DemoPerson(name=m.name, role="customer", address=m.address) for m in MAILS]
        return [*team, *customers]

    def alerts(self) -> Sequence[DemoAlert]:
        """The alerts that can be fired."""
        return [DemoAlert(name=name, title=title) for name, (title, _) in ALERTS.items()]

    def mailbox(self) -> Sequence[DemoMail]:
        """Everything customers wrote and got, oldest first."""
        got = [
            DemoMail(
                to=str(mail.recipient),
                from_=str(mail.sender),
                subject=mail.subject,
                text=mail.text,
                at=mail.date,
                ref=mail.message_id,
            )
            for mail in self._mailbox.mails()
        ]
        return sorted([*self._written, *got], key=lambda mail: mail.at)

    async def write(
        self, from_address: str, to: str, subject: str, text: str, in_reply_to: str
    ) -> None:
        """Send a customer's mail by SMTP; an answer goes to the address its mail asked for."""
        name = next((m.name for m in MAILS if m.address == from_address), "")
        reply_to = next(
            (m.reply_to for m in self._mailbox.mails() if m.message_id == in_reply_to), ""
        )
        mail = SampleMail(name, from_address, subject, text)
        await self._send(mail, reply_to or to, in_reply_to)

    async def fire(self, alert: str) -> None:
        """Fire one alert of that name."""
        await self.post_alerts([self._firing(alert, "eu-west-1")], alert)

    async def push_clock(self, minutes: int) -> None:
        """Move the service's clock forward."""
        self.push(timedelta(minutes=minutes))

    def clock_ahead(self) -> timedelta:
        """How far the clock was pushed."""
        return self._clock.ahead

    # ------------------------------------------------------------ what the story asks

    def push(self, by: timedelta) -> None:
        """Move the clock forward, and let everything that waits look at it."""
        self._clock.push(by)
        self._moved()

    async def send(self, mail: SampleMail) -> None:
        """A new mail to the first desk."""
        desk = next(iter(self._directory.desks.values()))
        await self._send(mail, desk.addresses[0], "")

    async def storm(self, instances: int, status: str = "firing") -> None:
        """Many alerts at once: one group, as Alertmanager sends them."""
        alerts = [
            self._firing("HighErrorRate", f"web-{number}") | {"status": status}
            for number in range(instances)
        ]
        if status == "resolved":
            alerts = [alert | {"endsAt": self._stamp()} for alert in alerts]
        await self.post_alerts(alerts, "HighErrorRate")

    async def post_alerts(self, alerts: Sequence[Mapping[str, object]], group: str) -> None:
        """POST an Alertmanager v4 body to the service's own webhook."""
        firing = any(alert["status"] == "firing" for alert in alerts)
        body = {
            "version": "4",
            "groupKey": f'{{}}:{{alertname="{group}"}}',
            "truncatedAlerts": 0,
            "status": "firing" if firing else "resolved",
            "receiver": "deskhand",
            "groupLabels": {"alertname": group},
            "commonLabels": {"alertname": group},
            "commonAnnotations": {},
            "externalURL": "http://alertmanager.shop.example",
            "alerts": list(alerts),
        }
        url = f"http://{self._http}/in/alertmanager/{ALERT_TOKEN}"
        async with (
            aiohttp.ClientSession(timeout=_TIMEOUT) as session,
            session.post(url, json=body) as response,
        ):
            response.raise_for_status()

    def _firing(self, name: str, instance: str) -> dict[str, object]:
        title, severity = ALERTS[name]
        return {
            "status": "firing",
            "labels": {"alertname": name, "instance": instance, "severity": severity},
            "annotations": {"summary": title, "description": f"seen on {instance}"},
            "startsAt": self._stamp(),
            "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "",
            "fingerprint": f"{abs(hash_of(f'{name}/{instance}')):016x}",
        }

    def _stamp(self) -> str:
        return self._clock.now().isoformat().replace("+00:00", "Z")

    async def _send(self, mail: SampleMail, to: str, in_reply_to: str) -> None:
        now = self._clock.now()
        message = EmailMessage(policy=SMTP)
        message["From"] = f"{mail.name} <{mail.address}>" if mail.name else mail.address
        message["To"] = to
        message["Subject"] = mail.subject
        message["Date"] = format_datetime(now)
        message["Message-ID"] = make_msgid(domain=mail.address.partition("@")[2])
        if in_reply_to:
            message["In-Reply-To"] = message["References"] = f"<{in_reply_to}>"
        message.set_content(mail.text)
        host, port = self._smtp
        await aiosmtplib.send(
            message,
            sender=mail.address,
            recipients=[to],
            hostname=host,
            port=port,
            start_tls=False,
            timeout=30,
        )
        self._written.append(
            DemoMail(
                to=to,
                from_=str(message["From"]),
                subject=mail.subject,
                text=mail.text,
                at=now,
                ref=str(message["Message-ID"]).strip("<>"),
            )
        )


def hash_of(text: str) -> int:
    """A stable 64-bit number of a text, as fingerprints are."""
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = ((value ^ byte) * 0x100000001B3) % 2**64
    return value
