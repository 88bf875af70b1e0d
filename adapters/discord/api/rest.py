"""The REST API: one try for each call, bounded in time; repeats belong to the outbox.

The library's own client would repeat posts by itself and wait for limits without an end, so only
the gateway uses it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import aiohttp

from adapters.discord.api.breaker import BAN, Breaker
from adapters.discord.api.buckets import Buckets
from adapters.discord.api.faults import refused, unreachable
from adapters.discord.api.routes import Route
from adapters.discord.settings import DiscordSettings
from bot import __version__
from bot.errors import PermanentError, TemporaryError
from bot.ports.tally import Tally

Json = dict[str, Any]
# The form that Discord demands; it turns away clients without one.
AGENT: Final = f"DiscordBot (https://deskhand.example, {__version__})"
_CHUNK: Final = 1 << 16
# Who presses a button once a minute need not wait for a handshake each time.
_KEPT_OPEN: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file to send along."""

    name: str
    content: bytes = field(repr=False)


class Rest:
    """Discord's REST API; every method raises TemporaryError or PermanentError and nothing else.

    Whatever reaches out is counted, by its route.
    """

    def __init__(self, settings: DiscordSettings, tally: Tally | None = None) -> None:
        self._settings = settings
        self._tally = tally or Tally()
        self._session: aiohttp.ClientSession | None = None
        self._buckets = Buckets(settings.patience, _now)
        self._breaker = Breaker(_now)

    @property
    def trouble(self) -> str:
        """What is wrong with the bot's standing; empty when nothing is."""
        return self._breaker.trouble

    async def ask(
        self,
        route: Route,
        body: Json | list[Json] | None = None,
        *,
        query: Mapping[str, str] | None = None,
        files: Sequence[Upload] = (),
    ) -> Any:
        """One request; the answer's JSON, None when it has none."""
        if route.open:
            with self._tally.request(route.key):
                return await self._try(route, body, query, files)
        self._breaker.check(route)
        await self._buckets.admit(route)
        try:
            with self._tally.request(route.key):
                found = await self._try(route, body, query, files)
        except PermanentError as error:
            self._breaker.broke(route, error)
            raise
        self._breaker.healed(route)
        return found

    async def fetch(self, url: str, limit: int) -> bytes | None:
        """A file that Discord keeps; None when it is larger than `limit` bytes."""
        with self._tally.request("download"):
            try:
                fetching = self._http().get(url, timeout=self._timeout(), allow_redirects=False)
                async with fetching as response:
                    if response.status != 200:
                        raise TemporaryError(f"Discord's files answered {response.status}")
                    return await _bounded(response, limit)
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                raise TemporaryError(f"a file was not fetched: {type(error).__name__}") from error

    async def close(self) -> None:
        """Close the connections; a second time does nothing."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _try(
        self,
        route: Route,
        body: Json | list[Json] | None,
        query: Mapping[str, str] | None,
        files: Sequence[Upload],
    ) -> Any:
        headers: Mapping[str, str] = {}
        try:
            async with self._http().request(
                route.method,
                self._settings.api_url + route.path,
                params=query,
                timeout=self._timeout(),
                headers={} if route.open else {"Authorization": f"Bot {self._settings.token}"},
                allow_redirects=False,
                **_content(body, files),
            ) as response:
                headers, status, found = response.headers, response.status, await _read(response)
        except aiohttp.ClientConnectorError as error:
            raise unreachable(route, error, sent=False) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise unreachable(route, error, sent=True) from error
        finally:
            if not route.open:
                self._buckets.landed(route, headers)
        if 200 <= status < 300:
            return found
        raise self._refusal(route, status, found, headers)

    def _refusal(
        self, route: Route, status: int, body: object, headers: Mapping[str, str]
    ) -> TemporaryError | PermanentError:
        wait = _retry_after(body, headers)
        self._breaker.note(route, status, shared=headers.get("X-RateLimit-Scope") == "shared")
        if status == 429:
            self._tally.limited()
        if status == 429 and not isinstance(body, dict):
            # No JSON: the network in front of Discord answers, which has banned this address.
            self._breaker.close(wait or timedelta(seconds=BAN))
        elif status == 429 and wait is not None and not route.open:
            everywhere = isinstance(body, dict) and body.get("global") is True
            self._buckets.block(wait, route, everywhere=everywhere)
        return refused(route, status, body, wait)

    def _http(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(keepalive_timeout=_KEPT_OPEN),
                headers={"User-Agent": AGENT},
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    def _timeout(self) -> aiohttp.ClientTimeout:
        return aiohttp.ClientTimeout(total=self._settings.timeout.total_seconds())


def _now() -> float:
    return asyncio.get_running_loop().time()


def _content(body: Json | list[Json] | None, files: Sequence[Upload]) -> Mapping[str, Any]:
    if not files:
        return {} if body is None else {"json": body}
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("payload_json", json.dumps(body), content_type="application/json")
    for place, file in enumerate(files):
        form.add_field(
            f"files[{place}]",
            file.content,
            filename=file.name,
            content_type="application/octet-stream",
        )
    return {"data": form}


async def _read(response: aiohttp.ClientResponse) -> Any:
    text = await response.text(encoding="utf-8", errors="replace")
    if not response.content_type.endswith("json"):
        return text or None
    try:
        return json.loads(text)
    except ValueError:
        return text


async def _bounded(response: aiohttp.ClientResponse, limit: int) -> bytes | None:
    content = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        content += chunk
        if len(content) > limit:
            return None
    return bytes(content)


def _retry_after(body: object, headers: Mapping[str, str]) -> timedelta | None:
    told = body.get("retry_after") if isinstance(body, dict) else None
    try:
        seconds = float(told if told is not None else headers["Retry-After"])
    except (KeyError, TypeError, ValueError):
        return None
    return timedelta(seconds=max(0.0, seconds))
