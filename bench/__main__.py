"""`python -m bench`: measure, and print a table or JSON."""

from __future__ import annotations

import argparse
from pathlib import Path
from random import SystemRandom

from bench.figures import Figure
from bench.measure import MEASUREMENTS
from bench.measure.ground import Ground
from bench.report import as_json, as_lines, heading, machine

# /tmp may be memory, where fsync costs nothing.
_FOLDER = Path("/var/tmp")  # noqa: S108 - each measurement makes a private folder in it


def main() -> None:
    """Measure what was asked for; a missed goal is told and is no failure."""
    options = _options()
    ground = Ground(seed=options.seed, folder=options.folder)
    facts = machine(options.folder)
    if not options.json:
        print(heading(options.seed, facts))
    figures: list[Figure] = []
    for name in options.only or MEASUREMENTS:
        for figure in MEASUREMENTS[name](ground):
            figures.append(figure)
            if not options.json:
                print(as_lines(figure), flush=True)
    if options.json:
        print(as_json(figures, options.seed, facts))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=main.__doc__)
    parser.add_argument(
        "--only", action="append", choices=MEASUREMENTS, help="measure this; may be repeated"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--seed", type=int, default=SystemRandom().randrange(1_000_000), help="of all loads"
    )
    parser.add_argument(
        "--folder", type=Path, default=_FOLDER, help="where the services keep their data"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
