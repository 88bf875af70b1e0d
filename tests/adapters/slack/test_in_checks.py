"""What the doctor finds: each misconfiguration by name, with its fix."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from adapters.slack.checks import Examined, examine
from adapters.slack.settings import SlackSettings
from bot.clock import ManualClock
from bot.ports.checks import Check, Verdict
from tests.adapters.slack.front import member
from tests.fakes.slack import APP_TOKEN, BOT_TOKEN, FakeSlack

CLOCK = ManualClock(datetime(2026, 11, 21, 9, 0, tzinfo=UTC))


@pytest.fixture
async def fake() -> AsyncIterator[FakeSlack]:
    async with FakeSlack(CLOCK) as slack:
        slack.add_user("ana")
        slack.add_channel("desk", ["ana"])
        yield slack


def given(fake: FakeSlack, **changes: str) -> Examined:
    settings = SlackSettings(bot_token=BOT_TOKEN, app_token=APP_TOKEN, api_url=fake.api_url)
    return Examined(
        settings=replace(settings, **changes),  # type: ignore[arg-type]
        channels=("CDESK",),
        people=(member("ana"),),
        clock=CLOCK,
    )


async def wrong(examined: Examined) -> list[Check]:
    """What is not fine."""
    return [check async for check in examine(examined) if check.verdict is not Verdict.FINE]


async def test_what_is_right_is_fine(fake: FakeSlack) -> None:
    parts = [check.part async for check in examine(given(fake))]
    assert parts == ["slack token", "slack door", "slack scopes", "slack CDESK", "slack ana"]
    assert await wrong(given(fake)) == []


async def test_a_refused_token_is_the_only_thing_to_say(fake: FakeSlack) -> None:
    found = await wrong(given(fake, bot_token="xoxb-old"))
    assert [(check.part, check.verdict) for check in found] == [("slack token", Verdict.WRONG)]
    assert "invalid_auth" in found[0].words


async def test_the_wrong_app_token_is_named(fake: FakeSlack) -> None:
    (found,) = await wrong(given(fake, app_token=BOT_TOKEN))
    assert (found.part, found.verdict) == ("slack door", Verdict.WRONG)
    assert "connections:write" in found.fix


async def test_missing_scopes_are_named_with_their_reason(fake: FakeSlack) -> None:
    fake.workspace.scopes -= {"files:read", "reactions:read"}
    (found,) = await wrong(given(fake))
    assert "files:read (keep files" in found.words
    assert "reactions:read" in found.words


def kicked(fake: FakeSlack) -> None:
    fake.workspace.set_channel(fake.workspace.channel("desk").without_member("U0DESKHAND"))


def archived(fake: FakeSlack) -> None:
    fake.workspace.set_channel(replace(fake.workspace.channel("desk"), is_archived=True))


def gone(fake: FakeSlack) -> None:
    del fake.workspace.channels["CDESK"]


def guest(fake: FakeSlack) -> None:
    fake.workspace.users["UANA"] = replace(fake.workspace.user("ana"), is_restricted=True)


def unknown(fake: FakeSlack) -> None:
    del fake.workspace.users["UANA"]


@pytest.mark.parametrize(
    ("trouble", "part", "words"),
    [
        (kicked, "slack CDESK", "the bot is not in #desk"),
        (archived, "slack CDESK", "#desk is archived"),
        (gone, "slack CDESK", "channel_not_found"),
        (guest, "slack ana", "the account is a guest"),
        (unknown, "slack ana", "user_not_found"),
    ],
)
async def test_each_trouble_is_named(
    fake: FakeSlack, trouble: Callable[[FakeSlack], None], part: str, words: str
) -> None:
    trouble(fake)
    (found,) = await wrong(given(fake))
    assert (found.part, found.verdict) == (part, Verdict.WRONG)
    assert words in found.words
    assert found.fix


async def test_slack_away_is_no_mistake_of_the_configuration(fake: FakeSlack) -> None:
    await fake.goes_down()
    found = await wrong(given(fake))
    assert {check.verdict for check in found} == {Verdict.CARE}


async def test_requests_need_no_app_token(fake: FakeSlack) -> None:
    assert await wrong(given(fake, mode="http", app_token="", signing_secret="s")) == []
