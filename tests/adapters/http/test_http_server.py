from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from aiohttp import ClientSession, web
from multidict import CIMultiDictProxy

from adapters.http.server import HttpServer
from adapters.http.settings import HttpSettings
from adapters.memory.meter import MemoryMeter
from bot.errors import TemporaryError

REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
PEER = b"http 127.0.0.1"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Answer:
    status: int
    headers: CIMultiDictProxy[str]
    text: str


@dataclass
class Served:
    server: HttpServer
    client: ClientSession
    meter: MemoryMeter

    async def get(self, path: str, **headers: str) -> Answer:
        return await self.ask("GET", path, headers=headers)

    async def ask(self, method: str, path: str, **more: Any) -> Answer:
        async with self.client.request(method, path, **more) as answer:
            return Answer(answer.status, answer.headers, await answer.text())

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(*self.server.address)


@asynccontextmanager
async def serving(
    *routes: web.RouteDef, on_shutdown: Any = (), **settings: Any
) -> AsyncIterator[Served]:
    meter = MemoryMeter()
    server = HttpServer(routes, HttpSettings(port=0, **settings), meter, on_shutdown=on_shutdown)
    await server.start()
    host, port = server.address
    async with ClientSession(f"http://{host}:{port}") as client:
        yield Served(server, client, meter)
    await server.stop()


async def echo(request: web.Request) -> web.Response:
    return web.Response(text=str(len(await request.read())))


async def peer(request: web.Request) -> web.Response:
    return web.Response(text=f"{request.scheme} {request.remote}")


async def broken(_: web.Request) -> web.Response:
    raise LookupError("password=hunter2")


async def busy(_: web.Request) -> web.Response:
    raise TemporaryError("the database is away", retry_after=timedelta(seconds=7))


async def forbidden(_: web.Request) -> web.Response:
    raise web.HTTPForbidden(text="not you")


async def styled(_: web.Request) -> web.Response:
    return web.Response(headers={"Cache-Control": "max-age=60"})


async def test_a_route_is_answered_with_security_headers() -> None:
    async with serving(web.get("/", peer)) as http:
        answer = await http.get("/")
    assert answer.status == 200
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Server"] == "deskhand"


async def test_a_routes_own_headers_win() -> None:
    async with serving(web.get("/", styled)) as http:
        answer = await http.get("/")
    assert answer.headers.getall("Cache-Control") == ["max-age=60"]


async def test_a_defect_is_answered_with_a_reference_and_logged_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with serving(web.get("/{token}", broken)) as http:
        answer = await http.get("/s3cret")
    [record] = caplog.records
    assert (answer.status, json.loads(answer.text)["ref"]) == (500, record.__dict__["ref"])
    assert "hunter2" not in answer.text
    assert record.__dict__["route"] == "/{token}"


async def test_a_temporary_error_asks_to_come_again(caplog: pytest.LogCaptureFixture) -> None:
    async with serving(web.get("/", busy)) as http:
        answer = await http.get("/")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "7")
    assert "database" not in answer.text
    assert not caplog.records


async def test_a_handlers_own_refusal_passes() -> None:
    async with serving(web.get("/", forbidden)) as http:
        answer = await http.get("/")
    assert (answer.status, answer.text) == (403, "not you")


async def test_answers_are_counted_by_route_not_by_path() -> None:
    async with serving(web.get("/in/{token}", peer), web.get("/bad", broken)) as http:
        for path in ("/in/a", "/in/b", "/bad", "/nowhere"):
            await http.get(path)
    counted = http.meter.counted
    assert counted("http_requests", route="/in/{token}", status="2xx") == 2
    assert counted("http_requests", route="/bad", status="5xx") == 1
    assert counted("http_requests", route="unmatched", status="4xx") == 1


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [("/small", 2**20, 200), ("/small", 2**20 + 1, 413), ("/console/x", 30_000_000, 200)],
)
async def test_bodies_are_bounded_by_path(path: str, size: int, status: int) -> None:
    async with serving(web.post("/small", echo), web.post("/console/x", echo)) as http:
        answer = await http.ask("POST", path, data=BytesIO(bytes(size)))
    assert answer.status == status


async def test_the_peer_behind_a_trusted_proxy_is_believed() -> None:
    headers = {"X-Forwarded-For": "6.6.6.6, 192.0.2.7, 10.1.1.1", "X-Forwarded-Proto": "https"}
    trusted = ("127.0.0.1", "10.0.0.0/8")
    async with serving(web.get("/", peer), trusted_proxies=trusted) as http:
        answer = await http.get("/", **headers)
    assert answer.text == "https 192.0.2.7"


@pytest.mark.parametrize("trusted", [(), ("10.0.0.0/8",)])
async def test_nobody_else_is_believed(trusted: tuple[str, ...]) -> None:
    headers = {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"}
    async with serving(web.get("/", peer), trusted_proxies=trusted) as http:
        answer = await http.get("/", **headers)
    assert answer.text == "http 127.0.0.1"


async def test_a_proxy_that_writes_nonsense_is_taken_for_the_peer() -> None:
    async with serving(web.get("/", peer), trusted_proxies=("127.0.0.1",)) as http:
        answer = await http.get("/", **{"X-Forwarded-For": "192.0.2.7, unknown"})
    assert answer.text == "http 127.0.0.1"


async def test_a_connection_that_never_finishes_its_headers_is_cut() -> None:
    async with serving(header_timeout=timedelta(milliseconds=30)) as http:
        reader, writer = await http.connect()
        writer.write(b"GET / HTTP/1.1\r\nX-Slow: ")
        assert await reader.read() == b""
        writer.close()


async def test_a_connection_that_has_spoken_may_rest() -> None:
    routes = web.get("/", peer)
    async with serving(routes, header_timeout=timedelta(milliseconds=30)) as http:
        reader, writer = await http.connect()
        writer.write(REQUEST)
        await reader.readuntil(PEER)
        silent, other = await http.connect()
        await silent.read()  # the time is up for whoever was silent
        writer.write(REQUEST)
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        writer.close()
        other.close()


async def test_a_body_that_does_not_come_is_cut() -> None:
    routes = web.post("/", echo)
    async with serving(routes, body_timeout=timedelta(milliseconds=-20)) as http:
        reader, writer = await http.connect()
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2000\r\n\r\n{")
        assert await reader.read() == b""
        writer.close()


async def test_a_malformed_request_is_the_senders_business(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with serving() as http:
        reader, writer = await http.connect()
        writer.write(b"HELO mail.example\r\n\r\n")
        assert b"400" in await reader.readline()
        writer.close()
    assert not caplog.records


async def test_a_body_broken_off_is_no_defect(caplog: pytest.LogCaptureFixture) -> None:
    begun = asyncio.Event()

    async def read(request: web.Request) -> web.Response:
        begun.set()
        return await echo(request)

    async with serving(web.post("/", read)) as http:
        _, writer = await http.connect()
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\n{")
        await begun.wait()
        writer.close()
    assert not caplog.records
    assert http.meter.counted("http_requests", status="4xx") == 1


async def test_one_connection_too_many_is_told_so() -> None:
    async with serving(web.get("/", peer), max_connections=1) as http:
        await http.client.get("/")
        reader, writer = await http.connect()
        answer = await reader.read()
        writer.close()
    assert answer.startswith(b"HTTP/1.1 503")
    assert b"Retry-After: 5" in answer


async def test_a_taken_port_is_told_in_clear_words() -> None:
    async with serving() as http:
        other = HttpServer((), HttpSettings(port=http.server.address[1]), MemoryMeter())
        with pytest.raises(OSError, match=r"cannot listen for HTTP on 127.0.0.1:\d+: Address"):
            await other.start()


async def test_an_unreadable_proxy_is_refused() -> None:
    with pytest.raises(ValueError, match=r"proxy\.example"):
        HttpServer((), HttpSettings(trusted_proxies=("proxy.example",)), MemoryMeter())


def test_there_is_no_address_before_the_start() -> None:
    with pytest.raises(RuntimeError, match="not listening"):
        _ = HttpServer((), HttpSettings(), MemoryMeter()).address


class Slow:
    """A handler that begins, and ends when it is let go."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.let_go = asyncio.Event()

    async def handle(self, _: web.Request) -> web.Response:
        self.begun.set()
        await self.let_go.wait()
        return web.Response(text="done")

    async def release(self, _: web.Application) -> None:
        self.let_go.set()


async def test_stop_lets_what_is_in_flight_finish() -> None:
    slow = Slow()
    async with serving(web.get("/", slow.handle)) as http, asyncio.TaskGroup() as group:
        answer = group.create_task(http.get("/"))
        await slow.begun.wait()
        address = http.server.address
        stopping = group.create_task(http.server.stop())
        await _until_refused(*address)
        slow.let_go.set()
        await stopping
    assert answer.result().text == "done"


async def _until_refused(host: str, port: int) -> None:
    """Connect until nobody listens any more."""
    with contextlib.suppress(ConnectionError):
        while True:
            reader, writer = await asyncio.open_connection(host, port)
            writer.close()
            await reader.read()


async def test_streams_are_ended_by_their_signals() -> None:
    stream = Slow()
    route, signals = web.get("/", stream.handle), [stream.release]
    async with serving(route, on_shutdown=signals) as http, asyncio.TaskGroup() as group:
        answer = group.create_task(http.get("/"))
        await stream.begun.wait()
        await http.server.stop()
    assert answer.result().text == "done"


async def test_stop_does_not_wait_for_ever() -> None:
    slow = Slow()
    bound = timedelta(milliseconds=40)
    async with serving(web.get("/", slow.handle), stop_timeout=bound) as http:
        reader, writer = await http.connect()
        writer.write(REQUEST)
        await slow.begun.wait()
        await http.server.stop()
        assert await reader.read() == b""
        writer.close()


async def test_a_second_stop_does_nothing() -> None:
    async with serving() as http:
        await http.server.stop()
