"""One folder over one IMAP connection (RFC 3501; IDLE is RFC 2177). Every method blocks.

It is used by one thread at a time; only `cut` may be called from another one. What goes wrong is
told as `Refusal` (the server said no, the connection is sound) or as an error of the port.
"""

from __future__ import annotations

import logging
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Literal, Protocol, TypeVar

from imapclient import IMAPClient, SocketTimeout  # type: ignore[import-untyped]
from imapclient.exceptions import (  # type: ignore[import-untyped]
    IMAPClientAbortError,
    IMAPClientError,
    IMAPClientReadOnlyError,
    LoginError,
    ProtocolError,
)

from adapters.mail.reading.clean import clean_line
from adapters.mail.settings import MEBIBYTE
from adapters.mail.signing_in.sasl import Login, choose
from adapters.mail.signing_in.tokens import Tokens, with_token
from bot.errors import Fault, PermanentError, TemporaryError

T = TypeVar("T")

HEAD: Final = 65536
# The server cannot look the account up just now (RFC 5530).
_FOR_NOW: Final = "[UNAVAILABLE]"

# Its lines hold addresses and the names of folders.
logging.getLogger("imapclient").setLevel(logging.ERROR)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapSettings:
    """Which folder is fetched, for which desk's address; times in seconds, sizes in bytes.

    `judges` are the names under which the provider's servers write what they found out about a
    message (RFC 8601): without any, nothing of that kind is believed. With `tokens` they are what
    it signs in with, in place of the password.
    """

    host: str
    port: int
    tls: Literal["starttls", "implicit", "none"] = "implicit"
    username: str
    password: str = field(default="", repr=False)
    tokens: Tokens | None = field(default=None, repr=False)
    folder: str = "INBOX"
    address: str
    poll: float = 60.0
    max_message_bytes: int = 25 * MEBIBYTE
    judges: tuple[str, ...] = ()
    timeout: float = 60.0
    first_wait: float = 1.0
    longest_wait: float = 300.0
    tls_context: ssl.SSLContext | None = None

    @property
    def name(self) -> str:
        """What tells this folder from every other one."""
        return f"{self.username}@{self.host}:{self.port}/{self.folder}"


class Refusal(TemporaryError):
    """The server refused one command; the connection is sound, and the words are its own."""


class ImapMailbox:
    """A selected folder; `validity` is its UIDVALIDITY."""

    def __init__(self, settings: ImapSettings, token: str = "") -> None:
        """Connect, log in, select. TemporaryError, or PermanentError when it cannot ever work."""
        self._settings = settings
        with _translated("connection"):
            self._client = _connect(settings)
        try:
            self._log_in(token)
            self.validity = self._select()
            with _translated("capabilities"):
                self.announces = bool(self._client.has_capability("IDLE"))
        except BaseException:
            self.cut()
            raise

    def unseen(self) -> list[int]:
        """The UIDs nobody has read."""
        return self._search(["UNSEEN"])

    def unseen_or_since(self, day: date) -> list[int]:
        """The UIDs nobody has read, and all that came since that day."""
        return self._search(["OR", "UNSEEN", "SINCE", day])

    def after(self, uid: int) -> list[int]:
        """The UIDs above this one, read or not."""
        # `n:*` names the last message even when its UID is lower (RFC 3501, 6.4.8).
        return [found for found in self._search(["UID", f"{uid + 1}:*"]) if found > uid]

    def sizes(self, uids: Sequence[int]) -> Mapping[int, int]:
        """How large the messages are that are still there."""
        found = self._fetch(uids, "RFC822.SIZE")
        return {uid: int(data[b"RFC822.SIZE"]) for uid, data in found.items() if uid in uids}

    def raw(self, uid: int) -> bytes | None:
        """The whole message, its flags as they were; None when it is gone, Refusal when it is there
        and the server gives nothing of it.
        """
        return self._part(uid, "BODY.PEEK[]", b"BODY[]")

    def head(self, uid: int) -> bytes | None:
        """Its header, as far as a header may be long; None when it is gone."""
        return self._part(uid, f"BODY.PEEK[HEADER]<0.{HEAD}>", b"BODY[HEADER]<0>")

    def mark_seen(self, uid: int) -> None:
        """Say that it was taken."""
        with _translated("flags"):
            self._client.add_flags([uid], [b"\\Seen"], silent=True)

    def wait(self, seconds: float) -> None:
        """Return when the server announces a change, or after that time (RFC 2177)."""
        with _translated("idle"):
            self._client.idle()
            self._client.idle_check(timeout=seconds)
            self._client.idle_done()

    def close(self) -> None:
        """Say goodbye."""
        with suppress(IMAPClientError, OSError, ValueError):
            self._client.logout()
        self.cut()

    def cut(self) -> None:
        """End the connection at once; whoever waits for it in another thread is woken."""
        with suppress(OSError, AttributeError):
            self._client.socket().shutdown(socket.SHUT_RDWR)
        with suppress(OSError, AttributeError):
            self._client.shutdown()

    def _log_in(self, token: str) -> None:
        settings = self._settings
        try:
            with _translated("login"):
                if token:
                    self._authenticate(token)
                else:
                    self._client.login(settings.username, settings.password)
        except Refusal as error:
            words = f"the mailbox refused the login: {error.words}"
            if _FOR_NOW in error.words.upper():
                raise TemporaryError(words) from None
            raise PermanentError(words, fault=Fault.CREDENTIAL) from None

    def _authenticate(self, token: str) -> None:
        """Sign in with the token (RFC 3501, 6.2.2); it goes in an answer of its own, never in the
        line of the command, which the library keeps.
        """
        settings = self._settings
        offered = [str(each, "ascii", "replace") for each in self._client.capabilities()]
        mechanism = choose([each.removeprefix("AUTH=") for each in offered])
        if mechanism is None:
            words = "the mailbox takes no tokens (neither XOAUTH2 nor OAUTHBEARER): use a password"
            raise PermanentError(words, fault=Fault.CREDENTIAL)
        login = Login(username=settings.username, host=settings.host, port=settings.port)
        self._client.sasl_login(mechanism.name, mechanism.answers(login, token))

    def _select(self) -> int:
        """Open the folder, to be looked at only where nothing in it may be changed."""
        folder = self._settings.folder
        try:
            with _translated("folder"):
                try:
                    found = self._client.select_folder(folder)
                except IMAPClientReadOnlyError:
                    found = self._client.select_folder(folder, readonly=True)
        except Refusal as error:
            words = f"the folder {folder!r} cannot be opened: {error.words}"
            raise PermanentError(words, fault=Fault.DESTINATION) from None
        return int(found.get(b"UIDVALIDITY", 0))

    def _search(self, criteria: list[Any]) -> list[int]:
        with _translated("search"):
            return sorted(int(uid) for uid in self._client.search(criteria))

    def _fetch(self, uids: Sequence[int], what: str) -> Mapping[int, Mapping[bytes, Any]]:
        with _translated("fetch"):
            found: Mapping[int, Mapping[bytes, Any]] = self._client.fetch(list(uids), [what])
            return found

    def _part(self, uid: int, what: str, key: bytes) -> bytes | None:
        found = self._fetch([uid], what).get(uid)
        if found is None:
            return None
        content = found.get(key)
        if not isinstance(content, bytes) or not content:
            # It is there: to take it for gone would be to lose it.
            raise Refusal("the server names the message and gives nothing of it")
        return content


class Aside(Protocol):
    """Runs a call that blocks where it holds up nobody."""

    def __call__(self, call: Callable[[], T], /) -> Awaitable[T]:
        """What the call gives or raises."""
        ...


async def open_mailbox(settings: ImapSettings, aside: Aside) -> ImapMailbox:
    """A mailbox that is open, by a token where there are any; raises what opening one does."""
    if settings.tokens is None:
        return await aside(lambda: ImapMailbox(settings))
    return await with_token(
        settings.tokens, lambda token: aside(lambda: ImapMailbox(settings, token))
    )


def _connect(settings: ImapSettings) -> IMAPClient:
    context = settings.tls_context or ssl.create_default_context()
    client = IMAPClient(
        settings.host,
        port=settings.port,
        ssl=settings.tls == "implicit",
        ssl_context=context if settings.tls == "implicit" else None,
        timeout=SocketTimeout(connect=settings.timeout, read=settings.timeout),
    )
    if settings.tls == "starttls":
        client.starttls(context)
    return client


@contextmanager
def _translated(stage: str) -> Iterator[None]:
    """Errors of the library, of TLS and of the network in our words."""
    try:
        yield
    except (IMAPClientAbortError, ProtocolError, OSError, ValueError) as error:
        words = f"no sound answer from the mailbox ({stage}): {clean_line(str(error), 200)}"
        raise TemporaryError(words) from None
    except (LoginError, IMAPClientError) as error:
        raise Refusal(clean_line(str(error), 200)) from None
