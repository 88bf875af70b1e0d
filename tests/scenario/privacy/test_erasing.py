"""A customer is erased: from the database to its last byte, and from what was posted of them."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from bot.domain.directory import Directory
from bot.domain.erasure import ABANDONED, Gone, Stage
from bot.domain.events import SlaBreached
from bot.engine.erasures import ErasurePass
from bot.errors import TemporaryError, UserError
from bot.operate.importing import MboxImport
from bot.services.clocks import clocks_of
from bot.services.mailing.outgoing import leaving
from bot.services.privacy.erasing import Erasing
from bot.services.privacy.subjects import look, subject_of
from bot.wiring.privacy import erasing
from tests.contract.databases import PostgresServer, opened, postgres
from tests.scenario.canaries import (
    ADDRESS,
    BOB,
    CANARIES,
    FILE,
    PERSON,
    arrives_later,
    canaries_in,
    canaries_in_files,
    every_row,
    play,
)
from tests.scenario.desk import Desk, told, words
from tests.scenario.platforms import ConsoleWindow, DiscordWindow, SlackWindow, open_town
from tests.scenario.world import MONDAY, LocalReader, World
from tests.schema import migrated

__all__ = ["postgres"]


def job_of(world: World) -> Erasing:
    return erasing(world.core, world.database)


async def erase(world: World, address: str = ADDRESS) -> Counter[str]:
    """Erase them to the end; how many rows changed, by kind."""
    job, counts = job_of(world), Counter[str]()
    async for step in job.steps(await job.begin(address, "ops")):
        counts[step.what] += step.changed
    return counts


def on_slack(window: SlackWindow) -> list[str]:
    """All that the bot's messages say at present, files and their names included."""
    told = [
        f"{m.text} {m.blocks} {m.files} {m.metadata}"
        for m in window.fake.workspace.messages
        if m.by_app and not m.ephemeral_to
    ]
    return [*told, *map(str, window.fake.workspace.files.values())]


def on_discord(window: DiscordWindow) -> list[str]:
    world = window.fake.world
    messages = (m for place in world.messages.values() for m in place.values())
    told = [f"{m.text} {m.components} {m.attachments}" for m in messages if not m.ephemeral_to]
    return [*told, *(channel.name for channel in world.channels.values())]


async def test_no_canary_is_left_anywhere(directory: Directory, tmp_path: Path) -> None:
    slack, discord = SlackWindow(), DiscordWindow()
    file = tmp_path / "desk.db"
    windows = (ConsoleWindow(), slack, discord)
    async with open_town(directory, *windows, url=f"sqlite://{file}") as town:
        await play(town)
        await arrives_later(town)
        assert canaries_in_files(file) == canaries_in(on_slack(slack)) == set(CANARIES)
        assert canaries_in(on_discord(discord)) == set(CANARIES)
        await erase(town)
        assert canaries_in(await every_row(town.database)) == set()
        assert canaries_in_files(file) == set()
        for _ in range(5):
            # Slack lets messages be drawn again only so often.
            await town.after(minutes=1)
        assert canaries_in(on_slack(slack)) == set()
        assert canaries_in(on_discord(discord)) == set()
        assert canaries_in_files(file) == set()


@pytest.mark.postgres
async def test_no_row_in_postgres_tells_of_them(
    postgres: PostgresServer, directory: Directory
) -> None:
    async with postgres.fresh(migrated=True) as url, opened(url) as database:
        world = World(database, directory)
        await play(world)
        await arrives_later(world)
        assert canaries_in(await every_row(database)) == set(CANARIES)
        await erase(world)
        await world.after(minutes=1)
        assert canaries_in(await every_row(database)) == set()


# ---------------------------------------------------------------- coming to the end


async def stumble(desk: Desk, step: int) -> bool:
    """Erase them, or go on with it, and be killed after so many steps; whether it came so far."""
    job = job_of(desk)
    erasure = await job.unfinished() or await job.begin(ADDRESS, "ops")
    steps = job.steps(erasure)
    for _ in range(step):
        try:
            await anext(steps)
        except StopAsyncIteration:
            return False
    await steps.aclose()  # type: ignore[attr-defined]
    return True


async def test_a_kill_anywhere_is_gone_on_from(desk: Desk) -> None:
    await play(desk)
    before = Counter(type(entry.event).__name__ for entry in await desk.history())
    for step in range(1, 60):
        if not await stumble(desk, step):
            break
    assert await job_of(desk).unfinished() is None
    assert canaries_in(await every_row(desk.database)) == set()
    after = Counter(type(entry.event).__name__ for entry in await desk.history())
    assert after == before + Counter(["PersonErased"])


async def test_a_second_time_there_is_nothing_to_change(desk: Desk) -> None:
    await desk.mail(sender=PERSON)
    await erase(desk)
    again = await erase(desk)
    assert {what for what, count in again.items() if count} <= {"console"}


async def test_the_service_goes_on_with_what_was_interrupted(desk: Desk) -> None:
    await desk.mail(sender=PERSON)
    await stumble(desk, 2)
    work = ErasurePass(desk.core, job_of(desk))
    assert await work.run_once() == 0
    desk.clock.push(ABANDONED * 2)
    while await work.run_once():
        pass
    assert (await desk.ticket()).requester.address == ""
    assert await job_of(desk).unfinished() is None


class Busy:
    """A database that cannot be compacted just now."""

    async def overwrite(self) -> None:
        """Nothing is written here."""

    async def compact(self) -> None:
        raise TemporaryError("the database is full; give it room")


async def test_the_address_is_forgotten_before_the_file_is_compacted(desk: Desk) -> None:
    await desk.mail(sender=PERSON)

    async def draw(_: object) -> None:
        """The console is not looked at."""

    job = Erasing(desk.core, Busy(), draw)
    with pytest.raises(TemporaryError):
        async for _ in job.steps(await job.begin(ADDRESS, "ops")):
            pass
    left = await job.unfinished()
    assert left is not None
    assert (left.stage, left.address) == (Stage.COMPACTING, "")
    again = [step.what async for step in job_of(desk).steps(left)]
    assert (again, await job.unfinished()) == (["console", "compacted"], None)


# ---------------------------------------------------------------- what survives


async def test_numbers_times_and_clocks_survive(desk: Desk) -> None:
    await desk.mail(sender=PERSON)
    await desk.after(hours=2)
    await desk.run("ana", "/ticket resolve SUP-1")
    before = await desk.ticket()
    async with desk.store.read() as work:
        clocks = clocks_of(desk.core, before, await work.timeline.of(before.id), MONDAY)
    await erase(desk)
    after = await desk.ticket()
    async with desk.store.read() as work:
        again = clocks_of(desk.core, after, await work.timeline.of(after.id), MONDAY)
    assert again == clocks != ()
    kept = ("number", "status", "created_at", "resolved_at", "assignee", "priority", "key_turn")
    assert [getattr(after, name) for name in kept] == [getattr(before, name) for name in kept]
    assert await desk.happened(SlaBreached) > 0


async def test_its_card_says_so_and_nobody_can_be_answered(desk: Desk) -> None:
    await desk.mail(sender=PERSON)
    await erase(desk)
    await desk.settle()
    assert words(await desk.card()).startswith("[erased] | ✅ Resolved")
    assert "erased person 1" in (await desk.card()).fallback
    reply = await desk.run("ana", "/ticket reply SUP-1 Hello?")
    assert reply.refused
    assert "no address to reply to" in told(reply)


async def test_mail_that_waited_for_them_never_leaves_and_others_get_theirs(desk: Desk) -> None:
    await desk.mail(sender=PERSON)
    await desk.run("ana", f"/ticket add SUP-1 {BOB}")
    await desk.run("ana", "/ticket reply SUP-1 To both")
    sent = len(desk.mailbox.mails(ADDRESS))
    await erase(desk)
    await desk.after(seconds=30)
    assert len(desk.mailbox.mails(ADDRESS)) == sent
    assert [(m.subject, m.text) for m in desk.mails(BOB)] == [("Re: [erased] [SUP-1]", "To both\n")]


async def test_the_others_on_a_ticket_stay(desk: Desk) -> None:
    await desk.mail("Mine stays.", sender=BOB, subject="Stays")
    await desk.run("ana", f"/ticket add SUP-1 {ADDRESS}")
    await erase(desk)
    ticket = await desk.ticket()
    assert ([p.address for p in ticket.participants], ticket.title) == ([BOB, ""], "Stays")
    assert [m.text for m in await desk.messages()] == ["Mine stays."]


# ---------------------------------------------------------------- they write again


async def test_who_writes_again_begins_anew(desk: Desk) -> None:
    first = await desk.mail(sender=PERSON)
    await erase(desk)
    await desk.mail("Hello again", sender=PERSON, In_Reply_To=f"<{first}>")
    assert (await desk.ticket("SUP-2")).requester.address == ADDRESS
    assert (await desk.outcomes())[-1] == "ticket"


async def test_an_old_reply_address_is_held_for_an_agent(desk: Desk) -> None:
    await desk.mail(sender=PERSON)
    mail = await desk.replied()
    await erase(desk)
    await desk.answer(mail, "Me again", sender=PERSON)
    assert (await desk.outcomes())[-1] == "held"
    await desk.run("ana", "/ticket accept SUP-1")
    assert [(p.number, p.address) for p in (await desk.ticket()).participants] == [(2, ADDRESS)]


async def test_an_old_link_to_leave_leads_to_nobody(desk: Desk) -> None:
    await desk.mail(sender=BOB)
    await desk.run("ana", f"/ticket add SUP-1 {ADDRESS}")
    token = desk.core.keys.make_leave(1, 2, ADDRESS)
    await erase(desk)
    assert await leaving.leave(desk.core, token, desk.clock.now()) is None


async def test_an_import_does_not_bring_them_back(desk: Desk, tmp_path: Path) -> None:
    await desk.mail(sender=PERSON)
    await erase(desk)
    path = tmp_path / "old.mbox"
    path.write_text(
        f"From x Mon Mar  2 09:00:00 2020\nFrom: {PERSON}\nTo: support@shop.example\n"
        "Subject: Xylophone\n\nTungsten\n\n"
        f"From x Mon Mar  2 09:00:00 2020\nFrom: {BOB}\nSubject: Fine\n\nHi\n"
    )
    counts = await MboxImport(desk.core, LocalReader(), "support").run(path, lambda _: None)
    assert counts == {"erased": 1, "imported": 1}
    assert canaries_in(await every_row(desk.database)) == set()


# ---------------------------------------------------------------- who is meant


@pytest.mark.parametrize("word", ["ana@shop.example", "ANA@shop.example"])
def test_a_member_of_the_team_is_refused(desk: Desk, word: str) -> None:
    with pytest.raises(UserError, match="one of the team"):
        subject_of(desk.core, word)


@pytest.mark.parametrize("word", ["support@shop.example", "Support+x@shop.example"])
def test_a_desk_is_refused(desk: Desk, word: str) -> None:
    with pytest.raises(UserError, match="desk's own address"):
        subject_of(desk.core, word)


@pytest.mark.parametrize("word", ["maria", "@x", "maria@", "a b@x.example", "x" * 300 + "@x.y"])
def test_what_is_no_address_is_refused(desk: Desk, word: str) -> None:
    with pytest.raises(UserError, match="no mail address"):
        subject_of(desk.core, word)


def test_a_domain_is_taken_as_mail_is_read(desk: Desk) -> None:
    assert subject_of(desk.core, "<Jo@Bücher.example>") == "jo@xn--bcher-kva.example"


async def test_another_plus_part_is_somebody_else(desk: Desk) -> None:
    await desk.mail(sender="Maria <maria@acme.example>")
    await desk.mail(sender="Maria <maria+shop@acme.example>")
    known = await look(desk.core, Gone(address="maria@acme.example", name=""))
    assert (known.own, known.similar) == (("SUP-1",), ("maria+shop@acme.example",))
    await erase(desk, "maria@acme.example")
    assert (await desk.ticket("SUP-2")).requester.address == "maria+shop@acme.example"


async def test_what_would_go_is_told_before(desk: Desk) -> None:
    await desk.mail(sender=PERSON, files=[FILE])
    await desk.replied()
    await desk.mail(f"Ask {ADDRESS}", sender=BOB)
    await desk.run("ana", f"/ticket add SUP-2 {ADDRESS}")
    await desk.run("ana", "/ticket reply SUP-2 Hello both")
    known = await look(desk.core, Gone(address=ADDRESS, name=""))
    assert (known.own, known.others) == (("SUP-1",), ("SUP-2",))
    assert (known.messages, known.files, known.letters) == (1, 1, 1)
    assert (known.mail_waiting, known.mail_left) == (1, 1)
    assert known.mentions > 10
    nobody = await look(desk.core, Gone(address="nobody@acme.example", name=""))
    assert nobody.nothing


async def test_bytes_stay_that_somebody_else_sent_as_well(desk: Desk) -> None:
    await desk.mail(sender=PERSON, files=[FILE])
    await desk.mail(sender=BOB, files=[FILE])
    (theirs,) = (await desk.newest("SUP-2")).attachments
    await erase(desk)
    async with desk.store.read() as work:
        kept = await work.messages.file(theirs.id)
    assert kept is not None
    assert kept.content == FILE.content
    await erase(desk, BOB)
    assert await desk.database.fetch("SELECT id FROM file_content") == []


async def test_it_works_beside_the_service_on_the_same_file(
    directory: Directory, tmp_path: Path
) -> None:
    file = tmp_path / "desk.db"
    async with opened(f"sqlite://{file}") as ours, opened(f"sqlite://{file}") as theirs:
        await migrated(ours)
        service, command = Desk(ours, directory), World(theirs, directory)
        await service.mail("Tungsten", sender=PERSON, subject="Xylophone")

        async def goes_on() -> None:
            for number in range(10):
                await service.mail(f"Hello {number}", sender=BOB, subject="Other")

        await asyncio.gather(erase(command), goes_on())
        await service.after(minutes=1)
        assert len(await service.tickets()) == 11
        assert words(await service.card()).startswith("[erased]")
        assert canaries_in_files(file) == canaries_in(await every_row(ours)) == set()
