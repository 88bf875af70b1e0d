"""Alerts are folded by fingerprint: each report has a reason, whatever order they come in."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.alerts import (
    STRAGGLER,
    AlertStatus,
    Fold,
    Folded,
    InboundAlert,
    fold,
    severity_of,
)
from bot.domain.work_items import Severity
from tests.unit.samples import MINUTE, NOW

FIRING, RESOLVED = AlertStatus.FIRING, AlertStatus.RESOLVED
HOUR = timedelta(hours=1)


def report(status: AlertStatus, begun: int | None = 0, **more: object) -> InboundAlert:
    """A report of the episode that began in that hour (None: the source does not say)."""
    facts: dict[str, object] = {
        "fingerprint": "f1",
        "group": "checkout",
        "status": status,
        "title": "Checkout is slow",
        "starts_at": NOW + begun * HOUR if begun is not None else None,
        "ends_at": NOW + (begun + 0.5) * HOUR if begun is not None and status is RESOLVED else None,
    }
    return InboundAlert(**(facts | more))  # type: ignore[arg-type]


def folded(*reports: InboundAlert, every: timedelta = MINUTE) -> list[Folded]:
    results, known, now = list[Folded](), None, NOW
    for one in reports:
        now += every
        results.append(fold(known, one, "prom", now))
        known = results[-1].alert
    return results


@pytest.mark.parametrize(
    ("reports", "reasons"),
    [
        ([report(FIRING)], [Fold.NEW]),
        ([report(FIRING), report(FIRING)], [Fold.NEW, Fold.REFRESHED]),
        ([report(FIRING), report(RESOLVED)], [Fold.NEW, Fold.RESOLVED]),
        ([report(FIRING, None), report(RESOLVED, None)], [Fold.NEW, Fold.RESOLVED]),
        ([report(RESOLVED)], [Fold.UNKNOWN_RESOLVED]),
        ([report(FIRING, 1), report(FIRING, 0)], [Fold.NEW, Fold.REFRESHED]),
        ([report(FIRING, 1), report(RESOLVED, 0)], [Fold.NEW, Fold.STALE]),
        ([report(RESOLVED), report(FIRING)], [Fold.UNKNOWN_RESOLVED, Fold.STALE]),
    ],
)
def test_every_report_has_a_reason(reports: list[InboundAlert], reasons: list[Fold]) -> None:
    assert [one.reason for one in folded(*reports)] == reasons


@pytest.mark.parametrize(
    ("report_", "reason"),
    [
        (report(RESOLVED), Fold.ALREADY_RESOLVED),
        (report(RESOLVED, None), Fold.ALREADY_RESOLVED),
        (report(RESOLVED, 1), Fold.UNKNOWN_RESOLVED),
        (report(FIRING, 0), Fold.STALE),
        (report(FIRING, -1), Fold.STALE),
        (report(FIRING, 1), Fold.REFIRED),
        (report(FIRING, None), Fold.REFIRED),
    ],
)
def test_what_follows_an_end(report_: InboundAlert, reason: Fold) -> None:
    assert folded(report(FIRING), report(RESOLVED), report_)[-1].reason is reason


def test_a_new_alert_holds_what_its_source_says() -> None:
    (one,) = folded(report(FIRING, severity="page", labels={"env": "prod"}, url="https://x"))
    assert one.alert is not None
    assert (one.alert.severity, one.alert.labels, one.alert.url) == (
        Severity.SEV2,
        {"env": "prod"},
        "https://x",
    )
    assert (one.alert.starts_at, one.alert.first_seen_at) == (NOW, NOW + MINUTE)


def test_a_report_without_a_beginning_begins_when_it_comes() -> None:
    (one,) = folded(report(FIRING, None))
    assert one.alert is not None
    assert one.alert.starts_at == NOW + MINUTE


def test_an_end_of_nothing_is_kept_only_where_it_can_be_told_apart() -> None:
    kept, forgotten = folded(report(RESOLVED))[0], folded(report(RESOLVED, None))[0]
    assert kept.alert is not None
    assert kept.alert.status is RESOLVED
    assert forgotten.alert is None


def test_a_refresh_counts_and_keeps_what_it_leaves_out() -> None:
    last = folded(
        report(FIRING, severity="high", runbook="https://r", description="p99", labels={"a": "1"}),
        report(FIRING, title="Slower", url="https://x"),
    )[-1].alert
    assert last is not None
    assert (last.count, last.title, last.severity) == (2, "Slower", Severity.SEV2)
    assert (last.runbook, last.url, last.labels) == ("https://r", "https://x", {"a": "1"})
    assert last.description == "p99"


def test_a_new_episode_leaves_its_old_incident() -> None:
    before = folded(report(FIRING), report(RESOLVED))[-1].alert
    assert before is not None
    again = fold(replace(before, incident=7), report(FIRING, 1), "prom", NOW).alert
    assert again is not None
    assert (again.incident, again.status, again.resolved_at) == (None, FIRING, None)


def test_two_that_saw_it_begin_at_different_times_tell_of_one_alert() -> None:
    """Of two Prometheus servers Alertmanager names the earlier one's beginning, once it knows."""
    end = replace(report(RESOLVED), starts_at=NOW - MINUTE, ends_at=NOW + MINUTE)
    early = replace(report(FIRING), starts_at=NOW - MINUTE)
    late = report(FIRING)
    results = folded(late, early, end, late, early)
    expected = [Fold.NEW, Fold.REFRESHED, Fold.RESOLVED, Fold.STALE, Fold.STALE]
    assert [one.reason for one in results] == expected


def test_an_end_names_its_instant_or_takes_the_present() -> None:
    told, untold = report(RESOLVED), report(RESOLVED, ends_at=None)
    ends = [folded(report(FIRING), end)[-1].alert for end in (told, untold)]
    assert [alert and alert.resolved_at for alert in ends] == [NOW + 30 * MINUTE, NOW + 2 * MINUTE]


def test_a_source_that_insists_after_a_while_is_believed() -> None:
    late = folded(report(FIRING), report(RESOLVED), report(FIRING), every=STRAGGLER)[-1]
    early = folded(report(FIRING), report(RESOLVED), report(FIRING), every=STRAGGLER / 2)[-1]
    assert (late.reason, early.reason) == (Fold.REFIRED, Fold.STALE)


EPISODES = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from(AlertStatus)), min_size=1, max_size=8
)


def outcome(reports: list[InboundAlert]) -> tuple[AlertStatus, datetime, datetime | None]:
    last = folded(*reports, every=timedelta(seconds=1))[-1].alert
    assert last is not None
    return last.status, last.starts_at, last.resolved_at


@given(st.data(), EPISODES)
def test_the_order_of_reports_does_not_matter(
    data: st.DataObject, episodes: list[tuple[int, AlertStatus]]
) -> None:
    reports = [report(status, begun) for begun, status in episodes]
    shuffled = data.draw(st.permutations(reports))
    assert outcome(shuffled) == outcome(reports)


@given(EPISODES)
def test_the_newest_episode_counts_and_its_end_wins(
    episodes: list[tuple[int, AlertStatus]],
) -> None:
    newest = max(begun for begun, _ in episodes)
    ended = (newest, RESOLVED) in episodes
    status, starts_at, _ = outcome([report(status, begun) for begun, status in episodes])
    assert (status, starts_at) == (RESOLVED if ended else FIRING, NOW + newest * HOUR)


@pytest.mark.parametrize(
    ("word", "severity"),
    [
        ("critical", Severity.SEV1),
        ("CRITICAL", Severity.SEV1),
        (" P1 ", Severity.SEV1),
        ("Disaster", Severity.SEV1),
        ("error", Severity.SEV2),
        ("page", Severity.SEV2),
        ("warning", Severity.SEV3),
        ("info", Severity.SEV4),
        ("none", Severity.SEV4),
        ("P5", Severity.SEV4),
        ("", Severity.SEV3),
        ("gruesome", Severity.SEV3),
    ],
)
def test_a_severity_word_is_mapped(word: str, severity: Severity) -> None:
    assert severity_of(word) is severity


def test_an_unknown_severity_word_keeps_what_was_known() -> None:
    assert severity_of("gruesome", Severity.SEV1) is Severity.SEV1


def test_every_severity_is_a_word_of_its_own() -> None:
    assert [severity_of(severity) for severity in Severity] == list(Severity)
