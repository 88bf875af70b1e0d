"""The other edges: pagers, the HTTP server, alerts, and what outsiders are told of us."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from aiohttp import web

from adapters.alerts.sources import SOURCES
from adapters.http.act import act_routes
from adapters.http.settings import HttpSettings
from adapters.http.unsubscribe import Leaving, unsubscribe_routes
from adapters.pager.chat import ChatPager
from adapters.pager.mail import MailPager
from bot.config.settings import Settings
from bot.domain.directory import Directory
from bot.domain.mail import Address
from bot.ports import ChatSurface, Clock, MailSender, Pager
from bot.services.alerts.alerting import ReadAlerts
from bot.services.core import Core
from bot.services.gestures.dispatch import Dispatcher
from bot.services.gestures.links import MailLinks
from bot.services.mailing.outgoing import leaving


def pagers(
    directory: Directory,
    surfaces: Mapping[str, ChatSurface],
    sender: MailSender,
    clock: Clock,
) -> Mapping[str, Pager]:
    """One pager for each chat surface, and one for mail, by the names of contact lists."""
    found: dict[str, Pager] = {
        name: ChatPager(surface, directory.people) for name, surface in surfaces.items()
    }
    for desk in list(directory.desks.values())[:1]:
        from_address = Address(address=desk.sender, name="Deskhand")
        found["mail"] = MailPager(sender, directory.people, from_address, clock)
    return found


def http_settings(settings: Settings) -> HttpSettings:
    """The HTTP server of `[http]`."""
    http = settings.http
    return HttpSettings(
        host=http.listen.host,
        port=http.listen.port,
        trusted_proxies=tuple(str(network) for network in http.trusted_proxies),
    )


def link_routes(core: Core, dispatcher: Dispatcher) -> list[web.RouteDef]:
    """Where the links of mails lead: out of tickets and news, and to acting once."""

    async def leave(token: str) -> Leaving | None:
        return await leaving.leave(core, token, core.clock.now())

    out = unsubscribe_routes(partial(leaving.look, core), leave)
    return [*out, *act_routes(MailLinks(core, dispatcher), core.links)]


def alert_readers() -> Mapping[str, ReadAlerts]:
    """How each kind of alert body is read."""
    return {kind: source.read for kind, source in SOURCES.items()}


def outside_addresses(settings: Settings) -> Mapping[str, str]:
    """Where outsiders reach the service, for the console's masthead; no tokens in it."""
    addresses = dict[str, str]()
    if settings.mail.intake.enabled:
        addresses["mail"] = str(settings.mail.intake.listen)
    for intake in list(settings.directory().intakes.values())[:1]:
        addresses["alerts"] = f"/in/{intake.kind}/…"
    return addresses
