"""From a mail to its card on an agent's screen."""

from __future__ import annotations

from typing import Final

from bench.figures import Figure, milliseconds, percentile
from bench.load import mails_to_cards, soon
from bench.measure.ground import Ground
from bench.processes import Load
from bench.service import sign_in_path

_EACH_SECOND: Final = 20
_SECONDS: Final = 12


def measure(ground: Ground) -> list[Figure]:
    """A mail on each connection, at a fixed pace; the page that is open shows its card."""
    with ground.service() as service:
        pace = soon(_EACH_SECOND, _SECONDS, ground.seed)
        load = Load(mails_to_cards, service.smtp, service.url, sign_in_path(), pace)
        ran = load.result(_SECONDS + 60)
    details = {
        "mails": len(ran.result),
        "p50": milliseconds(percentile(ran.result, 0.5)),
        "longest": milliseconds(max(ran.result)),
        "load_cores": round(ran.cpu, 2),
    }
    p95 = milliseconds(percentile(ran.result, 0.95))
    return [Figure(name="mail to card, p95", value=p95, unit="ms", goal=1000, details=details)]
