"""Bars as Slack's own chart.

https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from adapters.slack.drawing.workspace import Json
from bot.cards import Block, clean, shorten

MAX_TITLE: Final = 50
MAX_LABEL: Final = 20
MAX_BARS: Final = 20
MAX_SERIES: Final = 6
PER_MESSAGE: Final = 2


def chart(block: Block, title: str) -> Json | None:
    """The chart of a BARS block; None where Slack has no room for it, or no way to draw it."""
    bars = block.bars
    labels = [shorten(clean(bar.label), MAX_LABEL) or "–" for bar in bars]
    if not 1 <= len(bars) <= MAX_BARS or len(set(labels)) < len(bars):
        return None
    names = [name for name, _ in bars[0].figures]
    if not 1 <= len(names) <= MAX_SERIES or any(n < 0 for bar in bars for _, n in bar.figures):
        return None
    columns = zip(*([count for _, count in bar.figures] for bar in bars), strict=True)
    return {
        "type": "data_visualization",
        "title": shorten(clean(title), MAX_TITLE) or "Chart",
        "chart": {
            "type": "bar",
            "series": [
                _series(name, zip(labels, column, strict=True))
                for name, column in zip(names, columns, strict=True)
            ],
            "axis_config": {"categories": labels},
        },
    }


def _series(name: str, points: Iterable[tuple[str, int]]) -> Json:
    data = [{"label": label, "value": value} for label, value in points]
    return {"name": shorten(clean(name), MAX_LABEL) or "Total", "data": data}
