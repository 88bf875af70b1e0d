"""What the doctor tries: the tokens, their scopes, the channels, and the accounts of people."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from slack_sdk.errors import SlackApiError

from adapters.slack.api.budgets import Budgets
from adapters.slack.api.client import SlackClient
from adapters.slack.events.payloads import part, text, true
from adapters.slack.gestures.occasions import SURFACE
from adapters.slack.gestures.people import bar_of
from adapters.slack.manifest import SCOPES
from adapters.slack.settings import SlackSettings
from bot.domain.people import Person
from bot.errors import PermanentError, TemporaryError
from bot.ports import Clock
from bot.ports.checks import Check, Verdict

log = logging.getLogger(__name__)

HTTP: Final = "http"
UNREACHED: Final = "See that this machine reaches Slack: [slack] api_url, a proxy, DNS."


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What is to be tried: `channels` of desks and services, and the people of the team."""

    settings: SlackSettings
    channels: Sequence[str]
    people: Sequence[Person]
    clock: Clock


async def examine(given: Examined) -> AsyncIterator[Check]:
    """Everything that can be tried without changing anything in the workspace."""
    client = SlackClient(given.settings, Budgets(given.clock))
    await client.start()
    try:
        token = await _token(client)
        yield token
        yield await _doorway(given)
        if token.verdict is Verdict.FINE:
            yield await _scopes(client)
            for channel in given.channels:
                yield await _channel(client, channel)
            for person in given.people:
                if SURFACE in person.accounts:
                    yield await _person(client, person)
    finally:
        await client.close()


async def _token(client: SlackClient) -> Check:
    try:
        answer = await client.call("auth.test")
    except (PermanentError, TemporaryError) as error:
        fix = (
            "Install the app (OAuth & Permissions) and put its xoxb- token into [slack] bot_token."
        )
        return _wrong("slack token", error, fix)
    workspace, bot = text(answer, "team") or "the workspace", text(answer, "user")
    return _fine("slack token", f"{bot or 'the bot'} in “{workspace}”")


async def _doorway(given: Examined) -> Check:
    """Whether events can come: by a connection of ours, or to our address."""
    settings = given.settings
    if settings.mode == HTTP:
        return _fine("slack door", "requests to /slack/events, checked by the signing secret")
    doorkeeper = SlackClient(replace(settings, bot_token=settings.app_token), Budgets(given.clock))
    await doorkeeper.start()
    try:
        await doorkeeper.call("apps.connections.open")
    except (PermanentError, TemporaryError) as error:
        fix = (
            "Make an app-level token with connections:write (Basic Information), put it into "
            "[slack] app_token, and switch Socket Mode on."
        )
        return _wrong("slack door", error, fix)
    finally:
        await doorkeeper.close()
    return _fine("slack door", "Socket Mode opens")


async def _scopes(client: SlackClient) -> Check:
    granted = await granted_scopes(client)
    missing = [scope for scope in SCOPES if scope not in granted]
    if not granted:
        return Check(
            verdict=Verdict.CARE, part="slack scopes", words="Slack does not tell which there are"
        )
    if not missing:
        return _fine("slack scopes", f"all {len(SCOPES)} are granted")
    told = "; ".join(f"{scope} ({SCOPES[scope]})" for scope in missing)
    return Check(
        verdict=Verdict.WRONG,
        part="slack scopes",
        words=f"missing: {told}",
        fix="Add them under OAuth & Permissions, then install the app again; or paste "
        "`deskhand manifest slack` anew.",
    )


async def granted_scopes(client: SlackClient) -> frozenset[str]:
    """The scopes of the bot token, from the header of an answer; empty when it is not there."""
    try:
        answer = await client.web.api_call("auth.test")
    except SlackApiError as error:
        log.info("scopes are unknown", extra={"why": type(error).__name__})
        return frozenset()
    headers = {name.lower(): value for name, value in dict(answer.headers).items()}
    told = str(headers.get("x-oauth-scopes", ""))
    return frozenset(scope.strip() for scope in told.split(",") if scope.strip())


async def _channel(client: SlackClient, channel: str) -> Check:
    part_ = f"slack {channel}"
    try:
        answer = await client.call("conversations.info", channel=channel)
    except (PermanentError, TemporaryError) as error:
        fix = "Copy the channel's id from its details; invite the bot if it is private."
        return _wrong(part_, error, fix)
    found = part(answer, "channel")
    name = f"#{text(found, 'name')}" if text(found, "name") else channel
    if true(found, "is_archived"):
        words, fix = f"{name} is archived", "Unarchive it, or give the desk another channel."
    elif not true(found, "is_member"):
        words, fix = f"the bot is not in {name}", f"/invite @deskhand in {name}"
    else:
        return _fine(part_, f"the bot is in {name}")
    return Check(verdict=Verdict.WRONG, part=part_, words=words, fix=fix)


async def _person(client: SlackClient, person: Person) -> Check:
    part_ = f"slack {person.key}"
    try:
        answer = await client.call("users.info", user=person.accounts[SURFACE])
    except (PermanentError, TemporaryError) as error:
        fix = f"Copy the member ID from their profile into [people.{person.key}] slack."
        return _wrong(part_, error, fix)
    if bar := bar_of(part(answer, "user")):
        fix = "Only full members can have a role; give the account to a member, or take it out."
        return Check(verdict=Verdict.WRONG, part=part_, words=f"the account is {bar}", fix=fix)
    return _fine(part_, "a member of the workspace")


def _fine(part_: str, words: str) -> Check:
    return Check(verdict=Verdict.FINE, part=part_, words=words)


def _wrong(part_: str, error: PermanentError | TemporaryError, fix: str) -> Check:
    """What was refused is wrong; what could not be asked is only unknown."""
    if isinstance(error, PermanentError):
        return Check(verdict=Verdict.WRONG, part=part_, words=error.words, fix=fix)
    return Check(verdict=Verdict.CARE, part=part_, words=error.words, fix=UNREACHED)
