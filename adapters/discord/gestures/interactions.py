"""Commands, buttons, menus and forms: handed to the core, answered within three seconds."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from adapters.discord.api.rest import Rest
from adapters.discord.drawing.controls import ASKS
from adapters.discord.gestures.answers import Answers
from adapters.discord.gestures.commands import MESSAGE
from adapters.discord.gestures.dispatcher import Dispatcher
from adapters.discord.gestures.forms import submitted
from adapters.discord.gestures.occasions import (
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    SUBMIT,
    SURFACE,
    Gesture,
    read_gesture,
)
from adapters.discord.gestures.receiving import receive_all
from adapters.discord.gestures.talk import words_of
from adapters.discord.gestures.typed import choices, completion_line, read_typed
from bot.commands.call import Invocation, Reply, refusal
from bot.commands.shortcuts import SHORTCUTS
from bot.domain.mail import Attachment
from bot.errors import Refused, UserError
from bot.tasks import spawn, stop

Json = Mapping[str, Any]

FIRST_ANSWER: Final = timedelta(seconds=0.8)
"""After that long the answer is promised for later: Discord takes none after three seconds."""
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
        first_answer: timedelta = FIRST_ANSWER,
    ) -> None:
        self._rest = rest
        self._dispatcher = dispatcher
        self._answers = answers
        self._names = names
        self._first_answer = first_answer.total_seconds()

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
        """Answer at once if that is possible; else promise an answer and give it later."""
        found: list[Reply] = []

        async def run() -> None:
            found.append(await self._reply(gesture))

        task = spawn(run(), f"gesture:{gesture.id}")
        try:
            await asyncio.wait([task], timeout=self._first_answer)
            if task.done():
                await self._answers.reply(gesture, _only(found))
                return
            await self._answers.defer(gesture)
            await asyncio.wait([task])
            await self._answers.finish(gesture, _only(found))
        finally:
            if not task.done():
                await stop(task)

    async def _reply(self, gesture: Gesture) -> Reply:
        try:
            return await self._dispatcher.run(await self._invocation(gesture))
        except Refused as refused:
            return refusal(refused)

    async def _invocation(self, gesture: Gesture) -> Invocation:
        if gesture.kind == COMMAND and gesture.data.get("type") == MESSAGE:
            return self._shortcut(gesture)
        if gesture.kind == COMMAND:
            return await self._command(gesture)
        args: Mapping[str, str] = {}
        files: tuple[Attachment, ...] = ()
        if gesture.kind == SUBMIT:
            args, ids = submitted(gesture.data.get("components") or ())
            files = await self._files(gesture, ids)
        return Invocation(
            surface=SURFACE,
            account=gesture.account,
            key=gesture.id,
            action=gesture.chosen,
            args=args,
            files=files,
            place=gesture.place,
            thread=gesture.thread,
        )

    async def _command(self, gesture: Gesture) -> Invocation:
        typed = read_typed(self._dispatcher.table, self._names, gesture.data)
        return Invocation(
            surface=SURFACE,
            account=gesture.account,
            key=gesture.id,
            line=typed.line,
            args=typed.args,
            files=await self._files(gesture, typed.files),
            place=gesture.place,
            thread=gesture.thread,
            asks=typed.lacks,
        )

    def _shortcut(self, gesture: Gesture) -> Invocation:
        """An entry of a message's menu: the form of its command, with the message's words in it."""
        label = gesture.data.get("name")
        entry = next((entry for entry in SHORTCUTS if entry.label == label), None)
        if entry is None:
            raise UserError(f"There is no “{label}” any more.", code="unknown_action")
        messages = (gesture.data.get("resolved") or {}).get("messages") or {}
        message = messages.get(str(gesture.data.get("target_id"))) or {}
        return Invocation(
            surface=SURFACE,
            account=gesture.account,
            key=gesture.id,
            line=f"/{entry.command}",
            args={entry.param: words_of(message)},
            place=gesture.place,
            thread=gesture.thread,
            asks=True,
        )

    async def _files(self, gesture: Gesture, ids: Sequence[str]) -> tuple[Attachment, ...]:
        sent = (gesture.data.get("resolved") or {}).get("attachments") or {}
        return await receive_all(self._rest, [sent[id_] for id_ in ids if id_ in sent])

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


def _only(found: Sequence[Reply]) -> Reply:
    return found[0] if found else refusal(_BROKEN)
