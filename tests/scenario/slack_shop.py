"""A shop whose team lives in Slack: the real core and adapter, and a workspace on the wire."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import ClassVar

from adapters.pager.chat import ChatPager
from adapters.pager.mail import MailPager
from adapters.slack.app import Slack, Surroundings
from adapters.slack.events.sockets import Rhythm
from adapters.slack.settings import SlackSettings
from bot.domain.directory import Directory
from bot.domain.effects import Pool
from bot.domain.mail import Address
from bot.domain.threads import Space
from bot.engine.outbox import OutboxPass
from bot.ports import ChatSurface, Pager
from bot.services.delivery.delivering import Delivering
from bot.services.hosting import Host
from bot.wiring.channels import channels_on
from storage.database import Database
from tests.fakes.slack import APP_TOKEN, BOT_TOKEN, FakeSlack, Message
from tests.fakes.slack.delivery import Door, Parcel
from tests.fakes.slack.record import Ack
from tests.scenario.house import House
from tests.scenario.world import World
from tests.schema import migrated

QUICK = Rhythm(retry=0.01, most=0.05, refused=0.2, hello=2.0)


class SlackShop(House):
    """The world on call, with its people, desks and services on Slack and the console."""

    def __init__(self, database: Database, directory: Directory, *, limits: bool) -> None:
        super().__init__(database, directory)
        self.fake = FakeSlack(self.clock, limits=limits)

    def connect(self) -> Slack:
        """The adapter for this world, put into its deliveries."""
        slack = slack_before(self, self.fake)
        deliver_to(self, {"slack": slack.surface})
        return slack

    async def tickets(self, text: str = "Hello, the invoice is wrong.") -> Message:
        """A customer writes; the card in #support."""
        await self.mail(text)
        return self.fake.last("support")

    async def thread_texts(self, root: Message) -> list[str]:
        """What the thread says."""
        await self.settle()
        return [message.text for message in self.fake.messages(root.channel, root.ts)[1:]]


def slack_before(world: World, fake: FakeSlack) -> Slack:
    """The adapter between a world and a workspace, not opened yet."""
    host, directory = Host(world.core), world.core.directory
    settings = SlackSettings(bot_token=BOT_TOKEN, app_token=APP_TOKEN, api_url=fake.api_url)
    slack = Slack(
        settings,
        Surroundings(
            clock=world.clock,
            around=host,
            load=host.file,
            people=tuple(directory.people.values()),
            channels=channels_on(directory, "slack"),
            rhythm=QUICK,
        ),
    )
    slack.serve(world.dispatcher)
    return slack


def deliver_to(world: World, surfaces: Mapping[str, ChatSurface]) -> None:
    """From now on the world delivers to these surfaces too, and pages by them."""
    reached = {"console": world.surface, **surfaces}
    people, sender = world.core.directory.people, Address(address="support@shop.example")
    pagers: dict[str, Pager] = {
        **{name: ChatPager(surface, people) for name, surface in reached.items()},
        "mail": MailPager(world.mailbox, people, sender, world.clock),
    }
    delivering = Delivering(world.core, reached, world.mailbox, pagers)
    others = [each for each in world.passes if not isinstance(each, OutboxPass)]
    world.outboxes = [OutboxPass(world.core, delivering, pool, lambda: 0.5) for pool in Pool]
    world.passes = [*others, *world.outboxes]


class Twice:
    """A door through which every gesture comes two times."""

    reasons: ClassVar[dict[str, str]] = {}

    def __init__(self, door: Door) -> None:
        self._door = door

    async def deliver(self, parcel: Parcel) -> Ack:
        ack = await self._door.deliver(parcel)
        await self._door.deliver(parcel)
        return ack


def on_slack(directory: Directory) -> Directory:
    """The shop with Slack accounts (UANA …), and channels there beside the console's."""
    people = {
        key: replace(
            person,
            accounts={**person.accounts, "slack": f"U{key.upper()}"},
            contact=("slack",) if person.contact else (),
        )
        for key, person in directory.people.items()
    }
    desks = {
        key: replace(desk, channels=(*desk.channels, _channel(key)))
        for key, desk in directory.desks.items()
    }
    services = {
        key: replace(service, channels=(_channel("incidents"),))
        for key, service in directory.services.items()
    }
    return replace(directory, people=people, desks=desks, services=services)


def _channel(name: str) -> Space:
    return Space(surface="slack", id=f"C{name.upper()}")


@asynccontextmanager
async def open_shop(directory: Directory, *, limits: bool = False) -> AsyncIterator[SlackShop]:
    """The shop, connected, in a workspace that enforces its rate limits if asked to."""
    database = await Database.open("sqlite://:memory:")
    try:
        await migrated(database)
        shop = SlackShop(database, on_slack(directory), limits=limits)
        async with shop.fake:
            furnish(shop.fake, list(directory.people))
            slack = shop.connect()
            await slack.open()
            await slack.start()
            await shop.fake.until(lambda: shop.fake.sockets.count == 2)
            try:
                yield shop
            finally:
                await slack.stop()
                await slack.close()
    finally:
        await database.close()


def furnish(fake: FakeSlack, people: list[str]) -> None:
    """Put people and channels into a workspace."""
    for name in people:
        fake.add_user(name)
    for name in ("support", "billing", "incidents", "random"):
        fake.add_channel(name, people)
