"""Our commands by the names they have in this workspace, wherever our own words mention them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from bot.cards import Block, BlockKind, Card, Plain, Run, Runs

_TYPED: Final = re.compile(r"`[^`\n]*`")


class Naming:
    """Renames the roots in what is set as typed: code, and words between backticks.

    Words of other people are quoted, not typed, and stay as they are.
    """

    def __init__(self, commands: Mapping[str, str]) -> None:
        self._names = {f"/{root}": name for root, name in commands.items() if name != f"/{root}"}
        roots = "|".join(re.escape(root) for root in self._names)
        self._root = re.compile(rf"(?<![\w/])(?:{roots})(?![\w/-])") if roots else None

    def card(self, card: Card) -> Card:
        """The card with the commands as they are called here."""
        if self._root is None:
            return card
        return replace(
            card,
            status=self._runs(card.status),
            context=self._runs(card.context),
            blocks=tuple(self._block(block) for block in card.blocks),
        )

    def text(self, text: str) -> str:
        """The same for words of ours."""
        return _TYPED.sub(lambda typed: self._renamed(typed[0]), text)

    def _block(self, block: Block) -> Block:
        ours = block.kind is not BlockKind.QUOTE
        return replace(block, runs=self._runs(block.runs)) if ours else block

    def _runs(self, runs: Runs) -> Runs:
        return tuple(self._run(run) for run in runs)

    def _run(self, run: Run) -> Run:
        if not isinstance(run, Plain):
            return run
        return replace(run, text=self._renamed(run.text) if run.code else self.text(run.text))

    def _renamed(self, text: str) -> str:
        if self._root is None:
            return text
        return self._root.sub(lambda found: self._names[found[0]], text)
