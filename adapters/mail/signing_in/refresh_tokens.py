"""The refresh token: as it was configured, or the newer one the provider gave since.

A provider may give another refresh token with each access token, and take the old one no more (RFC
6749, 6). The newest is kept with the digest of the configured one that it comes from: once an
operator configures another, the kept one is worth nothing.
"""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from adapters.mail.notes import Notes
from adapters.mail.signing_in.faults import CannotSignIn
from adapters.mail.signing_in.settings import OAuthSettings, digest
from bot.errors import TemporaryError

log = logging.getLogger(__name__)

_MOST: Final = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """A refresh token that came after the configured one with that digest."""

    origin: str
    token: str = field(repr=False)

    def dump(self) -> str:
        return json.dumps({"origin": self.origin, "token": self.token})


class RefreshTokens:
    """The newest refresh token of one consent."""

    def __init__(self, settings: OAuthSettings, notes: Notes) -> None:
        self._settings = settings
        self._notes = notes
        self._origin = ""
        self._unkept: _Kept | None = None

    async def newest(self) -> str:
        """The token to use now. CannotSignIn when there is none; TemporaryError."""
        given = await asyncio.to_thread(self._given)
        self._origin = digest(given)
        kept = self._unkept or _load(await self._notes.recall(self._settings.name))
        return kept.token if kept is not None and kept.origin == self._origin else given

    async def replaced(self, token: str) -> None:
        """The provider gave this one in place of the newest; it is kept, at once or later."""
        self._unkept = _Kept(origin=self._origin, token=token)
        await self.keep()

    async def keep(self) -> None:
        """Keep what could not be kept before."""
        if self._unkept is None:
            return
        with suppress(TemporaryError):
            await self._notes.note(self._settings.name, self._unkept.dump())
            self._unkept = None
            return
        log.warning("a new refresh token could not be kept yet")

    def _given(self) -> str:
        """What the operator configured; files are read each time."""
        path = self._settings.refresh_token_file
        if path is None:
            return self._settings.refresh_token
        found, reason = _read(path)
        if not found:
            fix = f"Make one: `{self._settings.command}`"
            raise CannotSignIn(f"no refresh token in {path} ({reason})", fix)
        return found


def _read(path: Path) -> tuple[str, str]:
    """The token in the file; else empty, and why."""
    try:
        with path.open(encoding="ascii") as file:
            found = file.read(_MOST).strip()
    except OSError as error:
        return "", (error.strerror or "it cannot be read").lower()
    except ValueError:
        return "", "it is not text"
    return found, "" if found else "it is empty"


def _load(noted: str) -> _Kept | None:
    try:
        found = json.loads(noted)
        return _Kept(origin=str(found["origin"]), token=str(found["token"]))
    except (ValueError, KeyError, TypeError):
        return None
