"""The shop of the scenarios, on one platform or on several at once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

from bot.domain.directory import Directory
from bot.domain.mail import OutboundMail
from bot.domain.threads import Space
from storage.database import Database
from tests.scenario.house import House
from tests.scenario.platforms.window import Chat, Window
from tests.scenario.slack_shop import deliver_to
from tests.schema import migrated

MARIA = "maria@acme.example"


class Town(House):
    """The world on call, whose people look out of these windows."""

    def __init__(self, database: Database, directory: Directory, windows: Sequence[Window]) -> None:
        hiding = [window.name for window in windows if window.hides]
        super().__init__(database, directory, hiding=hiding)
        self.windows = windows

    async def settle(self) -> None:
        """Run every pass until nothing more is due, once all that people did was taken."""
        for window in self.windows:
            await window.quiet()
        await super().settle()

    def chat(self, name: str) -> Chat:
        """The window onto a platform that can break; AssertionError when there is none."""
        (found,) = [each for each in self.windows if each.name == name and isinstance(each, Chat)]
        return found

    def mails(self) -> list[OutboundMail]:
        """What the customer got from people."""
        return [mail for mail in self.mailbox.mails(MARIA) if not mail.automatic]

    async def answer(self, mail: OutboundMail, text: str) -> None:
        """The customer answers a mail of ours, as mail programs do."""
        subject, reference = f"Re: {mail.subject}", f"<{mail.message_id}>"
        await self.mail(
            text, sender=MARIA, to=mail.reply_to, subject=subject, In_Reply_To=reference
        )

    async def said(self, number: str = "SUP-1") -> list[str]:
        """The words of everything on the work item that still stands."""
        found = await self.messages(number)
        return [message.text for message in found if message.withdrawn_at is None]


@asynccontextmanager
async def open_town(
    directory: Directory, *windows: Window, url: str = "sqlite://:memory:"
) -> AsyncIterator[Town]:
    """The shop on these platforms, connected; pages come by each of them."""
    async with AsyncExitStack() as stack:
        for window in windows:
            await window.opens(stack, directory.people)
        database = await Database.open(url)
        stack.push_async_callback(database.close)
        await migrated(database)
        town = Town(database, _settled(directory, windows), windows)
        for window in windows:
            await window.joins(town, stack)
        deliver_to(town, {window.name: window.surface for window in windows})
        yield town


def _settled(directory: Directory, windows: Sequence[Window]) -> Directory:
    """The shop with its people, desks and services on these platforms."""
    names = tuple(window.name for window in windows)
    people = {
        key: replace(
            person,
            accounts={
                **person.accounts,
                **{window.name: window.account(key) for window in windows},
            },
            contact=names if person.contact else (),
        )
        for key, person in directory.people.items()
    }
    desks = {
        key: replace(desk, channels=_channels(key, windows))
        for key, desk in directory.desks.items()
    }
    services = {
        key: replace(service, channels=_channels("incidents", windows))
        for key, service in directory.services.items()
    }
    return replace(directory, people=people, desks=desks, services=services)


def _channels(name: str, windows: Sequence[Window]) -> tuple[Space, ...]:
    return tuple(window.space(name) for window in windows)
