"""What tests of tokens share: notes in memory, and the settings for a fake provider."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from adapters.mail.signing_in.settings import OAuthSettings
from adapters.mail.signing_in.tokens import TokenSource
from bot.clock import ManualClock
from bot.errors import TemporaryError
from tests.fakes.oauth import FakeProvider

NOW: Final = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass
class MemoryNotes:
    """Notes that outlive a source of tokens; `broken` ones cannot be reached."""

    kept: dict[str, str] = field(default_factory=dict, repr=False)
    broken: bool = False

    async def recall(self, name: str) -> str:
        self._reach()
        return self.kept.get(name, "")

    async def note(self, name: str, value: str) -> None:
        self._reach()
        self.kept[name] = value

    def _reach(self) -> None:
        if self.broken:
            raise TemporaryError("the database is away")


def provider(**changes: Any) -> FakeProvider:
    return FakeProvider(clock=ManualClock(NOW), **changes)


def settings_for(fake: FakeProvider, **changes: Any) -> OAuthSettings:
    given: dict[str, Any] = {
        "token_url": f"{fake.url}/token",
        "device_url": f"{fake.url}/devicecode",
        "authorize_url": f"{fake.url}/authorize",
        "client_id": fake.client_id,
        "client_secret": "" if fake.public else fake.client_secret,
        "scope": fake.scope,
        "timeout": 2.0,
    }
    return OAuthSettings(**{**given, **changes})


def source_for(fake: FakeProvider, notes: MemoryNotes | None = None, **changes: Any) -> TokenSource:
    return TokenSource(settings_for(fake, **changes), notes or MemoryNotes(), fake.clock)
