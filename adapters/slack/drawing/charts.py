"""Bars as Slack's own chart.

https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final

from adapters.slack.drawing.workspace import Json
from bot.cards import Block, clean, plain, shorten

MAX_TITLE: Final = 50
MAX_LABEL: Final = 20
MAX_BARS: Final = 20
MAX_SERIES: Final = 6
PER_MESSAGE: Final = 2
# The bar that a line draws by itself stands between its label and its figures.
_DRAWN: Final = re.compile("[▇·]+")


@dataclass(frozen=True, slots=True)
class _Bar:
    label: str
    figures: dict[str, float]


def chart(block: Block, title: str) -> Json | None:
    """The chart of a BARS block, one line a bar: `label value`, or `label ▇▇ 3 new, 2 resolved`.

    None for lines of another form, and for more bars than Slack has room for.
    """
    bars = [_bar(line) for line in clean(plain(block.runs)).splitlines() if line.strip()]
    read = [bar for bar in bars if bar is not None]
    labels = [bar.label for bar in read]
    names = list(read[0].figures) if read else []
    alike = all(list(bar.figures) == names for bar in read)
    if len(read) < len(bars) or not alike or len(set(labels)) < len(labels):
        return None
    if not 1 <= len(read) <= MAX_BARS or not 1 <= len(names) <= MAX_SERIES:
        return None
    return {
        "type": "data_visualization",
        "title": shorten(clean(title), MAX_TITLE) or "Chart",
        "chart": {
            "type": "bar",
            "series": [_series(name, read) for name in names],
            "axis_config": {"categories": labels},
        },
    }


def _series(name: str, bars: list[_Bar]) -> Json:
    points = [{"label": bar.label, "value": bar.figures[name]} for bar in bars]
    return {"name": name, "data": points}


def _bar(line: str) -> _Bar | None:
    label, *rest = _DRAWN.split(line.strip(), maxsplit=1)
    if not rest:
        label, _, figure = line.strip().rpartition(" ")
        rest = [figure]
    figures: dict[str, float] = {}
    for part in rest[0].split(","):
        number, _, name = part.strip().partition(" ")
        value = _number(number)
        if value is None:
            return None
        figures[shorten(name.strip(), MAX_LABEL) or "Total"] = value
    return _Bar(shorten(label.strip(), MAX_LABEL) or "–", figures)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    if not math.isfinite(value) or value < 0:
        return None
    return int(value) if value.is_integer() else value
