"""What the HTTP server is told: where it listens, whom it believes, and its bounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

MEBIBYTE: Final = 1024 * 1024

# The longest prefix wins; what is not named here may have one mebibyte. A handler that reads
# `request.content` itself keeps its own bound below it, as the alert intakes and the console do.
BODY_LIMITS: Final[Mapping[str, int]] = {"/console/": 32 * MEBIBYTE, "/act/": 64 * 1024}


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpSettings:
    """`port` 0 takes a free one; `trusted_proxies` are addresses or networks (`10.0.0.0/8`).

    `body_limits` maps path prefixes to bytes. A request's headers must arrive within
    `header_timeout`, its body within `body_timeout` plus the time it needs at 64 KiB a second.
    """

    host: str = "127.0.0.1"
    port: int = 8025
    trusted_proxies: tuple[str, ...] = ()
    body_limits: Mapping[str, int] = field(default_factory=lambda: BODY_LIMITS)
    max_connections: int = 4000
    header_timeout: timedelta = timedelta(seconds=10)
    body_timeout: timedelta = timedelta(seconds=30)
    stop_timeout: timedelta = timedelta(seconds=5)
