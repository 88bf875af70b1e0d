"""One SMTP or LMTP dialogue, from the greeting to the reply that a stored mail gets.

aiosmtpd keeps the connection, the command loop and TLS. The mail transaction is here: it costs half
as much this way, takes lines of any length, and answers with the enhanced codes of RFC 3463.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, TLSSetupException

from adapters.mail.receiving.door import Door
from adapters.mail.receiving.incoming import Incoming
from adapters.mail.receiving.reception import Reception
from adapters.mail.receiving.smtp_paths import SmtpPath, parse_path
from adapters.mail.receiving.status_codes import TOO_MANY_ERRORS, enhanced
from bot.domain.mail import Envelope

log = logging.getLogger(__name__)

_PROGRESS = 32768  # so many bytes must come within the idle timeout

GOODBYE = "421 4.3.2 The service is shutting down, please try again later"
FAILED = "451 4.3.0 Something failed here, please try again later"
TOO_BIG = "552 5.3.4 The message is larger than {} bytes"
TOO_OFTEN = "450 4.7.1 Too much mail from you at once, please try again in a minute"
NO_RELAY = "550 5.7.1 Only the relays of this place may send here"
NO_ROOM = "452 4.3.1 Too much mail is under way, please try again later"


class _Hooks:
    """What aiosmtpd asks of its handler."""

    async def handle_EHLO(
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        """Offer what there is: aiosmtpd would offer AUTH, for which nobody has an account, and
        keeps to itself that commands may come at once (RFC 2033 asks for that, and for codes).
        """
        session.host_name = hostname
        name, *offers = (line for line in responses if not line.startswith("250-AUTH"))
        return [name, "250-PIPELINING", "250-ENHANCEDSTATUSCODES", *offers]


class SmtpSession(SMTP):
    """A dialogue; it registers at the door by its maker and leaves it when the connection ends."""

    line_length_limit = 65536
    command_size_limit = 1024

    def __init__(self, reception: Reception, door: Door[SmtpSession]) -> None:
        settings = reception.settings
        super().__init__(
            _Hooks(),
            data_size_limit=settings.max_message_bytes,
            enable_SMTPUTF8=True,
            hostname=settings.hostname,
            ident="ESMTP Deskhand",
            tls_context=settings.tls_context,
            timeout=settings.idle_timeout,
            loop=asyncio.get_running_loop(),
        )
        self.ended: asyncio.Future[None] = self.loop.create_future()
        self._reception = reception
        self._door = door
        self._path: SmtpPath | None = None
        self._recipients: list[str] = []
        self._errors = 0
        self._busy = False
        self._leaving = False

    async def push(self, status: Any) -> None:
        """Reply; what the library says gets the enhanced code that it lacks."""
        await super().push(enhanced(status) if isinstance(status, str) else status)

    def leave(self) -> None:
        """End the dialogue with a 421: now, or when the message under way has got its reply."""
        self._leaving = True
        if not self._busy:
            self.dismiss(GOODBYE)

    def dismiss(self, words: str) -> None:
        """Say these words and close the connection."""
        transport: Any = self.transport
        if transport is not None and not transport.is_closing():
            transport.write(words.encode() + b"\r\n")
            transport.close()

    def cut(self) -> None:
        """End the connection at once: it had its time."""
        transport: Any = self.transport
        if transport is not None:
            transport.abort()

    def connection_lost(self, error: Exception | None) -> None:
        """Make room for another one."""
        super().connection_lost(error)
        self._door.leave(self)
        if not self.ended.done():
            self.ended.set_result(None)

    def _timeout_cb(self) -> None:
        self.dismiss("421 4.4.2 Nothing came for too long")

    async def handle_exception(self, error: Exception) -> str:
        """Fixed words, and a code that makes the sender keep the mail: never what went wrong."""
        if isinstance(error, TLSSetupException):
            # Whoever tries doors can cause it, and nothing here is to be mended.
            log.info("a client did not finish TLS")
            return FAILED
        log.error("an SMTP dialogue failed", exc_info=error)
        return FAILED

    def _set_post_data_state(self) -> None:
        super()._set_post_data_state()  # type: ignore[no-untyped-call]
        self._path = None
        self._recipients = []

    async def smtp_MAIL(self, arg: str | None) -> None:
        """Open a transaction."""
        await self._answer(self._mail(arg))

    async def smtp_RCPT(self, arg: str | None) -> None:
        """Name a recipient."""
        await self._answer(self._rcpt(arg))

    async def smtp_DATA(self, arg: str | None) -> None:
        """Take the message; the reply comes when it is stored."""
        if arg:
            await self._answer("501 5.5.4 DATA takes no argument")
        elif not self._recipients:
            await self._answer("503 5.5.1 Say RCPT first")
        else:
            await self._data()

    async def _data(self) -> None:
        self._busy = True
        try:
            await self.push("354 End the message with a dot on a line of its own")
            async with asyncio.timeout(self._reception.settings.message_timeout):
                reply = await self._message()
            await self.push("\r\n".join([reply] * self._replies()))
        except TimeoutError:
            self.dismiss("421 4.4.2 The message took too long")
        finally:
            self._busy = False
            self._set_post_data_state()
        if self._leaving:
            self.dismiss(GOODBYE)

    async def smtp_STARTTLS(self, arg: str | None) -> None:
        """Encrypt what follows, once (RFC 3207, 4.2)."""
        session: Any = self.session
        if session.ssl is not None:
            await self._answer("503 5.5.1 TLS is active already")
        else:
            await super().smtp_STARTTLS(arg)

    async def smtp_AUTH(self, arg: str | None) -> None:
        """There are no accounts."""
        await self._answer("502 5.5.1 AUTH is not offered")

    async def smtp_VRFY(self, arg: str | None) -> None:
        """Nobody is told who is known here."""
        await self.push("252 2.1.5 Send some mail, and see")

    async def smtp_HELP(self, arg: str | None) -> None:
        """All there is to know."""
        await self.push("214 2.0.0 This is SMTP, see RFC 5321")

    def _replies(self) -> int:
        """How many replies a message gets."""
        return 1

    async def _answer(self, words: str) -> None:
        """Reply; a peer that makes one mistake after the other is shown the door."""
        self._errors += words[0] == "5"
        if self._errors > self._reception.settings.max_errors:
            self.dismiss(TOO_MANY_ERRORS)
        else:
            await self.push(words)

    def _mail(self, arg: str | None) -> str:
        if not self.session or not self.session.host_name:
            return "503 5.5.1 Say EHLO first"
        if self._path is not None:
            return "503 5.5.1 A transaction is open already"
        path = parse_path("FROM:", arg)
        if path is None:
            return "501 5.5.4 Syntax: MAIL FROM:<address>"
        if path.address and not path.sound:
            return "553 5.1.7 The address of the sender is malformed"
        if refusal := self._bad_option(path):
            return refusal
        if self._reception.settings.only_trusted and not self._door.trusts(self._peer):
            self._reception.meter.count("mail_refused", reason="no_relay")
            return NO_RELAY
        if not self._door.admits(self._peer, path.sound):
            self._reception.meter.count("mail_refused", reason="rate")
            return TOO_OFTEN
        self._path = path
        return "250 2.1.0 Ok"

    def _bad_option(self, path: SmtpPath) -> str:
        options = path.options
        if unknown := options.keys() - {"SIZE", "BODY", "SMTPUTF8"}:
            return f"555 5.5.4 Unknown option: {min(unknown)}"
        if not path.address.isascii() and "SMTPUTF8" not in options:
            return "553 5.6.7 The address needs SMTPUTF8"
        if options.get("BODY", "7BIT").upper() not in ("7BIT", "8BITMIME"):
            return "501 5.5.4 BODY is 7BIT or 8BITMIME"
        size = options.get("SIZE", "0")
        if not (size.isascii() and size.isdigit() and len(size) <= 20):
            return "501 5.5.4 SIZE is a number of bytes"
        return self._too_much(int(size), int(size))

    def _rcpt(self, arg: str | None) -> str:
        if self._path is None:
            return "503 5.5.1 Say MAIL first"
        path = parse_path("TO:", arg)
        if path is None or not path.address:
            return "501 5.5.4 Syntax: RCPT TO:<address>"
        if path.options:
            return f"555 5.5.4 Unknown option: {min(path.options)}"
        address = self._addressee(path)
        if not address:
            return "553 5.1.3 The address of the recipient is malformed"
        if not path.address.isascii() and "SMTPUTF8" not in self._path.options:
            return "553 5.6.7 The address needs SMTPUTF8"
        if not self._reception.accepts(address):
            self._reception.meter.count("mail_refused", reason="unknown_recipient")
            return "550 5.1.1 Nobody here has this address"
        if len(self._recipients) >= self._reception.settings.max_recipients:
            return "452 4.5.3 Too many recipients"
        self._recipients.append(address)
        return "250 2.1.5 Ok"

    def _addressee(self, path: SmtpPath) -> str:
        """The address that is meant: this server's own postmaster needs no domain (RFC 5321,
        4.1.1.3).
        """
        if path.address.lower() == "postmaster":
            return self._reception.settings.postmaster
        return path.sound

    def _too_much(self, size: int, more: int) -> str:
        """The refusal of a message of that size; empty while there is room for more bytes."""
        settings = self._reception.settings
        if size > settings.max_message_bytes:
            return TOO_BIG.format(settings.max_message_bytes)
        return "" if self._reception.has_room(more) else NO_ROOM

    async def _message(self) -> str:
        """Read the message to its end, whatever becomes of it, and give the reply."""
        incoming = Incoming(self._too_much, self._reception.hold)
        try:
            watched = 0
            while not incoming.complete:
                incoming.add(await self._piece())
                if incoming.size - watched > _PROGRESS:
                    watched = incoming.size
                    self._reset_timeout()
            self._reset_timeout()
            if incoming.refusal:
                self._reception.meter.count("mail_refused", reason=incoming.refusal[:3])
                return incoming.refusal
            return await self._reception.take(incoming.wire(), self._transaction())
        finally:
            incoming.forget()

    async def _piece(self) -> bytes:
        """Some of the bytes that come: up to a dot before a line end, or as many as there are."""
        try:
            return await self._reader.readuntil(b".\r\n")
        except asyncio.LimitOverrunError as error:
            return await self._reader.read(error.consumed)

    def _transaction(self) -> Envelope:
        session: Any = self.session
        settings = self._reception.settings
        return Envelope(
            mail_from=self._path.address if self._path else "",
            recipients=tuple(dict.fromkeys(self._recipients)),
            peer=self._peer,
            helo=session.host_name or "",
            judges=settings.judges if self._door.believes(self._peer) else (),
        )

    @property
    def _peer(self) -> str:
        session: Any = self.session
        return str(session.peer[0]) if session and session.peer else ""


class LmtpSession(SmtpSession, LMTP):
    """The same by LMTP (RFC 2033): LHLO, and one reply for each recipient."""

    def _replies(self) -> int:
        return len(self._recipients)
