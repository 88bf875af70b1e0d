"""What was edited or deleted while nobody listened is found afterwards, with few requests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from adapters.discord.events.reviewing import PAGE, Allowance, active, gone
from tests.adapters.discord.conftest import Setting
from tests.adapters.discord.world import DiscordDesk
from tests.fakes.discord_server import IDENTIFY, Message, Person, rights
from tests.scenario.desk import MARIA

LISTED = "GET /channels/{channel_id}/messages"
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(params=["lost", "stopped"])
def way(request: pytest.FixtureRequest) -> str:
    """How it comes that nobody listens."""
    return str(request.param)


async def silence(desk: DiscordDesk, way: str) -> None:
    """From now on nobody listens, and the session is lost."""
    if way == "stopped":
        await desk.bot.stop()
    desk.discord.gateway.forget()


async def back(desk: DiscordDesk, way: str) -> None:
    """Somebody listens again."""
    if way == "stopped":
        desk.bot = desk.another()
        await desk.connect()
    gateway = desk.discord.gateway
    await desk.discord.until(lambda: len(gateway.sent_by_client(IDENTIFY)) == 2, "the return")
    await desk.discord.connected()
    await desk.quiet()


async def noted(desk: DiscordDesk, ana: Person, words: str) -> Message:
    """Ana says something on the ticket, which becomes a note."""
    said = await ana.says(await desk.post_of(), words)
    await desk.quiet()
    return said


async def test_an_edit_in_a_gap_changes_the_note(setting: Setting, way: str) -> None:
    desk, people = setting
    await desk.mail()
    said = await noted(desk, people["ana"], "looks like DSN")
    await silence(desk, way)
    await people["ana"].edits(said, "looks like DNS")
    await back(desk, way)
    assert [message.text for message in await desk.messages()][1:] == ["looks like DNS"]


async def test_a_deletion_in_a_gap_strikes_the_note_through(setting: Setting, way: str) -> None:
    desk, people = setting
    await desk.mail()
    kept = await noted(desk, people["ana"], "one")
    said = await noted(desk, people["ana"], "the password is hunter2")
    await silence(desk, way)
    await people["ana"].deletes(said)
    await back(desk, way)
    withdrawn = [message.withdrawn_at is not None for message in await desk.messages()]
    assert withdrawn == [False, False, True]
    assert not people["ana"].inbox
    assert kept.content == "one"


async def test_a_reply_that_is_deleted_in_a_gap_is_not_sent(setting: Setting, way: str) -> None:
    desk, people = setting
    await desk.mail()
    said = await noted(desk, people["ana"], "!reply We are on it.")
    await silence(desk, way)
    await people["ana"].deletes(said)
    await back(desk, way)
    await desk.after(seconds=30)
    assert not desk.mails(MARIA)


async def test_an_edit_from_before_the_gap_is_not_told_again(setting: Setting, way: str) -> None:
    desk, people = setting
    await desk.mail()
    said = await noted(desk, people["ana"], "!reply We are on it.")
    await desk.after(seconds=30)
    await people["ana"].edits(said, "!reply We were on it.")
    await desk.quiet()
    told = [message.text for message in people["ana"].inbox]
    await desk.after(minutes=5)
    await noted(desk, people["ana"], "one more word")
    await silence(desk, way)
    await back(desk, way)
    assert [message.text for message in people["ana"].inbox] == told


async def test_what_another_instance_heard_is_not_told_again(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    first = desk.bot
    await first.stop()
    desk.bot = desk.another()
    await desk.connect()
    said = await noted(desk, people["ana"], "!reply We are on it.")
    await desk.after(seconds=30)
    await people["ana"].edits(said, "!reply We were on it.")
    await desk.quiet()
    told = [message.text for message in people["ana"].inbox]
    await desk.after(minutes=5)
    await noted(desk, people["ana"], "one more word")
    await desk.bot.stop()
    desk.bot = first
    await desk.connect()
    await desk.quiet()
    assert [message.text for message in people["ana"].inbox] == told


async def test_a_thread_in_which_nobody_spoke_is_not_read(setting: Setting, way: str) -> None:
    desk, _ = setting
    await desk.mail()
    await silence(desk, way)
    await back(desk, way)
    assert not [call for call in desk.discord.called(LISTED) if "after" not in call.query]


async def test_a_history_that_is_not_shown_is_no_deletion(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    await noted(desk, people["ana"], "one")
    await silence(desk, "lost")
    await desk.discord.deny_bot(desk.place, rights.READ_MESSAGE_HISTORY)
    await back(desk, "lost")
    assert all(message.withdrawn_at is None for message in await desk.messages())


# ------------------------------------------------------------ how much is looked at


def id_at(at: datetime) -> str:
    """A message's id of that time."""
    return str(int((at - datetime(2015, 1, 1, tzinfo=UTC)) / timedelta(milliseconds=1)) << 22)


def test_threads_that_were_silent_for_long_are_left_alone() -> None:
    ages = {"old": timedelta(hours=25), "new": timedelta(hours=1), "newer": timedelta(0)}
    threads = [{"id": name, "last_message_id": id_at(NOW - age)} for name, age in ages.items()]
    chosen = active([*threads, {"id": "empty", "last_message_id": None}], NOW)
    assert [thread["id"] for thread in chosen] == ["newer", "new"]


async def test_a_gap_costs_a_bounded_number_of_requests(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    await desk.mail("Another one.")
    for number in ("SUP-1", "SUP-2"):
        await people["ana"].says(await desk.post_of(number), "one")
    await desk.quiet()
    await silence(desk, "lost")
    before = len(desk.discord.calls)
    await back(desk, "lost")
    assert [call.route for call in desk.discord.calls[before:]].count(LISTED) == 2


def test_of_many_threads_few_are_looked_at_in_one_gap() -> None:
    threads = [{"id": str(number)} for number in range(40)]
    allowance = Allowance(most=50)
    assert [len(allowance.of(threads)) for _ in range(3)] == [40, 10, 0]
    allowance.renew()
    assert len(allowance.of(threads)) == 40


def test_only_what_lies_within_what_was_read_can_be_gone() -> None:
    kept = dict.fromkeys(("5", "30", "61"), "ana")
    page: dict[str, dict[str, str]] = {str(number): {} for number in range(10, 10 + PAGE)}
    assert gone(kept, page) == ["61"]
    assert gone(kept, {"30": {}}) == ["5", "61"]
    assert gone(kept, {}) == []
