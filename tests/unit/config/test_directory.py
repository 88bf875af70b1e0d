"""What the core gets to know of a configuration."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.config.loading import load
from bot.config.problems import ConfigProblems
from bot.config.settings import Settings
from bot.domain.directory import Directory, ReplyMode
from bot.domain.people import Right, may
from bot.domain.schedules import who
from bot.domain.sla import Metric
from bot.domain.threads import Space
from bot.domain.work_items import Severity

EXAMPLE = Path(__file__).parents[3] / "config.example.toml"
TODAY = date(2026, 11, 21)
TOKEN = "d41d8cd98f00b204e9800998ecf8427e"


@pytest.fixture(scope="module")
def directory() -> Directory:
    return load(EXAMPLE, {}, TODAY).directory()


def settings_of(tmp_path: Path, text: str) -> Settings:
    (tmp_path / "deskhand.toml").write_text(text, encoding="utf-8")
    return load(tmp_path / "deskhand.toml", {}, TODAY)


def test_each_domain_has_a_postmaster(tmp_path: Path) -> None:
    a, b = (f"[desks.{n}]\nkey = '{n.upper()}'\naddresses = ['{n}@{n}.example']\n" for n in "ab")
    found = settings_of(tmp_path, a + b).directory()
    takes = [found.takes(f"POSTMASTER@{domain}.example") for domain in "abc"]
    assert takes == [found.desks["a"], found.desks["b"], None]
    assert found.postmaster_address == "postmaster@a.example"


def test_one_desk_may_be_the_postmaster_of_all_domains(tmp_path: Path) -> None:
    a, b = (f"[desks.{n}]\nkey = '{n.upper()}'\naddresses = ['{n}@{n}.example']\n" for n in "ab")
    found = settings_of(tmp_path, f"{a}{b}[mail.intake]\npostmaster = 'b'").directory()
    takes = [found.takes(f"abuse@{domain}.example") for domain in "abc"]
    assert takes == [found.desks["b"], found.desks["b"], None]
    assert not found.own_address("postmaster@a.example")


def test_a_desk_has_the_key_of_its_table_and_the_prefix_of_its_tickets(
    directory: Directory,
) -> None:
    desk = directory.desks["support"]
    assert (desk.key, desk.prefix, desk.name) == ("support", "SUP", "Acme Support")
    assert desk.sender == "support@example.com"
    assert desk.channels == (Space(surface="console", id="support"),)
    assert desk.reply_mode is ReplyMode.EXPLICIT


def test_addresses_are_found_in_any_case(tmp_path: Path) -> None:
    text = "[desks.a]\nkey = 'A'\naddresses = ['Help@Example.com']"
    assert settings_of(tmp_path, text).directory().desk_at("help@example.COM") is not None


def test_people_have_rights_accounts_and_ways_to_be_reached(directory: Directory) -> None:
    ana, ben = directory.people["ana"], directory.people["ben"]
    assert may(ana, Right.TAKE_OVER, desk="support")
    assert not may(ben, Right.TAKE_OVER, desk="support")
    assert directory.person_at("console", "ben") == ben
    assert ben.contact == ("console", "mail")
    assert ben.timezone == "Europe/Vienna"


def test_a_way_of_contact_that_is_not_configured_is_not_taken_by_itself(tmp_path: Path) -> None:
    text = "[people.ana]\nslack = 'U1'\ndiscord = 42\n[discord]\ntoken = 'ab'"
    person = settings_of(tmp_path, text).directory().people["ana"]
    assert person.contact == ("discord", "console")
    assert person.accounts == {"slack": "U1", "discord": "42", "console": "ana"}
    assert person.name == "Ana"


def test_a_promise_is_counted_in_the_hours_of_its_calendar(directory: Directory) -> None:
    sla = directory.slas["standard"]
    asked = datetime(2026, 12, 23, 15, 30, tzinfo=UTC)
    assert sla.target("high", Metric.FIRST_REPLY) == timedelta(hours=1)
    # Wednesday 16:30 in Vienna; Thursday and Friday are off, then comes a weekend.
    assert sla.calendar.due(asked, timedelta(hours=1)) == datetime(2026, 12, 28, 8, 30, tzinfo=UTC)


def test_a_promise_without_a_calendar_counts_around_the_clock(tmp_path: Path) -> None:
    slas = settings_of(tmp_path, "[slas.a]\n[slas.b]\ncalendar = 'always'").directory().slas
    night = datetime(2026, 12, 25, 3, tzinfo=UTC)
    assert slas["a"].calendar.is_open(night)
    assert slas["b"].calendar.is_open(night)


def test_layers_hand_off_as_written(directory: Directory) -> None:
    platform = directory.schedules["platform"]
    first, second = (datetime(2026, 1, day, 12, tzinfo=UTC) for day in (7, 14))
    assert [who(platform, (), at) for at in (first, second)] == ["ana", "ben"]
    assert who(platform, (), datetime(2026, 1, 10, 12, tzinfo=UTC)) == "ben"


def test_an_escalation_has_its_steps_and_its_catch_all(directory: Directory) -> None:
    policy = directory.escalations["platform"]
    assert [step.targets for step in policy.steps] == [
        ("schedule:platform",),
        ("schedule:platform", "person:ana"),
    ]
    assert (policy.repeat, policy.catch_all) == (1, "person:ana")


def test_an_intakes_own_routes_come_first_and_hold_for_it_alone(tmp_path: Path) -> None:
    text = (
        "[services.a]\n[services.b]\n"
        f"[intakes.prom]\nkind = 'alertmanager'\ntoken = '{TOKEN}'\n"
        "routes = [{ when = 'title == \"x\" or true', service = 'b' }]\n"
        "[[routes]]\nwhen = 'true'\nservice = 'a'\nseverity = 'sev1'\n"
    )
    own, general = settings_of(tmp_path, text).directory().routes
    assert own.when.test({"intake": "prom"})
    assert not own.when.test({"intake": "other"})
    assert (own.service, general.service, general.severity) == ("b", "a", Severity.SEV1)


def test_a_route_that_its_intakes_name_makes_too_long_is_a_problem(tmp_path: Path) -> None:
    condition = f'title == "{"x" * 985}"'
    text = (
        f"[services.a]\n[intakes.prom]\nkind = 'generic'\ntoken = '{TOKEN}'\n"
        f"routes = [{{ when = '{condition}', service = 'a' }}]"
    )
    with pytest.raises(ConfigProblems, match="a route of the intake 'prom' is longer than 1,000"):
        settings_of(tmp_path, text)


def test_texts_of_a_desk_overrule_the_services(tmp_path: Path) -> None:
    text = (
        "[desks.a]\nkey = 'A'\naddresses = ['a@b.example']\n"
        "templates = { thank_you = 'Hi {requester}, {ticket}' }"
    )
    assert settings_of(tmp_path, text).directory().desks["a"].templates == {
        "thank_you": "Hi {requester}, {ticket}"
    }
