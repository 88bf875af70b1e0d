"""The real process: it starts, refuses a second one on its file, takes mail and alerts,
and stops in order.
"""

from __future__ import annotations

import asyncio
import signal
import smtplib
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

TOKEN = "0123456789abcdef0123"
CONFIGURATION = """
[http]
listen = "127.0.0.1:{http}"
[mail.intake]
listen = "127.0.0.1:{smtp}"
[people.ana]
roles = ["agent", "responder"]
[desks.support]
key = "SUP"
addresses = ["support@shop.example"]
channels = ["console:support"]
[services.shop]
channels = ["console:support"]
[intakes.cron]
kind = "generic"
token = "{token}"
service = "shop"
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def configure(folder: Path) -> tuple[Path, int, int]:
    path, http, smtp = folder / "deskhand.toml", free_port(), free_port()
    path.write_text(CONFIGURATION.format(http=http, smtp=smtp, token=TOKEN))
    path.chmod(0o600)
    return path, http, smtp


@asynccontextmanager
async def running(path: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        "run",
        "--config",
        str(path),
        cwd=Path(__file__).parents[2],
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def ready(process: asyncio.subprocess.Process) -> None:
    """Wait for the log line that says so."""
    assert process.stderr is not None
    async with asyncio.timeout(60):
        while b'"ready"' not in (line := await process.stderr.readline()):
            assert line, "the service ended before it was ready"


def status(port: int, path: str, body: bytes | None = None) -> int:
    request = Request(f"http://127.0.0.1:{port}{path}", data=body)
    try:
        with urlopen(request, timeout=5) as answer:
            return int(answer.status)
    except HTTPError as error:
        return error.code


def mail(port: int, to: str) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=5) as client:
        client.sendmail("maria@acme.example", [to], b"Subject: Hi\r\n\r\nHello.\r\n")


async def test_it_serves_its_doors_and_stops_on_sigterm(tmp_path: Path) -> None:
    path, http, smtp = configure(tmp_path)
    async with running(path) as process:
        await ready(process)
        assert await asyncio.to_thread(status, http, "/healthz") == 200
        assert await asyncio.to_thread(status, http, "/readyz") == 200
        assert await asyncio.to_thread(status, http, f"/in/generic/{TOKEN}", b'{"a": 1}') == 200
        assert await asyncio.to_thread(status, http, "/in/generic/wrong", b"{}") == 401
        assert await asyncio.to_thread(status, http, "/console/") == 401
        await asyncio.to_thread(mail, smtp, "support@shop.example")
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(10):
            assert await process.wait() == 0


async def test_a_second_process_on_the_same_file_is_refused(tmp_path: Path) -> None:
    path, _, _ = configure(tmp_path)
    async with running(path) as first:
        await ready(first)
        other = path.with_name("other.toml")
        other.write_text(path.read_text().replace("127.0.0.1:", "127.0.0.2:"))
        other.chmod(0o600)
        async with running(other) as second:
            _, words = await second.communicate()
        assert second.returncode == 3
        assert f"is served by process {first.pid}".encode() in words


async def test_a_taken_port_is_told_in_words(tmp_path: Path) -> None:
    path, http, _ = configure(tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", http))
        taken.listen()
        async with running(path) as process:
            _, words = await process.communicate()
    assert process.returncode == 3
    assert b"cannot listen for HTTP" in words
