"""The sample world: a small shop's support desk, its on-call rotation, and its customers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

# It opens the demonstration's own alert intake, on the loopback address only.
ALERT_TOKEN: Final = "demo-alerts-0123456789abcdef"  # noqa: S105

CONFIGURATION: Final = """
[service]
name = "Deskhand"
timezone = "Europe/Vienna"
data_dir = "."

[http]
listen = "{http}"

[mail.intake]
listen = "{smtp}"

[people.ana]
name = "Ana Berger"
email = "ana@shop.example"
roles = ["agent:support"]

[people.ben]
name = "Ben Okafor"
email = "ben@shop.example"
roles = ["agent:support", "responder"]

[people.carla]
name = "Carla Jensen"
email = "carla@shop.example"
roles = ["lead:support", "commander", "responder"]
contact = ["console"]

[desks.support]
key = "SUP"
name = "Shop Support"
addresses = ["support@shop.example"]
channels = ["console:support"]
sla = "standard"
escalation = "support"

[calendars.always]
timezone = "Europe/Vienna"
monday = ["00:00-24:00"]
tuesday = ["00:00-24:00"]
wednesday = ["00:00-24:00"]
thursday = ["00:00-24:00"]
friday = ["00:00-24:00"]
saturday = ["00:00-24:00"]
sunday = ["00:00-24:00"]

[slas.standard]
calendar = "always"
warn = ["75%"]

[slas.standard.targets.normal]
first_reply = "1h"
next_reply = "2h"
resolution = "1d"

[slas.standard.targets.high]
first_reply = "30m"
next_reply = "1h"
resolution = "8h"

[services.checkout]
name = "Checkout"
escalation = "platform"
channels = ["console:incidents"]
runbook = "https://wiki.shop.example/runbooks/checkout"

[schedules.platform]
timezone = "Europe/Vienna"
layers = [{{ people = ["carla", "ben"], handoff = "mon 09:00", every = "1w", start = "{monday}" }}]

[escalations.platform]
steps = [
  {{ page = ["schedule:platform"], after = "5m" }},
  {{ page = ["person:ben", "person:carla"], after = "5m" }},
]
repeat = 2
catch_all = "person:carla"

[escalations.support]
steps = [{{ page = ["person:carla"], after = "15m" }}]
catch_all = "person:carla"

[intakes.prometheus]
kind = "alertmanager"
token = "{token}"
service = "checkout"
"""


@dataclass(frozen=True, slots=True)
class SampleMail:
    """A mail that a sample customer writes."""

    name: str
    address: str
    subject: str
    text: str


MARIA: Final = SampleMail(
    "Maria Huber",
    "maria@acme.example",
    "Invoice PDF shows wrong VAT rate",
    "Hi,\n\nsince Monday our invoices show 19% VAT although we are based in Austria (20%).\n"
    "We need to re-issue four of them by Friday. Can you correct this?\n\nMaria Huber, ACME GmbH",
)
TOM: Final = SampleMail(
    "Tom Reed",
    "tom@northwind.example",
    "Export times out after 30 seconds",
    "Hello,\n\nthe CSV export of last month's orders stops with a time-out. It worked until last\n"
    "week; the month has about 12,000 orders.\n\nTom",
)
YUKI: Final = SampleMail(
    "Yuki Tanaka",
    "yuki@kaiyo.example",
    "ログインできません / Cannot log in after the reset",
    "Hello,\n\nafter resetting my password the site says “unknown user”, in every browser.\n\n"
    "Yuki Tanaka 田中",
)
MARIA_AGAIN: Final = "Thank you for the quick answer! Friday noon is fine.\n\nMaria\n"
MAILS: Final = (MARIA, TOM, YUKI)

ALERTS: Final = {
    "HighErrorRate": ("Checkout answers 502 to EU customers", "critical"),
    "QueueGrowing": ("Order queue grows: 4,200 waiting", "warning"),
    "DiskFillingUp": ("db-2: disk full in about 4 hours", "warning"),
}
