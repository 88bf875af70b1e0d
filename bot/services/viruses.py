"""What the virus scanner says decides what comes in and what goes out; and while it is away, the
operators' word does.
"""

from __future__ import annotations

from collections.abc import Callable

from bot.errors import PermanentError, TemporaryError
from bot.ports import VirusScanner


class Infected(PermanentError):
    """A virus was found; `signature` is the scanner's name for it."""

    def __init__(self, signature: str) -> None:
        super().__init__(f"infected: {signature}")
        self.signature = signature


class VirusGuard:
    """Lets pass what the scanner calls clean, and without a scanner everything.

    What it cannot tell of waits where its word is `required`, and passes else, with a caution.
    `count` hears how each look ended: clean, infected or unscanned.
    """

    def __init__(
        self, scanner: VirusScanner | None, count: Callable[[str], None], *, required: bool
    ) -> None:
        self._count = count
        self._scanner = scanner
        self._required = required

    async def look(self, content: bytes) -> str:
        """Why it passes unchecked, empty when it was checked or nobody checks.

        Infected when a virus is in it; PermanentError when it cannot be checked, TemporaryError
        when it cannot be now: both only where the scanner's word is required.
        """
        if self._scanner is None:
            return ""
        try:
            signature = await self._scanner.scan(content)
        except (PermanentError, TemporaryError) as error:
            self._count("unscanned")
            if self._required:
                raise
            return error.words
        self._count("infected" if signature else "clean")
        if signature:
            raise Infected(signature)
        return ""

    async def answers(self) -> bool:
        """Whether the scanner is there at all; without one, it is not."""
        return self._scanner is not None and await self._scanner.answers()
