"""Which kinds of alert source there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from adapters.alerts import alertmanager, generic
from adapters.alerts.source import Source

SOURCES: Final[Mapping[str, Source]] = {
    source.kind: source for source in (alertmanager.SOURCE, generic.SOURCE)
}
