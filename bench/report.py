"""Figures as a table for people, or as JSON for machines."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from bench.figures import Figure


def machine(folder: Path) -> Mapping[str, object]:
    """What a reader must know of the machine to make sense of the figures."""
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
        "folder": str(folder),
        "load_before": round(os.getloadavg()[0], 2),
    }


def as_json(figures: Sequence[Figure], seed: int, facts: Mapping[str, object]) -> str:
    """One object with everything."""
    told = [{**asdict(figure), "met": figure.met} for figure in figures]
    return json.dumps({"seed": seed, "machine": facts, "figures": told}, indent=2)


def heading(seed: int, facts: Mapping[str, object]) -> str:
    """What stands above the table."""
    told = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in facts.items())
    return f"seed {seed}; {told}\n"


def as_lines(figure: Figure) -> str:
    """A figure with its goal, and below it what stands behind it."""
    sign = "✓" if figure.met else "✗"
    bound = "≥" if figure.more_is_better else "≤"
    told = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in figure.details.items())
    value = f"{_number(figure.value)} {figure.unit}"
    line = f" {sign} {figure.name:<46} {value:>18}   goal {bound} {_number(figure.goal)}"
    return f"{line}\n     {told}" if told else line


def _number(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.0f}"
