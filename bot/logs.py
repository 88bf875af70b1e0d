"""Logs: JSON for machines, colours for a terminal; secrets and addresses never reach them."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Final

import structlog

_SECRET: Final = re.compile(
    r"(?i)(xox[a-z]-|xapp-|token=|bearer |password=|/in/[a-z]+/)[^\s\"'&,;]+"
)
_ADDRESS: Final = re.compile(r"[^\s@<>()\[\],;:\"]{1,64}@([\w-]+\.[\w.-]+)")
_OWN: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
# Libraries that log bodies or tokens at their more talkative levels.
_QUIET: Final = (
    "aiohttp",
    "aiosmtpd",
    "mail.log",
    "slack_bolt",
    "slack_sdk",
    "discord",
    "apscheduler",
    "asyncio",
    "tortoise",
    "pebble",
)


def set_up(level: str = "INFO", *, plain: bool | None = None) -> None:
    """Send all logs to standard error; `plain` (default: no terminal) gives one JSON
    object a line.
    """
    as_json = not sys.stderr.isatty() if plain is None else plain
    renderer: Any = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer()
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_take_extra, structlog.stdlib.add_log_level, _stamp],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                redact,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def redact(_: object, __: str, event: MutableMapping[str, Any]) -> dict[str, Any]:
    """A log processor that takes secrets and the local parts of mail addresses out of
    every text.
    """
    return {name: _clean(value) for name, value in event.items()}


def _clean(value: object) -> object:
    if not isinstance(value, str):
        return value
    return _ADDRESS.sub(r"…@\1", _SECRET.sub(r"\1…", value))


def _take_extra(_: object, __: str, event: MutableMapping[str, Any]) -> dict[str, Any]:
    record: logging.LogRecord = event["_record"]
    extra = {name: value for name, value in vars(record).items() if name not in _OWN}
    return {**extra, **event, "logger": record.name}


_stamp: Final = structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts")
