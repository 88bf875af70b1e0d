"""The real process, killed at random under mixed load: nothing accepted is lost,
nothing is posted twice.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

from adapters.console.sessions import Sessions
from bot.clock import SystemClock
from tests.crash.judge import complaints
from tests.crash.load import TOKEN, Load
from tests.crash.service import SECRET
from tests.fakes.chat_server import ChatServer
from tests.fakes.smtp import FakeSmarthost

KILLS = int(os.environ.get("DESKHAND_KILLS", "50"))
FAULTS = 0.1
QUIET = 90.0
# Most lives are ended while they work, some while they start.
STARTED = 0.85

CONFIGURATION = """
[http]
listen = "127.0.0.1:{http}"
[mail.intake]
listen = "127.0.0.1:{smtp}"
[mail.outbound]
host = "127.0.0.1"
port = {smarthost}
tls = "none"
[slack]
mode = "http"
bot_token = "xoxb-1-2-crash"
signing_secret = "0123456789abcdef0123456789abcdef"
[people.ana]
roles = ["agent", "responder"]
slack = "UANA"
[desks.support]
key = "SUP"
addresses = ["support@shop.example"]
channels = ["slack:CSUPPORT"]
[services.shop]
channels = ["slack:CINCIDENTS"]
escalation = "shop"
[escalations.shop]
steps = [{{ page = ["person:ana"], after = "1h" }}]
catch_all = "person:ana"
[intakes.cron]
kind = "generic"
token = "{token}"
service = "shop"
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def service(config: Path, chat: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """One life of the process."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.crash.service",
        str(config),
        chat,
        cwd=Path(__file__).parents[2],
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def healthy(port: int) -> bool:
    def ask() -> bool:
        try:
            with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    return await asyncio.to_thread(ask)


async def open_rows(port: int) -> int:
    """How much still waits, as the service's own metrics say; used only to know when to look."""

    def ask() -> int:
        with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            lines = answer.read().decode().splitlines()
        wanted = ("deskhand_outbox_pending", "deskhand_inbox_pending")
        return int(
            sum(
                float(line.rpartition(" ")[2])
                for line in lines
                if line.startswith(wanted) and 'state="dead"' not in line
            )
        )

    return await asyncio.to_thread(ask)


async def until_ready(port: int, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(30):
        while not await healthy(port):
            assert process.returncode is None, "the service ended by itself"
            await asyncio.sleep(0.05)


def sign_in() -> str:
    """A fresh one-time link of the agent."""

    async def never(_: str) -> bool:
        return False

    return Sessions(SECRET, SystemClock(), never, secure=False).make_link("ana")


@pytest.mark.crash
async def test_kills_lose_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seed = int(os.environ.get("DESKHAND_SEED", "0")) or random.randrange(1, 10**6)
    chat = ChatServer(seed=seed, fault_rate=FAULTS)
    address = await chat.start()
    async with FakeSmarthost() as smarthost:
        http, smtp = free_port(), free_port()
        config = tmp_path / "deskhand.toml"
        config.write_text(
            CONFIGURATION.format(http=http, smtp=smtp, smarthost=smarthost.port, token=TOKEN)
        )
        load = Load(smtp, http, sign_in)
        try:
            await campaign(config, address, load, http, random.Random(seed))
        finally:
            await chat.stop()
        with capsys.disabled():
            sys.stdout.write(
                f"\nseed {seed}: {KILLS} kills, accepted {load.accepted.counts()};"
                f" {len(chat.journal)} chat calls, {chat.faults} faults,"
                f" {len(smarthost.journal)} mails sent\n"
            )
        assert min(load.accepted.counts().values()) > 0
        recipients = [address for taken in smarthost.journal for address in taken.recipients]
        assert complaints(chat.journal, load.accepted, recipients) == [], f"seed {seed}"


async def campaign(config: Path, chat: str, load: Load, http: int, luck: random.Random) -> None:
    """Kill the service again and again under load, then let it come to rest once."""
    offering = asyncio.get_running_loop().create_task(load.run())
    try:
        for _ in range(KILLS):
            async with service(config, chat) as process:
                if luck.random() < STARTED:
                    await until_ready(http, process)
                await asyncio.sleep(luck.uniform(0.0, 1.2))
                process.send_signal(signal.SIGKILL)
                await process.wait()
        async with service(config, chat) as process:
            await until_ready(http, process)
            load.stop()
            await offering
            await _until_quiet(http)
    finally:
        offering.cancel()


async def _until_quiet(port: int) -> None:
    """Wait until nothing waits any more, twice in a row (the gauges are read every few seconds)."""
    async with asyncio.timeout(QUIET):
        quiet = 0
        while quiet < 2:
            await asyncio.sleep(11)
            quiet = quiet + 1 if await open_rows(port) == 0 else 0
