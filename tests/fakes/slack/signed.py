"""HTTP mode: requests to the app's own address, signed with the v0 scheme."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
import uuid
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlencode

import aiohttp

from bot.ports import Clock
from tests.fakes.slack.delivery import NOBODY, TIMEOUT, Parcel
from tests.fakes.slack.record import Ack, Record
from tests.fakes.slack.values import Json

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


@dataclass(slots=True)
class Signed:
    """Posts to `url`. `send` is the raw form, for bodies, times and signatures of a test's own."""

    reasons: ClassVar[dict[str, str]] = {TIMEOUT: "http_timeout", NOBODY: "http_error"}
    record: Record
    clock: Clock
    patience: float
    secret: str
    url: str = ""

    async def deliver(self, parcel: Parcel) -> Ack:
        """Post a payload and read the answer as an acknowledgement."""
        body, content_type = _body(parcel)
        headers = {}
        if parcel.attempt:
            headers["X-Slack-Retry-Num"] = str(parcel.attempt)
            headers["X-Slack-Retry-Reason"] = parcel.reason
        since = time.monotonic()
        status, text, error = 0, "", NOBODY
        try:
            status, text = await self.send(body, content_type, headers=headers)
            taken = status == 200 or (parcel.kind == "events_api" and 200 <= status < 300)
            error = "" if taken else NOBODY
        except TimeoutError:
            error = TIMEOUT
        except aiohttp.ClientError:
            pass
        ack = Ack(
            kind=parcel.kind,
            id=str(uuid.uuid4()),
            at=self.clock.now(),
            delay=time.monotonic() - since,
            payload=_payload(text) if not error else None,
            error=error,
            status=status,
            attempt=parcel.attempt,
        )
        self.record.ack(ack)
        return ack

    async def verify_url(
        self, challenge: str = "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"
    ) -> str:
        """Send url_verification; what came back, which should be the challenge."""
        body = {"token": "legacy", "challenge": challenge, "type": "url_verification"}
        _, text = await self.send(json.dumps(body).encode(), JSON)
        return text

    async def send(
        self,
        body: bytes,
        content_type: str = JSON,
        *,
        timestamp: str | None = None,
        signature: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, str]:
        """Post raw bytes; status and text of the answer. Signed rightly unless told otherwise."""
        at = timestamp if timestamp is not None else str(int(self.clock.now().timestamp()))
        right = self.sign(body, at)
        whole = {
            "Content-Type": content_type,
            "X-Slack-Request-Timestamp": at,
            "X-Slack-Signature": signature if signature is not None else right,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            **(headers or {}),
        }
        whole = {name: value for name, value in whole.items() if value}
        timeout = aiohttp.ClientTimeout(total=self.patience)
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(self.url, data=body, headers=whole) as answer,
        ):
            return answer.status, await answer.text()

    def sign(self, body: bytes, timestamp: str) -> str:
        """The v0 signature of a body at a time."""
        base = f"v0:{timestamp}:".encode() + body
        return "v0=" + hmac.new(self.secret.encode(), base, hashlib.sha256).hexdigest()


def _body(parcel: Parcel) -> tuple[bytes, str]:
    if parcel.kind == "events_api":
        return json.dumps(parcel.payload).encode(), JSON
    if parcel.kind == "interactive":
        return urlencode({"payload": json.dumps(parcel.payload)}).encode(), FORM
    return urlencode(parcel.payload).encode(), FORM


def _payload(text: str) -> Json | None:
    if not text.strip():
        return None
    try:
        read = json.loads(text)
    except ValueError:
        return {"text": text}
    return read if isinstance(read, dict) else {"text": text}
