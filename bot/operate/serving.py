"""Running the service until it is told to stop, and telling systemd how it fares."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import resource
import signal
import socket
from typing import Final

from bot.app import App
from bot.tasks import spawn, stop

log = logging.getLogger(__name__)

MANY_FILES: Final = 8192
_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


async def serve(app: App) -> None:
    """Start, tell that it is ready, wait for SIGTERM or SIGINT, and stop in an orderly way."""
    told = told_to_stop()
    _allow_many_connections()
    await app.start()
    notify("READY=1")
    watchdog = spawn(_watch(app), "watchdog")
    try:
        await told.wait()
    finally:
        notify("STOPPING=1")
        log.info("stopping")
        await stop(watchdog)
        await app.stop()
    log.info("stopped")


def _allow_many_connections() -> None:
    """An alert storm opens some 2,000 sockets at once; the usual soft limit is 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MANY_FILES if hard == resource.RLIM_INFINITY else min(MANY_FILES, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def told_to_stop() -> asyncio.Event:
    """An event that SIGTERM and SIGINT set, from now on."""
    told = asyncio.Event()
    for number in _SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    return told


def notify(words: str) -> None:
    """Tell systemd (sd_notify); nothing happens where it does not listen."""
    path = os.environ.get("NOTIFY_SOCKET", "")
    if not path:
        return
    address = f"\0{path[1:]}" if path.startswith("@") else path
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as door:
        door.sendto(words.encode(), address)


async def _watch(app: App) -> None:
    """Ping systemd's watchdog while every pass is alive; a dead pass lets it restart us."""
    interval = int(os.environ.get("WATCHDOG_USEC", "0")) / 2_000_000 or 15.0
    while True:
        if await app.healthy():
            notify("WATCHDOG=1")
        await asyncio.sleep(interval)
