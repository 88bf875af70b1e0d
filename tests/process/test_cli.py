"""The commands an operator types: what they print, and their exit codes."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.ports import Arrival
from storage.database import Database
from storage.migrate import migrate
from storage.queues.inbox import SqlInbox

ROOT = Path(__file__).parents[2]
DESK = """
[mail.intake]
listen = "127.0.0.1:1"
[people.ana]
name = "Ana"
roles = ["agent"]
[desks.support]
key = "SUP"
addresses = ["support@shop.example"]
channels = ["console:support"]
"""

ANSWERS = "Help\nhelp@shop.example\nHLP\nAna\nana@shop.example\nEurope/Vienna\n\n"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "deskhand.toml"
    path.write_text(DESK, encoding="utf-8")
    path.chmod(0o600)
    return path


def deskhand(*words: str | Path, typed: str = "") -> Result:
    return CliRunner().invoke(app, [str(word) for word in words], input=typed)


def park(config: Path, raw: bytes, outcome: str = "quarantined", detail: str = "too deep") -> None:
    """Put one unreadable mail into quarantine."""

    async def work() -> None:
        database = await Database.open(f"sqlite://{config.parent}/var/deskhand.db")
        await migrate(database)
        await database.execute(
            "INSERT INTO inbox (kind, source, key, raw, size, meta, search, received_at, state,"
            " outcome, detail) VALUES ('mail', 'mail', 'k', ?, 4, ?, '', 0, 'quarantined', ?, ?)",
            (raw, json.dumps({"from": "maria@acme.example"}), outcome, detail),
        )
        await database.close()

    asyncio.run(work())


def test_the_example_configuration_is_fine() -> None:
    result = deskhand("check", "--config", ROOT / "config.example.toml")
    assert (result.exit_code, "fine" in result.output) == (0, True)


def test_every_mistake_is_named_at_once(config: Path) -> None:
    text = DESK.replace('"SUP"', '"S U P"').replace("support@shop.example", "nobody")
    config.write_text(text + 'sla = "gold"\nchanels = []\n')
    result = deskhand("check", "--config", config)
    assert result.exit_code == 2
    for key in ("desks.support.key", "addresses", "desks.support.sla", "chanels"):
        assert key in result.output


def test_without_a_configuration_it_says_how_to_make_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = deskhand("check")
    assert (result.exit_code, "deskhand init" in result.output) == (2, True)


def test_init_writes_a_configuration_that_passes(tmp_path: Path) -> None:
    path = tmp_path / "deskhand.toml"
    assert deskhand("init", "--output", path, typed=f"{ANSWERS}\n\n").exit_code == 0
    assert path.stat().st_mode & 0o777 == 0o600
    assert deskhand("check", "--config", path).exit_code == 0
    assert [file.name for file in tmp_path.iterdir()] == ["deskhand.toml"]


def test_init_writes_the_slack_manifest_of_the_desk(tmp_path: Path) -> None:
    path = tmp_path / "deskhand.toml"
    result = deskhand("init", "--output", path, typed=f"{ANSWERS}y\n\n")
    assert "Create New App, From a manifest: slack-manifest.yaml" in result.output
    written = (tmp_path / "slack-manifest.yaml").read_text()
    assert written == deskhand("manifest", "slack", "--config", path).output
    assert 'name: "Help"' in written


def test_init_writes_and_prints_the_discord_invite(tmp_path: Path) -> None:
    path = tmp_path / "deskhand.toml"
    result = deskhand("init", "--output", path, typed=f"{ANSWERS}\n12x\n123456\n")
    assert "an application's id is a number" in result.output
    link, *_ = (tmp_path / "discord-invite.txt").read_text().splitlines()
    assert link == deskhand("invite", "discord", "--application", "123456").stdout.strip()
    assert link in result.output


def test_init_overwrites_a_manifest_only_by_force(tmp_path: Path) -> None:
    manifest, typed = tmp_path / "slack-manifest.yaml", f"{ANSWERS}y\n\n"
    manifest.write_text("mine")
    config = tmp_path / "deskhand.toml"
    assert deskhand("init", "--output", config, typed=typed).exit_code == 2
    assert (manifest.read_text(), config.exists()) == ("mine", False)
    assert deskhand("init", "--output", config, "--force", typed=typed).exit_code == 0
    assert manifest.read_text() != "mine"


def test_init_asks_again_for_what_the_configuration_would_not_take(tmp_path: Path) -> None:
    path = tmp_path / "deskhand.toml"
    desk = ["Help", "nowhere", "help@shop.example", "inc", "hlp"]
    person = ["Ana", "ana@", "ana@shop.example", "Mars", "UTC"]
    rest = ["smtp.shop.example:587", "smtp.shop.example", "", "", ""]
    result = deskhand("init", "--output", path, typed="\n".join([*desk, *person, *rest]))
    for refused in ("'nowhere' is no mail", "INC is for", "no time zone 'Mars'", "has a port"):
        assert refused in result.output
    assert deskhand("check", "--config", path).exit_code == 0


def test_init_without_anybody_to_ask_writes_nothing(tmp_path: Path) -> None:
    result = deskhand("init", "--output", tmp_path / "deskhand.toml", typed="Help\n")
    assert (result.exit_code, "in a terminal" in result.output) == (2, True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("where", "words"), [("nowhere/deskhand.toml", "there is no folder"), (".", "is a folder")]
)
def test_init_says_first_where_it_cannot_write(tmp_path: Path, where: str, words: str) -> None:
    result = deskhand("init", "--force", "--output", tmp_path / where)
    assert (result.exit_code, words in result.output) == (2, True)


def test_init_does_not_overwrite(config: Path) -> None:
    assert deskhand("init", "--output", config).exit_code == 2
    assert config.read_text() == DESK


def test_a_file_that_is_not_there_is_a_problem_in_json_too(tmp_path: Path) -> None:
    result = deskhand("check", "--config", tmp_path / "none.toml", "--json")
    (problem,) = json.loads(result.stdout)["problems"]
    assert (result.exit_code, "there is no such file" in problem) == (2, True)


def test_a_configuration_may_begin_with_a_byte_order_mark(config: Path) -> None:
    config.write_bytes(b"\xef\xbb\xbf" + DESK.replace("\n", "\r\n").encode())
    assert deskhand("check", "--config", config).exit_code == 0


def test_the_demo_says_where_it_cannot_listen() -> None:
    result = deskhand("demo", "--http", "nowhere")
    assert (result.exit_code, "'nowhere' is no place to listen" in result.output) == (2, True)


def test_migrate_brings_a_new_database_up_and_then_has_nothing_to_do(config: Path) -> None:
    assert "0001_queues" in deskhand("migrate", "--config", config).output
    assert "up to date" in deskhand("migrate", "--config", config).output


def test_a_database_that_is_too_old_is_not_read(config: Path) -> None:
    result = deskhand("quarantine", "list", "--config", config)
    assert (result.exit_code, "deskhand migrate" in result.output) == (3, True)


@pytest.mark.parametrize("command", ["quarantine show", "quarantine drop", "outbox replay"])
@pytest.mark.parametrize("row", ["0", "99999999999999999999"])
def test_a_row_that_no_database_has_is_a_mistake_of_usage(
    config: Path, command: str, row: str
) -> None:
    assert deskhand(*command.split(), row, "--config", config).exit_code == 2


def test_quarantine_is_listed_shown_replayed_and_dropped(config: Path) -> None:
    park(config, b"raw!")
    (row,) = json.loads(deskhand("quarantine", "list", "--json", "--config", config).output)
    assert (row["from"], row["detail"]) == ("maria@acme.example", "too deep")
    shown = deskhand("quarantine", "show", str(row["id"]), "--config", config)
    assert (shown.stdout, "too deep" in shown.stderr) == ("raw!", True)
    assert deskhand("quarantine", "replay", str(row["id"]), "--config", config).exit_code == 0
    assert deskhand("quarantine", "drop", str(row["id"]), "--config", config).exit_code == 1


def test_c3_an_infected_mail_is_named_and_replayed_only_on_demand(config: Path) -> None:
    park(config, b"raw!", "infected", "infected: Eicar-Signature")
    shown = deskhand("quarantine", "show", "1", "--config", config)
    assert (shown.stdout, "✗ infected" in shown.stderr) == ("raw!", True)
    refused = deskhand("quarantine", "replay", "1", "--config", config)
    assert (refused.exit_code, "replay 1 --infected" in refused.stderr) == (1, True)
    sure = deskhand("quarantine", "replay", "1", "--infected", "--config", config)
    assert sure.exit_code == 0


def test_mail_trace_finds_by_words(config: Path) -> None:
    async def work() -> None:
        database = await Database.open(f"sqlite://{config.parent}/var/deskhand.db")
        await migrate(database)
        meta = {"from": "maria@acme.example", "subject": "Wrong VAT"}
        arrival = Arrival(source="mail", key="1", raw=b"x", meta=meta)
        await SqlInbox(database).accept(arrival)
        await database.close()

    asyncio.run(work())
    found = json.loads(deskhand("mail", "trace", "vat", "--json", "--config", config).output)
    assert [row["subject"] for row in found] == ["Wrong VAT"]
    assert deskhand("mail", "trace", "nothing", "--config", config).output.strip() == (
        "No mail matches."
    )


def test_doctor_names_what_is_missing_and_its_fix(config: Path) -> None:
    result = deskhand("doctor", "--json", "--config", config)
    parts = {finding["part"]: finding for finding in json.loads(result.output)}
    assert parts["mail out"]["mark"] == "care"
    assert parts["mail out"]["fix"] == "Set [mail.outbound] host."


def test_a_console_link_signs_in_somebody_who_is_configured(config: Path) -> None:
    assert "/console/login?token=" in deskhand("console-link", "ana", "--config", config).output
    assert deskhand("console-link", "zoe", "--config", config).exit_code == 2


def test_an_unknown_outbox_state_is_a_usage_error(config: Path) -> None:
    assert deskhand("outbox", "list", "--state", "lost", "--config", config).exit_code == 2


def test_healthcheck_fails_where_nothing_runs(config: Path) -> None:
    config.write_text(DESK + '[http]\nlisten = "127.0.0.1:1"\n')
    assert deskhand("healthcheck", "--config", config).exit_code == 1


def test_the_mail_ledger_balances(config: Path) -> None:
    park(config, b"nonsense")
    found = deskhand("mail", "ledger", "--days", "3650", "-c", config, "--json")
    assert json.loads(found.output)["balanced"] is True
    assert deskhand("mail", "ledger", "-c", config).output.startswith("0 received = 0 tickets")


def test_old_mail_is_imported_once(config: Path, tmp_path: Path) -> None:
    old = tmp_path / "old.mbox"
    old.write_bytes(b"From x\nFrom: Maria <maria@acme.example>\nSubject: Old\n\nHello\n")
    deskhand("migrate", "-c", config)
    first = deskhand("import", "mbox", old, "--desk", "support", "-c", config, "--json")
    assert json.loads(first.stdout) == {"imported": 1}
    again = deskhand("import", "mbox", old, "--desk", "support", "-c", config)
    assert (again.exit_code, again.stdout) == (0, "1 known\n")


def test_what_is_no_mbox_or_no_desk_is_refused(config: Path, tmp_path: Path) -> None:
    deskhand("migrate", "-c", config)
    bad = tmp_path / "bad.mbox"
    bad.write_bytes(b"Subject: x\n\n")
    assert deskhand("import", "mbox", bad, "--desk", "support", "-c", config).exit_code == 2
    assert deskhand("import", "mbox", bad, "--desk", "sales", "-c", config).exit_code == 2
    assert deskhand("mail", "verify", "sales", "-c", config).exit_code == 2


def test_a_check_needs_a_smarthost(config: Path) -> None:
    deskhand("migrate", "-c", config)
    found = deskhand("mail", "verify", "support", "-c", config)
    assert (found.exit_code, "has no smarthost" in found.output) == (1, True)
