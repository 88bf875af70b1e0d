"""One question to an OAuth endpoint: a form is posted, a small JSON object comes back."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

import aiohttp

from adapters.mail.reading.clean import clean_line
from bot.errors import TemporaryError

MAX_ANSWER: Final = 65_536
_LONGEST_WAIT: Final = timedelta(minutes=5)
_BUSY: Final = (408, 425, 429)
# Fields of a form that no error may repeat.
_SECRET: Final = ("client_secret", "refresh_token", "device_code", "code", "code_verifier")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back; the fields may hold tokens."""

    status: int
    fields: Mapping[str, object] = field(repr=False)
    retry_after: timedelta | None = None

    @property
    def error(self) -> str:
        """The code of a refusal (RFC 6749, 5.2); empty when it is none, or gives no reason."""
        return self.text("error")

    def text(self, name: str) -> str:
        """A field that is text; empty when it is not there."""
        value = self.fields.get(name)
        return value if isinstance(value, str) else ""

    def seconds(self, name: str, usual: float) -> float:
        """A field that is a number of seconds, perhaps written as text; `usual` for anything else.

        Between nothing and a day.
        """
        try:
            found = float(str(self.fields.get(name)))
        except ValueError:
            return usual
        return min(max(found, 0.0), 86_400.0) if math.isfinite(found) else usual


async def ask(url: str, form: Mapping[str, str], timeout: float) -> Answer:
    """Post the form; redirects are not followed. TemporaryError when no sound answer comes."""
    host = urlsplit(url).hostname or url
    try:
        async with (
            asyncio.timeout(timeout),
            aiohttp.ClientSession(trust_env=True) as session,
            session.post(
                url, data=form, headers={"Accept": "application/json"}, allow_redirects=False
            ) as response,
        ):
            raw = await _bounded(response.content)
    except TimeoutError:
        raise TemporaryError(f"{host} did not answer in time") from None
    except (aiohttp.ClientError, OSError) as error:
        words = f"no answer from {host}: {clean_line(str(error), 200)}"
        raise TemporaryError(words) from None
    answer = Answer(
        status=response.status,
        fields=_unsaid(_read(raw), form),
        retry_after=_wait(response.headers.get("Retry-After", "")),
    )
    if answer.status >= 500 or answer.status in _BUSY:
        words = f"{host} is busy or out of order (HTTP {answer.status})"
        raise TemporaryError(words, retry_after=answer.retry_after)
    if answer.status < 300 and not answer.fields:
        raise TemporaryError(f"no sound answer from {host}")
    return answer


async def _bounded(content: aiohttp.StreamReader) -> bytes:
    """The whole body; empty when it is too long to be an answer."""
    try:
        await content.readexactly(MAX_ANSWER + 1)
    except asyncio.IncompleteReadError as ended:
        return ended.partial
    return b""


def _read(raw: bytes) -> Mapping[str, object]:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _unsaid(fields: Mapping[str, object], form: Mapping[str, str]) -> Mapping[str, object]:
    """The fields with our own secrets taken out of the words that are shown to people."""
    described = fields.get("error_description")
    if not isinstance(described, str):
        return fields
    for secret in (form[name] for name in _SECRET if form.get(name)):
        described = described.replace(secret, "…")
    return {**fields, "error_description": described}


def _wait(header: str) -> timedelta | None:
    """The seconds of Retry-After, up to some minutes; a date is not read."""
    if not (header.isascii() and header.isdecimal()):
        return None
    return min(timedelta(seconds=int(header[:6])), _LONGEST_WAIT)
