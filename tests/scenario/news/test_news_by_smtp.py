"""News by mail on the real wires: SMTP out and in, HTTP for the links, and the bytes in between."""

from __future__ import annotations

import asyncio
import email
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import aiohttp
import aiosmtplib
import pytest

from adapters.http.server import HttpServer
from adapters.http.settings import HttpSettings
from adapters.mail.sending.compose import compose
from bot.config.tables.mail import MailOutbound
from bot.domain import events as happened
from bot.domain.mail import OutboundMail
from bot.domain.messages import Voice
from bot.wiring.edges import link_routes
from bot.wiring.mail import smarthost
from tests.fakes.smtp import FakeSmarthost, Taken
from tests.scenario.desk import Desk
from tests.scenario.mail.test_mail_judged import FAILED, INTAKE, OURS, Configure, configure, door
from tests.scenario.news.test_answers import noticed
from tests.scenario.news.test_news import ANA, token_of

GOLDEN = Path(__file__).parents[2] / "fixtures" / "mail" / "news.eml"
ANSWER = (
    "{verdict}From: Ana <ana@shop.example>\r\nTo: {to}\r\nSubject: Re: {subject}\r\n"
    "Message-ID: <a1@shop.example>\r\nIn-Reply-To: {answers}\r\n\r\n"
    "Tell her it is fixed.\r\n\r\nOn Mon, 2 Mar 2026 at 10:02, Shop Support wrote:\r\n{quoted}"
)
__all__ = ["configure"]


async def left(mail: OutboundMail) -> Taken:
    """What the smarthost took."""
    async with FakeSmarthost() as host:
        given = {"host": "localhost", "port": host.port, "tls": "none"}
        sender = smarthost(MailOutbound.model_validate(given), tokens=None)
        await sender.send(mail, [])
        await sender.stop()
        return host.journal[0]


def parsed(taken: Taken) -> EmailMessage:
    message = email.message_from_bytes(taken.content, policy=default)
    assert isinstance(message, EmailMessage)
    return message


async def test_the_bytes_are_these(desk: Desk) -> None:
    composed = compose(await noticed(desk), [])
    assert composed.decode().replace("\r\n", "\n") == GOLDEN.read_text(encoding="utf-8")


async def test_it_leaves_as_mail_that_no_machine_answers(desk: Desk) -> None:
    mail = await noticed(desk)
    taken = await left(mail)
    message = parsed(taken)
    assert (taken.mail_from, taken.recipients) == (mail.envelope_from, (ANA,))
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Unsubscribe"].startswith("<https://desk.shop.example/u/")


@pytest.mark.parametrize(
    ("verdict", "voice"), [(OURS, Voice.UNCONFIRMED), ("", Voice.UNCONFIRMED), (FAILED, Voice.HELD)]
)
async def test_the_answer_of_a_mail_program_waits(
    desk: Desk, configure: Configure, verdict: str, voice: Voice
) -> None:
    sent = parsed(await left(await noticed(desk)))
    body = sent.get_body(("plain",))
    assert body is not None
    quoted = "".join(f"> {line}\r\n" for line in body.get_content().splitlines())
    raw = ANSWER.format(
        verdict=verdict,
        to=sent["Reply-To"],
        subject=sent["Subject"],
        answers=sent["Message-ID"],
        quoted=quoted,
    )
    async with (
        door(desk, configure(INTAKE.format(relay="127.0.0.1"))) as port,
        aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as client,
    ):
        await client.sendmail(ANA, [sent["Reply-To"]], raw.encode())
    await desk.settle()
    message = await desk.newest()
    assert (message.voice, message.text) == (voice, "Tell her it is fixed.")


@asynccontextmanager
async def served(desk: Desk) -> AsyncIterator[str]:
    """Where the links of mails lead, as the service serves them."""
    routes = link_routes(desk.core, desk.dispatcher)
    server = HttpServer(routes, HttpSettings(host="127.0.0.1", port=0), desk.meter)
    await server.start()
    try:
        yield f"http://127.0.0.1:{server.address[1]}"
    finally:
        await server.stop()


async def test_the_page_acts_once_however_often_it_is_sent(desk: Desk) -> None:
    token = token_of(await noticed(desk))
    form = {"do": "note", "text": "Ask the bank.", "knew": "99"}
    async with served(desk) as base, aiohttp.ClientSession() as client:

        async def post() -> int:
            async with client.post(f"{base}/act/{token}", data=form) as answer:
                return answer.status

        async with client.get(f"{base}/act/{token}") as page:
            assert "It is still wrong." in await page.text()
        assert sorted(await asyncio.gather(*(post() for _ in range(4)))) == [200, 410, 410, 410]
    assert await desk.happened(happened.NoteAdded) == 1


async def test_one_click_of_a_mail_program_stops_them(desk: Desk) -> None:
    mail = await noticed(desk)
    path = mail.unsubscribe_url.removeprefix("https://desk.shop.example")
    body = {"List-Unsubscribe": "One-Click"}
    async with served(desk) as base, aiohttp.ClientSession() as client:
        async with client.post(f"{base}{path}", data=body, allow_redirects=False) as answer:
            assert (answer.status, "Ana gets no more news" in await answer.text()) == (200, True)
        async with client.get(f"{base}{path}") as again:
            assert "Nothing to do" in await again.text()
