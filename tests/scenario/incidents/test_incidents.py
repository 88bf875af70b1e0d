"""Running an incident: declare, severity, status, lead, updates, notes, resolve, reopen, lists."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.commands.call import Reply
from bot.domain import events as happened
from bot.domain.work_items import IncidentStatus, Severity
from tests.scenario.conftest import Build
from tests.scenario.house import House, Monitor, labels, words


def text(reply: Reply | None) -> str:
    """What a reply says."""
    assert reply is not None
    assert reply.card is not None
    return words(reply.card)


# ---------------------------------------------------------------- declare


async def test_declaring_opens_a_thread_pages_and_makes_the_declarer_lead(house: House) -> None:
    line = "/incident declare checkout returns 500 --sev1 --service checkout"
    told = text(await house.run("ana", line))
    incident = await house.incident()
    assert (incident.title, incident.severity) == ("checkout returns 500", Severity.SEV1)
    assert (incident.service, incident.assignee) == ("checkout", "ana")
    assert "Commander: Ana" in told
    assert len(house.paged("carla")) == 1
    assert (await house.story())[0] == "person:ana: declared the incident as sev1 (by hand)"
    assert "declared by hand" in words(await house.card())


async def test_a_long_dash_that_a_keyboard_made_is_an_option_too(house: House) -> None:
    await house.run("ana", "/incident declare search is slow —sev2 –service db")
    incident = await house.incident()
    assert (incident.title, incident.severity, incident.service) == (
        "search is slow",
        Severity.SEV2,
        "db",
    )


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("/incident declare down --sev5", "--sev1"),
        ("/incident declare down --service chekout", "Did you mean `checkout`?"),
        ("/incident declare --sev1", "Say what is broken."),
    ],
)
async def test_what_cannot_be_declared_is_explained(house: House, line: str, hint: str) -> None:
    reply = await house.run("ana", line)
    assert reply.refused
    assert hint in text(reply)
    assert await house.incidents() == []


async def test_without_words_a_form_asks_and_declares(house: House) -> None:
    form = (await house.run("ana", "/incident declare")).form
    assert form is not None
    assert [(f.name, f.required) for f in form.fields] == [
        ("title", True),
        ("severity", False),
        ("service", False),
        ("private", False),
    ]
    await house.press("ana", form.id, title="checkout down", severity="sev2", service="checkout")
    assert (await house.incident()).severity is Severity.SEV2


async def test_somebody_without_a_role_cannot_declare(house: House) -> None:
    assert (await house.run("gus", "/incident declare x")).refused
    assert await house.incidents() == []


async def test_without_a_service_the_incident_is_told_in_every_services_channel(
    house: House,
) -> None:
    await house.run("ana", "/incident declare something smells")
    assert (await house.card()).title == "something smells"
    (notice,) = house.told()
    assert "nobody is paged" in notice


# ---------------------------------------------------------------- severity, status, lead


async def test_a_responder_raises_the_severity_and_a_commander_lowers_it(house: House) -> None:
    await house.run("ana", "/incident declare slow --sev3 --service checkout")
    assert text(await house.run("ben", "/incident sev INC-1 sev1")) == "INC-1 is 🔴 SEV1 now."
    refused = await house.run("ben", "/incident sev INC-1 sev3")
    assert refused.refused
    assert "a commander lowers it" in text(refused)
    await house.run("carla", "/incident sev INC-1 sev4")
    assert (await house.incident()).severity is Severity.SEV4


async def test_an_agent_who_leads_may_lower_it_too(house: House) -> None:
    await house.run("ana", "/incident declare slow --sev3 --service checkout")
    assert not (await house.run("ana", "/incident sev INC-1 sev4")).refused


async def test_raising_the_severity_by_hand_pages_nobody_anew(
    house: House, monitor: Monitor
) -> None:
    await monitor.fire("web-1", severity="warning")
    await house.press("carla", "dk1:ack:INC-1")
    await house.run("carla", "/incident sev INC-1 sev1")
    assert len(house.paged("carla")) == 1


async def test_the_status_moves_on_and_back(house: House, monitor: Monitor) -> None:
    await monitor.fire("web-1")
    for status in ("identified", "monitoring", "investigating"):
        assert text(await house.run("ben", f"/incident status INC-1 {status}")).endswith(
            f"is {status} now."
        )
    assert "🔎 Investigating" in words(await house.card())
    assert await house.happened(happened.StatusChanged, "INC-1") == 3


async def test_resolving_by_status_needs_the_right_to_resolve(
    house: House, monitor: Monitor
) -> None:
    await monitor.fire("web-1")
    assert (await house.run("ben", "/incident status INC-1 resolved")).refused
    await house.run("carla", "/incident status INC-1 resolved")
    assert (await house.incident()).ended


async def test_a_free_lead_is_taken_and_a_commander_hands_it_over(
    house: House, monitor: Monitor
) -> None:
    await monitor.fire("web-1")
    assert text(await house.press("ben", "dk1:lead:INC-1:me")) == "Ben leads INC-1 now."
    assert (await house.run("ana", "/incident lead INC-1 me")).refused
    await house.run("ben", "/incident lead INC-1 @carla")
    assert (await house.incident()).assignee == "carla"
    assert "Commander: Carla" in words(await house.card())
    assert await house.heard("Carla leads the incident") == 1


# ---------------------------------------------------------------- words


async def test_an_update_is_on_the_card_and_in_the_thread(house: House, monitor: Monitor) -> None:
    await monitor.fire("web-1")
    await house.run("ben", "/incident update INC-1 Rolled back, errors fall.")
    assert "Rolled back, errors fall." in words(await house.card())
    assert await house.heard("Rolled back, errors fall.") == 1


async def test_a_note_is_in_the_thread_and_in_the_timeline(house: House, monitor: Monitor) -> None:
    await monitor.fire("web-1")
    assert text(await house.run("ben", "/incident note INC-1 disk was full")) == "Noted on INC-1."
    assert "Ben on INC-1: disk was full" in await house.thread("INC-1")
    assert await house.happened(happened.NoteAdded, "INC-1") == 1


async def test_talk_in_the_thread_is_kept_and_not_posted_again(
    house: House, monitor: Monitor
) -> None:
    await monitor.fire("web-1")
    before = await house.thread("INC-1")
    await house.say("ben", "INC-1", "I look at the graphs")
    assert [m.text for m in await house.messages("INC-1")] == ["I look at the graphs"]
    assert await house.thread("INC-1") == before


# ---------------------------------------------------------------- the end


async def test_resolving_names_what_still_fires(house: House, monitor: Monitor) -> None:
    await monitor.fire("web-1", "web-2", "web-3", "web-4", "web-5")
    told = text(await house.run("carla", "/incident resolve INC-1 bad deploy"))
    assert told == (
        "INC-1 is resolved. Still firing at the source: “HighCPU on web-1”, “HighCPU on web-2”,"
        " “HighCPU on web-3” and 2 more."
    )
    assert labels(await house.card()) == ["Reopen"]
    assert "Resolved, it lasted" in words(house.paged("carla")[0])


async def test_a_responder_who_does_not_lead_cannot_resolve(house: House, monitor: Monitor) -> None:
    await monitor.fire("web-1")
    assert (await house.press("ben", "dk1:resolve:INC-1")).refused
    await house.press("ben", "dk1:lead:INC-1:me")
    assert not (await house.press("ben", "dk1:resolve:INC-1")).refused


async def test_what_is_resolved_twice_is_told_so(house: House, monitor: Monitor) -> None:
    await monitor.fire("web-1")
    await house.run("carla", "/incident resolve INC-1")
    assert text(await house.run("carla", "/incident resolve INC-1")).startswith(
        "INC-1 is already resolved."
    )


async def test_who_reopens_has_it_and_nobody_is_paged(house: House, monitor: Monitor) -> None:
    await monitor.fire("web-1")
    await monitor.clear("web-1")
    told = text(await house.press("carla", "dk1:reopen:INC-1"))
    assert told == "INC-1 is open again and yours; `/incident escalate` pages for help."
    assert "acknowledged by Carla" in words(await house.card())
    assert "Acknowledged by Carla" in words(house.paged("carla")[0])
    await house.minutes(30)
    assert len(house.paged("carla")) == 1


async def test_a_reopened_incident_can_be_escalated(house: House, monitor: Monitor) -> None:
    await monitor.fire("web-1")
    await monitor.clear("web-1")
    await house.press("carla", "dk1:reopen:INC-1")
    await house.press("carla", "dk1:escalate:INC-1")
    assert len(house.paged("ben")) == 1


async def test_the_status_of_an_ended_one_is_set_by_who_may_reopen_it_and_has_it_then(
    house: House, monitor: Monitor
) -> None:
    await monitor.fire("web-1")
    await monitor.clear("web-1")
    line = "/incident status INC-1 monitoring"
    assert "A commander resolves and reopens" in text(await house.run("ben", line))
    assert (await house.incident()).ended
    assert "open again and yours" in text(await house.run("carla", line))
    incident = await house.incident()
    assert (incident.status, incident.acknowledged_by) == ("monitoring", "carla")


async def test_escalating_what_was_escalated_and_ended_says_that_it_ended(
    house: House, monitor: Monitor
) -> None:
    await monitor.fire("web-1")
    await house.run("ana", "/incident escalate INC-1")
    await house.run("carla", "/incident resolve INC-1")
    answer = text(await house.run("carla", "/incident escalate INC-1"))
    assert answer.startswith("INC-1 is already resolved.")


async def test_reopening_what_is_open_is_refused(house: House, monitor: Monitor) -> None:
    await monitor.fire("web-1")
    assert text(await house.run("carla", "/incident reopen INC-1")) == (
        "INC-1 is investigating already."
    )


async def test_a_declared_incident_does_not_end_by_alerts_of_others(house: House) -> None:
    await house.run("carla", "/incident declare shop is down --service checkout")
    monitor = Monitor(house)
    await monitor.fire("web-1")
    await monitor.clear("web-1")
    assert [i.status for i in await house.incidents()] == [
        IncidentStatus.INVESTIGATING,
        IncidentStatus.RESOLVED,
    ]


# ---------------------------------------------------------------- looking


async def test_the_list_says_what_burns_and_nothing_else(house: House, monitor: Monitor) -> None:
    assert "Nothing is burning." in text(await house.run("ana", "/incident list"))
    await monitor.fire("web-1")
    await monitor.fire("db-1", name="Disk", severity="warning")
    await monitor.clear("web-1")
    told = text(await house.run("ana", "/incident list"))
    assert "INC-2 Disk on db-1 · 🟡 SEV3 · 🔎 Investigating · nobody yet" in told
    assert "INC-1" not in told


async def test_the_timeline_tells_the_whole_story_in_order(house: House, monitor: Monitor) -> None:
    await monitor.fire("web-1")
    await house.minutes(2)
    await house.press("carla", "dk1:ack:INC-1")
    await house.run("carla", "/incident status INC-1 identified")
    await monitor.clear("web-1")
    kinds = [type(entry.event).__name__ for entry in await house.history("INC-1")]
    assert kinds == [
        "IncidentDeclared",
        "Paged",
        "AlertAttached",
        "Acknowledged",
        "StatusChanged",
        "AlertCleared",
        "StatusChanged",
    ]
    told = text(await house.run("ana", "/incident timeline INC-1"))
    assert "2026-03-02 09:02 UTC  Carla acknowledged" in told
    assert "📟 Paging Carla: on call for platform, step 1 of 2" in told
    assert "🔥 HighCPU on web-1 is firing (intake prometheus)" in told
    assert "✅ HighCPU on web-1 is over at its source" in told


async def test_show_is_the_card_for_the_one_who_asks(house: House, monitor: Monitor) -> None:
    await monitor.fire("web-1")
    assert text(await house.run("ana", "/incident show INC-1")) == words(await house.card())


async def test_every_button_of_card_and_page_is_understood(house: House, monitor: Monitor) -> None:
    await monitor.fire("web-1")
    card, page = await house.card(), house.paged("carla")[0]
    for action in (*card.menu, *page.actions, *card.actions):
        assert not (await house.press("carla", action.id)).refused, action.id
        await house.minutes(0.5)
    ended = await house.card()
    for action in (*ended.menu, *ended.actions):
        assert not (await house.press("carla", action.id)).refused, action.id


async def test_in_the_thread_the_number_is_implied(house: House, monitor: Monitor) -> None:
    await monitor.fire("web-1")
    assert text(await house.say("ben", "INC-1", "!ack")) == (
        "INC-1 is yours; nobody else is paged."
    )


async def test_a_deleted_gesture_is_not_done_twice(build: Build) -> None:
    house = await build()
    await Monitor(house).fire("web-1")
    await house.press("carla", "dk1:ack:INC-1")
    house.clock.push(timedelta(minutes=1))
    await house.press("carla", "dk1:ack:INC-1")
    assert await house.happened(happened.Acknowledged, "INC-1") == 1


async def test_the_audit_says_by_which_way_a_note_came(house: House, monitor: Monitor) -> None:
    await monitor.fire("web-1")
    await house.run("carla", "/incident note INC-1 Looking.")
    async with house.store.read() as work:
        newest = (await work.audit.find("INC-1"))[0]
    assert (newest.action, newest.source) == ("NoteAdded", "console")


async def test_every_change_leaves_an_audit_row(house: House, monitor: Monitor) -> None:
    await monitor.fire("web-1")
    await house.press("carla", "dk1:ack:INC-1")
    async with house.store.read() as work:
        newest = (await work.audit.find("INC-1"))[0]
    assert (newest.actor, newest.action) == ("person:carla", "Acknowledged")
    assert newest.before.endswith("acked=-")
    assert newest.after.endswith("acked=carla")
