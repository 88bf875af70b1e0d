"""Access tokens: got by each grant, kept while they last, renewed once, and whose fault it is."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.mail.signing_in.endpoint import MAX_ANSWER
from adapters.mail.signing_in.faults import CannotSignIn
from adapters.mail.signing_in.tokens import TokenSource, with_token
from bot.errors import Fault, PermanentError, TemporaryError
from bot.tasks import spawn, stop
from tests.adapters.mail.oauth_rig import MemoryNotes, provider, settings_for, source_for
from tests.fakes.oauth import FakeProvider


@pytest.fixture
async def fake() -> AsyncIterator[FakeProvider]:
    async with provider() as made:
        yield made


@pytest.fixture
async def rotating() -> AsyncIterator[FakeProvider]:
    async with provider(rotates=True) as made:
        yield made


async def failure(source: TokenSource) -> PermanentError | TemporaryError:
    with pytest.raises((PermanentError, TemporaryError)) as raised:
        await source.token()
    assert isinstance(raised.value, (PermanentError, TemporaryError))
    return raised.value


# ---------------------------------------------------------------- grants


async def test_a_refresh_token_gives_an_access_token(fake: FakeProvider) -> None:
    refresh = fake.let_in()
    token = await source_for(fake, refresh_token=refresh).token()
    assert fake.takes(fake.user, token)
    assert fake.journal == [
        {
            "grant_type": "refresh_token",
            "refresh_token": refresh,
            "client_id": "app-1",
            "client_secret": fake.client_secret,
            "scope": "mail offline_access",
        }
    ]


async def test_an_app_signs_in_by_itself(fake: FakeProvider) -> None:
    assert fake.takes(fake.user, await source_for(fake).token())
    assert fake.journal[0]["grant_type"] == "client_credentials"


async def test_a_public_app_has_no_secret() -> None:
    async with provider(public=True) as fake:
        assert await source_for(fake, refresh_token=fake.let_in()).token()
        assert "client_secret" not in fake.journal[0]


# ---------------------------------------------------------------- how long a token lasts


async def test_a_token_is_kept_until_shortly_before_its_end(fake: FakeProvider) -> None:
    source = source_for(fake)
    first = await source.token()
    fake.clock.push(timedelta(minutes=57, seconds=59))
    assert await source.token() == first
    fake.clock.push(timedelta(seconds=1))
    assert fake.takes(fake.user, first)
    assert await source.token() != first
    assert len(fake.journal) == 2


@pytest.mark.parametrize(
    ("told", "lasts"),
    [("3600", 3480), ('"3599"', 3479), ("60", 30), ("0", 5), ("null", 180), ('"nan"', 180)],
)
async def test_the_end_is_read_however_it_is_told(
    fake: FakeProvider, told: str, lasts: int
) -> None:
    fake.then(200, f'{{"access_token": "at-1", "expires_in": {told}}}')
    source = source_for(fake)
    await source.token()
    fake.clock.push(timedelta(seconds=lasts - 1))
    assert await source.token() == "at-1"
    fake.clock.push(timedelta(seconds=1))
    assert await source.token() != "at-1"


async def test_many_who_ask_at_once_ask_once(fake: FakeProvider) -> None:
    source = source_for(fake)
    tokens = await asyncio.gather(*(source.token() for _ in range(20)))
    assert (len(set(tokens)), len(fake.journal)) == (1, 1)


async def test_a_token_that_a_server_refuses_is_renewed_once(fake: FakeProvider) -> None:
    source, tried = source_for(fake), list[str]()

    async def sign_in(token: str) -> str:
        tried.append(token)
        if not fake.takes(fake.user, token):
            raise PermanentError("535", fault=Fault.CREDENTIAL)
        return "in"

    await with_token(source, sign_in)
    fake.clock.push(timedelta(minutes=10))
    fake.revoke()
    assert await with_token(source, sign_in) == "in"
    assert tried[1] == tried[0]
    assert len(fake.journal) == 2


async def test_a_new_token_that_is_refused_is_not_asked_for_again(fake: FakeProvider) -> None:
    source = source_for(fake)

    async def sign_in(token: str) -> str:
        raise PermanentError("535", fault=Fault.CREDENTIAL)

    for _ in range(3):
        with pytest.raises(PermanentError, match="535"):
            await with_token(source, sign_in)
    assert len(fake.journal) == 1


async def test_another_failure_renews_nothing(fake: FakeProvider) -> None:
    source = source_for(fake)

    async def sign_in(token: str) -> str:
        fake.clock.push(timedelta(minutes=10))
        raise PermanentError("no such folder", fault=Fault.DESTINATION)

    with pytest.raises(PermanentError, match="folder"):
        await with_token(source, sign_in)
    assert len(fake.journal) == 1


# ---------------------------------------------------------------- refresh tokens that change


async def test_a_new_refresh_token_outlives_the_process(rotating: FakeProvider) -> None:
    notes, first = MemoryNotes(), rotating.let_in()
    for _ in range(3):
        await source_for(rotating, notes, refresh_token=first).token()
    assert [form["refresh_token"] == first for form in rotating.journal] == [True, False, False]
    [name] = notes.kept
    assert name.startswith("oauth:")
    assert first not in name


async def test_what_the_operator_writes_anew_counts_at_once(
    rotating: FakeProvider, tmp_path: Path
) -> None:
    notes, path = MemoryNotes(), tmp_path / "token"
    path.write_text(rotating.let_in())
    source = source_for(rotating, notes, refresh_token_file=path)
    await source.token()
    path.write_text(f"{rotating.let_in()}\n")
    rotating.clock.push(timedelta(hours=1))
    await source.token()
    assert rotating.journal[1]["refresh_token"] == path.read_text().strip()
    rotating.clock.push(timedelta(hours=1))
    await source.token()
    assert rotating.journal[2]["refresh_token"] != path.read_text().strip()


async def test_a_token_that_another_instance_used_up_is_looked_up_again(
    rotating: FakeProvider,
) -> None:
    notes, first = MemoryNotes(), rotating.let_in()
    late = source_for(rotating, Late(notes), refresh_token=first)
    await source_for(rotating, notes, refresh_token=first).token()
    assert rotating.takes(rotating.user, await late.token())


class Late(MemoryNotes):
    """Notes whose first reading comes too early."""

    def __init__(self, notes: MemoryNotes) -> None:
        super().__init__(kept=notes.kept)
        self._early = True

    async def recall(self, name: str) -> str:
        early, self._early = self._early, False
        return "" if early else await super().recall(name)


async def test_a_refresh_token_that_cannot_be_kept_is_kept_later(rotating: FakeProvider) -> None:
    notes, first = Full(), rotating.let_in()
    source = source_for(rotating, notes, refresh_token=first)
    await source.token()
    assert notes.kept == {}
    notes.full = False
    rotating.clock.push(timedelta(hours=1))
    await source.token()
    assert rotating.journal[1]["refresh_token"] != first
    assert await source_for(rotating, notes, refresh_token=first).token()


class Full(MemoryNotes):
    """Notes that take nothing for now."""

    full = True

    async def note(self, name: str, value: str) -> None:
        if self.full:
            raise TemporaryError("the disk is full")
        await super().note(name, value)


async def test_without_the_notes_no_refresh_token_is_used_up(rotating: FakeProvider) -> None:
    source = source_for(rotating, MemoryNotes(broken=True), refresh_token=rotating.let_in())
    assert "database" in (await failure(source)).words
    assert rotating.journal == []


async def test_who_gives_up_waiting_loses_no_refresh_token(rotating: FakeProvider) -> None:
    notes, first = MemoryNotes(), rotating.let_in()
    source = source_for(rotating, notes, refresh_token=first)

    async def wait() -> None:
        await source.token()

    waiting = spawn(wait(), "waiting")
    await asyncio.sleep(0)
    await stop(waiting)
    await source.settle()
    assert await source_for(rotating, notes, refresh_token=first).token()
    assert len(rotating.journal) == 2


# ---------------------------------------------------------------- failures


async def test_without_a_file_it_says_how_to_make_one(fake: FakeProvider, tmp_path: Path) -> None:
    command = "deskhand mail authorize --imap 1"
    path = tmp_path / "token"
    source = source_for(fake, refresh_token_file=path, command=command)
    error = await failure(source)
    assert error.words == (
        f"no refresh token in {path} (no such file or directory). Make one: `{command}`"
    )
    path.write_text(fake.let_in())
    fake.clock.push(timedelta(seconds=30))
    assert await source.token()


async def test_a_consent_that_ended_is_a_matter_of_the_operator(fake: FakeProvider) -> None:
    source = source_for(fake, refresh_token="rt-old", command="deskhand mail authorize --desk eu")
    error = await failure(source)
    assert isinstance(error, CannotSignIn)
    assert (error.fault, error.code) == (Fault.CREDENTIAL, "invalid_grant")
    wrong = "127.0.0.1 takes the refresh token no more"
    assert error.wrong == f"{wrong} (invalid_grant: FAKE7: invalid_grant of … and ….)"
    assert error.fix == "Make a new one: `deskhand mail authorize --desk eu`"


@pytest.mark.parametrize(
    ("changes", "code", "fix"),
    [
        ({"client_secret": "wrong"}, "invalid_client", "client secret"),
        ({"client_id": "other"}, "invalid_client", "client secret"),
        ({"scope": "everything"}, "invalid_scope", "scope"),
    ],
)
async def test_what_the_app_is_refused_names_the_setting(
    fake: FakeProvider, changes: dict[str, Any], code: str, fix: str
) -> None:
    error = await failure(source_for(fake, refresh_token=fake.let_in(), **changes))
    assert isinstance(error, CannotSignIn)
    assert error.code == code
    assert fix in error.fix


async def test_a_grant_the_provider_does_not_have(fake: FakeProvider) -> None:
    fake.grants = {"refresh_token"}
    error = await failure(source_for(fake))
    assert isinstance(error, CannotSignIn)
    assert "unsupported_grant_type" in error.wrong
    assert "client_id" in error.fix


async def test_an_app_by_itself_is_not_told_to_let_a_user_agree(fake: FakeProvider) -> None:
    fake.then(400, '{"error": "invalid_grant"}')
    assert "authorize" not in (await failure(source_for(fake))).words


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, "oops"),
        (503, '{"error": "temporarily_unavailable"}'),
        (429, '{"error": "slow_down"}'),
        (400, '{"error": "temporarily_unavailable"}'),
        (200, "<html>hello</html>"),
        (200, '["at-1"]'),
        (200, '{"token_type": "Bearer"}'),
        (200, '{"access_token": "two\\u0001parts"}'),
        (200, '{"access_token": "' + "a" * MAX_ANSWER + '"}'),
        (200, "[" * 60_000),
    ],
)
async def test_what_may_pass_is_tried_again(fake: FakeProvider, status: int, body: str) -> None:
    fake.then(status, body)
    source = source_for(fake)
    assert isinstance(await failure(source), TemporaryError)
    fake.clock.push(timedelta(seconds=5))
    assert await source.token()


async def test_the_endpoints_own_wait_is_kept(fake: FakeProvider) -> None:
    fake.then(429, '{"error": "slow_down"}', Retry_After="40")
    source = source_for(fake)
    error = await failure(source)
    assert isinstance(error, TemporaryError)
    assert error.retry_after == timedelta(seconds=40)
    fake.clock.push(timedelta(seconds=39))
    await failure(source)
    assert len(fake.journal) == 1


async def test_a_redirect_is_not_followed(fake: FakeProvider) -> None:
    fake.then(307, "", Location=f"{fake.url}/token")
    assert isinstance(await failure(source_for(fake)), CannotSignIn)
    assert len(fake.journal) == 1


async def test_an_endpoint_that_is_away_is_tried_again() -> None:
    async with provider() as fake:
        source = source_for(fake, timeout=1.0)
    error = await failure(source)
    assert isinstance(error, TemporaryError)
    assert error.words.startswith("no answer from 127.0.0.1")


async def test_an_endpoint_that_is_silent_is_not_waited_for() -> None:
    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(hold, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, provider() as fake:
        source = source_for(fake, token_url=f"http://127.0.0.1:{port}/", timeout=0.1)
        assert (await failure(source)).words == "127.0.0.1 did not answer in time"


async def test_a_refusal_is_not_asked_for_again_and_again(fake: FakeProvider) -> None:
    source = source_for(fake, refresh_token="rt-old")
    for _ in range(10):
        await failure(source)
    assert len(fake.journal) == 1


# ---------------------------------------------------------------- secrets


async def test_no_secret_is_in_words_logs_or_representations(
    rotating: FakeProvider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    notes, refresh = Full(), rotating.let_in()
    settings = settings_for(rotating, refresh_token=refresh)
    source = TokenSource(settings, notes, rotating.clock)
    await source.token()
    rotating.refresh_tokens.clear()
    rotating.clock.push(timedelta(hours=1))
    error = await failure(source)
    told = [error.words, repr(error), repr(settings), repr(vars(source)), caplog.text]
    used = {form["refresh_token"] for form in rotating.journal}
    assert not [s for s in (*rotating.secrets, *used) for text in told if s in text]
