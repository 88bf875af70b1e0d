"""Setting the stage: a temporary folder, a configuration, and the service on it."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from adapters.memory.mailbox import MemoryMailbox
from bot.app import App, Edges
from bot.clock import DemoClock
from bot.config.loading import load
from bot.demo.outside import Outside
from bot.demo.world import ALERT_TOKEN, CONFIGURATION

# Signs the demonstration's links; it protects sample data on the loopback address only.
DEMO_SECRET = "deskhand-demonstration-only-0123456789"  # noqa: S105


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The running service, and the outside world that plays with it."""

    app: App
    outside: Outside
    mailbox: MemoryMailbox

    @property
    def alert_path(self) -> str:
        """Where sample alerts are posted."""
        return f"/in/alertmanager/{ALERT_TOKEN}"

    @property
    def console_url(self) -> str:
        """The address that signs a visitor in as the first agent."""
        return f"http://{self.app.http_address}{self.app.sessions.make_link('ana')}"


@asynccontextmanager
async def open_stage(http: str, smtp: str, database: str = "") -> AsyncIterator[Stage]:
    """Run the service on sample data in a folder that is removed afterwards.

    Another `database` than SQLite in that folder must be empty, and is not removed.
    """
    with tempfile.TemporaryDirectory(prefix="deskhand-demo-") as folder:
        clock, mailbox = DemoClock(), MemoryMailbox()
        outside = Outside(clock, mailbox)
        path = _configure(Path(folder), http, smtp, clock.now().date())
        environ = {"DESKHAND_DATABASE__URL": database} if database else {}
        settings = load(path, environ, clock.now().date())
        app = App(settings, DEMO_SECRET, Edges(clock=clock, sender=mailbox, demo=outside))
        await app.start()
        try:
            outside.meet(app.core.directory, app.smtp_address, app.http_address, app.wake_all)
            yield Stage(app=app, outside=outside, mailbox=mailbox)
        finally:
            await app.stop()


def _configure(folder: Path, http: str, smtp: str, today: date) -> Path:
    monday = today - timedelta(days=today.weekday() + 28)
    path = folder / "deskhand.toml"
    text = CONFIGURATION.format(http=http, smtp=smtp, token=ALERT_TOKEN, monday=monday.isoformat())
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return path
