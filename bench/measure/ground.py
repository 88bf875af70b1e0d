"""What every measurement stands on: a seed, and services in folders that go away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.processes import server
from bench.rivals import null_smtp
from bench.service import Chats, Service, ending, run


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The seed of all loads, and the folder, on a real disk, in which services keep their data."""

    seed: int
    folder: Path

    @contextmanager
    def place(self) -> Iterator[Path]:
        """A new folder, removed afterwards."""
        with TemporaryDirectory(prefix="deskhand-bench-", dir=self.folder) as folder:
            yield Path(folder)

    @contextmanager
    def service(self, chats: Chats | None = None) -> Iterator[Service]:
        """A new service that is ready, on chat platforms if so, and a smarthost that takes what
        it sends.
        """
        with (
            self.place() as folder,
            server(null_smtp) as (_, smarthost),
            ending(run(folder, smarthost, chats)) as service,
        ):
            yield service
