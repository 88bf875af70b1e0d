"""The service, with Slack, a smarthost and load around it: killed again and again, then left."""

from __future__ import annotations

import asyncio
import random
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from bot.tasks import spawn, stop
from tests.crash.console import Console, console
from tests.crash.judge import Outcome, complaints
from tests.crash.load import Load
from tests.crash.nursery import Nursery, nursery
from tests.crash.service import ENVIRONMENT, ROOT, Service, configuration
from tests.crash.slack import Slack, slack
from tests.fakes.smtp import FakeSmarthost

# Some lives end around the moment at which they begin to work, but no two in a row: Slack gives an
# event up after three more tries, and each new connection is one. Parts of what a start takes.
CUT_SHORT: Final = 0.4
START: Final = (0.5, 1.3)
# The others end so many seconds after they began to work.
WORK: Final = (0.3, 1.2)
# So many looks at the outcome, a second apart; what somebody leased is free after a minute.
LOOKS: Final = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """One service and everything around it; `load` is what is asked of it."""

    service: Service
    slack: Slack
    smarthost: FakeSmarthost
    load: Load

    async def kill(self, times: int, luck: random.Random) -> None:
        """Start the service and kill it, again and again, in bad weather."""
        weather = spawn(self.slack.weather(random.Random(luck.random())), "weather")
        takes, cut_short = 0.0, False
        try:
            for _ in range(times):
                cut_short = takes > 0 and not cut_short and luck.random() < CUT_SHORT
                if cut_short:
                    await self._cut_short(takes * luck.uniform(*START))
                else:
                    takes = await self._killed_at_work(luck.uniform(*WORK))
        finally:
            await stop(weather)

    async def _cut_short(self, seconds: float) -> None:
        async with self.service.life() as life:
            await asyncio.sleep(seconds)
            life.send_signal(signal.SIGKILL)

    async def _killed_at_work(self, seconds: float) -> float:
        """How many seconds its start took."""
        async with self.service.life() as life:
            takes = await self.service.until_at_work(life)
            await asyncio.sleep(seconds)
            life.send_signal(signal.SIGKILL)
        return takes

    async def rest(self) -> Outcome:
        """Start it once more, ask for nothing new, and let it end when all is done; or when it was
        waited for long enough.
        """
        async with self.service.life() as life:
            await self.service.until_at_work(life)
            await self.load.end()
            async with console(self.service, "ana") as page:
                outcome = await self._done(page)
            life.send_signal(signal.SIGTERM)
            assert await life.wait() == 0
        return outcome

    async def _done(self, page: Console) -> Outcome:
        outcome = await self._look(page)
        for _ in range(LOOKS):
            if not complaints(outcome, self.load.accepted):
                break
            await asyncio.sleep(1)
            outcome = await self._look(page)
        return outcome

    async def _look(self, page: Console) -> Outcome:
        seen = Outcome(
            record=await self.slack.record(),
            console=await page.notes(),
            greeted=[who for taken in self.smarthost.journal for who in taken.recipients],
        )
        # An operator's command takes a while: it is asked when all else is well.
        well = not complaints(seen, self.load.accepted)
        return replace(seen, left=await self.service.to_leave()) if well else seen


@asynccontextmanager
async def campaign(folder: Path, seed: int) -> AsyncIterator[Campaign]:
    """Everything around the service, and load on its doors; the service itself does not run."""
    async with (
        FakeSmarthost() as smarthost,
        slack(folder) as workspace,
        nursery(ROOT, ENVIRONMENT) as born_in,
    ):
        service = _configured(folder, born_in, workspace, smarthost.port)
        load = Load(service, workspace, random.Random(seed))
        offering = spawn(load.run(), "load")
        try:
            yield Campaign(service=service, slack=workspace, smarthost=smarthost, load=load)
        finally:
            await stop(offering)


def _configured(folder: Path, born_in: Nursery, workspace: Slack, smarthost: int) -> Service:
    config = folder / "deskhand.toml"
    service = Service(config=config, nursery=born_in, http=_free_port(), smtp=_free_port())
    ports = {"http": service.http, "smtp": service.smtp, "smarthost": smarthost}
    service.config.write_text(configuration(**ports, **workspace.address))
    service.config.chmod(0o600)
    return service


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
