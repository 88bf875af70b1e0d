"""The Web API: one session, no retries of its own, and only two kinds of error."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.api.budgets import Budgets
from adapters.slack.api.faults import RATE_LIMITED, refused, troubled, unreached
from adapters.slack.settings import SlackSettings
from bot.errors import Fault, PermanentError, TemporaryError
from bot.ports.tally import Tally

Json = dict[str, Any]

CONNECT_SECONDS: Final = 5
FILE_SECONDS: Final = 20
CHUNK: Final = 64 * 1024
PAUSE: Final = timedelta(seconds=30)
# Where Slack keeps files; the bot token goes to no other host than these and the API's own.
FILES_HOST: Final = "files.slack.com"


class SlackClient:
    """Calls methods of the Web API; every call raises TemporaryError or PermanentError and nothing
    else.

    A method that Slack asked to rest is not called before its time. `web` is the library's own
    client, for the library. Whatever reaches out is counted.
    """

    def __init__(
        self, settings: SlackSettings, budgets: Budgets, tally: Tally | None = None
    ) -> None:
        self._settings = settings
        self._budgets = budgets
        self._tally = tally or Tally()
        # A library that retries by itself posts twice.
        self.web = AsyncWebClient(
            settings.bot_token,
            base_url=settings.api_url,
            timeout=int(settings.timeout.total_seconds()),
            retry_handlers=[],
        )
        # The session reads proxies from the environment, and also where there shall be none.
        self.web.proxy = None

    async def start(self) -> None:
        """Open the session that all calls share."""
        timeout = aiohttp.ClientTimeout(
            total=self._settings.timeout.total_seconds(), sock_connect=CONNECT_SECONDS
        )
        self.web.session = aiohttp.ClientSession(timeout=timeout, trust_env=True)

    async def close(self) -> None:
        """Close the session, and with it whatever is on its way."""
        if self.web.session is not None:
            await self.web.session.close()

    async def call(self, method: str, *, per: str = "", **params: object) -> Json:
        """Call a method with its parameters (None is left out); its answer.

        `per` is what Slack counts the method by, where that is not the workspace.
        """
        what = f"{method} {per}".strip()
        self._budgets.check(what)
        with self._tally.request(method):
            return await self._called(method, what, params)

    async def upload(self, url: str, content: bytes) -> None:
        """Send bytes to an address that files.getUploadURLExternal gave; it needs no token."""
        what = "an upload"
        timeout = aiohttp.ClientTimeout(total=FILE_SECONDS, sock_connect=CONNECT_SECONDS)
        with self._tally.request("upload"):
            try:
                async with self._session.post(url, data=content, timeout=timeout) as answer:
                    if answer.status >= 400:
                        raise self._refused_file(what, answer.status)
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                raise unreached(what, error) from error

    async def download(self, url: str, limit: int) -> tuple[str, bytes]:
        """The content type and bytes of a file of Slack's, with the bot's token.

        PermanentError for an address elsewhere, and for more than `limit` bytes.
        """
        self._check_host(url)
        with self._tally.request("download"):
            return await self._downloaded(url, limit)

    async def _called(self, method: str, what: str, params: Mapping[str, object]) -> Json:
        try:
            answer = await self.web.api_call(method, data=_form(params))
        except SlackApiError as error:
            raise self._failure(method, what, error.response) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise unreached(method, error) from error
        except AttributeError:
            # The library expects an object, and took a text for one.
            raise troubled(method, "the answer is no JSON") from None
        return dict(answer.data) if isinstance(answer.data, Mapping) else {}

    async def _downloaded(self, url: str, limit: int) -> tuple[str, bytes]:
        what = "a download"
        timeout = aiohttp.ClientTimeout(total=FILE_SECONDS, sock_connect=CONNECT_SECONDS)
        headers = {"Authorization": f"Bearer {self._settings.bot_token}"}
        try:
            async with self._session.get(
                url, headers=headers, timeout=timeout, allow_redirects=False
            ) as answer:
                if answer.status != 200:
                    raise self._refused_file(what, answer.status)
                return answer.content_type, await _bounded(answer, limit)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise unreached(what, error) from error

    def _failure(self, method: str, what: str, response: Any) -> TemporaryError | PermanentError:
        """The error for an answer of the library's, or for one that it could not read."""
        status = int(getattr(response, "status_code", 0) or getattr(response, "status", 0))
        data = getattr(response, "data", None)
        answer: Mapping[str, Any] = data if isinstance(data, Mapping) else {}
        code = str(answer.get("error", ""))
        if status == 429 or code in RATE_LIMITED:
            wait = _retry_after(response)
            self._tally.limited()
            self._budgets.pause(what, wait)
            return TemporaryError(f"Slack limits {method}", retry_after=wait)
        if status >= 500 or not code:
            return troubled(method, code or f"HTTP {status}")
        return refused(method, code, answer)

    def _refused_file(self, what: str, status: int) -> TemporaryError | PermanentError:
        if status == 429:
            self._tally.limited()
        return _refused_file(what, status)

    @property
    def _session(self) -> aiohttp.ClientSession:
        if self.web.session is None:
            raise TemporaryError("the connection to Slack is not open yet")
        return self.web.session

    def _check_host(self, url: str) -> None:
        there, api = urlsplit(url), urlsplit(self._settings.api_url)
        own = there.netloc == api.netloc or there.netloc.endswith(f".{api.netloc}")
        elsewhere = (there.scheme, there.netloc) != ("https", FILES_HOST)
        if elsewhere and not (own and there.scheme == api.scheme):
            words = "the file is not kept by Slack, so it is not fetched"
            raise PermanentError(words, fault=Fault.PAYLOAD, code="foreign_host")


def _form(params: Mapping[str, object]) -> dict[str, str]:
    return {name: _text(value) for name, value in params.items() if value is not None}


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def _retry_after(response: Any) -> timedelta:
    """The wait that Slack asks for, in whole seconds; half a minute when it names none."""
    text = str(response.headers.get("Retry-After", ""))
    return timedelta(seconds=max(1, int(text))) if text.isascii() and text.isdigit() else PAUSE


def _refused_file(what: str, status: int) -> TemporaryError | PermanentError:
    if status == 429 or status >= 500:
        return TemporaryError(f"Slack did not carry out {what}: HTTP {status}")
    # A redirect leads to a sign-in page: the token may not read the file.
    words = (
        f"Slack refused {what}: HTTP {status}; the app needs the scope files:read or files:write"
    )
    return PermanentError(words, fault=Fault.CREDENTIAL if status < 404 else Fault.PAYLOAD)


async def _bounded(answer: aiohttp.ClientResponse, limit: int) -> bytes:
    content = bytearray()
    async for chunk in answer.content.iter_chunked(CHUNK):
        content += chunk
        if len(content) > limit:
            words = f"the file is larger than {limit // 1024} kB"
            raise PermanentError(words, code="too_large")
    return bytes(content)
