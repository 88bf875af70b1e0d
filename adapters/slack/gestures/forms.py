"""Forms: opened while the trigger lives, sent, refused with the words kept, closed with a draft."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from adapters.slack.api.client import SlackClient
from adapters.slack.drawing.views import card_view, form_view, loading_view
from adapters.slack.drawing.workspace import Workspace
from adapters.slack.events.background import Background, Patience
from adapters.slack.events.payloads import Json, part, text
from adapters.slack.gestures.answers import Answers
from adapters.slack.gestures.dispatcher import Dispatcher
from adapters.slack.gestures.downloads import Downloads
from adapters.slack.gestures.occasions import SURFACE, Occasion, of_view
from adapters.slack.gestures.submissions import Filled, as_left, filled_in, with_changes
from bot.cards import Action, Card, Form, Plain, Style, plain, shorten
from bot.commands.call import Invocation, Reply, refusal
from bot.errors import PermanentError, TemporaryError, UserError
from bot.once import Once
from bot.tasks import Promise

log = logging.getLogger(__name__)

Answer = Mapping[str, Any]

# A choice here fills in the rest of the form at once.
REPORTED: Final = ("saved",)
MAX_ERROR: Final = 500
# Under this field stands what was refused; without it, under the first.
_WORDS: Final = "text"
_TOO_LATE: Final = "Slack did not wait for the form. Open it with this button."
_FAILED: Final = "Something went wrong on my side (ref {ref}). Your text is still here; try again."


class Forms:
    """Opens forms, and takes what comes back."""

    def __init__(
        self,
        client: SlackClient,
        dispatcher: Dispatcher,
        answers: Answers,
        downloads: Downloads,
        background: Background,
        workspace: Workspace,
        patience: Patience,
    ) -> None:
        self._client = client
        self._dispatcher = dispatcher
        self._answers = answers
        self._patience = patience
        self._downloads = downloads
        self._background = background
        self._workspace = workspace
        self._sent = Once()

    # ------------------------------------------------------------ opening

    async def hold(self, occasion: Occasion) -> Occasion:
        """Open something at once, to be filled later: the trigger dies after 3 s."""
        view = loading_view("Deskhand", occasion.remembered())
        try:
            answer = await self._client.call("views.open", trigger_id=occasion.trigger, view=view)
        except (PermanentError, TemporaryError) as error:
            log.info("a form could not be opened", extra={"why": error.words})
            return occasion
        held = part(answer, "view")
        return replace(occasion, view=text(held, "id"), hash=text(held, "hash"))

    async def open(self, occasion: Occasion, form: Form) -> None:
        """Show the form; a button for it when Slack does not wait any longer."""
        view = self._view(occasion, form)
        if not await self._shown(occasion, view):
            fill_in = Action(form.id, "Open the form", Style.PRIMARY)
            status = (Plain(_TOO_LATE),)
            card = Card(title="", fallback=_TOO_LATE, status=status, actions=(fill_in,))
            await self._answers.tell(occasion, card)

    async def tell(self, occasion: Occasion, card: Card) -> None:
        """Answer in the modal that is open, or in one of its own on somebody's home."""
        named = self._answers.naming.card(card)
        if not await self._shown(occasion, card_view(named, self._workspace)):
            await self._answers.tell(occasion, card)

    async def _shown(self, occasion: Occasion, view: Json) -> bool:
        try:
            if occasion.view:
                await self._client.call(
                    "views.update", view_id=occasion.view, hash=occasion.hash or None, view=view
                )
            else:
                await self._client.call("views.open", trigger_id=occasion.trigger, view=view)
        except (PermanentError, TemporaryError) as error:
            log.info("a view was not shown", extra={"why": error.words})
            return False
        return True

    def _view(self, occasion: Occasion, form: Form, edition: int = 0) -> Json:
        kept = occasion.remembered() | ({"e": str(edition)} if edition else {})
        return form_view(form, kept, self._workspace, edition=edition, reported=REPORTED)

    # ------------------------------------------------------------ what comes back

    async def submitted(self, body: Json) -> Answer:
        """Carry it out while Slack waits; what takes longer goes on behind a view that says so."""
        occasion, filled = of_view(body), filled_in(part(body, "view"))
        if not self._sent.first(occasion.view):
            return {"response_action": "clear"}
        promise = Promise(self._carry_out(occasion, filled), "slack:form")
        reply = await promise.soon(self._patience.form)
        if reply is not None:
            return self._settled(occasion, filled, reply)
        view = part(body, "view")
        self._background.begin(
            "form",
            self._settle_later(occasion, view, filled, promise),
            sorry=lambda ref: self._show_again(occasion, view, filled, _FAILED.format(ref=ref)),
        )
        return {"response_action": "update", "view": loading_view("Deskhand", {})}

    async def closed(self, body: Json) -> Answer:
        """Keep what stood in it; where that was only the beginning of a draft, the draft stays."""
        occasion, filled = of_view(body), filled_in(part(body, "view"))
        if filled.form and not filled.cut:
            keeping = self._dispatcher.keep(self._invocation(occasion, filled))
            self._background.begin("form closed", keeping)
        return {}

    async def changed(self, body: Json) -> Answer:
        """Something was chosen that fills in the rest."""
        occasion, filled = of_view(body), with_changes(filled_in(part(body, "view")), body)
        if filled.form:
            refilling = self._refill(occasion, filled, text(body, "view", "hash"))
            self._background.begin("form changed", refilling)
        return {}

    async def _refill(self, occasion: Occasion, filled: Filled, hash_: str) -> None:
        asking = replace(self._invocation(occasion, filled), key="", asks=True)
        reply = await self._dispatcher.run(asking)
        if reply.form is None:
            return
        # The id says what its reader knew when it was opened; that stays so.
        view = self._view(occasion, replace(reply.form, id=filled.form), filled.edition + 1)
        try:
            await self._client.call("views.update", view_id=occasion.view, hash=hash_, view=view)
        except (PermanentError, TemporaryError) as error:
            log.info("a form was not filled in", extra={"why": error.words})

    async def _carry_out(self, occasion: Occasion, filled: Filled) -> Reply:
        brought = await self._downloads.fetch(filled.files)
        files, remarks = brought.files, brought.remarks
        if occasion.message:
            pointed_at = await self._downloads.on_message(occasion.channel, occasion.message)
            files, remarks = (*pointed_at.files, *files), (*pointed_at.remarks, *remarks)
        if remarks:
            words = f"Nothing was done, because not every file can be taken: {'; '.join(remarks)}."
            return refusal(UserError(words, code="files"))
        return await self._dispatcher.run(replace(self._invocation(occasion, filled), files=files))

    def _invocation(self, occasion: Occasion, filled: Filled) -> Invocation:
        return Invocation(
            surface=SURFACE,
            account=occasion.account,
            key=occasion.key,
            action=filled.form,
            args=filled.args,
            place=occasion.place,
            thread=occasion.ref,
        )

    def _settled(self, occasion: Occasion, filled: Filled, reply: Reply) -> Answer:
        """The acknowledgement for a reply."""
        if reply.form is not None:
            self._sent.forget(occasion.view)
            view = self._view(occasion, reply.form, filled.edition + 1)
            return {"response_action": "update", "view": view}
        if reply.refused and filled.inputs:
            self._sent.forget(occasion.view)
            field = filled.inputs.get(_WORDS) or next(iter(filled.inputs.values()))
            return {"response_action": "errors", "errors": {field: self._words(reply)}}
        if reply.card is not None:
            telling = self._answers.tell(replace(occasion, view=""), reply.card)
            self._background.begin("answer", telling)
        return {"response_action": "clear"}

    async def _settle_later(
        self, occasion: Occasion, view: Json, filled: Filled, promise: Promise[Reply]
    ) -> None:
        reply = await promise.kept()
        if reply.form is not None:
            self._sent.forget(occasion.view)
            await self._shown(occasion, self._view(occasion, reply.form, filled.edition + 1))
        elif reply.refused:
            await self._show_again(occasion, view, filled, self._words(reply))
        elif reply.card is not None:
            await self.tell(occasion, reply.card)

    async def _show_again(self, occasion: Occasion, view: Json, filled: Filled, words: str) -> None:
        self._sent.forget(occasion.view)
        await self._shown(occasion, as_left(view, filled.args, words))

    def _words(self, reply: Reply) -> str:
        """What was refused and what to do, for the line under a field."""
        if reply.card is None:
            return "That was not possible."
        card = self._answers.naming.card(reply.card)
        told = f"{plain(card.status)} {plain(card.context)}".strip()
        return shorten(told or card.fallback, MAX_ERROR)
