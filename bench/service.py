"""Deskhand itself, as an operator runs it, on a folder of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, sleep
from typing import Final
from urllib.request import urlopen

from adapters.console.sessions import Sessions
from bench.processes import ProcessFailed, die_with_parent, members
from bot.clock import SystemClock
from bot.demo.world import ALERT_TOKEN

DESK: Final = "support@shop.example"
PATIENCE: Final = 60.0

# Protects sample data on the loopback address only.
_SECRET: Final = "bench-secret-0123456789-0123456789-0123456789"  # noqa: S105
# Alertmanager's is the demonstration's, so that one load fits both.
_TOKENS: Final = {"generic": "bench-alerts-0123456789", "alertmanager": ALERT_TOKEN}
_CONFIGURATION: Final = """
[service]
data_dir = "."
secret_key = "{secret}"

[http]
listen = "127.0.0.1:{http}"

[mail.intake]
listen = "127.0.0.1:{smtp}"

[mail.outbound]
host = "127.0.0.1"
port = {smarthost}
tls = "none"

[people.ana]
roles = ["lead:support", "responder", "commander"]
contact = ["console"]

[slas.standard]
calendar = "always"
targets.normal.first_reply = "4h"

[desks.support]
key = "SUP"
addresses = ["{desk}"]
channels = {support}
sla = "standard"

[services.shop]
channels = {incidents}
escalation = "shop"

[escalations.shop]
steps = [{{ page = {paged}, after = "1h" }}]
catch_all = "person:ana"

[intakes.generic]
kind = "generic"
token = "{generic}"
service = "shop"

[intakes.alertmanager]
kind = "alertmanager"
token = "{alertmanager}"
service = "shop"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chats:
    """Chat platforms besides the console: their sections, their channels, and people to page."""

    sections: str = ""
    support: Sequence[str] = ()
    incidents: Sequence[str] = ()
    paged: Sequence[str] = ()


def intake_path(kind: str) -> str:
    """Where alerts of that kind are posted."""
    return f"/in/{kind}/{_TOKENS[kind]}"


def sign_in_path() -> str:
    """The path that signs the agent in, once."""

    async def never(_: str) -> bool:
        return False

    return Sessions(_SECRET, SystemClock(), never, secure=False).make_link("ana")


class Service:
    """One running `deskhand`, in a session of its own so that nothing of it stays."""

    def __init__(self, arguments: Sequence[str], http: int, smtp: int, log: Path) -> None:
        self.http, self.smtp = http, smtp
        self._log = log
        self._began = perf_counter()
        with log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-m", "bot", *arguments],
                env={name: v for name, v in os.environ.items() if not name.startswith("DESKHAND_")},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        self.pid = self._process.pid

    def until_ready(self) -> float:
        """Wait for `/readyz`; seconds since the process was started."""
        while perf_counter() - self._began < PATIENCE:
            if self._process.poll() is not None:
                break
            with suppress(OSError), urlopen(f"{self.url}/readyz", timeout=1) as answer:  # noqa: S310
                if answer.status == 200:
                    return perf_counter() - self._began
            sleep(0.005)
        raise ProcessFailed(f"the service did not become ready:\n{self.said()[-2000:]}")

    @property
    def url(self) -> str:
        """Where its HTTP server listens."""
        return f"http://127.0.0.1:{self.http}"

    def said(self) -> str:
        """All it wrote to its outputs."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def counter(self, name: str) -> float:
        """The sum of a counter's series, as the service's own metrics tell it."""
        with urlopen(f"{self.url}/metrics", timeout=10) as answer:  # noqa: S310
            text = answer.read().decode()
        series = re.findall(rf"^deskhand_{name}_total(?:{{.*}})? (\S+)$", text, re.MULTILINE)
        return sum(map(float, series))

    def until_counted(self, name: str, wanted: float) -> float:
        """Wait until a counter has that value; the instant (of `perf_counter`) it was seen."""
        deadline = perf_counter() + PATIENCE
        while perf_counter() < deadline:
            if self.counter(name) >= wanted:
                return perf_counter()
            sleep(0.05)
        raise ProcessFailed(f"{name} stands at {self.counter(name):g}, not at {wanted:g}")

    def workers(self) -> list[int]:
        """The processes it started."""
        return [pid for pid in members(self.pid) if pid != self.pid]

    def freeze(self) -> None:
        """Let all its processes stand still."""
        os.killpg(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let them go on."""
        os.killpg(self.pid, signal.SIGCONT)

    def end(self) -> None:
        """Kill it and all that it started: its data is not needed any more."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()


@contextmanager
def ending(service: Service) -> Iterator[Service]:
    """The service once it is ready; it is gone afterwards."""
    try:
        service.until_ready()
        yield service
    finally:
        service.end()


def run(folder: Path, smarthost: int, chats: Chats | None = None) -> Service:
    """Start `deskhand run` on the folder, as it is."""
    chats = chats or Chats()
    http, smtp = free_port(), free_port()
    path = folder / "deskhand.toml"
    text = _CONFIGURATION.format(
        http=http,
        smtp=smtp,
        smarthost=smarthost,
        secret=_SECRET,
        desk=DESK,
        support=json.dumps(["console:support", *chats.support]),
        incidents=json.dumps(["console:incidents", *chats.incidents]),
        paged=json.dumps(["person:ana", *chats.paged]),
        **_TOKENS,
    )
    path.write_text(text + chats.sections, encoding="utf-8")
    path.chmod(0o600)
    return Service(["run", "--config", str(path)], http, smtp, folder / "service.log")


def demo(folder: Path) -> Service:
    """Start `deskhand demo`, which makes its own folder."""
    http, smtp = free_port(), free_port()
    listen = ["--http", f"127.0.0.1:{http}", "--smtp", f"127.0.0.1:{smtp}"]
    return Service(["demo", *listen], http, smtp, folder / "demo.log")


def free_port() -> int:
    """A port on which nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
