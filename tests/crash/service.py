"""The real service as a process of its own: `python -m tests.crash.service FILE URL`.

FILE is its configuration, URL the chat platform it reaches over the wire.
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import uvloop

from bot import logs
from bot.app import App, Edges
from bot.config.loading import load
from bot.operate.serving import serve
from tests.fakes.wire_surface import WireSurface

SECRET = "a-secret-of-the-crash-test-0123456789"


def main(path: str, chat: str) -> None:
    """Serve until killed."""
    logs.set_up("WARNING", plain=True)
    settings = load(Path(path), {}, date(2026, 3, 1))
    surface = WireSurface("slack", chat)
    uvloop.run(serve(App(settings, SECRET, Edges(surfaces=(surface,)))))


if __name__ == "__main__":
    main(*sys.argv[1:])
