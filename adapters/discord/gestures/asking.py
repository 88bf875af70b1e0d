"""What a gesture asks of the core: read from the interaction alone, without asking anybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from adapters.discord.gestures.commands import MESSAGE
from adapters.discord.gestures.forms import submitted
from adapters.discord.gestures.occasions import COMMAND, SUBMIT, SURFACE, Gesture
from adapters.discord.gestures.talk import words_of
from adapters.discord.gestures.typed import read_typed
from bot.commands.call import Invocation
from bot.commands.shortcuts import SHORTCUTS
from bot.commands.table import Table
from bot.errors import UserError

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be done; `files` are to be fetched before, as Discord describes them."""

    invocation: Invocation
    files: tuple[Json, ...] = ()


def read_asked(gesture: Gesture, table: Table, names: Mapping[str, str]) -> Asked:
    """What was typed, pressed, chosen or filled in; UserError for what is there no more."""
    if gesture.kind == SUBMIT:
        return _filled_in(gesture)
    if gesture.kind != COMMAND:
        return Asked(invocation=replace(_of(gesture), action=gesture.chosen))
    if gesture.data.get("type") == MESSAGE:
        return _chosen_in_menu(gesture)
    return _typed(gesture, table, names)


def _filled_in(gesture: Gesture) -> Asked:
    args, ids = submitted(gesture.data.get("components") or ())
    invocation = replace(_of(gesture), action=gesture.chosen, args=args)
    return Asked(invocation=invocation, files=_sent(gesture, ids))


def _typed(gesture: Gesture, table: Table, names: Mapping[str, str]) -> Asked:
    typed = read_typed(table, names, gesture.data)
    invocation = replace(
        _of(gesture), line=typed.line, number=typed.number, args=typed.args, asks=typed.lacks
    )
    return Asked(invocation=invocation, files=_sent(gesture, typed.files))


def _chosen_in_menu(gesture: Gesture) -> Asked:
    """An entry of a message's menu: the form of its command, with the message's words in it."""
    label = gesture.data.get("name")
    entry = next((entry for entry in SHORTCUTS if entry.label == label), None)
    if entry is None:
        raise UserError(f"There is no “{label}” any more.", code="unknown_action")
    args = {entry.param: words_of(gesture.message)}
    return Asked(invocation=replace(_of(gesture), line=f"/{entry.command}", args=args, asks=True))


def _of(gesture: Gesture) -> Invocation:
    return Invocation(
        surface=SURFACE,
        account=gesture.account,
        key=gesture.id,
        place=gesture.place,
        thread=gesture.thread,
    )


def _sent(gesture: Gesture, ids: Sequence[str]) -> tuple[Json, ...]:
    """Those of the files that were sent along."""
    sent = (gesture.data.get("resolved") or {}).get("attachments") or {}
    return tuple(sent[id_] for id_ in ids if id_ in sent)
