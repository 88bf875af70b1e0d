"""How long what has done its service is kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from bot.config.tables.section import Section
from bot.config.values import Duration
from bot.domain import retention

_Kept = Annotated[Duration, Field(ge=timedelta(days=1))]
# What comes twice is recognised by these keys, for as long as a sender may try again.
_Recognised = Annotated[Duration, Field(ge=timedelta(days=14))]
_USUAL = retention.Retention()


class Retention(Section):
    """`[retention]`: what is forgotten, and after how long; tickets and their files stay."""

    raw_mail: _Kept = _USUAL.raw_mail
    """The bytes of mails and alerts as they came; their line in the ledger stays."""
    quarantine: _Kept = _USUAL.quarantine
    """What could not be read; then it is dropped."""
    seen: _Recognised = _USUAL.seen
    """The keys by which a repeat is recognised."""
    sent: _Recognised = _USUAL.sent
    """Finished rows of the outbox."""
    feed: _Kept = _USUAL.feed
    """The console's own channels; a thread goes with its last line."""

    def domain(self) -> retention.Retention:
        """As the engine takes it."""
        return retention.Retention(**self.model_dump())
