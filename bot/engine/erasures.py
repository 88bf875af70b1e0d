"""The erasure pass: it goes on with an erasure whose command was interrupted."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator

from bot.errors import TemporaryError
from bot.services.core import Core
from bot.services.privacy.erasing import Erasing, Step

log = logging.getLogger(__name__)


class ErasurePass:
    """Takes an abandoned erasure to its end, one step at a time."""

    def __init__(self, core: Core, erasing: Erasing) -> None:
        self._core = core
        self._erasing = erasing
        self._steps: AsyncIterator[Step] | None = None

    async def run_once(self) -> int:
        """Take one step of an erasure that nobody is at; 0 when there is none."""
        steps = self._steps or await self._abandoned()
        if steps is None:
            return 0
        self._steps = None
        try:
            await anext(steps)
        except StopAsyncIteration:
            log.info("an interrupted erasure came to its end")
        except TemporaryError as error:
            log.warning("an erasure has to wait", extra={"why": error.words})
            return 0
        else:
            self._steps = steps
        return 1

    async def _abandoned(self) -> AsyncIterator[Step] | None:
        found = await self._erasing.unfinished()
        if found is None or not found.abandoned(self._core.clock.now()):
            return None
        log.info("an erasure was interrupted; it goes on", extra={"erasure": found.number})
        return self._erasing.steps(found)
