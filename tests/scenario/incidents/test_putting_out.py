"""Putting somebody out of a confidential incident: what they see then, and what they do not."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.commands.call import Talk
from bot.domain.directory import Directory
from bot.domain.paging import PageState
from bot.errors import TemporaryError
from tests.scenario.closet import SECRET, Closet, open_closet
from tests.scenario.desk import told
from tests.scenario.house import Monitor, words

REMOVE = "/incident remove INC-1 @carla"


@pytest.fixture
async def secret(directory: Directory) -> AsyncIterator[Closet]:
    """Ben leads a confidential incident and has let Carla in."""
    async with open_closet(directory) as closet:
        await closet.declared()
        await closet.run("ben", "/incident invite INC-1 @carla")
        yield closet


def shown_to(world: Closet, person: str) -> str:
    """All that the person can read now in their direct conversations."""
    return "\n".join(
        f"{posting.card.fallback} {words(posting.card)}"
        for surface in world.surfaces.values()
        for posting in surface.everything()
        if posting.space.removeprefix("@").partition("/")[0] == person
    )


async def test_for_whoever_is_put_out_it_is_not_there_any_more(secret: Closet) -> None:
    reply = told(await secret.run("ben", REMOVE))
    assert reply.startswith("Carla is out of INC-1: its threads and pages are closed to them.")
    assert (await secret.incident()).insiders == ("ben",)
    assert secret.hidden().members == {"ben/veiled"}
    assert told(await secret.run("carla", "/incident show INC-1")).startswith("There is no INC-1")
    assert "Nothing is burning" in told(await secret.run("carla", "/incident list"))


async def test_all_that_their_own_threads_said_is_drawn_as_closed(secret: Closet) -> None:
    await secret.run("ben", "/incident note INC-1 it began on Friday")
    await secret.run("ben", REMOVE)
    await secret.run("ben", "/incident update INC-1 we know who it was")
    seen = shown_to(secret, "carla")
    assert "Closed to you" in seen
    for each in (SECRET, "Friday", "INC-1", "who it was"):
        assert each not in seen
    assert "who it was" in shown_to(secret, "ben")


async def test_who_is_let_in_again_sees_all_of_it(secret: Closet) -> None:
    await secret.run("ben", REMOVE)
    await secret.run("ben", "/incident note INC-1 said meanwhile")
    await secret.run("ben", "/incident invite INC-1 @carla")
    seen = shown_to(secret, "carla")
    assert "Closed to you" not in seen
    assert SECRET in seen
    assert "said meanwhile" in seen
    assert secret.hidden().members == {"ben/veiled", "carla/veiled"}


async def test_timeline_and_audit_say_who_put_whom_out(secret: Closet) -> None:
    await secret.run("ben", REMOVE)
    assert "🔒 Ben put Carla out" in "\n".join(await secret.thread("INC-1"))
    async with secret.store.read() as work:
        (row,) = [r for r in await work.audit.find("INC-1") if r.action == "PersonRemoved"]
    assert (row.before[-18:], row.after[-12:]) == ("insiders=ben,carla", "insiders=ben")


@pytest.mark.parametrize(
    ("person", "line", "answer"),
    [
        ("carla", "/incident remove INC-1 @ben", "Whoever leads INC-1, or an admin"),
        ("ben", "/incident remove INC-1 @ben", "Whoever leads INC-1 cannot be put out"),
        ("ben", "/incident remove INC-1 @zoe", "Zoe is an admin"),
        ("ben", "/incident remove INC-1 @dave", "Dave is not in on INC-1"),
        ("dave", "/incident remove INC-1 @carla", "There is no INC-1"),
        ("zoe", "/incident remove INC-2 @carla", "INC-2 is not confidential"),
    ],
)
async def test_who_may_not_and_who_cannot(
    secret: Closet, person: str, line: str, answer: str
) -> None:
    await secret.run("dave", "/incident declare fire")
    assert answer in told(await secret.run(person, line))
    assert (await secret.incident()).insiders == ("ben", "carla")


async def test_an_admin_who_puts_out_whoever_has_it_has_it(secret: Closet) -> None:
    await secret.run("carla", "/incident ack INC-1")
    assert "you have it now" in told(await secret.run("zoe", REMOVE))
    incident = await secret.incident()
    assert (incident.acknowledged_by, incident.insiders) == ("zoe", ("ben", "zoe"))


async def test_their_page_is_closed_and_waits_no_more(secret: Closet) -> None:
    await secret.run("ben", "/page @carla INC-1 look at the logs")
    await secret.run("ben", REMOVE)
    assert {page.state for page in await secret.pages()} == {PageState.ANSWERED}
    assert "Closed to you" in words(secret.paged("carla")[0])
    assert "No page waits for you" in told(await secret.run("carla", "/oncall ack"))


async def test_no_policy_brings_them_back(directory: Directory) -> None:
    async with open_closet(directory, confidential=True) as vault:
        await Monitor(vault).fire("db-1", name="Dump")
        await vault.minutes(6)
        assert (await vault.incident()).insiders == ("carla", "ben")
        await vault.run("zoe", "/incident remove INC-1 @ben")
        await vault.minutes(60)
        assert "ben" not in (await vault.incident()).insiders
        assert "Ben was put out" in told(await vault.run("carla", "/page @ben INC-1 help"))


async def test_what_they_say_in_their_closed_thread_is_heard_by_nobody(secret: Closet) -> None:
    await secret.run("ben", REMOVE)
    async with secret.store.read() as work:
        links = await work.threads.of((await secret.incident()).id)
    (own,) = [link.ref for link in links if str(link.place) == "plain:@carla/plain"]
    assert own is not None
    said = Talk(surface="plain", account="carla/plain", thread=own, text="hello?", key="k1")
    assert await secret.dispatcher.say(said) is None
    assert await secret.messages("INC-1") == []


async def test_a_closed_thread_that_its_reader_deleted_is_not_made_anew(secret: Closet) -> None:
    plain = secret.surfaces["plain"]
    (root,) = [p for p in plain.channel("@carla/plain") if SECRET in words(p.card) + p.card.title]
    plain.forget(root.id)
    await secret.run("ben", REMOVE)
    assert plain.channel("@carla/plain") == ()


async def test_a_thread_that_was_still_to_be_made_for_them_is_not(directory: Directory) -> None:
    async with open_closet(directory) as closet:
        await closet.declared()
        closet.surfaces["plain"].script.outage(TemporaryError("away"))
        await closet.run("ben", "/incident invite INC-1 @carla")
        await closet.run("ben", REMOVE)
        closet.surfaces["plain"].script.outage(None)
        await closet.minutes(10)
        assert SECRET not in shown_to(closet, "carla")
        assert closet.readers("could not be shown") == set()
        await closet.run("ben", "/incident invite INC-1 @carla")
        assert SECRET in shown_to(closet, "carla")
