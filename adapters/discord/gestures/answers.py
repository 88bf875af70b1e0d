"""Answers to interactions: the first within three seconds, later ones by editing it.

https://discord.com/developers/docs/interactions/receiving-and-responding
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from adapters.discord.api.patience import patiently
from adapters.discord.api.rest import Rest, Upload
from adapters.discord.api.routes import Route, answer_route
from adapters.discord.drawing.controls import ASKS
from adapters.discord.drawing.payloads import EPHEMERAL, answered, edited, ephemeral
from adapters.discord.drawing.render import Drawing, Scene, draw
from adapters.discord.files import MAX_REQUEST
from adapters.discord.gestures.forms import modal
from adapters.discord.gestures.occasions import Gesture
from bot.cards import Action, Card, Plain, Style
from bot.commands.call import Reply
from bot.commands.forms import offered
from bot.errors import PermanentError, TemporaryError
from bot.ports.tally import Tally

Json = dict[str, Any]
log = logging.getLogger(__name__)

_MESSAGE: Final = 4
_THINKING: Final = 5
_LATER: Final = 6
_UPDATE: Final = 7
_CHOICES: Final = 8
_MODAL: Final = 9
_CALLBACK: Final = "/interactions/{id}/{token}/callback"
_MORE: Final = "/webhooks/{webhook}/{token}"
_ORIGINAL: Final = f"{_MORE}/messages/@original"
# As the library asks for it: components of webhooks are otherwise passed over.
_WITH_COMPONENTS: Final = {"with_components": "1"}


class Answers:
    """Answers one interaction in the way that its kind allows."""

    def __init__(self, rest: Rest, scene: Scene, tally: Tally) -> None:
        self._rest = rest
        self._scene = scene
        self._tally = tally

    async def reply(self, gesture: Gesture, reply: Reply) -> None:
        """The first answer: a form, or a card that only this person sees."""
        if reply.form is not None:
            body: Json = {
                "type": _MODAL,
                "data": modal(reply.form, self._scene.accounts, gesture.message),
            }
            await self._first(gesture, body)
            return
        drawing, uploads = self._drawn(_shown(reply))
        if gesture.on_ephemeral and not uploads:
            # What stood there has done its duty; the answer takes its place.
            await self._first(gesture, {"type": _UPDATE, "data": edited(drawing)})
            return
        await self._first(
            gesture, {"type": _MESSAGE, "data": ephemeral(drawing, files=uploads)}, uploads
        )

    async def think(self, gesture: Gesture) -> None:
        """Show the person that the answer takes a while."""
        kind = _LATER if gesture.on_ephemeral else _THINKING
        await self._first(gesture, {"type": kind, "data": {"flags": EPHEMERAL}})

    async def finish(self, gesture: Gesture, reply: Reply) -> None:
        """The answer after `think`; a form comes as a button, since its time is over."""
        drawing, uploads = self._drawn(_shown(reply))
        target = answer_route("PATCH", _ORIGINAL, webhook=gesture.application, token=gesture.token)
        await self._later(target, answered(drawing, files=uploads), uploads)

    async def promise(self, gesture: Gesture) -> None:
        """Take the gesture at once: who pressed something sees nothing of that."""
        if gesture.on_message:
            await self._first(gesture, {"type": _LATER})
        else:
            await self.think(gesture)

    async def fulfil(self, gesture: Gesture, reply: Reply) -> None:
        """The answer after `promise`: where it was promised, or below what was pressed."""
        if gesture.on_ephemeral or not gesture.on_message:
            await self.finish(gesture, reply)
            return
        drawing, uploads = self._drawn(_shown(reply))
        target = answer_route("POST", _MORE, webhook=gesture.application, token=gesture.token)
        await self._later(target, ephemeral(drawing, files=uploads), uploads)

    async def propose(self, gesture: Gesture, choices: list[Json]) -> None:
        """Proposals for the option being typed."""
        await self._first(gesture, {"type": _CHOICES, "data": {"choices": choices}})

    async def ask_back(self, gesture: Gesture) -> None:
        """Ask before something that cannot be taken back."""
        label = gesture.labels.get(gesture.chosen, "") or "Do it"
        action = Action(gesture.chosen.removeprefix(ASKS), label, Style.DANGER)
        words = f"{label}: are you sure?"
        card = Card(title="", fallback=words, status=(Plain(words),), actions=(action,))
        await self.reply(gesture, Reply(card=card))

    def _drawn(self, card: Card) -> tuple[Drawing, tuple[Upload, ...]]:
        drawing = draw(card, self._scene)
        spill = drawing.spill.encode()[:MAX_REQUEST]
        return drawing, (Upload(name="message.txt", content=spill),) if spill else ()

    async def _first(self, gesture: Gesture, body: Json, uploads: tuple[Upload, ...] = ()) -> None:
        target = answer_route("POST", _CALLBACK, id=gesture.id, token=gesture.token)
        with _nobody_hears():
            await self._rest.ask(target, body, files=uploads)
            self._tally.acknowledged(asyncio.get_running_loop().time() - gesture.came_at)

    async def _later(self, target: Route, body: Json, uploads: tuple[Upload, ...]) -> None:
        """Somebody waits for it: tried a few times, unless it may stand there already."""

        async def send() -> None:
            try:
                await self._rest.ask(target, body, query=_WITH_COMPONENTS, files=uploads)
            except TemporaryError as error:
                if not error.ambiguous:
                    raise
                log.warning("an answer may be lost", extra={"why": error.words})

        with _nobody_hears():
            await patiently(send)


@contextmanager
def _nobody_hears() -> Iterator[None]:
    """An answer that does not arrive is nobody's second chance: what was done stays done."""
    try:
        yield
    except (TemporaryError, PermanentError) as error:
        log.warning("an answer did not arrive", extra={"why": error.words})


def _shown(reply: Reply) -> Card:
    """The card of the reply; a form is offered by a button."""
    card = offered(reply.form).card if reply.form is not None else reply.card
    return card or Card(title="", fallback="Done.", status=(Plain("Done."),))
