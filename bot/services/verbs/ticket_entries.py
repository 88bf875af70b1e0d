"""How a `/ticket` verb stands in the command table."""

from __future__ import annotations

from bot.commands.table import Command, Handler, Param, Target
from bot.domain.people import Right


def on_ticket(
    verb: str,
    right: Right,
    handler: Handler,
    help_: str,
    example: str = "",
    *params: Param,
    reads: bool = False,
    seldom: bool = False,
) -> Command:
    """A verb about one ticket; `example` is what may stand after the ticket's number."""
    return Command(
        root="ticket",
        verb=verb,
        help=help_,
        example=f"/ticket {verb} SUP-42 {example}".rstrip(),
        right=right,
        handler=handler,
        target=Target.TICKET,
        params=params,
        reads=reads,
        seldom=seldom,
    )


def on_desk(
    verb: str,
    handler: Handler,
    help_: str,
    example: str = "",
    *params: Param,
    reads: bool = True,
) -> Command:
    """A verb about no ticket in particular, for everybody who has a role."""
    return Command(
        root="ticket",
        verb=verb,
        help=help_,
        example=f"/ticket {verb} {example}".rstrip(),
        right=Right.ASK,
        handler=handler,
        params=params,
        reads=reads,
    )
