"""What every event is, and how a history tells it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to a work item."""

    words: ClassVar[str] = ""

    def tell(self) -> str:
        """What the history says after the actor's name; `{why}` is the reason, if there is one."""
        values = {f.name: _told(f.name, getattr(self, f.name)) for f in fields(self)}
        why = f" ({values['reason']})" if values.get("reason") else ""
        return self.words.format(why=why, **values).rstrip()


def _told(name: str, value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, tuple):
        return ", ".join(value)
    # Names of our own, such as `on_hold` and `first_reply`.
    return str(value).replace("_", " ") if name in ("old", "new", "metric") else value
