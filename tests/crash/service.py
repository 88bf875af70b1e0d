"""`deskhand run` as an operator runs it: its configuration, one life of it, and how it fares."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from tests.crash.nursery import Life, Nursery

ROOT = Path(__file__).parents[2]
# Nothing configures the service but its file; and compiling every module again, as without
# bytecode, would take up most of a short life.
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("DESKHAND_")},
    "PYTHONDONTWRITEBYTECODE": "",
}
STARTS_WITHIN = 30.0

TOKEN = "0123456789abcdef0123"
# Slack takes about one post a second into a channel, so the work is spread over several.
DESKS = ("support", "billing", "returns", "repairs", "press", "legal", "vip")
# What is said in Slack about tickets of this desk is also told on the console.
TALKED_OVER = "vip"
SERVICES = ("shop", "stock", "search")

_HEAD = """
[http]
listen = "127.0.0.1:{http}"
[mail.intake]
listen = "127.0.0.1:{smtp}"
[mail.outbound]
host = "127.0.0.1"
port = {smarthost}
tls = "none"
[slack]
mode = "socket"
bot_token = "{bot_token}"
app_token = "{app_token}"
api_url = "{api_url}"
[people.ana]
roles = ["agent", "responder"]
slack = "UANA"
[people.ben]
roles = ["agent"]
slack = "UBEN"
"""
_DESK = """
[desks.{desk}]
key = "{key}"
addresses = ["{desk}@shop.example"]
channels = [{channels}]
"""
_SERVICE = """
[services.{service}]
channels = ["slack:C{id}"]
escalation = "{service}"
[escalations.{service}]
steps = [{{ page = ["person:ana"], after = "1h" }}]
catch_all = "person:ana"
[intakes.{service}]
kind = "generic"
token = "{token}{service}"
service = "{service}"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Where the service is: its configuration, where its lives come from, and its ports."""

    config: Path
    nursery: Nursery
    http: int
    smtp: int

    @property
    def url(self) -> str:
        """The address of its HTTP server."""
        return f"http://127.0.0.1:{self.http}"

    @asynccontextmanager
    async def life(self) -> AsyncIterator[Life]:
        """One life of the process; what it logs is kept beside its configuration."""
        log = self.config.with_suffix(".log")
        life = await self.nursery.bear("run", "--config", self.config, log=log)
        try:
            yield life
        finally:
            life.send_signal(signal.SIGKILL)
            await life.wait()

    async def asked(self, *words: str) -> str:
        """What an operator's command prints beside the running service."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", *words, "--config", str(self.config)),
            cwd=ROOT,
            env=ENVIRONMENT,
            stdout=asyncio.subprocess.PIPE,
        )
        printed, _ = await process.communicate()
        assert process.returncode == 0, f"deskhand {' '.join(words)}: {process.returncode}"
        return printed.decode().strip()

    async def until_at_work(self, life: Life) -> float:
        """Wait until it is ready, and connected with Slack; how many seconds that took."""
        since = time.monotonic()
        async with asyncio.timeout(STARTS_WITHIN):
            while not await self._at_work():
                assert not life.ended, "the service ended by itself"
                await asyncio.sleep(0.05)
        return time.monotonic() - since

    async def _at_work(self) -> bool:
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as session,
                session.get(f"{self.url}/readyz") as answer,
            ):
                if answer.status != 200:
                    return False
                parts: dict[str, Any] = (await answer.json())["parts"]
        except (aiohttp.ClientError, OSError, TimeoutError):
            return False
        return not parts["slack"]["detail"].startswith("0 of")

    async def to_leave(self) -> int:
        """How much has not left, as the operator's list says."""
        states = ("waiting", "leased", "dead")
        asked = (self.asked("outbox", "list", "--json", "--state", state) for state in states)
        return sum(len(json.loads(rows)) for rows in await asyncio.gather(*asked))


def configuration(**given: object) -> str:
    """The operator's file; ports, tokens and addresses are `given`."""
    desks = [_DESK.format(desk=d, key=d[:3].upper(), channels=_channels(d)) for d in DESKS]
    services = [_SERVICE.format(service=s, id=s.upper(), token=TOKEN) for s in SERVICES]
    return "".join([_HEAD.format(**given), *desks, *services])


def _channels(desk: str) -> str:
    console = f', "console:{desk}"' if desk == TALKED_OVER else ""
    return f'"slack:C{desk.upper()}"{console}'
