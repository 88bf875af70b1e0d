"""Commands, buttons, menus and forms: handed to the core, answered within three seconds.

Whether a form may come of a gesture is known before anything is done. A form has to be the first
answer; everything else is promised at once, whatever the database does, and given when it is there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from adapters.discord.api.rest import Rest
from adapters.discord.drawing.controls import ASKS
from adapters.discord.gestures.answers import Answers
from adapters.discord.gestures.asking import Asked, read_asked
from adapters.discord.gestures.dispatcher import Dispatcher
from adapters.discord.gestures.forms import with_words
from adapters.discord.gestures.occasions import (
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    SUBMIT,
    SURFACE,
    Gesture,
    read_gesture,
)
from adapters.discord.gestures.pointing import Pointing
from adapters.discord.gestures.receiving import receive_all
from adapters.discord.gestures.typed import choices, completion_line, read_typed
from bot.commands.call import Reply, refusal
from bot.commands.forms import may_ask
from bot.errors import Refused, UserError
from bot.tasks import Promise

Json = Mapping[str, Any]

FOR_A_FORM: Final = timedelta(seconds=1.5)
"""A form that is not there by then is offered by a button: Discord takes none after three seconds.
"""
PROPOSALS: Final = timedelta(seconds=2)
_BROKEN: Final = UserError(
    "Something went wrong on my side.", code="broken", hint="Try again, or ask an operator."
)


class Interactions:
    """Takes interactions; `names` is what each root is called here."""

    def __init__(
        self,
        rest: Rest,
        dispatcher: Dispatcher,
        answers: Answers,
        names: Mapping[str, str],
        for_a_form: timedelta = FOR_A_FORM,
    ) -> None:
        self._rest = rest
        self._dispatcher = dispatcher
        self._answers = answers
        self._names = names
        self._pointing = Pointing(rest)
        self._for_a_form = for_a_form.total_seconds()

    async def take(self, body: Json) -> None:
        """Do what the person did, and answer that person alone."""
        gesture = read_gesture(body, asyncio.get_running_loop().time())
        if gesture.kind == AUTOCOMPLETE:
            await self._complete(gesture)
        elif gesture.kind == COMPONENT and gesture.chosen.startswith(ASKS):
            await self._answers.ask_back(gesture)
        elif gesture.kind in (COMMAND, COMPONENT, SUBMIT):
            await self._act(gesture)

    async def _act(self, gesture: Gesture) -> None:
        try:
            asked = read_asked(gesture, self._dispatcher.table, self._names)
        except Refused as refused:
            await self._answers.reply(gesture, refusal(refused))
            return
        self._pointing.note(gesture.message)
        if gesture.kind != SUBMIT and may_ask(self._dispatcher.table, asked.invocation):
            await self._open(gesture, asked)
        else:
            await self._do(gesture, asked)

    async def _open(self, gesture: Gesture, asked: Asked) -> None:
        """Answer with the form; one that takes too long is a button in an answer given later."""
        reply = Promise(self._reply(gesture, asked), f"gesture:{gesture.id}")
        try:
            found = await reply.soon(self._for_a_form)
            if reply.over:
                await self._answers.reply(gesture, found or refusal(_BROKEN))
                return
            await self._answers.think(gesture)
            await self._answers.finish(gesture, await reply.soon() or refusal(_BROKEN))
        finally:
            await reply.give_up()

    async def _do(self, gesture: Gesture, asked: Asked) -> None:
        """Promise an answer first, then begin, and give it when both are done."""
        promised = Promise(self._answers.promise(gesture), f"promise:{gesture.id}")
        reply = Promise(self._reply(gesture, asked), f"gesture:{gesture.id}")
        try:
            found = await reply.soon() or refusal(_BROKEN)
            if gesture.kind == SUBMIT:
                found = with_words(found, asked.invocation.args)
            await promised.soon()
            await self._answers.fulfil(gesture, found)
        finally:
            await promised.give_up()
            await reply.give_up()

    async def _reply(self, gesture: Gesture, asked: Asked) -> Reply:
        try:
            along = await self._along(gesture)
            files = await receive_all(self._rest, (*along, *asked.files))
            return await self._dispatcher.run(replace(asked.invocation, files=files))
        except Refused as refused:
            return refusal(refused)

    async def _along(self, gesture: Gesture) -> Sequence[Json]:
        """The files of the message on whose menu the form was opened."""
        if not gesture.pointed_at:
            return ()
        return await self._pointing.files(gesture.channel, gesture.pointed_at)

    async def _complete(self, gesture: Gesture) -> None:
        try:
            async with asyncio.timeout(PROPOSALS.total_seconds()):
                proposals = await self._proposals(gesture)
        except (Refused, TimeoutError):
            proposals = []
        await self._answers.propose(gesture, proposals)

    async def _proposals(self, gesture: Gesture) -> list[dict[str, Any]]:
        typed = read_typed(self._dispatcher.table, self._names, gesture.data)
        line = completion_line(typed)
        found = await self._dispatcher.complete(SURFACE, gesture.account, line, gesture.thread)
        return choices(typed, found)
