"""What an incident keeps of long words, and what no verb is a way around."""

from __future__ import annotations

import pytest

from bot.domain.mail import Attachment
from bot.domain.work_items import IncidentStatus
from tests.scenario.desk import line, told
from tests.scenario.house import House


@pytest.mark.parametrize("typed", ["/incident declare", "/page @ben"])
async def test_what_a_title_has_no_room_for_is_the_first_note(house: House, typed: str) -> None:
    whole = "checkout is down: " + "and more of it " * 20
    await house.run("carla", f"{typed} {whole}")
    assert len((await house.incident()).title) <= 200
    (note,) = await house.messages("INC-1")
    assert note.text == whole.strip()


async def test_files_come_along_with_a_declared_incident(house: House) -> None:
    graph = Attachment(name="graph.png", content_type="image/png", content=b"PNG")
    await house.run("carla", "/incident declare checkout is down", files=(graph,))
    (note,) = await house.messages("INC-1")
    assert [file.name for file in note.attachments] == ["graph.png"]


async def test_the_status_is_no_way_around_reopening(house: House) -> None:
    await house.run("carla", "/incident declare checkout down --service checkout")
    await house.run("carla", "/incident resolve INC-1")
    reply = await house.run("ben", "/incident status INC-1 monitoring")
    assert reply.refused
    assert "A commander resolves and reopens" in told(reply)
    assert (await house.incident()).status is IncidentStatus.RESOLVED


async def test_nobody_without_a_role_leads_an_incident(house: House) -> None:
    await house.run("carla", "/incident declare checkout down --private")
    reply = await house.run("carla", "/incident lead INC-1 gus")
    assert told(reply).startswith("Gus has no role here")
    assert (await house.incident()).insiders == ("carla",)


async def test_an_incident_that_is_not_there_is_looked_for_among_incidents(house: House) -> None:
    assert "`/incident list`" in told(await house.run("ben", "/incident ack INC-9"))


async def test_a_long_list_says_how_many_there_are(house: House) -> None:
    for number in range(52):
        await house.dispatcher.run(line("carla", f"/incident declare outage {number}"))
    shown = told(await house.run("carla", "/incident list"))
    assert shown.endswith("… and 27 more.")


async def test_the_thread_tells_who_did_what_in_sentences(house: House) -> None:
    await house.run("carla", "/incident declare checkout down --sev3")
    await house.run("ben", "/incident sev INC-1 sev1")
    await house.run("carla", "/incident update INC-1 rolled back")
    assert (await house.thread("INC-1"))[-2:] == [
        "INC-1: Ben: severity sev3 → sev1",
        "INC-1: 📣 Carla: rolled back",
    ]
