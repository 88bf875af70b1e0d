"""Sign-in links for the console, made without asking the running service."""

from __future__ import annotations

from adapters.console.sessions import Sessions
from bot.clock import SystemClock
from bot.config.settings import Settings


def console_link(settings: Settings, secret: str, person: str) -> str:
    """A link that signs the person in once; the service itself notes that it was used."""

    async def never(_: str) -> bool:
        return False

    secure = settings.public_url.startswith("https://")
    sessions = Sessions(secret, SystemClock(), never, secure=secure)
    return f"{settings.public_url}{sessions.make_link(person)}"
