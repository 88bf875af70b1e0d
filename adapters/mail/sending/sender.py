"""The smarthost, by SMTP: one recipient in each transaction, over a few kept connections."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal, Protocol

import aiosmtplib

from adapters.mail.judging.dsn import NO_REPORTS, reports
from adapters.mail.reading.clean import clean_line
from adapters.mail.sending.compose import compose, sendable_address
from adapters.mail.sending.providers import given_id, plea
from adapters.mail.sending.smtp_faults import Stage, fault
from adapters.mail.sending.smtp_login import log_in_with_token
from adapters.mail.signing_in.sasl import Login
from adapters.mail.signing_in.tokens import Tokens, with_token
from bot.domain.mail import Acceptance, Attachment, OutboundMail
from bot.errors import Fault, NoAnswer, PermanentError, TemporaryError

_CLOSING = 421
_GOODBYE = 2.0
_BUSY = timedelta(seconds=15)
_PROBE = b"From: probe@invalid\r\n\r\n"


class Signer(Protocol):
    """Signs what leaves."""

    def sign(self, message: bytes, at: datetime) -> bytes:
        """The message with its signature. PermanentError when there is no usable key."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpSenderSettings:
    """Where mail goes out. Without a TLS context the system's certificates are trusted.

    With `tokens` they are what it signs in with, in place of the password.
    """

    host: str
    port: int
    tls: Literal["starttls", "implicit", "none"] = "starttls"
    username: str = ""
    password: str = field(default="", repr=False)
    tokens: Tokens | None = field(default=None, repr=False)
    hostname: str = "localhost"
    tls_context: ssl.SSLContext | None = None
    signer: Signer | None = None
    connections: int = 2
    patience: float = 5.0
    timeout: float = 60.0
    data_timeout: float = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Envelope:
    """What MAIL and RCPT say."""

    sender: str
    recipient: str
    size: int
    message_id: str

    @property
    def needs_utf8(self) -> bool:
        return not (self.sender + self.recipient).isascii()


class SmtpSender:
    """A MailSender. A kept connection that the server has closed meanwhile is made anew, once."""

    def __init__(self, settings: SmtpSenderSettings) -> None:
        self._settings = settings
        self._kept: list[aiosmtplib.SMTP] = []
        self._places = asyncio.Semaphore(settings.connections)

    async def send(self, mail: OutboundMail, files: Sequence[Attachment]) -> Acceptance:
        """Hand it over; how the server took it. TemporaryError or PermanentError."""
        message = plea(self._settings.host) + compose(mail, files)
        if self._settings.signer is not None:
            # A long key takes a while; meanwhile everything else goes on.
            message = await asyncio.to_thread(self._settings.signer.sign, message, mail.date)
        envelope = _Envelope(
            sender=sendable_address(mail.envelope_from) if mail.envelope_from else "",
            recipient=sendable_address(mail.recipient.address),
            size=len(message),
            message_id=mail.message_id,
        )
        async with self._place():
            client = await self._open(envelope)
            with _closed_on_failure(client):
                words = await self._data(client, message)
            self._kept.append(client)
        given = given_id(self._settings.host, words)
        return Acceptance(words=words, given_id=given if given != mail.message_id else "")

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        """One of the connections there may be.

        Who waits long gives way: a slow smarthost must not hold up the mail of other ones.
        """
        try:
            async with asyncio.timeout(self._settings.patience):
                await self._places.acquire()
        except TimeoutError:
            words = "all connections to the smarthost are busy"
            raise TemporaryError(words, retry_after=_BUSY) from None
        try:
            yield
        finally:
            self._places.release()

    async def check(self) -> str:
        """Connect, upgrade, log in, say goodbye; the server's name. Raises as `send` does."""
        if self._settings.signer is not None:
            self._settings.signer.sign(_PROBE, datetime.fromtimestamp(0, UTC))
        client = await self._connect()
        greeting = client.last_ehlo_response or client.last_helo_response
        await _quit(client)
        return clean_line(greeting.message, 100) if greeting else ""

    async def stop(self) -> None:
        """Close the connections that are kept."""
        while self._kept:
            await _quit(self._kept.pop())

    async def _open(self, envelope: _Envelope) -> aiosmtplib.SMTP:
        """A connection on which the recipient was accepted."""
        while self._kept:
            client = self._kept.pop()
            try:
                return await self._address(client, envelope)
            except aiosmtplib.SMTPServerDisconnected:
                client.close()
        with _translated(Stage.MAIL):
            return await self._address(await self._connect(), envelope)

    async def _address(self, client: aiosmtplib.SMTP, envelope: _Envelope) -> aiosmtplib.SMTP:
        """MAIL and RCPT; after a refusal the connection is kept for the next mail."""
        options = [f"SIZE={envelope.size}"] if client.supports_extension("size") else []
        wanted = reports(envelope.message_id, envelope.recipient, returns=bool(envelope.sender))
        if not client.supports_extension("dsn"):
            wanted = NO_REPORTS
        options += wanted.of_mail
        encoding = "ascii"
        if envelope.needs_utf8:
            options, encoding = [*options, "SMTPUTF8"], "utf-8"
            _require_utf8(client)
        try:
            with _refused(Stage.MAIL):
                await client.mail(envelope.sender, options=options, encoding=encoding)
            with _refused(Stage.RCPT):
                await client.rcpt(
                    envelope.recipient, options=list(wanted.of_rcpt), encoding=encoding
                )
        except (TemporaryError, PermanentError):
            await self._reset(client)
            raise
        except BaseException:
            client.close()
            raise
        return client

    async def _data(self, client: aiosmtplib.SMTP, message: bytes) -> str:
        """The message itself: without an answer, nobody knows whether it was taken."""
        with _translated(Stage.DATA, ambiguous=True):
            response = await client.data(message, timeout=self._settings.data_timeout)
        return clean_line(response.message, 300)

    async def _reset(self, client: aiosmtplib.SMTP) -> None:
        try:
            await client.rset()
        except (aiosmtplib.SMTPException, OSError):
            client.close()
        else:
            self._kept.append(client)

    async def _connect(self) -> aiosmtplib.SMTP:
        tokens = self._settings.tokens
        if tokens is None:
            return await self._connect_with("")
        return await with_token(tokens, self._connect_with)

    async def _connect_with(self, token: str) -> aiosmtplib.SMTP:
        """A connection of somebody who is signed in: by the token, else by the password."""
        settings = self._settings
        client = aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.port,
            local_hostname=settings.hostname,
            timeout=settings.timeout,
            use_tls=settings.tls == "implicit",
            start_tls=False,
            tls_context=settings.tls_context,
        )
        with _closed_on_failure(client):
            with _translated(Stage.CONNECT):
                await client.connect()
                if settings.tls == "starttls":
                    await client.starttls()
                await client.ehlo()
            if settings.username:
                with _translated(Stage.LOGIN):
                    await self._log_in(client, token)
        return client

    async def _log_in(self, client: aiosmtplib.SMTP, token: str) -> None:
        settings = self._settings
        if not token:
            await client.login(settings.username, settings.password)
            return
        login = Login(username=settings.username, host=settings.host, port=settings.port)
        await log_in_with_token(client, login, token)


def _require_utf8(client: aiosmtplib.SMTP) -> None:
    if not client.supports_extension("smtputf8"):
        words = "the address needs SMTPUTF8, which the smarthost does not offer"
        raise PermanentError(words, fault=Fault.DESTINATION)


async def _quit(client: aiosmtplib.SMTP) -> None:
    try:
        await client.quit(timeout=_GOODBYE)
    except (aiosmtplib.SMTPException, OSError):
        client.close()


@contextmanager
def _translated(stage: Stage, *, ambiguous: bool = False) -> Iterator[None]:
    """Errors of the library, of TLS and of the network as errors of the port."""
    try:
        with _refused(stage):
            yield
    except aiosmtplib.SMTPReadTimeoutError:
        words = f"the smarthost did not answer in time ({stage})"
        raise NoAnswer(words, ambiguous=ambiguous) from None
    except (aiosmtplib.SMTPException, OSError) as error:
        words = f"no answer from the smarthost ({stage}): {clean_line(str(error), 200)}"
        raise TemporaryError(words, ambiguous=ambiguous) from None


@contextmanager
def _refused(stage: Stage) -> Iterator[None]:
    """Replies that are no success; a 421 means that the connection is over, whatever was asked."""
    try:
        yield
    except aiosmtplib.SMTPResponseException as error:
        if error.code == _CLOSING and stage in (Stage.MAIL, Stage.RCPT):
            raise aiosmtplib.SMTPServerDisconnected(error.message) from None
        raise fault(stage, error.code, error.message) from None


@contextmanager
def _closed_on_failure(client: aiosmtplib.SMTP) -> Iterator[None]:
    """Do not leave a connection in the middle of a transaction, not even when cancelled."""
    try:
        yield
    except BaseException:
        client.close()
        raise
