"""The console's feed: lines that are posted once, and revisions nobody can miss one of."""

from __future__ import annotations

import asyncio

import pytest

from bot.ports import ConsoleFeed, FeedLine
from storage.database import Database
from storage.records.feed import SqlFeed
from tests.contract.databases import ON_POSTGRES
from tests.contract.work import MINUTE, NOW


@pytest.fixture
def feed(database: Database) -> ConsoleFeed:
    """The feed on each kind of database."""
    return SqlFeed(database)


async def say(feed: ConsoleFeed, key: str, space: str = "support", thread: int = 0) -> int:
    """Post a line whose body is its key."""
    return await feed.post(space, thread, key, key, NOW)


async def revisions(feed: ConsoleFeed, since: int = 0) -> dict[str, int]:
    """The revision of each line that changed, by its body, in their order."""
    return {line.body: line.revision for line in await feed.changes(since)}


async def test_a_line_comes_back_as_it_was(feed: ConsoleFeed) -> None:
    body = '{"title":"Störung \\u0000 \U0001f4e6"}'
    id_ = await feed.post("support", 0, body, "k", NOW)

    assert await feed.lines("support") == [
        FeedLine(id=id_, revision=1, space="support", thread=0, body=body, at=NOW)
    ]


async def test_a_known_key_gives_the_line_that_is_there(feed: ConsoleFeed) -> None:
    id_ = await say(feed, "k")
    await say(feed, "other")

    assert await feed.post("ops", 3, "changed", "k", NOW + MINUTE) == id_
    assert await revisions(feed) == {"k": 1, "other": 2}
    assert (await feed.find("k"), await feed.find("unknown")) == (id_, None)


async def test_a_line_is_changed_and_its_revision_is_the_newest(feed: ConsoleFeed) -> None:
    first, _ = await say(feed, "a"), await say(feed, "b")

    assert await feed.edit(first, "a, again", NOW + MINUTE)
    assert await revisions(feed) == {"b": 2, "a, again": 3}
    line, _ = await feed.lines("support")
    assert (line.id, line.body, line.at, line.edited_at) == (first, "a, again", NOW, NOW + MINUTE)


async def test_a_line_that_is_not_there_cannot_be_changed(feed: ConsoleFeed) -> None:
    await say(feed, "a")

    assert not await feed.edit(99, "b", NOW)
    assert await feed.revision() == 1


async def test_the_newest_revision(feed: ConsoleFeed) -> None:
    assert await feed.revision() == 0
    id_ = await say(feed, "a")
    await feed.edit(id_, "b", NOW)

    assert await feed.revision() == 2


async def test_a_channel_shows_its_newest_lines_oldest_first(feed: ConsoleFeed) -> None:
    roots = [await say(feed, key) for key in "abcd"]
    await say(feed, "elsewhere", space="ops")
    await say(feed, "in a thread", thread=roots[0])
    await feed.edit(roots[0], "a, again", NOW)

    assert [line.body for line in await feed.lines("support")] == ["a, again", "b", "c", "d"]
    assert [line.body for line in await feed.lines("support", limit=2)] == ["c", "d"]
    assert await feed.lines("nowhere") == []


async def test_a_thread_is_its_root_and_what_was_said_in_it(feed: ConsoleFeed) -> None:
    root, other = await say(feed, "root"), await say(feed, "other")
    for key, thread in (("one", root), ("else", other), ("two", root)):
        await say(feed, key, thread=thread)

    lines = await feed.thread(root)
    assert [line.body for line in lines] == ["root", "one", "two"]
    assert [line.thread for line in lines] == [0, root, root]
    assert await feed.thread(99) == []


async def test_a_reader_goes_on_where_it_stopped(feed: ConsoleFeed) -> None:
    ids = [await say(feed, key, space=key) for key in "abcd"]
    seen = list[str]()
    revision = 0
    while lines := await feed.changes(revision, limit=2):
        seen += [line.body for line in lines]
        revision = lines[-1].revision
    await feed.edit(ids[1], "b, again", NOW)

    assert seen == ["a", "b", "c", "d"]
    assert list(await revisions(feed, revision)) == ["b, again"]


async def test_text_that_no_database_takes_is_made_fit(feed: ConsoleFeed) -> None:
    id_ = await feed.post("support", 0, "half \ud83d", "k", NOW)
    assert await revisions(feed) == {"half ?": 1}
    await feed.edit(id_, "a\0b", NOW)

    assert await revisions(feed) == {"ab": 2}


async def test_a_line_wakes(feed: ConsoleFeed, database: Database) -> None:
    woken = list[str]()
    await database.listen("feed", lambda: woken.append("feed"))
    woken.clear()
    id_ = await say(feed, "a")
    await feed.edit(id_, "b", NOW)

    assert woken == ["feed", "feed"]


# ---------------------------------------------------------------- many writers


async def follow(feed: ConsoleFeed, last: int) -> list[int]:
    """Read on and on, as a page does, until so many revisions are there."""
    seen = [0]
    async with asyncio.timeout(60):
        while seen[-1] < last:
            seen += [line.revision for line in await feed.changes(seen[-1], limit=5)]
    return seen[1:]


async def write(feed: ConsoleFeed, name: str) -> None:
    for number in range(5):
        id_ = await say(feed, f"{name}{number}")
        await feed.edit(id_, "again", NOW)


async def test_who_reads_beside_many_writers_misses_nothing(feed: ConsoleFeed) -> None:
    writing = asyncio.gather(*(write(feed, name) for name in "abcdef"))
    seen, _ = await asyncio.gather(follow(feed, 60), writing)
    ids = {line.id for line in await feed.lines("support")}

    assert seen == sorted(set(seen))
    assert len(ids) == 30
    assert await feed.revision() == 60


@ON_POSTGRES
async def test_a_writer_waits_for_the_one_before_it(feed: ConsoleFeed, database: Database) -> None:
    written, going_on = asyncio.Event(), asyncio.Event()

    async def first() -> None:
        async with database.transaction():
            await say(feed, "first")
            written.set()
            await going_on.wait()

    async def second() -> None:
        await written.wait()
        asyncio.get_running_loop().call_soon(going_on.set)
        await say(feed, "second")

    await asyncio.gather(first(), second())
    assert await revisions(feed) == {"first": 1, "second": 2}
