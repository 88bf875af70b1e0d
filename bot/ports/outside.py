"""The outside: chat surfaces, the smarthost, the mail reader, and pagers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from bot.cards import Card
from bot.domain.mail import Acceptance, Attachment, InboundMail, OutboundMail
from bot.domain.threads import Space, ThreadRef


class ChatSurface(Protocol):
    """A chat platform. Every method raises TemporaryError or PermanentError and nothing else.

    The PermanentError about a message or a thread that people deleted has the code `GONE`. A
    channel may be one person's direct conversation, where only they read the threads.
    """

    @property
    def name(self) -> str:
        """`console`, `slack`, `discord`."""
        ...

    async def open_thread(self, place: Space, card: Card, key: str, *, hidden: bool = False) -> str:
        """Post the card so that a thread can hang on it; the thread's id.

        `key` makes a repeat harmless. A `hidden` thread is seen by nobody of the channel until they
        are let in; where there is none such, PermanentError with the code `OPEN_TO_ALL`.
        """
        ...

    async def admit(self, ref: ThreadRef, account: str) -> None:
        """Let somebody see a hidden thread of a channel; nothing happens when they do already.

        PermanentError with the code `OPEN_TO_ALL` for a thread that is not hidden there.
        """
        ...

    async def remove(self, ref: ThreadRef, account: str) -> None:
        """Let somebody see a hidden thread no more; nothing happens when they do not.

        PermanentError with the code `OPEN_TO_ALL` for a thread that is not hidden there.
        """
        ...

    async def post(self, ref: ThreadRef, card: Card, key: str) -> str:
        """Post into the thread (into the channel when `ref.id` is empty); the message's id."""
        ...

    async def edit(self, ref: ThreadRef, message: str, card: Card) -> None:
        """Draw a posted message again; `message` may be the thread's own id: its card."""
        ...

    async def direct(self, account: str, card: Card, key: str) -> str:
        """Send to one person alone; an opaque reference for `edit_direct`."""
        ...

    async def edit_direct(self, account: str, message: str, card: Card) -> None:
        """Draw a direct message again."""
        ...

    async def cleanse(self, ref: ThreadRef, card: Card, kept: Collection[str]) -> None:
        """Let the thread itself say no more than its card: by its name, and by files of ours.

        Of those that stand beside messages only the ones of these names stay.
        """
        ...

    async def find(self, ref: ThreadRef, key: str) -> str | None:
        """After an ambiguous try: the id of what was posted with that key, None if nothing was."""
        ...


class MailSender(Protocol):
    """The smarthost."""

    async def send(self, mail: OutboundMail, files: Sequence[Attachment]) -> Acceptance:
        """Hand it over; how the server took it. TemporaryError or PermanentError."""
        ...


class MailReader(Protocol):
    """Reads raw messages where a hostile one can do no harm."""

    async def read(self, raw: bytes) -> InboundMail:
        """What the message says; PermanentError when it cannot be read within its bounds."""
        ...


class VirusScanner(Protocol):
    """Looks for viruses in what came."""

    async def scan(self, raw: bytes) -> str:
        """The name of what was found, empty when nothing was.

        TemporaryError when it cannot be told now, PermanentError when it never can.
        """
        ...

    async def answers(self) -> bool:
        """Whether the scanner is there at all."""
        ...


class Pager(Protocol):
    """One contact method."""

    @property
    def contact(self) -> str:
        """The name people's contact lists use: `console`, `slack`, `mail` …"""
        ...

    def reaches(self, person: str) -> bool:
        """Whether the person can be reached this way."""
        ...

    async def page(self, person: str, card: Card, key: str) -> str:
        """Bring the page; an opaque reference for `update`, empty when it cannot be changed."""
        ...

    async def update(self, person: str, ref: str, card: Card) -> None:
        """Draw a page again; nothing happens where that is not possible."""
        ...
