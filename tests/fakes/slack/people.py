"""People at work in Slack: buttons, menus, shortcuts and forms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.fakes.slack import payloads
from tests.fakes.slack.controls import Impossible, choice, control, controls, filled, options_of
from tests.fakes.slack.refusal import Refusal
from tests.fakes.slack.responses import settle_submission, shut
from tests.fakes.slack.talk import Talk
from tests.fakes.slack.values import Json, Message, User, View
from tests.fakes.slack.watching import Seen


class People(Talk):
    """The driver: everything that people do, and what they see of it."""

    # Buttons, menus, shortcuts --------------------------------------------------------------

    async def presses(
        self,
        user: str,
        surface: Message | View,
        name: str,
        *,
        as_seen: bool = False,
        form: Mapping[str, Any] | None = None,
    ) -> Seen:
        """A button, by its action_id or its words; `as_seen` presses it on an outdated picture.

        `form` is what stands in the fields of a view at that moment.
        """
        where = surface if as_seen else self._now(surface)
        block, element = control(where.blocks, name)
        kept = ("type", "action_id", "text", "value", "style", "url")
        pressed = {key: element[key] for key in kept if key in element}
        return await self._acts(user, where, {**pressed, "block_id": block["block_id"]}, form)

    async def opens_menu(
        self,
        user: str,
        surface: Message | View,
        option: str,
        menu: str = "",
        *,
        as_seen: bool = False,
    ) -> Seen:
        """An entry of the ⋯ menu, or of the menu or list named; by its value or its words."""
        where = surface if as_seen else self._now(surface)
        block, element = control(where.blocks, menu) if menu else _overflow(where, option)
        chosen = {"selected_option": choice(options_of(element), option)}
        return await self._acts(user, where, {**_which(block, element), **chosen})

    async def picks(
        self,
        user: str,
        surface: Message | View,
        name: str,
        value: Any,
        *,
        form: Mapping[str, Any] | None = None,
    ) -> Seen:
        """Any other control that acts at once: a date, a person, a text with dispatch_action."""
        where = self._now(surface)
        block, element = control(where.blocks, name)
        chosen = filled(element, value)
        values = {**(form or {}), element["action_id"]: value} if block["type"] == "input" else form
        return await self._acts(user, where, {**_which(block, element), **chosen}, values)

    async def _acts(
        self,
        user: str,
        where: Message | View,
        pressed: Json,
        form: Mapping[str, Any] | None = None,
    ) -> Seen:
        who = self.workspace.user(user)
        self._sees(who, where)
        payload = payloads.action(self.workspace, who, where, pressed, form)
        return await self._bring("interactive", who, payload)

    def _sees(self, who: User, where: Message | View) -> None:
        if isinstance(where, View):
            seen = where.user == who.id and not where.closed
        elif where.ephemeral_to:
            seen = where.ephemeral_to == who.id
        else:
            channel = self.workspace.channels[where.channel]
            seen = who.id in channel.members or not channel.is_private
        if not seen:
            raise Impossible(f"{who.name} does not see that")

    async def suggests(
        self, user: str, surface: Message | View, name: str, text: str
    ) -> list[Json]:
        """The options that the app offers while somebody types into an external select."""
        who, where = self.workspace.user(user), self._now(surface)
        found = control(where.blocks, name)
        payload = payloads.suggestion(self.workspace, who, where, found, text)
        seen = await self._bring("interactive", who, payload)
        return options_of(seen.payload or {})

    async def uses_shortcut(
        self, user: str, callback_id: str, message: Message | None = None
    ) -> Seen:
        """A message shortcut, or a global one without a message."""
        who = self.workspace.user(user)
        now = self.message(message) if message else None
        payload = payloads.shortcut(self.workspace, who, callback_id, now)
        return await self._bring("interactive", who, payload)

    # Forms ----------------------------------------------------------------------------------

    async def submits(
        self, view: View, values: Mapping[str, Any] | None = None, **more: Any
    ) -> Seen:
        """The form filled in and sent; fields by action_id, block_id or label."""
        now = self._open(view)
        payload = payloads.submission(self.workspace, now, {**(values or {}), **more})
        seen = await self._bring("interactive", self.workspace.users[now.user], payload)
        if seen.error:
            seen.on_top = now
            return seen
        try:
            seen.on_top = settle_submission(self.workspace, now, seen.payload)
        except Refusal as refusal:
            seen.error = refusal.code
        return seen

    async def closes(self, view: View) -> Seen | None:
        """The form closed unsent; the app hears of it when it asked for notify_on_close."""
        now = self._open(view)
        shut(self.workspace, now)
        if not now.content.get("notify_on_close"):
            return None
        payload = payloads.closing(self.workspace, now)
        return await self._bring("interactive", self.workspace.users[now.user], payload)

    def _open(self, view: View) -> View:
        now = self.workspace.views[view.id]
        if now.closed:
            raise Impossible("that view is closed")
        return now

    def _now(self, surface: Message | View) -> Message | View:
        if isinstance(surface, Message):
            return self.message(surface)
        if surface.kind == "home":
            return self.workspace.homes[surface.user]
        return self._open(surface)


def _which(block: Json, element: Json) -> Json:
    which = {"type": element["type"], "action_id": element["action_id"]}
    return {**which, "block_id": block["block_id"]}


def _overflow(surface: Message | View, option: str) -> tuple[Json, Json]:
    menus = [pair for pair in controls(surface.blocks) if pair[1]["type"] == "overflow"]
    for block, element in menus:
        if any(option in (o.get("value"), o["text"]["text"]) for o in element["options"]):
            return block, element
    there = [o["text"]["text"] for _, element in menus for o in element["options"]]
    raise Impossible(f"no {option!r} in the ⋯ menu, only {there}")
