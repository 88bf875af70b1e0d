"""Files out of Slack: only from Slack, only so large, and the token nowhere else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from adapters.slack.api.budgets import Budgets
from adapters.slack.api.client import SlackClient
from adapters.slack.api.files import SlackFiles
from adapters.slack.settings import SlackSettings
from bot.clock import ManualClock
from bot.domain.mail import Attachment
from bot.errors import Fault, PermanentError, TemporaryError
from tests.fakes.slack import FakeSlack, failing
from tests.fakes.slack.methods_files import stored


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack(ManualClock(datetime(2026, 11, 21, 9, 0, tzinfo=UTC))) as fake:
        fake.add_user("ana")
        fake.add_channel("desk", ["ana"])
        yield fake


@pytest.fixture
async def files(slack: FakeSlack) -> AsyncIterator[SlackFiles]:
    settings = SlackSettings(bot_token=slack.bot_token, api_url=slack.api_url)
    client = SlackClient(settings, Budgets(slack.workspace.clock))
    await client.start()

    async def load(_: int) -> Attachment | None:
        return None

    yield SlackFiles(client, load)
    await client.close()


def shared(slack: FakeSlack, content: bytes, name: str = "shot.png") -> str:
    """The private address of a file that Ana shared."""
    return stored(slack.workspace, name, "UANA", content).url


async def test_a_shared_file_is_fetched(slack: FakeSlack, files: SlackFiles) -> None:
    found = await files.download(shared(slack, b"\x89PNG"), "shot.png")
    assert found == Attachment(name="shot.png", content_type="image/png", content=b"\x89PNG")


async def test_a_file_that_is_too_large_is_refused(slack: FakeSlack, files: SlackFiles) -> None:
    with pytest.raises(PermanentError, match="larger than"):
        await files.download(shared(slack, b"x" * 5000), "shot.png", limit=4096)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/files-pri/T1-F1/a.png",
        "https://files.slack.com.evil.example/a",
        "http://files.slack.com/a",
        "https://files.slack.com@evil.example/a",
        "file:///etc/passwd",
        "http://169.254.169.254/latest/meta-data",
        "",
    ],
)
async def test_the_token_goes_nowhere_else(files: SlackFiles, url: str) -> None:
    with pytest.raises(PermanentError) as refused:
        await files.download(url, "a.png")
    assert refused.value.code == "foreign_host"


async def test_a_sign_in_page_is_no_file(slack: FakeSlack, files: SlackFiles) -> None:
    slack.workspace.scopes.discard("files:read")
    with pytest.raises(PermanentError) as refused:
        await files.download(shared(slack, b"x"), "a.png")
    assert refused.value.fault is Fault.CREDENTIAL


async def test_a_failure_on_slacks_side_passes(slack: FakeSlack, files: SlackFiles) -> None:
    slack.faults.then("download", failing(503))
    with pytest.raises(TemporaryError):
        await files.download(shared(slack, b"x"), "a.png")


async def test_a_name_cannot_lead_into_folders(slack: FakeSlack, files: SlackFiles) -> None:
    found = await files.download(shared(slack, b"x"), "../..\\\u202egpj.exe\x00")
    assert found.name == ".._.._gpj.exe"


async def test_one_file_is_put_into_a_channel(slack: FakeSlack, files: SlackFiles) -> None:
    pdf = Attachment(name="a.pdf", content_type="application/pdf", content=b"%PDF")
    id_ = await files.upload("CDESK", "", pdf)
    assert slack.last("desk").files[0].id == id_
    assert slack.workspace.files[id_].content == b"%PDF"
