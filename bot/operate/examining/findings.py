"""What the doctor says: one line for each thing that was tried."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Mark(StrEnum):
    """How a finding is to be taken."""

    FINE = "✓"
    CARE = "!"
    WRONG = "✗"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the doctor's report; `fix` says what to do."""

    mark: Mark
    part: str
    words: str
    fix: str = ""
