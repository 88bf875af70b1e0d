"""Slack: a workspace on the wire, and the real adapter before it."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AsyncExitStack

from bot.domain.threads import Space
from bot.ports import ChatSurface
from tests.fakes.slack import FakeSlack, Message, words
from tests.fakes.slack import Seen as Gesture
from tests.fakes.slack.controls import controls
from tests.scenario.house import House
from tests.scenario.platforms.window import CHANNELS, Picture, Said, Seen, root
from tests.scenario.slack_shop import Twice, furnish, slack_before

EMOJI = {"👀": "eyes", "✅": "white_check_mark"}
LOBBY = "random"


class SlackWindow:
    """Slack as its people use it; commands are typed in another channel than the card's."""

    name = "slack"
    hides = False

    async def opens(self, stack: AsyncExitStack, people: Collection[str]) -> None:
        self._people = list(people)

    async def joins(self, desk: House, stack: AsyncExitStack) -> None:
        self.fake = await stack.enter_async_context(FakeSlack(desk.clock))
        furnish(self.fake, self._people)
        slack = slack_before(desk, self.fake)
        self.surface: ChatSurface = slack.surface
        await slack.open()
        stack.push_async_callback(slack.close)
        await slack.start()
        stack.push_async_callback(slack.stop)
        await self.connected()

    def account(self, person: str) -> str:
        return f"U{person.upper()}"

    def space(self, channel: str) -> Space:
        return Space(surface=self.name, id=f"C{channel.upper()}")

    # ------------------------------------------------------------ looking

    async def card(self, number: str, by: str = "") -> Picture:
        return _picture(self._root(number, by))

    async def thread(self, number: str, by: str = "") -> list[str]:
        card = self._root(number, by)
        return [words(message) for message in self.fake.messages(card.channel, card.ts)[1:]]

    async def pages(self, person: str) -> list[Picture]:
        return [_picture(one) for one in self.fake.direct_messages(person) if one.by_app]

    async def all_shown(self, person: str) -> str:
        """Everything in channels, what was sent to this person alone, their home, and a list."""
        await self.fake.opens_home(person)
        listed = await self._seen(await self.fake.types(person, LOBBY, "/incident list"))
        await self.quiet()
        channels = [one for channel in CHANNELS for one in self.fake.workspace.messages.of(channel)]
        alone = [*self.fake.direct_messages(person), *self.fake.whispers(person)]
        home = self.fake.home(person)
        shown = [f"{one.text}\n{words(one)}" for one in (*channels, *alone)]
        return "\n".join([listed.words, *shown, str(home.as_json() if home else "")])

    def _root(self, number: str, by: str = "") -> Message:
        """The card, which has a menu; in the person's own messages where it is in no channel."""
        roots = [message for channel in CHANNELS for message in self.fake.messages(channel)]
        roots += [one for one in self.fake.direct_messages(by) if not one.is_reply] if by else []
        cards = [one for one in roots if number in one.text and _menus(one)]
        (found,) = cards
        return found

    # ------------------------------------------------------------ doing

    async def presses(self, person: str, picture: Picture, label: str) -> Seen:
        return await self._seen(await self.fake.presses(person, picture.it, label, as_seen=True))

    async def submits(self, person: str, seen: Seen, **fields: str) -> Seen:
        return await self._seen(await self.fake.submits(seen.form, fields))

    async def types(self, person: str, number: str, verb: str, /, **options: str) -> Seen:
        line = " ".join((f"/{root(number)}", verb, number, *options.values()))
        return await self._seen(await self.fake.types(person, LOBBY, line))

    async def says(self, person: str, number: str, text: str) -> Said:
        card = self._root(number, person)
        message = await self.fake.says(person, card.channel, text, thread_ts=card.ts)
        return Said(person=person, text=text, it=message)

    async def edits(self, said: Said, text: str) -> None:
        await self.fake.edits(said.it, text)

    async def deletes(self, said: Said) -> None:
        await self.fake.deletes(said.it)

    async def reacts(self, person: str, number: str, emoji: str) -> None:
        await self.fake.reacts(person, self._root(number), EMOJI[emoji])

    async def _seen(self, gesture: Gesture) -> Seen:
        await self.fake.until(lambda: gesture.error or gesture.opened() or gesture.answers())
        if gesture.opened():
            return Seen(form=gesture.opened())
        return Seen(words="\n".join([gesture.error, *map(words, gesture.answers())]).strip())

    # ------------------------------------------------------------ the platform itself

    async def quiet(self) -> None:
        await self.fake.events.settled()

    def repeats(self) -> None:
        self.fake.events.copies = 2
        self.fake.door = Twice(self.fake.door)

    async def jolts(self) -> None:
        self.fake.sockets.drop()
        await self.connected()

    async def goes_down(self) -> None:
        await self.fake.goes_down()

    def comes_back(self) -> None:
        self.fake.comes_back()

    async def connected(self) -> None:
        await self.fake.until(lambda: self.fake.sockets.count == 2)


def _picture(message: Message) -> Picture:
    pressed = (part for _, part in controls(message.blocks) if part["type"] == "button")
    buttons = tuple(part["text"]["text"] for part in pressed)
    return Picture(words=words(message), buttons=buttons, it=message)


def _menus(message: Message) -> bool:
    kinds = {part["type"] for _, part in controls(message.blocks)}
    return bool(kinds & {"overflow", "static_select"})
