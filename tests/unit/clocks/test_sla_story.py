"""SLA clocks told: the ledger, and the ledger in words."""

from __future__ import annotations

from datetime import datetime

from bot.domain.sla import Metric, explain
from tests.unit.clocks.sla_traces import (
    CREATED,
    OFFICE,
    agent,
    at,
    customer,
    one,
    policy,
    priority,
    status,
)


def show(moment: datetime) -> str:
    return f"{moment:%a %H:%M}"


def test_the_ledger_tells_each_stretch_once() -> None:
    trace = [*CREATED, status("10:00", "pending"), status("16:00", "open"), status("20:00", "new")]
    clock = one(trace, policy(Metric.REQUESTER_WAIT, hours=OFFICE), "3 10:00")
    assert [(line.state.value, line.why, line.end) for line in clock.ledger] == [
        ("running", "new", at("10:00")),
        ("paused", "pending", at("16:00")),
        ("running", "open", at("17:00")),
        ("closed", "office", at("3 09:00")),
        ("running", "new", at("3 10:00")),
    ]


def test_explain_tells_waits_and_the_breach() -> None:
    promised = policy(Metric.REQUESTER_WAIT, hours=OFFICE, normal=7)
    trace = [*CREATED, status("10:00", "pending"), status("13:00", "open")]
    assert explain(one(trace, promised, "3 11:30"), show) == [
        "requester wait: started Mon 09:00 because the ticket was created",
        "paused Mon 10:00–Mon 13:00 pending",
        "outside hours Mon 17:00–Tue 09:00 (office)",
        "ran 7 h 30 min of 7 h (priority normal)",
        "breached Tue 11:00, by 30 min",
    ]


def test_explain_measures_no_excess_after_the_target_grew() -> None:
    trace = [*CREATED, priority("11:00", "low")]
    assert explain(one(trace, policy(low=8), "12:00"), show)[1:] == [
        "ran 3 h of 8 h (priority low)",
        "breached Mon 10:00",
    ]


def test_explain_tells_a_stop_in_time() -> None:
    trace = [*CREATED, agent("09:10"), customer("09:20"), agent("09:40")]
    assert explain(one(trace, policy(Metric.NEXT_REPLY), "12:00"), show) == [
        "next reply: started Mon 09:20 because the customer wrote",
        "ran 20 min of 1 h (priority normal)",
        "was due Mon 10:20",
        "stopped Mon 09:40 because an agent replied",
    ]


def test_explain_tells_a_pause_and_a_missing_target() -> None:
    trace = [customer("09:00"), agent("09:10"), agent("09:20"), status("09:20", "pending")]
    assert explain(one(trace, policy(Metric.PAUSABLE_UPDATE), "10:00"), show) == [
        "pausable update 2: started Mon 09:20 because an agent replied",
        "paused Mon 09:20–Mon 10:00 pending",
        "ran 0 s; no target for priority none",
        "paused now",
    ]


def test_explain_lists_the_latest_waits() -> None:
    lines = explain(one(CREATED, policy(hours=OFFICE), "6 12:00"), show, limit=1)
    assert lines[1:3] == [
        "3 earlier waits are not listed",
        "outside hours Thu 17:00–Fri 09:00 (office)",
    ]
