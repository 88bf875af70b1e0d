"""What people say: notes and commands in threads, edits and deletions, emoji, words to the bot."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Final

from adapters.slack.events.payloads import Json, part, parts, text
from adapters.slack.gestures.answers import Answers
from adapters.slack.gestures.dispatcher import Around, Dispatcher
from adapters.slack.gestures.downloads import Downloads
from adapters.slack.gestures.home import Homes
from adapters.slack.gestures.occasions import SURFACE, Occasion, space_of, thread_of
from adapters.slack.gestures.people import People
from adapters.slack.gestures.reading import after_mention, words_of
from adapters.slack.surface import key_of
from bot.commands.call import Reaction, Reply, Talk, refusal
from bot.commands.shortcuts import EMOJI
from bot.domain.threads import ThreadRef
from bot.errors import PermanentError, Refused, TemporaryError
from bot.once import Once

log = logging.getLogger(__name__)

_SAID: Final = ("", "file_share", "thread_broadcast", "me_message")
_CHANGED: Final = "message_changed"
_DELETED: Final = "message_deleted"
_TOMBSTONE: Final = "tombstone"
_DIRECT: Final = "im"
# A look at an unknown thread's root that fails is repeated at once, so often in all.
LOOKS: Final = 3

REACTIONS: Final = {
    "eyes": "👀",
    "white_check_mark": "✅",
    "ticket": "🎫",
    "pushpin": "📌",
}
"""Slack's names of the emoji that mean something."""


class Listening:
    """Takes messages and emoji; what bots say, and we ourselves, is nobody's talk."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        people: People,
        answers: Answers,
        downloads: Downloads,
        homes: Homes,
        around: Around,
    ) -> None:
        self._dispatcher = dispatcher
        self._people = people
        self._answers = answers
        self._downloads = downloads
        self._homes = homes
        self._around = around
        self._addressed = Once()
        self._strange = Once()

    async def take(self, event: Json) -> None:
        """A message event."""
        channel, subtype = text(event, "channel"), text(event, "subtype")
        if subtype == _CHANGED:
            await self._changed(channel, event)
        elif subtype == _DELETED:
            await self._deleted(channel, part(event, "previous_message"))
        elif subtype in _SAID and not _by_machine(event):
            await self._said(channel, event)

    async def mentioned(self, event: Json) -> None:
        """A mention of us; the same words come as a message event, too, before or after."""
        talk = self._talk(text(event, "channel"), event)
        if talk.addressed and not _by_machine(event):
            await self._address(talk, event)

    async def _said(self, channel: str, event: Json) -> None:
        talk = self._talk(channel, event)
        direct = text(event, "channel_type") == _DIRECT
        if talk.addressed or (direct and not await self._in_our_thread(talk, event)):
            await self._address(replace(talk, addressed=True), event)
        elif text(event, "thread_ts") and self._people.known(talk.account):
            await self._note(talk, event)

    async def _in_our_thread(self, talk: Talk, event: Json) -> bool:
        """Whether it is said in a work item's thread, which one person alone may have."""
        if not text(event, "thread_ts") or not self._people.known(talk.account):
            return False
        await self._adopt(talk)
        return await self._knows(talk.thread, in_doubt=True)

    async def _address(self, talk: Talk, event: Json) -> None:
        """Words to the bot are a command, wherever they are said."""
        if not self._addressed.first(talk.key):
            return
        reply = await self._refused(talk.account)
        if reply is None:
            reply = await self._dispatcher.say(await self._with_files(talk, event))
        await self._answer(talk, reply, inside=bool(text(event, "thread_ts")))

    async def _note(self, talk: Talk, event: Json) -> None:
        """Words in a thread."""
        if await self._refused(talk.account) is None:
            await self._adopt(talk)
            reply = await self._dispatcher.say(await self._with_files(talk, event))
            await self._answer(talk, reply, inside=True)

    async def _with_files(self, talk: Talk, event: Json) -> Talk:
        """Files are fetched only where somebody keeps them; what is not fetched is told."""
        listed = parts(event, "files")
        if not listed or not await self._knows(talk.thread, in_doubt=True):
            return talk
        brought = await self._downloads.fetch(listed)
        remarks = "".join(f"\n[{remark}]" for remark in brought.remarks)
        return replace(talk, files=brought.files, text=f"{talk.text}{remarks}".strip())

    async def _changed(self, channel: str, event: Json) -> None:
        """Somebody edited their words; an unfurled link changes the message, too, but no words."""
        message, before = part(event, "message"), part(event, "previous_message")
        if text(message, "subtype") == _TOMBSTONE:
            await self._deleted(channel, before)
            return
        same = text(message, "text") == text(before, "text")
        if same or _by_machine(message) or not self._people.known(text(message, "user")):
            return
        talk = self._talk(channel, message)
        if await self._refused(talk.account) is None:
            await self._answer(talk, await self._dispatcher.revise(talk), inside=True)

    async def _deleted(self, channel: str, before: Json) -> None:
        account = text(before, "user")
        if _by_machine(before) or not self._people.known(account):
            return
        talk = self._talk(channel, before)
        reply = await self._dispatcher.withdraw(SURFACE, account, talk.key)
        await self._answer(talk, reply, inside=True)

    # ------------------------------------------------------------ emoji

    async def reacted(self, event: Json) -> None:
        """An emoji on a message, from somebody of the team."""
        account, item = text(event, "user"), part(event, "item")
        emoji = REACTIONS.get(text(event, "reaction").partition("::")[0], "")
        if emoji not in EMOJI or not self._people.known(account) or text(item, "type") != "message":
            return
        channel, ts = text(item, "channel"), text(item, "ts")
        message = await self._message(channel, ts, account)
        root = text(message, "thread_ts") or ts
        reaction = Reaction(
            surface=SURFACE,
            account=account,
            emoji=emoji,
            key=_key(channel, ts),
            place=space_of(channel, account),
            thread=thread_of(channel, root, account),
            text=words_of(text(message, "text"), self._people.keys),
            url=self._people.permalink(channel, ts, root),
        )
        if await self._refused(account) is None:
            talk = Talk(
                surface=SURFACE,
                account=account,
                thread=thread_of(channel, root, account),
                text="",
                key=f"{reaction.key}:{emoji}",
            )
            await self._answer(talk, await self._dispatcher.react(reaction), inside=root != ts)

    async def _message(self, channel: str, ts: str, account: str) -> Json:
        """What the emoji stands on; for the card of a work item nobody needs to look."""
        if await self._knows(thread_of(channel, ts, account), in_doubt=False):
            return {}
        return await self._downloads.message(channel, ts)

    # ------------------------------------------------------------ the rest

    async def _adopt(self, talk: Talk) -> None:
        """A thread that nobody knows may be ours all the same, made while its answer was lost."""
        thread = talk.thread
        if await self._knows(thread, in_doubt=True) or not self._strange.first(str(thread)):
            return
        root = await self._root(_channel_of(talk), thread.id)
        if not root:
            self._strange.forget(str(thread))
        elif key := key_of(root):
            await self._around.adopt(thread, key)

    async def _root(self, channel: str, ts: str) -> Json:
        """What a thread hangs on; an empty object when it is gone, or cannot be read."""
        for _ in range(LOOKS):
            try:
                return await self._downloads.message(channel, ts)
            except (TemporaryError, PermanentError) as error:
                log.info("a thread could not be looked at", extra={"why": error.words})
        return {}

    async def _knows(self, thread: ThreadRef, *, in_doubt: bool) -> bool:
        """Whether the thread is a work item's; while nobody can tell, the longer way is taken."""
        try:
            return await self._around.knows(thread)
        except TemporaryError:
            return in_doubt

    def _talk(self, channel: str, message: Json) -> Talk:
        ts = text(message, "ts")
        root = text(message, "thread_ts") or ts
        raw = text(message, "text")
        said, account = after_mention(raw, self._people.bot), text(message, "user")
        return Talk(
            surface=SURFACE,
            account=account,
            thread=thread_of(channel, root, account),
            text=words_of(raw if said is None else said, self._people.keys),
            key=_key(channel, ts),
            url=self._people.permalink(channel, ts, root),
            addressed=said is not None,
        )

    async def _refused(self, account: str) -> Reply | None:
        """Why somebody may not speak here; None when they may."""
        try:
            await self._people.admit(account)
        except Refused as refused:
            log.info("somebody who may not act is left alone", extra={"code": refused.code})
            return refusal(refused)
        return None

    async def _answer(self, talk: Talk, reply: Reply | None, *, inside: bool) -> None:
        if reply is None or reply.card is None:
            return
        occasion = Occasion(
            account=talk.account,
            key=talk.key,
            channel=_channel_of(talk),
            thread=talk.thread.id,
            inside=inside,
        )
        await self._answers.tell(occasion, reply.card)
        self._homes.refresh(talk.account)


def _by_machine(message: Json) -> bool:
    """Whether a bot, an app or Slack itself wrote it: we, too."""
    return bool(text(message, "bot_id") or text(message, "app_id")) or not text(message, "user")


def _key(channel: str, ts: str) -> str:
    return f"{channel}:{ts}"


def _channel_of(talk: Talk) -> str:
    """Slack's own id of the channel, which the key of what was said there begins with."""
    return talk.key.partition(":")[0]
