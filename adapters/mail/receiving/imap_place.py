"""How far a folder was fetched, as it is kept between two connections and two starts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

MAX_TRIES: Final = 20
MAX_MISSED: Final = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """All up to the UID `upto` are taken, but for `missed`: those that wait, with their tries.

    UIDs mean nothing under another `validity` (RFC 3501, 2.3.1.1). `day` is when it was last true.
    """

    validity: int
    upto: int = 0
    missed: dict[int, int] = field(default_factory=dict)
    day: date | None = None

    def again(self, turn: int) -> list[int]:
        """What is worth another try in this turn: each failure doubles the turns until then."""
        tried = ((uid, tries) for uid, tries in sorted(self.missed.items()) if tries < MAX_TRIES)
        return [uid for uid, tries in tried if turn % 2**tries == 0]

    def waiting(self, uids: Sequence[int]) -> Place:
        """The place while these are still to be taken; what came before them is done."""
        missed = self.missed | {uid: self.missed.get(uid, 0) for uid in uids}
        newest = dict(sorted(missed.items())[-MAX_MISSED:])
        return replace(self, upto=max(self.upto, *uids) if uids else self.upto, missed=newest)

    def failed(self, uid: int) -> Place:
        """The place once the message failed: the next ones do not wait for it."""
        return replace(self, missed=self.missed | {uid: self.missed.get(uid, 0) + 1})

    def past(self, uid: int) -> Place:
        """The place once the message is taken, or gone."""
        return replace(self, missed={u: tries for u, tries in self.missed.items() if u != uid})

    def dump(self) -> str:
        """As text, to be kept."""
        facts = {
            "validity": self.validity,
            "upto": self.upto,
            "missed": self.missed,
            "day": self.day.isoformat() if self.day else "",
        }
        return json.dumps(facts)


def load_place(text: str) -> Place | None:
    """The place that was kept; None when there is none, or it cannot be read."""
    try:
        facts = json.loads(text)
        return Place(
            validity=int(facts["validity"]),
            upto=int(facts["upto"]),
            missed={int(uid): int(tries) for uid, tries in facts["missed"].items()},
            day=date.fromisoformat(facts["day"]) if facts["day"] else None,
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
