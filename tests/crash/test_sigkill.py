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
QUIET = 60.0

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
    async def never(_: str) -> bool:
        return False

    return Sessions(SECRET, SystemClock(), never, secure=False, demo=True).make_link("ana")


@pytest.mark.crash
async def test_fifty_kills_lose_nothing(tmp_path: Path) -> None:
    seed = int(os.environ.get("DESKHAND_SEED", "0")) or random.randrange(1, 10**6)
    print(f"seed {seed}")
    luck = random.Random(seed)
    chat, smarthost = ChatServer(seed=seed, fault_rate=FAULTS), FakeSmarthost()
    address = await chat.start()
    await smarthost.start()
    http, smtp = free_port(), free_port()
    config = tmp_path / "deskhand.toml"
    config.write_text(
        CONFIGURATION.format(http=http, smtp=smtp, smarthost=smarthost.port, token=TOKEN)
    )
    load = Load(smtp, http, sign_in())
    offering = asyncio.get_running_loop().create_task(load.run())
    try:
        for _ in range(KILLS):
            async with service(config, address) as process:
                await asyncio.sleep(luck.uniform(0.3, 2.5))
                process.send_signal(signal.SIGKILL)
                await process.wait()
        async with service(config, address) as process:
            await until_ready(http, process)
            load.stop()
            await offering
            await _until_quiet(http)
        accepted = load.accepted
        print(
            f"accepted {len(accepted.mails)} mails, {len(accepted.alerts)} alerts,"
            f" {len(accepted.notes)} notes; {len(chat.journal)} chat calls,"
            f" {chat.faults} faults, {len(smarthost.accepted)} mails sent"
        )
        assert min(len(accepted.mails), len(accepted.alerts), len(accepted.notes)) > 0
        assert complaints(chat.journal, accepted, smarthost.recipients()) == []
    finally:
        offering.cancel()
        await smarthost.stop()
        await chat.stop()


async def _until_quiet(port: int) -> None:
    """Wait until nothing waits any more, twice in a row (the gauges are read every few seconds)."""
    async with asyncio.timeout(QUIET):
        quiet = 0
        while quiet < 2:
            await asyncio.sleep(11)
            quiet = quiet + 1 if await open_rows(port) == 0 else 0
