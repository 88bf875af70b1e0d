"""What a kind of alert source is: how its body is checked at the door, read, and answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bot.domain.alerts import InboundAlert
from bot.errors import PermanentError

MEBIBYTE: Final = 1024 * 1024


class UnreadableAlert(PermanentError):
    """A body that can never be taken; the words say what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A wire format; `check` and `read` take body and content type, and raise UnreadableAlert.

    `check` is quick and only keeps out what `read` could never take. `limit` is the largest body
    in bytes, `answer` the JSON that says it is stored. A repeat of the first of
    `delivery_headers` that is there, with the same body, is the same delivery.
    """

    kind: str
    check: Callable[[bytes, str], None]
    read: Callable[[bytes, str], tuple[InboundAlert, ...]]
    limit: int
    answer: bytes
    delivery_headers: tuple[str, ...] = ()
