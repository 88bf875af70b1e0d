"""Storms: whatever comes at once, few incidents, few pages, and no alert lost."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from bot.domain import events as happened
from bot.domain.work_items import Severity
from bot.engine.inbox import AlertPass
from tests.scenario.house import House, Monitor, webhook, words

GROUPS = 30


async def storm(house: House, monitor: Monitor, *, settle: bool) -> None:
    """Thirty groups of two alerts each, one post a group."""
    for number in range(GROUPS):
        name = f"Alert{number}"
        await monitor.fire(f"a{number}", f"b{number}", name=name, settle=settle)
    await house.settle()


async def totals(house: House) -> list[int]:
    """How many alerts each incident has."""
    return [len(await house.alerts(incident.number)) for incident in await house.incidents()]


async def test_thirty_groups_in_one_batch_are_five_incidents_with_all_alerts(
    house: House, monitor: Monitor
) -> None:
    await storm(house, monitor, settle=False)
    assert await totals(house) == [2, 2, 2, 2, 52]
    assert len(house.paged("carla")) == 5


async def test_thirty_groups_one_after_the_other_are_no_more(
    house: House, monitor: Monitor
) -> None:
    await storm(house, monitor, settle=True)
    assert await totals(house) == [2, 2, 2, 2, 52]
    assert len(house.paged("carla")) == 5


async def test_a_storm_over_two_batches_counts_both(house: House, monitor: Monitor) -> None:
    for number in range(3):
        await monitor.fire("a", name=f"Early{number}")
    await storm(house, monitor, settle=False)
    assert len(await house.incidents()) == 5


async def test_thirty_groups_in_one_body_are_five_incidents(house: House) -> None:
    body = (
        b"["
        + b",".join(
            f'{{"title": "Alert {n}", "id": "{n}", "labels": {{"team": "db"}}}}'.encode()
            for n in range(GROUPS)
        )
        + b"]"
    )
    await house.post(body, "cron")
    assert sum(await totals(house)) == GROUPS
    assert len(await house.incidents()) == 5
    assert len(house.told()) == 5


async def test_each_alert_is_told_once_with_the_reason_it_joined_for(
    house: House, monitor: Monitor
) -> None:
    await storm(house, monitor, settle=True)
    told = [e.event for e in await house.history("INC-5")]
    titles = Counter(e.title for e in told if isinstance(e, happened.AlertAttached))
    assert set(titles.values()) == {1}
    reasons = [e.reason for e in told if isinstance(e, happened.AlertAttached)]
    assert reasons[:3] == ["intake prometheus", "intake prometheus", "a storm of groups"]
    assert "(intake prometheus)" in (await house.story("INC-5"))[0]


async def test_the_thread_of_a_storm_is_told_a_count_once_a_minute(
    house: House, monitor: Monitor
) -> None:
    for start in range(0, 200, 20):
        await monitor.fire(*(f"web-{n}" for n in range(start, start + 20)))
    assert len(await house.alerts()) == 200
    assert await house.heard("more alerts are firing") == 1
    assert await house.heard("10 more alerts are firing (intake prometheus)") == 1
    assert "… and 197 more" in words(await house.card())


async def test_the_end_of_a_storm_ends_its_incident(house: House, monitor: Monitor) -> None:
    await storm(house, monitor, settle=True)
    for number in range(GROUPS):
        await monitor.clear(f"a{number}", f"b{number}", name=f"Alert{number}", settle=False)
    await house.settle()
    assert all(incident.ended for incident in await house.incidents())


async def test_the_end_of_many_alerts_is_told_singly_and_then_by_their_count(
    house: House, monitor: Monitor
) -> None:
    names = [f"web-{n}" for n in range(30)]
    await monitor.fire(*names, "web-x")
    await house.pass_time(timedelta(minutes=2))
    await monitor.clear(*names)
    told = [e.event for e in await house.history("INC-1")]
    assert sum(isinstance(event, happened.AlertCleared) for event in told) == 10
    assert [e.count for e in told if isinstance(e, happened.AlertsCleared)] == [20]


async def test_a_worse_group_in_a_storm_makes_the_incident_it_joins_worse(
    house: House, monitor: Monitor
) -> None:
    for number in range(8):
        severity = "critical" if number == 6 else "warning"
        await monitor.fire("a", name=f"Alert{number}", severity=severity, settle=False)
    await house.settle()
    found = [incident.severity for incident in await house.incidents()]
    assert found == [Severity.SEV3] * 4 + [Severity.SEV1]


async def test_a_storm_of_one_service_leaves_the_others_alone(
    house: House, monitor: Monitor
) -> None:
    await storm(house, monitor, settle=True)
    await Monitor(house, labels={"team": "db"}).fire("db-1", name="Replica")
    await house.generic(title="Backup failed")
    assert [(i.service, i.title) for i in await house.incidents()][5:] == [
        ("db", "Replica on db-1"),
        ("", "Backup failed"),
    ]


async def test_alerts_do_not_join_what_people_declared(house: House, monitor: Monitor) -> None:
    for number in range(6):
        await house.run("ana", f"/incident declare thing {number} --service checkout")
    await monitor.fire("web-1")
    assert (await house.incidents())[-1].group.startswith("prometheus|checkout|")


async def test_after_the_storm_a_new_group_is_a_new_incident(
    house: House, monitor: Monitor
) -> None:
    await storm(house, monitor, settle=True)
    await house.press("carla", "dk1:ack:INC-5")
    await house.minutes(6)
    await monitor.fire("web-1", name="Other")
    assert len(await house.incidents()) == 6


async def test_many_open_incidents_do_not_hide_the_one_of_the_group(
    house: House, monitor: Monitor
) -> None:
    await monitor.fire("web-1")
    async with house.store.work() as work:
        (first,) = await house.incidents()
        for _ in range(300):
            await work.items.add(first.__class__(title="x", created_at=house.clock.now()), "INC")
    await monitor.fire("web-2")
    assert len(await house.alerts("INC-1")) == 2


async def test_three_thousand_alerts_in_one_body_are_one_incident(
    house: House, monitor: Monitor
) -> None:
    alerts = [monitor.alert("HighCPU", f"web-{n}") for n in range(3000)]
    await house.post(webhook(alerts, "HighCPU"))
    assert await totals(house) == [3000]
    assert len(house.paged("carla")) == 1
    assert len(await house.history("INC-1")) == 13


async def test_heavy_bodies_are_leased_a_few_at_a_time(house: House) -> None:
    for number in range(40):
        body = f'{{"title": "Alert {number}", "log": "{"x" * 200_000}"}}'
        await house.post(body.encode(), "cron", settle=False)
    (alerts,) = (each for each in house.passes if isinstance(each, AlertPass))
    assert [await alerts.run_once() for _ in range(4)] == [25, 12, 3, 0]
    assert sum(await totals(house)) == 40
