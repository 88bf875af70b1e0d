"""What the loads send: mails of 4 KB and alerts, all different, made from a seed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from random import Random
from typing import Final

from bench.clients.http import post
from bench.service import DESK, intake_path

MAIL_BYTES: Final = 4096

_WORDS: Final = """
    the invoice order export fails since Monday with a time-out after thirty seconds please look at
    it our accountant waits for four of them and the shop shows an error page instead
"""
_TEXTS: Final = 16
_GROUPS: Final = 20


class Mails:
    """Customers' mails by number; the same seed and number give the same mail."""

    recipient: Final = DESK.encode()

    def __init__(self, seed: int) -> None:
        self._seed = seed
        luck = Random(seed)
        self._texts = [_text(luck) for _ in range(_TEXTS)]
        self._mark = re.compile(rf"bench-{seed}-(\d+)-")

    def numbers_in(self, text: str) -> Iterator[int]:
        """The mails whose subjects stand in the text."""
        return map(int, self._mark.findall(text))

    def sender(self, number: int) -> bytes:
        """The customer who writes it."""
        return b"customer%d@acme.example" % number

    def content(self, number: int) -> bytes:
        """The mail as it stands in a DATA command, with the dot that ends it."""
        sender = self.sender(number).decode()
        mark = f"bench-{self._seed}-{number}-"
        head = (
            f"From: Maria Huber <{sender}>\r\nTo: Shop Support <{DESK}>\r\n"
            f"Subject: Export fails {mark}\r\n"
            f"Message-ID: <{mark}@acme.example>\r\n"
            "Date: Mon, 2 Nov 2026 09:30:00 +0100\r\nMIME-Version: 1.0\r\n"
            "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"
        ).encode()
        return head + self._texts[number % _TEXTS] + b"\r\n.\r\n"


def _text(luck: Random) -> bytes:
    text = "Hello,\r\n\r\n"
    while len(text) < MAIL_BYTES - 400:
        text += " ".join(luck.choices(_WORDS.split(), k=12)) + "\r\n"
    return (text + "\r\nMaria").encode()


class Alerts:
    """Requests with one new firing alert each, by number; kinds are those of the intakes."""

    def __init__(self, kind: str, seed: int) -> None:
        self._path = intake_path(kind)
        self._seed = seed
        self._body = {"generic": self._generic, "alertmanager": self._alertmanager}[kind]

    def request(self, number: int) -> bytes:
        """The bytes of the POST."""
        return post(self._path, json.dumps(self._body(number)).encode())

    def _generic(self, number: int) -> dict[str, object]:
        return {
            "title": f"Disk of db-{number} fills up",
            "status": "firing",
            "fingerprint": f"bench-{self._seed}-{number}",
            "group": f"group-{number % _GROUPS}",
            "severity": "critical",
            "description": "The volume /var will be full in about four hours.",
            "labels": {"instance": f"db-{number}", "job": "node", "cluster": "eu-1"},
        }

    def _alertmanager(self, number: int) -> dict[str, object]:
        labels = {"alertname": "DiskFull", "instance": f"db-{number}", "severity": "critical"}
        alert = {
            "status": "firing",
            "labels": labels,
            "annotations": {"summary": f"Disk of db-{number} fills up"},
            "startsAt": "2026-11-02T08:30:00Z",
            "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "http://prometheus.shop.example/graph?g0.expr=disk",
            "fingerprint": f"{self._seed:08x}{number:08x}",
        }
        group = {"alertname": "DiskFull", "shard": f"{number % _GROUPS}"}
        return {
            "version": "4",
            "groupKey": f'{{}}:{{alertname="DiskFull", shard="{number % _GROUPS}"}}',
            "truncatedAlerts": 0,
            "status": "firing",
            "receiver": "deskhand",
            "groupLabels": group,
            "commonLabels": group,
            "commonAnnotations": {},
            "externalURL": "http://alertmanager.shop.example",
            "alerts": [alert],
        }
