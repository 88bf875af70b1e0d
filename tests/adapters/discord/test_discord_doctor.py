"""What an operator is told: the invitation, and what the doctor finds on the server."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from adapters.discord.checks import Examined, examine
from adapters.discord.invite import PERMISSIONS, application_of, invite_url, permission_bits
from bot.config.loading import load
from bot.config.problems import ConfigProblems
from bot.config.settings import Settings
from bot.domain.people import Person
from bot.operate.invites import discord_invite
from bot.ports.checks import Check, Verdict
from tests.adapters.discord.rig import Bench
from tests.fakes.discord_server import rights


async def examined(
    stage: Bench,
    *channels: str,
    people: Sequence[Person] = (),
    confidential: Mapping[str, Sequence[str]] | None = None,
    **changes: object,
) -> dict[str, Check]:
    """What the doctor says, by its parts."""
    settings = replace(stage.settings, **changes)  # type: ignore[arg-type]
    given = Examined(
        settings=settings, channels=channels, people=people, confidential=confidential or {}
    )
    return {check.part: check async for check in examine(given)}


async def test_a_sound_server_is_fine(stage: Bench) -> None:
    found = await examined(stage, stage.support.id, stage.forum.id)
    assert {check.verdict for check in found.values()} == {Verdict.FINE}
    assert found[f"discord {stage.forum.id}"].words.startswith("#tickets: a post for each")


async def test_a_wrong_token_ends_the_examination(stage: Bench) -> None:
    found = await examined(stage, stage.support.id, token="wrong")
    assert [(part, check.verdict) for part, check in found.items()] == [
        ("discord token", Verdict.WRONG)
    ]


async def test_a_discord_that_is_away_is_no_mistake(stage: Bench) -> None:
    stage.discord.go_down()
    found = await examined(stage, stage.support.id)
    assert found["discord token"].verdict is Verdict.CARE


@pytest.mark.parametrize(
    ("asked", "verdict"), [(True, Verdict.CARE), (False, Verdict.FINE)], ids=["asked", "not asked"]
)
async def test_what_is_missing_without_message_content_is_said(
    stage: Bench, asked: bool, verdict: Verdict
) -> None:
    stage.discord.world.message_content = False
    check = (await examined(stage, message_content=asked))["discord intents"]
    assert check.verdict is verdict
    assert "talk in threads is not heard" in check.words


async def test_a_missing_permission_is_named_with_its_reason(stage: Bench) -> None:
    await stage.discord.deny_bot(stage.support, rights.ATTACH_FILES)
    check = (await examined(stage, stage.support.id))[f"discord {stage.support.id}"]
    assert check.verdict is Verdict.WRONG
    assert check.words == (
        "#support: missing Attach Files (to show customers' attachments and long mails)"
    )


async def test_that_nothing_can_be_hidden_spoils_nothing_else(stage: Bench) -> None:
    await stage.discord.deny_bot(stage.support, rights.CREATE_PRIVATE_THREADS)
    await stage.discord.deny_bot(stage.forum, rights.CREATE_PRIVATE_THREADS)
    found = await examined(stage, stage.support.id, stage.forum.id)
    assert found[f"discord {stage.support.id}"].verdict is Verdict.CARE
    assert "missing Create Private Threads" in found[f"discord {stage.support.id}"].words
    assert found[f"discord {stage.forum.id}"].verdict is Verdict.FINE


async def test_a_confidential_service_needs_a_text_channel(stage: Bench) -> None:
    channels = (stage.support.id, stage.forum.id)
    services = {"hr": (stage.forum.id,), "db": channels}
    found = await examined(stage, *channels, confidential=services)
    assert found["discord hr"].verdict is Verdict.CARE
    assert "told by page alone" in found["discord hr"].words
    assert "discord db" not in found


async def test_a_channel_the_bot_does_not_see_is_told(stage: Bench) -> None:
    await stage.discord.deny_bot(stage.support, rights.VIEW_CHANNEL)
    found = await examined(stage, stage.support.id, "404")
    assert found[f"discord {stage.support.id}"].verdict is Verdict.WRONG
    assert found["discord 404"].verdict is Verdict.WRONG


async def test_missing_tags_are_only_a_pity(stage: Bench) -> None:
    bare = stage.discord.forum("bare", ["New"])
    check = (await examined(stage, bare.id))[f"discord {bare.id}"]
    assert check.verdict is Verdict.CARE
    assert "without the tags Open, Waiting, Resolved" in check.words


async def test_accounts_of_people_are_looked_up(stage: Bench) -> None:
    people = [
        Person(key="ana", name="Ana", accounts={"discord": stage.ana.id}),
        Person(key="ben", name="Ben", accounts={"discord": "404"}),
        Person(key="bot", name="Bot", accounts={"discord": stage.discord.me.id}),
        Person(key="gus", name="Gus"),
    ]
    found = await examined(stage, stage.support.id, people=people)
    told = {part: check.verdict for part, check in found.items() if part[8:] in "ana ben bot gus"}
    assert told == {
        "discord ana": Verdict.FINE,
        "discord ben": Verdict.WRONG,
        "discord bot": Verdict.WRONG,
    }


async def test_the_doctor_changes_nothing(stage: Bench) -> None:
    await examined(stage, stage.support.id, stage.forum.id)
    assert {call.route.split()[0] for call in stage.discord.calls} == {"GET"}


# ------------------------------------------------------------ the invitation


def test_the_invitation_asks_for_what_is_used_and_no_more() -> None:
    asked = parse_qs(urlsplit(invite_url("123")).query)
    assert asked == {
        "client_id": ["123"],
        "scope": ["bot applications.commands"],
        "permissions": [str(permission_bits())],
    }
    never = rights.MENTION_EVERYONE | rights.MANAGE_CHANNELS | rights.ADMINISTRATOR
    assert not permission_bits() & (never | rights.MANAGE_MESSAGES)


def test_the_documentation_names_each_permission_with_its_reason() -> None:
    told = (Path(__file__).parents[3] / "docs" / "operate" / "discord.md").read_text()
    assert [
        (name, reason)
        for name, (_, reason) in PERMISSIONS.items()
        if f"| {name} | {reason} |" not in told
    ] == []


def test_a_token_tells_its_application() -> None:
    token = base64.urlsafe_b64encode(b"80351110224678912").decode().rstrip("=") + ".abc.def"
    assert application_of(token) == "80351110224678912"
    assert application_of("fake.token") == ""


def test_without_a_bot_the_application_is_asked_for() -> None:
    assert "client_id=5" in discord_invite(Settings(), "5")
    with pytest.raises(ConfigProblems, match="--application"):
        discord_invite(Settings())


def test_a_thread_is_archived_after_one_of_discords_own_times(tmp_path: Path) -> None:
    path = tmp_path / "deskhand.toml"
    path.write_text('[discord]\ntoken = "ab"\narchive_after = "2d"\n')
    with pytest.raises(ConfigProblems, match="1h, 1d, 3d or 7d"):
        load(path, {}, date(2026, 3, 1))
