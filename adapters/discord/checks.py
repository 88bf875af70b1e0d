"""What the doctor tries: the token, the intents, the permissions in each channel, the people."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from adapters.discord.api.channels import FORUM, TEXT, read_channel
from adapters.discord.api.rest import Rest
from adapters.discord.api.routes import route
from adapters.discord.gestures.occasions import SURFACE
from adapters.discord.invite import ADMINISTRATOR, PERMISSIONS, PRIVATE_THREADS
from adapters.discord.settings import DiscordSettings
from adapters.discord.threads import TAGS
from bot.cards import Tone
from bot.domain.people import Person
from bot.errors import PermanentError, TemporaryError
from bot.ports.checks import Check, Verdict

Json = Mapping[str, Any]

_CONTENT: Final = (1 << 18) | (1 << 19)
"""The application's flags that stand for the message content intent."""
_ERRORS: Final = (PermanentError, TemporaryError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What is to be tried: `channels` of desks and services, and the people of the team.

    `confidential` are the channels of those services whose incidents are, by the service's key.
    """

    settings: DiscordSettings
    channels: Sequence[str]
    people: Sequence[Person]
    confidential: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What a channel turned out to be: on which server, and whether it can hide a thread."""

    check: Check
    guild: str = ""
    hides: bool = False


async def examine(given: Examined) -> AsyncIterator[Check]:
    """Everything that can be tried without changing anything on the server."""
    rest = Rest(given.settings)
    try:
        application, check = await _token(rest)
        yield check
        if application is None:
            return
        yield _intents(application, wanted=given.settings.message_content)
        if application.get("interactions_endpoint_url"):
            yield _wrong_door()
        me = str((application.get("bot") or application)["id"])
        found = {channel: await _channel(rest, me, channel) for channel in given.channels}
        for each in found.values():
            yield each.check
        for service, channels in given.confidential.items():
            if not any(found[channel].hides for channel in channels):
                yield _bare(service)
        guilds = dict.fromkeys(each.guild for each in found.values() if each.guild)
        for person in given.people:
            if SURFACE in person.accounts and guilds:
                yield await _person(rest, list(guilds), person)
    finally:
        await rest.close()


async def _token(rest: Rest) -> tuple[Json | None, Check]:
    try:
        application = await rest.ask(route("GET", "/applications/@me"))
    except _ERRORS as error:
        fix = "Developer Portal, Bot, Reset Token; put it into [discord] token."
        return None, _failed("discord token", error, fix)
    words = f"{application.get('name', 'the bot')}, application {application['id']}"
    return application, _fine("discord token", words)


def _intents(application: Json, *, wanted: bool) -> Check:
    part = "discord intents"
    if not wanted:
        return _fine(part, "message content is not asked for: talk in threads is not heard")
    if int(application.get("flags") or 0) & _CONTENT:
        return _fine(part, "message content is on: talk in threads becomes notes")
    words = "message content is off: talk in threads is not heard; commands and forms work"
    fix = "Developer Portal, Bot, Message Content Intent."
    return Check(verdict=Verdict.CARE, part=part, words=words, fix=fix)


def _wrong_door() -> Check:
    return Check(
        verdict=Verdict.WRONG,
        part="discord door",
        words="the application sends buttons and commands to a web address, not to the bot",
        fix="Developer Portal, General Information: empty the Interactions Endpoint URL.",
    )


def _bare(service: str) -> Check:
    return Check(
        verdict=Verdict.CARE,
        part=f"discord {service}",
        words="none of its channels can hide its incidents: here they are told by page alone",
        fix="Give the service a text channel, where the bot may create private threads.",
    )


async def _channel(rest: Rest, me: str, id_: str) -> _Found:
    """The channel, and whether the bot can work there."""
    part = f"discord {id_}"
    try:
        channel = await rest.ask(route("GET", "/channels/{channel}", channel=id_))
        guild = str(channel.get("guild_id") or "")
        bits = await _bits(rest, me, guild, channel)
    except _ERRORS as error:
        fix = "Copy the channel's id (Developer Mode); bring the bot there: deskhand invite discord"
        return _Found(check=_failed(part, error, fix))
    name = f"#{channel.get('name', id_)}"
    if channel.get("type") not in (*TEXT, *FORUM):
        words = f"{name} is neither a text channel nor a forum"
        return _Found(guild=guild, check=_bad(part, words, "Give the desk another channel."))
    text = read_channel(channel).hides
    missing = [each for each, (bit, _) in PERMISSIONS.items() if not bits & bit]
    hides = text and PRIVATE_THREADS not in missing
    needed = [each for each in missing if text or each != PRIVATE_THREADS]
    check = _lacking(part, name, needed) if needed else _forum(part, name, channel)
    return _Found(guild=guild, check=check, hides=hides)


def _lacking(part: str, name: str, missing: Sequence[str]) -> Check:
    """What the bot may not do there; to hide threads is not needed for all the rest."""
    told = "; ".join(f"{each} ({PERMISSIONS[each][1]})" for each in missing)
    verdict = Verdict.CARE if missing == [PRIVATE_THREADS] else Verdict.WRONG
    words, fix = f"{name}: missing {told}", "Channel settings, Permissions."
    return Check(verdict=verdict, part=part, words=words, fix=fix)


def _forum(part: str, name: str, channel: Json) -> Check:
    if channel.get("type") not in FORUM:
        return _fine(part, f"{name}: a thread for each ticket")
    there = {str(tag["name"]).casefold() for tag in channel.get("available_tags") or ()}
    wanted = [TAGS[tone] for tone in (Tone.NEW, Tone.OPEN, Tone.WAITING, Tone.RESOLVED)]
    missing = [tag for tag in wanted if tag.casefold() not in there]
    if not missing:
        return _fine(part, f"{name}: a post for each ticket, with tags for its state")
    words = f"{name}: a post for each ticket; without the tags {', '.join(missing)}"
    fix = f"Add them to the forum, and if you like {', '.join(sorted(set(TAGS.values())))}."
    return Check(verdict=Verdict.CARE, part=part, words=words, fix=fix)


async def _bits(rest: Rest, me: str, guild: str, channel: Json) -> int:
    """What the bot may do in the channel, by Discord's rules of roles and overwrites."""
    where = "/guilds/{guild}/members/{user}"
    member = await rest.ask(route("GET", where, guild=guild, user=me))
    roles = {
        str(role["id"]): int(role["permissions"])
        for role in await rest.ask(route("GET", "/guilds/{guild}/roles", guild=guild))
    }
    own = [str(role) for role in member.get("roles") or ()]
    bits = roles.get(guild, 0)
    for role in own:
        bits |= roles.get(role, 0)
    if bits & ADMINISTRATOR:
        return ~0
    overwrites = channel.get("permission_overwrites") or ()
    for ids in ({guild}, set(own), {me}):
        allow = deny = 0
        for each in (each for each in overwrites if str(each["id"]) in ids):
            allow, deny = allow | int(each["allow"]), deny | int(each["deny"])
        bits = bits & ~deny | allow
    return bits


async def _person(rest: Rest, guilds: Sequence[str], person: Person) -> Check:
    """Whether the account is a person on one of the servers: else no page reaches them."""
    part, account = f"discord {person.key}", person.accounts[SURFACE]
    fix = f"Copy the user id (Developer Mode) into [people.{person.key}] discord."
    check = _bad(part, "on none of the servers", fix)
    for guild in guilds:
        where = route("GET", "/guilds/{guild}/members/{user}", guild=guild, user=account)
        try:
            member = await rest.ask(where)
        except _ERRORS as error:
            check = _failed(part, error, fix)
            continue
        if (member.get("user") or {}).get("bot"):
            return _bad(part, "the account is a bot's", fix)
        return _fine(part, "a member of the server")
    return check


def _fine(part: str, words: str) -> Check:
    return Check(verdict=Verdict.FINE, part=part, words=words)


def _bad(part: str, words: str, fix: str) -> Check:
    return Check(verdict=Verdict.WRONG, part=part, words=words, fix=fix)


def _failed(part: str, error: PermanentError | TemporaryError, fix: str) -> Check:
    """What was refused is wrong; what could not be asked is only unknown."""
    verdict = Verdict.WRONG if isinstance(error, PermanentError) else Verdict.CARE
    return Check(verdict=verdict, part=part, words=error.words, fix=fix)
