"""Alerts: captured bodies become incidents, repeats are quiet, ends are ends, nothing is silent."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import permutations

import pytest

from bot.domain import events as happened
from bot.domain.alerts import AlertStatus
from bot.domain.work_items import IncidentStatus, Severity
from tests.scenario.conftest import Build
from tests.scenario.house import CAPTURED, House, Monitor, labels, webhook, words

# ---------------------------------------------------------------- one group


async def test_a_firing_group_is_one_incident_with_a_thread_a_card_and_a_page(house: House) -> None:
    await house.captured("firing-2")
    incident = await house.incident()
    assert (incident.title, incident.severity) == ("CPU > 90%", Severity.SEV1)
    assert len(await house.alerts()) == 2
    assert labels(await house.card())[0] == "Acknowledge"
    (page,) = house.paged("carla")
    assert page.title == "🚨 You are being paged: 🔴 SEV1 INC-1 CPU > 90%"
    assert await house.heard("paging Carla") == await house.heard("on call for platform") == 1


async def test_the_card_says_which_machines_burn(house: House) -> None:
    await house.captured("firing-2")
    told = words(await house.card())
    assert "CPU > 90% on web-1" in told
    assert "CPU > 91% ünïcode 🔥 on web-2" in told
    assert "2 alerts grouped" in told


async def test_a_repeat_is_counted_and_pages_nobody_again(house: House) -> None:
    await house.captured("firing-2")
    await house.captured("firing-2")
    assert [alert.count for alert in await house.alerts()] == [2, 2]
    assert len(house.paged("carla")) == 1
    assert house.meter.counted("alerts_folded", reason="refreshed") == 2


async def test_two_alertmanagers_that_tell_the_same_make_one_incident(house: House) -> None:
    body = json.loads((CAPTURED / "am-webhook-firing-2.json").read_text())["body"]
    await house.post(json.dumps(body).encode(), settle=False)
    await house.post(json.dumps({**body, "externalURL": "http://other:9093"}).encode())
    assert len(await house.incidents()) == 1
    assert len(house.paged("carla")) == 1


async def test_a_part_that_is_over_leaves_the_incident_open(house: House) -> None:
    await house.captured("firing-2")
    await house.captured("resolved")
    states = {alert.fingerprint[:4]: alert.status for alert in await house.alerts()}
    assert states == {"e22e": AlertStatus.RESOLVED, "ab40": AlertStatus.FIRING}
    assert (await house.incident()).status is IncidentStatus.INVESTIGATING
    assert "web-1" not in words(await house.card())


async def test_what_is_left_out_of_a_truncated_body_is_not_resolved(house: House) -> None:
    await house.captured("firing-2")
    await house.captured("max_alerts1-truncated")
    assert {alert.status for alert in await house.alerts()} == {AlertStatus.FIRING}


async def test_the_incident_ends_with_its_last_alert_and_pages_are_redrawn(
    house: House, monitor: Monitor
) -> None:
    await monitor.fire("web-1", "web-2")
    await monitor.clear("web-1")
    await house.minutes(4)
    await monitor.clear("web-2")
    assert (await house.incident()).status is IncidentStatus.RESOLVED
    (page,) = house.paged("carla")
    assert (words(page), labels(page)) == (
        "INC-1 HighCPU on web-1 | ✅ Resolved, it lasted 4 min",
        [],
    )
    assert (await house.story())[-1] == (
        "intake:prometheus: status investigating → resolved (all alerts cleared)"
    )


async def test_nobody_is_paged_after_the_end(house: House, monitor: Monitor) -> None:
    await monitor.fire("web-1")
    await monitor.clear("web-1")
    await house.minutes(60)
    assert len(house.paged("carla")) == 1
    assert house.paged("ben") == []


async def test_an_alert_that_fires_again_after_the_end_is_a_new_incident(
    house: House, monitor: Monitor
) -> None:
    await monitor.fire("web-1")
    await monitor.clear("web-1")
    await house.minutes(1)
    await monitor.fire("web-1")
    assert [i.status.value for i in await house.incidents()] == ["resolved", "investigating"]
    assert len(house.paged("carla")) == 2
    shown = (await house.run("ben", "/incident show INC-1")).card
    assert shown is not None
    assert "raised by alerts" in words(shown)


@pytest.mark.parametrize("order", sorted(set(permutations(["firing-2", "firing-2", "resolved"]))))
async def test_in_whatever_order_a_group_is_told_its_end_wins(
    house: House, order: tuple[str, ...]
) -> None:
    for name in order:
        await house.captured(name)
    states = {alert.fingerprint[:4]: alert.status for alert in await house.alerts()}
    assert states["ab40"] is AlertStatus.FIRING
    assert states.get("e22e", AlertStatus.RESOLVED) is AlertStatus.RESOLVED
    assert len(await house.incidents()) == 1


async def test_an_end_that_overtakes_its_beginning_pages_nobody(
    house: House, monitor: Monitor
) -> None:
    firing = webhook([monitor.alert("HighCPU", "web-1", "critical")], "HighCPU")
    await house.post(firing.replace(b'"firing"', b'"resolved"'))
    await house.post(firing)
    assert await house.incidents() == []
    assert house.paged("carla") == []


async def test_what_began_and_ended_in_one_batch_pages_nobody_and_stays_known(
    house: House, monitor: Monitor
) -> None:
    await monitor.fire("web-1", settle=False)
    await monitor.clear("web-1", settle=False)
    await house.settle()
    assert await house.incidents() == []
    assert [line.detail for line in await house.ledger()] == ["1 new", "1 resolved"]


async def test_an_incident_ends_though_its_alert_fired_again_in_between(
    house: House, monitor: Monitor
) -> None:
    await monitor.fire("web-1")
    await monitor.clear("web-1", settle=False)
    house.clock.push(timedelta(minutes=1))
    await monitor.fire("web-1", settle=False)
    await monitor.clear("web-1", settle=False)
    await house.settle()
    assert (await house.incident()).ended
    assert len(house.paged("carla")) == 1


# ---------------------------------------------------------------- severity and routing


async def test_a_worse_alert_makes_the_incident_worse_and_a_milder_one_does_not(
    house: House, monitor: Monitor
) -> None:
    await monitor.fire("web-1", severity="warning")
    await monitor.fire("web-2", severity="critical")
    await monitor.fire("web-3", severity="info")
    assert (await house.incident()).severity is Severity.SEV1
    assert await house.heard("severity sev3 → sev1") == 1
    assert len(house.paged("carla")) == 1


async def test_who_acknowledged_something_milder_is_paged_when_it_becomes_worse(
    house: House, monitor: Monitor
) -> None:
    await monitor.fire("web-1", severity="warning")
    await house.press("carla", "dk1:ack:INC-1")
    await monitor.fire("web-2", severity="critical")
    first, second = house.paged("carla")
    assert "paging goes on without you" in words(first)
    assert "SEV1" in second.title
    assert await house.happened(happened.EscalationHastened, "INC-1") == 1


async def test_an_alert_that_itself_becomes_worse_raises_its_incident(house: House) -> None:
    await house.generic(title="Queue is long", severity="low", id="q")
    await house.generic(title="Queue is long", severity="critical", id="q")
    assert (await house.incident()).severity is Severity.SEV1


async def test_the_title_is_that_of_the_worst_alert(house: House, monitor: Monitor) -> None:
    alerts = [
        monitor.alert("Disk", "db-1", "warning"),
        monitor.alert("Disk", "db-2", "critical"),
    ]
    await house.post(webhook(alerts, "Disk"))
    assert (await house.incident()).title == "Disk on db-2"


async def test_a_route_by_label_gives_the_alert_its_service(house: House) -> None:
    await Monitor(house, labels={"team": "db"}).fire("db-1")
    assert (await house.incident()).service == "db"
    assert "(route 1)" in (await house.story())[0]


async def test_one_group_with_two_services_is_two_incidents(house: House) -> None:
    here, there = Monitor(house), Monitor(house, labels={"team": "db"})
    await here.fire("web-1")
    await there.fire("db-1")
    assert [i.service for i in await house.incidents()] == ["checkout", "db"]


@pytest.mark.parametrize(
    ("word", "severity"), [("CRITICAL", "sev1"), ("page", "sev2"), ("purple", "sev3"), ("", "sev3")]
)
async def test_any_severity_word_has_a_meaning(house: House, word: str, severity: str) -> None:
    await house.generic(title="Backup failed", severity=word)
    assert (await house.incident()).severity == severity


# ---------------------------------------------------------------- never silence


async def test_without_service_and_policy_the_channel_is_told_loudly(house: House) -> None:
    await house.generic(title="Backup failed")
    (notice,) = house.told()
    assert notice == (
        "inc-1 ⚠️ nobody is paged: no escalation policy covers this; page somebody with /page"
        " · backup failed"
    )
    assert "nobody is paged" in words(await house.card())


async def test_a_service_without_policy_is_no_less_loud(house: House) -> None:
    await Monitor(house, labels={"team": "db"}).fire("db-1")
    assert len(house.told()) == 1
    assert labels(await house.card()) == ["Acknowledge", "Post update", "Resolve"]


async def test_an_alert_still_told_an_hour_after_people_resolved_it_is_a_new_incident(
    house: House, monitor: Monitor
) -> None:
    await monitor.fire("web-1")
    await house.run("carla", "/incident resolve INC-1 looks fine to me")
    await monitor.repeat()
    assert len(await house.incidents()) == 1
    await house.minutes(60)
    await monitor.repeat()
    assert len(await house.incidents()) == 2
    assert "(still firing after INC-1 was resolved)" in (await house.story("INC-2"))[0]
    assert len(house.paged("carla")) == 2


async def test_a_new_alert_of_a_resolved_group_is_a_new_incident_at_once(
    house: House, monitor: Monitor
) -> None:
    await monitor.fire("web-1")
    await house.run("carla", "/incident resolve INC-1")
    await monitor.fire("web-2")
    assert [alert.title for alert in await house.alerts("INC-2")] == ["HighCPU on web-2"]


async def test_a_body_that_cannot_be_read_is_parked_and_the_channel_is_told_once(
    house: House,
) -> None:
    await house.post(b'{"alerts": [{"labels"')
    await house.post(b"[[[[")
    assert [line.state for line in await house.ledger()] == ["quarantined", "quarantined"]
    (notice,) = [p.card for p in house.surface.channel("incidents")]
    assert notice.title == "⚠️ An alert could not be read"
    assert "From prometheus: the body is not JSON" in words(notice)
    assert "`deskhand quarantine show 1`" in words(notice)


async def test_a_parked_body_is_folded_once_it_can_be_read(build: Build, house: House) -> None:
    unplugged = await build(intakes={})
    await Monitor(unplugged).fire("web-1")
    (line,) = await unplugged.ledger("quarantined")
    assert line.detail == "the alert intake 'prometheus' is no longer configured"
    mended = House(unplugged.database, house.core.directory, outside=unplugged)
    assert await mended.store.inbox.replay(line.id)
    await mended.settle()
    assert len(mended.paged("carla")) == 1


async def test_poison_does_not_hold_up_the_others(house: House, monitor: Monitor) -> None:
    await house.post(b"[" * 100_000, settle=False)
    await monitor.fire("web-1", settle=False)
    await house.settle()
    assert len(house.paged("carla")) == 1
    assert [line.state for line in await house.ledger()] == ["quarantined", "done"]
