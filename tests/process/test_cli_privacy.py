"""`deskhand export person` and `deskhand erase person`: what they write, print and ask."""

from __future__ import annotations

import asyncio
import json
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from bot.config.loading import load
from bot.operate.privacy import open_office
from storage.database import Database
from storage.migrate import migrate
from tests.process.test_cli import config, deskhand
from tests.scenario.canaries import ADDRESS, FILE, PERSON
from tests.scenario.world import MONDAY, World

__all__ = ["config"]


@pytest.fixture
def desk(config: Path) -> Path:
    """A desk that a customer has written to; its configuration."""

    async def work() -> None:
        database = await Database.open(f"sqlite://{config.parent}/var/deskhand.db")
        await migrate(database)
        world = World(database, load(config, {}, MONDAY.date()).directory())
        await world.mail("About tungsten", sender=PERSON, subject="Xylophone", files=[FILE])
        await database.close()

    asyncio.run(work())
    return config


def person(verb: str, desk: Path, *more: str | Path, typed: str = "") -> Any:
    return deskhand(verb, "person", ADDRESS, *more, "--config", desk, typed=typed)


def modes(path: Path) -> set[int]:
    return {each.stat().st_mode & 0o777 for each in path.rglob("*") if each.is_file()}


def test_a_folder_holds_everything_and_a_manifest_of_it(desk: Path, tmp_path: Path) -> None:
    folder = tmp_path / "hers"
    result = person("export", desk, "-o", folder, "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["records"] == {"tickets": 1, "messages": 1, "mails": 2}
    manifest = json.loads((folder / "manifest.json").read_text())
    for file in manifest["files"]:
        content = (folder / file["path"]).read_bytes()
        assert (sha256(content).hexdigest(), len(content)) == (file["sha256"], file["size"])
    paths = {file["path"] for file in manifest["files"]}
    assert paths >= {"tickets.jsonl", "messages.jsonl", "mails.jsonl", "mails/1.eml"}
    message = json.loads((folder / "messages.jsonl").read_text())
    assert (folder / message["files"][0]).read_bytes() == FILE.content
    assert (modes(folder), folder.stat().st_mode & 0o777) == ({0o600}, 0o700)


def test_a_zip_is_one_file_for_its_owner_alone(
    desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert person("export", desk).exit_code == 0
    path = tmp_path / f"export-{ADDRESS}.zip"
    assert path.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert "manifest.json" in archive.namelist()


def test_nothing_is_ever_written_over(desk: Path, tmp_path: Path) -> None:
    taken = tmp_path / "taken.zip"
    taken.write_text("mine")
    result = person("export", desk, "-o", taken)
    assert (result.exit_code, taken.read_text()) == (2, "mine")
    assert "is there already" in result.output


def test_who_is_not_known_is_told_by_the_exit_code(desk: Path, tmp_path: Path) -> None:
    words = ("person", "nobody@acme.example", "--config", desk)
    assert deskhand("export", *words, "-o", tmp_path / "x").exit_code == 1
    result = deskhand("erase", *words, "--yes")
    assert (result.exit_code, "Nothing is known" in result.output) == (1, True)


def test_what_would_go_is_shown_and_nothing_happens(desk: Path) -> None:
    for more, typed in ((("--dry-run",), ""), ((), "\n"), ((), "other@acme.example\n"), ((), "")):
        result = person("erase", desk, *more, typed=typed)
        assert (result.exit_code, "Nothing was erased." in result.output) == (0, True)
        assert "1 ticket of their own" in result.output
    known = json.loads(person("erase", desk, "--json").stdout)
    assert (known["erased"], known["known"]["own"]) == (False, ["SUP-1"])


def test_who_types_the_address_again_means_it(desk: Path) -> None:
    result = person("erase", desk, typed=f"{ADDRESS}\n")
    assert result.exit_code == 0, result.output
    assert "In their place stands “erased person 1”" in result.output
    assert "Backups" in result.output
    assert b"tungsten" not in (desk.parent / "var/deskhand.db").read_bytes()
    assert person("erase", desk, "--yes").exit_code == 1


def interrupt(desk: Path) -> None:
    """Somebody began to erase them, and was killed after the first step."""

    async def work() -> None:
        settings = load(desk, {}, MONDAY.date())
        async with open_office(settings, "a secret of sixteen bytes") as office:
            steps = office.erasing.steps(await office.erasing.begin(ADDRESS, "ops"))
            await anext(steps)

    asyncio.run(work())


def test_the_next_call_goes_on_with_what_was_interrupted(desk: Path) -> None:
    interrupt(desk)
    assert person("erase", desk, "--dry-run").exit_code == 0
    assert b"tungsten" in (desk.parent / "var/deskhand.db").read_bytes()
    result = person("erase", desk)
    assert (result.exit_code, "it went on as “erased person 1”" in result.output) == (0, True)
    assert b"tungsten" not in (desk.parent / "var/deskhand.db").read_bytes()


def test_a_script_says_yes_and_reads_json(desk: Path) -> None:
    result = person("erase", desk, "--yes", "--json")
    told = json.loads(result.stdout)
    assert (result.exit_code, told["erased"], told["person"]) == (0, True, "erased person 1")
    assert told["changed"]["tickets"] > 0


def test_the_team_and_the_desks_are_refused(desk: Path) -> None:
    result = deskhand("erase", "person", "support@shop.example", "--yes", "--config", desk)
    assert (result.exit_code, "desk's own address" in result.output) == (2, True)
