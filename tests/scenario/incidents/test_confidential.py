"""Confidential incidents: who knows of them, wherever they look, and how others are let in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.commands.call import Invocation, Reaction, Talk
from bot.domain.alerts import AlertCount
from bot.domain.directory import Directory
from bot.domain.escalation import EscalationPolicy, Step
from bot.domain.mail import Attachment
from bot.domain.threads import Space, ThreadRef
from bot.errors import Fault, PermanentError, UserError
from bot.services.drawing.incidents import IncidentView, incident_card
from tests.scenario.closet import SECRET, Closet, open_closet, restarted
from tests.scenario.desk import told
from tests.scenario.house import Monitor, words
from tests.unit.samples import NOW, incident

OUTSIDERS = ("ana", "carla", "dave")


@pytest.fixture
async def closet(directory: Directory) -> AsyncIterator[Closet]:
    """A world without anything hidden yet."""
    async with open_closet(directory) as made:
        yield made


@pytest.fixture
async def secret(closet: Closet) -> Closet:
    """Ben has declared a confidential incident, for which nobody is paged."""
    await closet.declared()
    return closet


# ---------------------------------------------------------------- for all others it is not there


async def test_whoever_declares_it_is_alone_with_it(secret: Closet) -> None:
    incident = await secret.incident()
    assert (incident.confidential, incident.insiders) == (True, ("ben",))
    assert secret.readers(SECRET) == {"ben"}
    assert secret.readers("INC-1") == {"ben"}


@pytest.mark.parametrize("person", OUTSIDERS)
async def test_every_verb_answers_as_for_a_number_that_nothing_has(
    secret: Closet, person: str
) -> None:
    samples = {"page": "/page @carla INC-1 help", "ticket merge": "/ticket merge SUP-1 INC-1"}
    await secret.mail()
    for command in secret.dispatcher.table:
        line = samples.get(command.name, command.example)
        for number in ("SUP-42", "INC-7"):
            line = line.replace(number, "INC-1")
        real = told(await secret.run(person, line))
        assert SECRET not in real
        if "INC-1" in line:
            other = told(await secret.run(person, line.replace("INC-1", "INC-9")))
            assert real == other.replace("INC-9", "INC-1"), line


@pytest.mark.parametrize("person", OUTSIDERS)
async def test_every_button_answers_as_for_a_number_that_nothing_has(
    secret: Closet, person: str
) -> None:
    card = await secret.card()
    for action in (*card.actions, *card.menu):
        other = told(await secret.press(person, action.id.replace("INC-1", "INC-9")))
        assert told(await secret.press(person, action.id)) == other.replace("INC-9", "INC-1")


@pytest.mark.parametrize("person", OUTSIDERS)
async def test_it_is_on_no_list_in_no_home_and_no_proposal(secret: Closet, person: str) -> None:
    home = await secret.dispatcher.home("console", person)
    (shelf,) = [shelf for shelf in home.shelves if shelf.title.startswith("Incidents")]
    proposals = await secret.dispatcher.complete("console", person, "/incident show ", None)
    assert "Nothing is burning" in told(await secret.run(person, "/incident list"))
    assert (shelf.title, shelf.empty) == ("Incidents", "Nothing is burning.")
    assert proposals == ()


@pytest.mark.parametrize("person", ["ben", "zoe"])
async def test_insiders_and_admins_find_it_with_a_lock_before_it(
    secret: Closet, person: str
) -> None:
    home = await secret.dispatcher.home("console", person)
    (shelf,) = [shelf for shelf in home.shelves if shelf.title == "Incidents (1)"]
    proposals = await secret.dispatcher.complete("console", person, "/incident show ", None)
    assert f"🔒 {SECRET}" in told(await secret.run(person, "/incident list"))
    assert [card.title for card in shelf.cards] == [f"🔒 {SECRET}"]
    assert [proposal.label for proposal in proposals] == ["/incident show INC-1"]


async def test_a_mistyped_number_does_not_lead_to_it(secret: Closet) -> None:
    assert "Did you mean INC-1" in told(await secret.run("ben", "/incident show INC-11"))
    assert "Did you mean" not in told(await secret.run("carla", "/incident show INC-11"))


async def test_hidden_ones_take_no_room_from_the_others_on_a_list(secret: Closet) -> None:
    for number in range(9):
        await secret.run("carla", f"/incident declare fire {number}")
    for _ in range(3):
        await secret.declared()
    home = await secret.dispatcher.home("console", "ana")
    (shelf,) = [shelf for shelf in home.shelves if shelf.title == "Incidents (9)"]
    assert len(shelf.cards) == 8


async def test_in_its_thread_an_outsider_is_nowhere(secret: Closet) -> None:
    ref = ThreadRef(surface="veiled", space="incidents", id=secret.hidden().id)
    where = {"surface": "veiled", "account": "carla/veiled", "thread": ref, "key": "k1"}
    show = Invocation(line="/incident show", **where)  # type: ignore[arg-type]
    assert "Tell me which incident" in told(await secret.dispatcher.run(show))
    talk = Talk(text="what is this?", **where)  # type: ignore[arg-type]
    assert await secret.dispatcher.say(talk) is None
    pin = Reaction(emoji="📌", text="evidence", place=ref.place, **where)  # type: ignore[arg-type]
    assert await secret.dispatcher.react(pin) is None
    assert await secret.messages("INC-1") == []


async def test_its_files_are_for_its_insiders(secret: Closet) -> None:
    file = Attachment(name="log.txt", content_type="text/plain", content=b"who did it")
    await secret.run("ben", "/incident note INC-1 see the log", files=(file,))
    ((attached,),) = [message.attachments for message in await secret.messages("INC-1")]
    found = await secret.dispatcher.file("console", "ben", attached.id)
    assert found.content == b"who did it"
    with pytest.raises(UserError, match="There is no such file"):
        await secret.dispatcher.file("console", "carla", attached.id)


async def test_nothing_is_announced_in_a_channel(secret: Closet) -> None:
    assert "🔔" not in str(secret.told())
    assert await secret.heard("nobody is paged") == 1
    assert secret.readers("nobody is paged") == {"ben"}


# ---------------------------------------------------------------- letting people in


async def test_whoever_is_let_in_sees_all_of_it_everywhere(secret: Closet) -> None:
    await secret.run("ben", "/incident note INC-1 it began on Friday")
    reply = await secret.run("ben", "/incident invite INC-1 @carla")
    assert told(reply) == "Carla is in on INC-1 now, and sees all of it."
    assert secret.readers("it began on Friday") == {"ben", "carla"}
    assert secret.hidden().members == {"ben/veiled", "carla/veiled"}
    assert "🔒 Confidential: only 2 people and the admins see this: Ben, Carla" in words(
        await secret.card()
    )
    assert SECRET in told(await secret.run("carla", "/incident show INC-1"))
    assert secret.readers("🔒 Ben let Carla in") == {"ben", "carla"}


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("/incident invite INC-1 @ben", "Ben is in on INC-1 already."),
        ("/incident invite INC-1 @gus", "Gus has no role here"),
        ("/incident invite INC-1 @nobody", "I do not know “@nobody”"),
        ("/incident invite INC-2 @carla", "INC-2 is not confidential"),
    ],
)
async def test_who_cannot_be_let_in(secret: Closet, line: str, answer: str) -> None:
    await secret.run("carla", "/incident declare fire")
    assert answer in told(await secret.run("ben", line))
    assert (await secret.incident()).insiders == ("ben",)


async def test_the_lead_and_whoever_is_paged_are_in_on_it(secret: Closet) -> None:
    await secret.run("ben", "/page @dave INC-1 look at the logs")
    await secret.run("ben", "/incident lead INC-1 @carla")
    assert (await secret.incident()).insiders == ("ben", "dave", "carla")
    assert secret.readers(SECRET) == {"ben", "dave", "carla"}
    assert "🔒 Confidential: speak of it nowhere" in words(secret.paged("dave")[0])


async def test_an_admin_who_takes_it_is_in_on_it(secret: Closet) -> None:
    await secret.run("zoe", "/incident ack INC-1")
    assert secret.readers(SECRET) == {"ben", "zoe"}


async def test_what_one_says_all_insiders_read(secret: Closet) -> None:
    await secret.run("ben", "/incident invite INC-1 @carla")
    ref = ThreadRef(surface="veiled", space="incidents", id=secret.hidden().id)
    said = Talk(surface="veiled", account="carla/veiled", thread=ref, text="I saw it", key="m1")
    await secret.dispatcher.say(said)
    await secret.settle()
    assert secret.readers("I saw it") == {"ben", "carla"}
    threads = [one for surface in secret.surfaces.values() for one in surface.everything()]
    assert sum("I saw it" in posting.card.fallback for posting in threads) == 4


async def test_what_is_paged_for_after_its_end_is_confidential_too(secret: Closet) -> None:
    await secret.run("zoe", "/incident resolve INC-1")
    await secret.run("ben", "/page @dave INC-1 it began again")
    again = await secret.incident("INC-2")
    assert (again.confidential, again.insiders) == (True, ("ben", "dave"))
    assert secret.readers("it began again") == {"ben", "dave"}


async def test_its_card_says_who_sees_it_and_lets_others_in(secret: Closet) -> None:
    card = await secret.card()
    assert "🔒 Confidential: only one person and the admins see this: Ben" in words(card)
    assert "Let somebody in…" in [action.label for action in card.menu]
    form = (await secret.press("ben", "dk1:invite:INC-1")).form
    assert form is not None
    await secret.press("ben", form.id, person="carla")
    assert (await secret.incident()).insiders == ("ben", "carla")


def test_one_that_nobody_sees_says_how_to_let_somebody_in(directory: Directory) -> None:
    view = IncidentView(
        incident=replace(incident(), confidential=True),
        firing=(),
        alerts=AlertCount(total=0, firing=0),
        directory=directory,
        now=NOW,
    )
    hint = "only the admins see this yet; `/incident invite INC-7 @name` lets somebody in"
    assert hint in words(incident_card(view))
    everybody = tuple(f"p{number}" for number in range(15))
    many = replace(view.incident, insiders=everybody)
    assert "p11 and 3 more" in words(incident_card(replace(view, incident=many)))


# ---------------------------------------------------------------- raised by alerts


@pytest.fixture
async def vault(directory: Directory) -> AsyncIterator[Closet]:
    """A world all of whose services are confidential."""
    async with open_closet(directory, confidential=True) as made:
        yield made


async def test_an_alert_of_a_confidential_service_is_known_to_who_is_paged(vault: Closet) -> None:
    await Monitor(vault).fire("db-1", name="Dump")
    assert (await vault.incident()).insiders == ("carla",)
    assert vault.readers("Dump") == {"carla"}
    await vault.minutes(6)
    assert (await vault.incident()).insiders == ("carla", "ben")
    assert vault.readers("Dump") == {"carla", "ben"}
    assert "channel" not in vault.readers("INC-1")


async def test_one_that_pages_nobody_is_the_admins(vault: Closet) -> None:
    await vault.generic(title="Dump", labels={"team": "db"})
    assert (await vault.incident()).insiders == ("zoe",)
    assert vault.readers("Dump") == {"zoe"}
    assert "🔒 Deskhand let Zoe in (nobody else knows of it)" in "\n".join(
        await vault.thread("INC-1")
    )


async def test_paging_that_reaches_nobody_is_told_to_the_admins(vault: Closet) -> None:
    vault.surfaces["console"].script.outage(refuse("no such channel"))
    await Monitor(vault).fire("db-1", name="Dump")
    await vault.minutes(1)
    assert (await vault.incident()).insiders == ("carla", "zoe", "ben")
    assert "system: let zoe in (no page reaches Carla)" in await vault.story("INC-1")


async def test_a_schedule_without_anybody_alarms_the_admins(directory: Directory) -> None:
    nobody = {key: replace(s, layers=()) for key, s in directory.schedules.items()}
    steps = EscalationPolicy(
        name="platform", steps=(Step(targets=("schedule:platform",), after=timedelta(minutes=5)),)
    )
    changed = replace(directory, schedules=nobody, escalations={"platform": steps})
    async with open_closet(changed, confidential=True) as vault:
        await Monitor(vault).fire("db-1", name="Dump")
        assert (await vault.incident()).insiders == ("zoe",)
        assert vault.readers("Dump") == {"zoe"}


async def test_declaring_for_such_a_service_needs_no_word(vault: Closet) -> None:
    await vault.run("ana", "/incident declare lost laptop --service checkout")
    assert (await vault.incident()).insiders == ("ana", "carla")
    assert vault.readers("lost laptop") == {"ana", "carla"}


async def test_an_alert_that_cannot_be_read_is_told_to_the_admins_alone(vault: Closet) -> None:
    await vault.post(b"{", "prometheus")
    assert vault.readers("could not be read") == {"zoe"}


async def test_a_storm_mixes_nothing(directory: Directory) -> None:
    async with open_closet(directory) as before:
        for number in range(6):
            await Monitor(before).fire(f"a{number}", name=f"Open{number}")
        # The same desk, started again with other words in its configuration.
        after = restarted(before, confidential=True)
        for number in range(7):
            await Monitor(after).fire(f"b{number}", name=f"Closed{number}")
        await Monitor(after).fire("c0", name="Open0")
        found = await after.incidents()
    assert [incident.confidential for incident in found] == [False] * 5 + [True] * 5
    assert "channel" not in after.readers("Closed")


# ---------------------------------------------------------------- trouble


def refuse(words: str, code: str = "") -> PermanentError:
    return PermanentError(words, fault=Fault.DESTINATION, code=code)


async def test_a_channel_that_cannot_hide_it_gives_way_to_one_that_can(
    directory: Directory,
) -> None:
    forum, text = (Space(surface="veiled", id=name) for name in ("forum", "text"))
    async with open_closet(directory, channels=(forum, text)) as closet:
        closet.surfaces["veiled"].script.then(refuse("no text channel"))
        await closet.declared()
        assert closet.hidden().space == "text"
        assert closet.readers("no text channel") == set()


async def test_where_no_channel_can_hide_it_the_admins_are_told_without_its_name(
    closet: Closet,
) -> None:
    veiled = closet.surfaces["veiled"]
    veiled.script.outage(refuse("no permission"))
    await closet.declared()
    assert closet.readers("no permission") == {"zoe"}
    assert closet.readers(SECRET) == {"ben"}


async def test_a_hidden_thread_that_was_deleted_is_hidden_again(secret: Closet) -> None:
    await secret.run("ben", "/incident invite INC-1 @carla")
    secret.surfaces["veiled"].forget(secret.hidden().id)
    await secret.run("ben", "/incident update INC-1 we look")
    assert secret.hidden().members == {"ben/veiled", "carla/veiled"}
    assert secret.readers("we look") == {"ben", "carla"}


async def test_the_audit_names_who_was_let_in_and_no_words(secret: Closet) -> None:
    await secret.run("ben", "/incident invite INC-1 @carla")
    async with secret.store.read() as work:
        rows = await work.audit.find("INC-1")
    assert rows[0].action == "PersonAdmitted"
    assert (rows[0].before[-12:], rows[0].after[-18:]) == ("insiders=ben", "insiders=ben,carla")
    assert SECRET not in str(rows)
