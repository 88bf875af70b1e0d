"""What people say, edit, delete and mark with emoji in Discord, handed to the core."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from adapters.discord.api.channels import Channel, Channels
from adapters.discord.api.rest import Rest
from adapters.discord.api.routes import route
from adapters.discord.drawing.homes import home_card
from adapters.discord.gestures.dispatcher import Dispatcher
from adapters.discord.gestures.occasions import SURFACE
from adapters.discord.gestures.private import Private
from adapters.discord.gestures.receiving import receive
from adapters.discord.gestures.talk import Said, read_said, words_of
from bot.commands.call import Reaction, Reply, Talk
from bot.commands.shortcuts import EMOJI
from bot.domain.threads import Space, ThreadRef
from bot.errors import PermanentError

Json = Mapping[str, Any]
Writer = Callable[[str], Awaitable[str]]
"""The account of who wrote a message that we keep, by its id; empty when we keep none."""
log = logging.getLogger(__name__)

_PICTURE: Final = "\ufe0f"
_DELETED: Final = "deleted"
_HOME: Final = ("home", "start", "hello", "hi")


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """Who is heard: `knows` an account with a role, `spaces` are the desks' channels.

    `writer` gives the account of who wrote a message that we keep.
    """

    knows: Callable[[str], bool]
    spaces: frozenset[str]
    writer: Writer


class Hearing:
    """Takes messages and emoji; `me` is the bot's own account, known once it is connected."""

    def __init__(
        self,
        rest: Rest,
        channels: Channels,
        dispatcher: Dispatcher,
        private: Private,
        company: Company,
    ) -> None:
        self._rest = rest
        self._channels = channels
        self._dispatcher = dispatcher
        self._private = private
        self._company = company
        self.me = ""

    async def said(self, body: Json, *, late: bool = False) -> None:
        """Somebody said something; `late` when it may have been heard before."""
        said = read_said(body, self.me)
        if said is None or not self._company.knows(said.account):
            return
        talk = await self._talk(said)
        if talk is None or not (talk.text or talk.files or talk.addressed):
            return
        if not said.guild and said.text.lower() in _HOME:
            home = await self._dispatcher.home(SURFACE, said.account)
            await self._private.answer(said, Reply(card=home_card(home)))
            return
        reply = await self._dispatcher.say(talk)
        # A refusal of what was done long ago would only confuse.
        if reply is not None and not (late and reply.refused):
            await self._private.answer(said, reply)

    async def edited(self, body: Json) -> None:
        """Somebody changed what they said."""
        said = read_said(body, self.me)
        if said is None or not said.edited or not self._company.knows(said.account):
            return
        talk = await self._talk(said, files=False)
        if talk is None or not said.guild or not talk.text:
            return
        reply = await self._dispatcher.revise(talk)
        if reply is not None:
            await self._private.answer(said, reply)

    async def deleted(self, channel: str, message: str) -> None:
        """Something was deleted; Discord tells by nobody's name, so its writer is taken for it."""
        account = await self._company.writer(message)
        if not account:
            return
        reply = await self._dispatcher.withdraw(SURFACE, account, message)
        if reply is not None:
            said = Said(
                id=message, channel=channel, guild="", account=account, text="", gesture=_DELETED
            )
            await self._private.tell(said, reply)

    async def reacted(self, body: Json) -> None:
        """Somebody put an emoji on a message."""
        account, emoji = str(body.get("user_id", "")), str((body.get("emoji") or {}).get("name"))
        known = emoji.replace(_PICTURE, "") in EMOJI and self._company.knows(account)
        if not known or account == self.me or not body.get("guild_id"):
            return
        channel = await self._channels.of(str(body["channel_id"]))
        place, thread = _where(channel)
        if place.id not in self._company.spaces:
            return
        id_ = str(body["message_id"])
        path = "/channels/{channel}/messages/{message}"
        message = await self._rest.ask(route("GET", path, channel=channel.id, message=id_))
        said = Said(
            id=id_,
            channel=channel.id,
            guild=channel.guild,
            account=account,
            text=words_of(message),
            gesture=emoji,
        )
        reply = await self._dispatcher.react(
            Reaction(
                surface=SURFACE,
                account=account,
                emoji=emoji,
                key=id_,
                place=place,
                thread=thread,
                text=said.text,
                url=said.url,
            )
        )
        if reply is not None and (reply.refused or reply.card):
            await self._private.tell(said, reply)

    async def typed(self, body: Json) -> None:
        """Somebody types in a thread of ours."""
        account = str(body.get("user_id", ""))
        if not self._company.knows(account) or not body.get("guild_id"):
            return
        place, thread = _where(await self._channels.of(str(body["channel_id"])))
        if thread is not None and place.id in self._company.spaces:
            await self._dispatcher.typing(SURFACE, account, thread)

    async def _talk(self, said: Said, *, files: bool = True) -> Talk | None:
        """What it means for us; None where nobody listens."""
        ref, addressed = await self._place(said)
        if ref is None:
            return None
        found = await receive(self._rest, said.attachments if files else ())
        text = "\n".join(filter(None, (said.text, *found.left)))
        return Talk(
            surface=SURFACE,
            account=said.account,
            thread=ref,
            text=text,
            key=said.id,
            files=found.files,
            url=said.url,
            addressed=addressed,
        )

    async def _place(self, said: Said) -> tuple[ThreadRef | None, bool]:
        """The thread, and whether it is to us; outside threads only what is to us counts."""
        if not said.guild:
            return ThreadRef(surface=SURFACE, space=said.channel, id=said.id), True
        try:
            channel = await self._channels.of(said.channel)
        except PermanentError:
            return None, False
        place, thread = _where(channel)
        if thread is not None and place.id in self._company.spaces:
            return thread, said.addressed
        if said.addressed:
            return ThreadRef(surface=SURFACE, space=place.id, id=said.id), True
        return None, False


def _where(channel: Channel) -> tuple[Space, ThreadRef | None]:
    if channel.thread and channel.parent:
        parent = channel.parent
        ref = ThreadRef(surface=SURFACE, space=parent, id=channel.id)
        return Space(surface=SURFACE, id=parent), ref
    return Space(surface=SURFACE, id=channel.id), None
