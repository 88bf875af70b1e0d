"""What a person sees of the bot's answer, as it stands and as it changes."""

from __future__ import annotations

from typing import Any

from tests.fakes.discord_server import forms
from tests.fakes.discord_server.interactions import LATER, Interaction, Interactions
from tests.fakes.discord_server.places import LOADING, Message

JSON = dict[str, Any]


class Seen:
    """A live view of one interaction from the person's side."""

    def __init__(self, interactions: Interactions, interaction: Interaction) -> None:
        self._interactions = interactions
        self.interaction = interaction
        self._edits = interaction.source.edits if interaction.source else 0

    @property
    def failed(self) -> bool:
        """The person saw "The application did not respond"."""
        in_time = self._interactions.in_time(self.interaction)
        return self.interaction.late or (self.interaction.answer is None and not in_time)

    @property
    def thinking(self) -> bool:
        """The answer is "… is thinking" still."""
        original = self.interaction.original
        return original is not None and bool(original.flags & LOADING)

    @property
    def deferred(self) -> bool:
        """The press was taken silently, its effect is still to come."""
        return self.interaction.answer == LATER

    @property
    def message(self) -> Message | None:
        """The answer as a message: a new one, or the one that was pressed and changed."""
        if self.deferred and self.followups:
            return self.followups[0]
        return self.interaction.original

    @property
    def text(self) -> str:
        """What the answer says; empty for a form or while thinking."""
        return self.message.text if self.message is not None else ""

    @property
    def ephemeral(self) -> bool:
        """Only this person sees the answer."""
        return self.message is not None and self.message.ephemeral

    @property
    def modal(self) -> JSON | None:
        """The form that opened, as JSON."""
        return self.interaction.modal

    @property
    def choices(self) -> list[JSON]:
        """What autocomplete offered."""
        return list(self.interaction.choices or [])

    @property
    def title(self) -> str:
        """The title of the form."""
        return str(self.form["title"])

    @property
    def form(self) -> JSON:
        """The form that opened; AssertionError when none did."""
        assert self.interaction.modal is not None, f"no form opened, but: {self.text!r}"
        return self.interaction.modal

    @property
    def fields(self) -> dict[str, JSON]:
        """The fields of the form by custom id, each with its label."""
        return forms.fields(self.form)

    @property
    def followups(self) -> list[Message]:
        """Further messages, oldest first."""
        return self.interaction.followups

    @property
    def all_text(self) -> str:
        """The answer and its follow-ups, one after the other."""
        return "\n".join([self.text, *(message.text for message in self.followups)]).strip()

    async def answered(self) -> Seen:
        """Wait for the first answer or the failure."""
        await self._interactions.bell.until(
            lambda: self.interaction.answer is not None or self.failed,
            f"an answer to {self.interaction.data}",
        )
        return self

    async def finished(self) -> Seen:
        """Wait until there is an answer that is not "thinking", nor still to come."""
        await self.answered()
        await self._interactions.bell.until(
            lambda: not (self.thinking or self._awaited),
            f"the end of thinking about {self.interaction.data}",
        )
        return self

    @property
    def _awaited(self) -> bool:
        """The press was taken silently, and nothing has come of it yet."""
        source = self.interaction.source
        hidden = source is not None and source.ephemeral
        changed = hidden and source is not None and source.edits > self._edits
        return self.deferred and not (changed or self.followups)

    async def followup(self, number: int = 1) -> Message:
        """Wait for the first, second … follow-up."""
        await self._interactions.bell.until(
            lambda: len(self.followups) >= number, f"follow-up {number}"
        )
        return self.followups[number - 1]

    async def edited(self) -> Message:
        """Wait until the message that was pressed has changed since."""
        source = self.interaction.source
        assert source is not None, "nothing was pressed"
        await self._interactions.bell.until(
            lambda: source.edits > self._edits, "an edit of the pressed message"
        )
        return source
