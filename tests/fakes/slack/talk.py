"""What people type: commands, messages, edits, emoji; and the home tab."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tests.fakes.slack import payloads
from tests.fakes.slack.methods_files import stored
from tests.fakes.slack.record import Ack
from tests.fakes.slack.refusal import Refusal
from tests.fakes.slack.responses import say
from tests.fakes.slack.values import BOT_USER, Json, Message
from tests.fakes.slack.watching import Seen, Watching


class Talk(Watching):
    """People who type."""

    async def types(self, user: str, channel: str, line: str, *, thread_ts: str = "") -> Seen:
        """A slash command; in a thread Slack refuses it and the app never learns of it."""
        who = self.workspace.user(user)
        where = self.workspace.channel(self._channel(channel, who.id))
        if thread_ts:
            error = f"{line.split()[0]} is not supported in threads. Sorry!"
            ack = Ack(kind="slash_commands", id="", at=self.workspace.clock.now(), error=error)
            return Seen(self, who.id, ack, error=error)
        payload = payloads.slash(self.workspace, who, where, line)
        seen = await self._bring("slash_commands", who, payload)
        if seen.payload and (seen.payload.get("text") or seen.payload.get("blocks")):
            self._show(seen, payload)
        return seen

    def _show(self, seen: Seen, payload: Json) -> None:
        url = self.workspace.response_urls[payload["response_url"].rpartition("/")[2]]
        try:
            say(self.workspace, url, seen.payload or {})
        except Refusal as refusal:
            seen.error = refusal.code

    async def says(
        self,
        user: str,
        channel: str,
        text: str,
        *,
        thread_ts: str = "",
        files: Mapping[str, bytes] | None = None,
        broadcast: bool = False,
    ) -> Message:
        """A message, in a thread and with files if so; returns when the app has heard of it."""
        who, words = self.workspace.user(user), payloads.in_message(self.workspace, text)
        shared = tuple(
            stored(self.workspace, name, who.id, content) for name, content in (files or {}).items()
        )
        message = Message(
            channel=self._channel(channel, who.id),
            ts=self.workspace.next_ts(),
            user=who.id,
            text=words,
            blocks=payloads.typed(words),
            thread_ts=thread_ts,
            files=shared,
            broadcast=broadcast,
            subtype="file_share" if shared else "thread_broadcast" if broadcast else "",
        )
        self.workspace.post(message)
        self._mention(message)
        await self.events.settled()
        return message

    def _mention(self, message: Message) -> None:
        channel = self.workspace.channels[message.channel]
        if f"<@{BOT_USER}>" in message.text and channel.has_bot and not channel.user:
            told = message.as_json() | {"type": "app_mention", "channel": message.channel}
            self.workspace.emit("app_mention", told | {"event_ts": message.ts})

    async def edits(self, message: Message, text: str) -> Message:
        """The writer changes the words."""
        words = payloads.in_message(self.workspace, text)
        fresh = self.workspace.change(
            self.message(message), text=words, blocks=payloads.typed(words)
        )
        await self.events.settled()
        return fresh

    async def deletes(self, message: Message) -> None:
        """Somebody deletes a message; a root too, whose thread is then gone."""
        self.workspace.delete(self.message(message))
        await self.events.settled()

    async def reacts(self, user: str, message: Message, emoji: str) -> None:
        """An emoji on a message, `eyes` or `:eyes:`."""
        who, now = self.workspace.user(user), self.message(message)
        name = emoji.strip(":")
        reactions = (*now.reactions, (name, who.id))
        self.workspace.messages.put(replace(now, reactions=reactions))
        if self.workspace.channels[now.channel].has_bot:
            event = {
                "type": "reaction_added",
                "user": who.id,
                "reaction": name,
                "item_user": now.user,
                "item": {"type": "message", "channel": now.channel, "ts": now.ts},
                "event_ts": self.workspace.next_ts(),
            }
            self.workspace.emit("reaction_added", event)
        await self.events.settled()

    async def opens_home(self, user: str, tab: str = "home") -> None:
        """Somebody opens the app's home (or its messages) tab."""
        who = self.workspace.user(user)
        known = self.workspace.homes.get(who.id)
        event: Json = {
            "type": "app_home_opened",
            "user": who.id,
            "channel": self.workspace.direct(who.id).id,
            "tab": tab,
            "event_ts": self.workspace.next_ts(),
        }
        if known:
            event["view"] = known.as_json()
        self.workspace.emit("app_home_opened", event)
        await self.events.settled()
