"""What is counted of a chat platform: requests, limits met, and how soon people are answered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bot.errors import PermanentError, TemporaryError
from bot.ports.measures import Meter


class Tally:
    """Counts for one surface; without a meter, as when an operator tries a token, it counts none.

    A `method` comes from the code, never from outside: it is a label.
    """

    def __init__(self, surface: str = "", meter: Meter | None = None) -> None:
        self._surface = surface
        self._meter = meter

    @contextmanager
    def request(self, method: str) -> Iterator[None]:
        """Count the request made inside by how it ends: ok, failed, unknown or refused.

        Unknown means that it may have had its effect. Errors go on.
        """
        result = "failed"
        try:
            yield
            result = "ok"
        except TemporaryError as error:
            result = "unknown" if error.ambiguous else "failed"
            raise
        except PermanentError:
            result = "refused"
            raise
        finally:
            if self._meter is not None:
                self._meter.count(
                    "chat_requests", surface=self._surface, method=method, result=result
                )

    def limited(self) -> None:
        """The platform answered that it was asked too often."""
        if self._meter is not None:
            self._meter.count("chat_rate_limited", surface=self._surface)

    def acknowledged(self, seconds: float) -> None:
        """So long after a gesture came in, the platform had its acknowledgement."""
        if self._meter is not None:
            self._meter.observe("chat_ack_seconds", seconds, surface=self._surface)
