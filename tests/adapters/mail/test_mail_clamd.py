"""C3: ClamAV's daemon is asked by its own protocol, within bounds of time and size."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.mail.clamd import CHUNK, Clamd, ClamdSettings
from bot.errors import PermanentError, TemporaryError
from tests.fakes.clamd import VERSION, FakeClamd


def asking(daemon: FakeClamd, timeout: float = 5.0) -> Clamd:
    """A client of that daemon."""
    if daemon.path is not None:
        return Clamd(ClamdSettings(path=str(daemon.path), timeout=timeout))
    return Clamd(ClamdSettings(host="127.0.0.1", port=daemon.port, timeout=timeout))


@pytest.mark.parametrize("length", [0, 1, CHUNK, 3 * CHUNK + 7])
async def test_c3_what_is_scanned_is_the_mail_byte_for_byte(length: int) -> None:
    raw = bytes(range(256)) * (length // 256) + bytes(length % 256)
    async with FakeClamd() as daemon:
        assert await asking(daemon).scan(raw) == ""
        assert daemon.streams == [raw]


async def test_c3_what_is_found_is_named() -> None:
    async with FakeClamd(signatures={b"bad": "Win.Test.EICAR_HDB-1"}) as daemon:
        assert await asking(daemon).scan(b"so bad it is") == "Win.Test.EICAR_HDB-1"


async def test_c3_it_is_asked_by_a_socket_too(tmp_path: Path) -> None:
    async with FakeClamd(path=tmp_path / "ctl") as daemon:
        assert await asking(daemon).answers()
        assert await asking(daemon).version() == VERSION


@pytest.mark.parametrize("length", [11, 40 * CHUNK])
async def test_c3_what_is_too_large_for_it_stays_so(length: int) -> None:
    async with FakeClamd(limit=10) as daemon:
        with pytest.raises(PermanentError, match="StreamMaxLength"):
            await asking(daemon).scan(bytes(length))


@pytest.mark.parametrize(
    ("daemon", "says"),
    [
        (FakeClamd(error="Can't allocate memory"), "Can't allocate memory"),
        (FakeClamd(cut=10), "broke the connection off"),
        (FakeClamd(silent={"zINSTREAM"}), "did not answer within 0.1 s"),
    ],
    ids=["an error", "cut", "silence"],
)
async def test_c3_what_it_cannot_tell_now_is_asked_again(daemon: FakeClamd, says: str) -> None:
    async with daemon:
        with pytest.raises(TemporaryError, match=says):
            await asking(daemon, timeout=0.1).scan(bytes(20 * CHUNK))
        assert await asking(daemon).answers()


async def test_c3_one_that_is_away_is_told_with_its_place() -> None:
    nobody = Clamd(ClamdSettings(path="/nowhere/clamd.ctl"))
    with pytest.raises(TemporaryError, match=r"unix:///nowhere/clamd\.ctl"):
        await nobody.scan(b"x")
    assert not await nobody.answers()
    with pytest.raises(TemporaryError, match=r"tcp://127\.0\.0\.1:1"):
        await Clamd(ClamdSettings(host="127.0.0.1", port=1)).version()


async def test_c3_what_it_says_is_one_short_line() -> None:
    async with FakeClamd(signatures={b"bad": "X\n\x1b[31m" + "y" * 1000}) as daemon:
        found = await asking(daemon).scan(b"bad")
    assert len(found) <= 200
    assert found.isprintable()
