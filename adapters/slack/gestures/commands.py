"""Slash commands, buttons, menus and message shortcuts: acknowledged first, then carried out."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from adapters.slack.drawing.actions import MENU
from adapters.slack.events.background import Background, Patience
from adapters.slack.events.payloads import Json, parts, text
from adapters.slack.gestures.answers import Answers
from adapters.slack.gestures.dispatcher import Dispatcher
from adapters.slack.gestures.forms import Forms
from adapters.slack.gestures.home import Homes
from adapters.slack.gestures.occasions import SURFACE, Occasion, of_command, of_press, of_shortcut
from adapters.slack.gestures.people import People
from adapters.slack.gestures.reading import words_of
from bot.commands.call import Invocation, Reply, refusal
from bot.commands.forms import may_ask
from bot.commands.shortcuts import SHORTCUTS
from bot.errors import Refused
from bot.tasks import Promise

log = logging.getLogger(__name__)

Answer = Mapping[str, Any]

_WRONG: Final = (
    "Something went wrong on my side (ref {ref}). Try again; if it repeats, tell an admin."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """What each command is called here, by its root, and how long is waited."""

    commands: Mapping[str, str]
    patience: Patience


class Gestures:
    """Hands what people did to the dispatcher, and its replies to them."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        people: People,
        answers: Answers,
        forms: Forms,
        homes: Homes,
        background: Background,
        manners: Manners,
    ) -> None:
        self._dispatcher = dispatcher
        self._people = people
        self._answers = answers
        self._forms = forms
        self._homes = homes
        self._background = background
        self._patience = manners.patience
        self._roots = {name: root for root, name in manners.commands.items()}

    async def command(self, body: Json) -> Answer:
        """`/ticket claim SUP-42`, whatever the root is called here."""
        occasion = of_command(body)
        root = self._roots.get(text(body, "command"), "")
        words = words_of(text(body, "text"), self._people.keys)
        self._begin("command", occasion, replace(_asked(occasion), line=f"/{root} {words}"))
        return {}

    async def pressed(self, body: Json) -> Answer:
        """A button, or an entry of the ⋯ menu."""
        action = _action(body)
        if action:
            occasion = of_press(body)
            self._begin("button", occasion, replace(_asked(occasion), action=action))
        return {}

    async def shortcut(self, body: Json) -> Answer:
        """`Reply to customer` and its neighbours: the form, with the message's words in it."""
        wanted = next((s for s in SHORTCUTS if s.key == text(body, "callback_id")), None)
        if wanted is None:
            return {}
        occasion = of_shortcut(body)
        if not parts(body, "message", "files"):
            occasion = replace(occasion, message="")
        words = words_of(text(body, "message", "text"), self._people.keys)
        asking = replace(
            _asked(occasion), line=f"/{wanted.command}", args={wanted.param: words}, asks=True
        )
        self._begin("shortcut", occasion, asking)
        return {}

    # ------------------------------------------------------------ carrying out

    def _begin(self, what: str, occasion: Occasion, invocation: Invocation) -> None:
        async def sorry(ref: str) -> None:
            await self._answers.say(occasion, _WRONG.format(ref=ref))

        self._background.begin(what, self._carry_out(occasion, invocation), sorry=sorry)

    async def _carry_out(self, occasion: Occasion, invocation: Invocation) -> None:
        promise = Promise(self._run(invocation), "slack:gesture")
        if occasion.trigger and not occasion.view and may_ask(self._dispatcher.table, invocation):
            reply = await promise.soon(self._patience.gesture)
            if reply is None and not promise.over:
                occasion = await self._forms.hold(occasion)
        await self._give(occasion, await promise.kept())
        self._homes.refresh(occasion.account)

    async def _run(self, invocation: Invocation) -> Reply:
        try:
            await self._people.admit(invocation.account)
        except Refused as refused:
            return refusal(refused)
        return await self._dispatcher.run(invocation)

    async def _give(self, occasion: Occasion, reply: Reply) -> None:
        if reply.form is not None:
            await self._forms.open(occasion, reply.form)
        elif reply.card is None:
            return
        elif occasion.view:
            await self._forms.tell(occasion, reply.card)
        elif not occasion.home:
            await self._answers.tell(occasion, reply.card)
        elif reply.refused or reply.card.actions or reply.card.blocks:
            # What else was done, the home itself shows.
            await self._forms.tell(occasion, reply.card)


def _asked(occasion: Occasion) -> Invocation:
    return Invocation(
        surface=SURFACE,
        account=occasion.account,
        key=occasion.key,
        place=occasion.place,
        thread=occasion.ref,
    )


def _action(body: Json) -> str:
    """Our action id: that of the button, or the value of the menu's entry."""
    pressed = next(iter(parts(body, "actions")), {})
    if text(pressed, "action_id") == MENU:
        return text(pressed, "selected_option", "value")
    return text(pressed, "value") or text(pressed, "action_id")
