"""C3: the doctor tries the virus scanner: that it is there, finds, and takes all mail."""

from __future__ import annotations

from pathlib import Path

from bot.config.tables.mail import MailIntake
from bot.config.values import Socket
from bot.operate.examining.viruses import eicar, examine_scanner
from tests.fakes.clamd import FakeClamd


async def findings(port: int, limit: int = 65_536) -> list[str]:
    place = Socket(host="127.0.0.1", port=port)
    intake = MailIntake(antivirus=place, max_message_bytes=limit)
    return [f"{f.mark} {f.words}" async for f in examine_scanner(intake)]


async def test_c3_the_doctor_tries_all_of_it() -> None:
    fresh = "ClamAV 1.4.1/27460/Thu Jan 1 09:30:00 2099"
    async with FakeClamd(signatures={eicar(): "Eicar-Signature"}, version=fresh) as daemon:
        assert await findings(daemon.port) == [
            f"✓ {fresh}",
            "✓ finds the test virus (Eicar-Signature)",
            "✓ takes mails of up to 65536 bytes",
        ]
        assert daemon.commands == ["zVERSION", "zINSTREAM", "zINSTREAM"]


async def test_c3_the_doctor_tells_what_is_wrong_with_it() -> None:
    old = "ClamAV 1.4.1/27460/Sat Jan 1 09:30:00 2022"
    async with FakeClamd(limit=1000, version=old) as daemon:
        found = await findings(daemon.port)
    assert [line[0] for line in found] == ["!", "✗", "✗"]
    assert "does not take a mail of 65536 bytes" in found[2]


async def test_c3_one_without_signatures_or_away_is_told() -> None:
    async with FakeClamd(version="ClamAV 1.4.1") as daemon:
        assert "it names no signatures" in (await findings(daemon.port))[0]
    (away,) = await findings(1)
    assert away == "✗ the virus scanner cannot be reached at tcp://127.0.0.1:1"


async def test_without_a_scanner_there_is_nothing_to_try() -> None:
    assert [f async for f in examine_scanner(MailIntake())] == []


def test_the_test_virus_is_whole_only_when_it_is_made() -> None:
    assert len(eicar()) == 68
    for path in Path(examine_scanner.__code__.co_filename).parent.glob("*.py"):
        assert eicar() not in path.read_bytes()
