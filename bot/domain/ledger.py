"""The mail ledger: what came in, and that every mail ended in exactly one visible outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

# The outcomes of rows that are parked, besides `quarantined`.
HELD: Final = "held"
INFECTED: Final = "infected"

_KINDS: Final[Mapping[str, str]] = {
    "ticket": "tickets",
    "follow_up": "follow_ups",
    "automatic": "automatic",
    "bounce": "automatic",
    HELD: "held",
    "review": "held",
    "duplicate": "refused",
    "dropped": "refused",
    "refused": "refused",
}
_OPEN: Final = ("waiting", "leased")


@dataclass(frozen=True, slots=True, kw_only=True)
class MailLedger:
    """How many mails came, and what became of them; `waiting` ones have no outcome yet.

    Refused by rule are those that a rule of ours, or an operator, ended without an effect. Held are
    also those that could not be read and are shown as they came: for operators they are parked.
    Infected ones are among the quarantined.
    """

    received: int = 0
    tickets: int = 0
    follow_ups: int = 0
    automatic: int = 0
    held: int = 0
    quarantined: int = 0
    refused: int = 0
    waiting: int = 0
    infected: int = 0

    @property
    def accounted(self) -> int:
        """The sum of all outcomes, and of what still waits for one."""
        ended = self.tickets + self.follow_ups + self.automatic + self.held
        return ended + self.quarantined + self.refused + self.waiting

    @property
    def balanced(self) -> bool:
        """Whether nothing vanished, and nothing was counted twice."""
        return self.received == self.accounted

    def tell(self) -> str:
        """One line: `12 received = 5 tickets + …`; it says so when the sum is wrong."""
        viruses = f" ({self.infected} infected)" if self.infected else ""
        parts = (
            f"{self.tickets} tickets",
            f"{self.follow_ups} follow-ups",
            f"{self.automatic} automatic",
            f"{self.held} held",
            f"{self.quarantined} quarantined{viruses}",
            f"{self.refused} refused by rule",
        )
        waiting = f" + {self.waiting} waiting" if self.waiting else ""
        sign = "=" if self.balanced else "≠"
        return f"{self.received} received {sign} {' + '.join(parts)}{waiting}"


def balance(totals: Mapping[tuple[str, str], int]) -> MailLedger:
    """The ledger of inbox rows, counted by (state, outcome).

    What is received is counted apart from the outcomes: one that nobody knows breaks the balance.
    """
    found = dict.fromkeys(("quarantined", "waiting", "infected", *_KINDS.values()), 0)
    for (state, outcome), rows in totals.items():
        if state in _OPEN:
            found["waiting"] += rows
        elif state == "quarantined":
            found["held" if outcome == HELD else "quarantined"] += rows
            found["infected"] += rows if outcome == INFECTED else 0
        elif outcome in _KINDS:
            found[_KINDS[outcome]] += rows
    return MailLedger(received=sum(totals.values()), **found)
