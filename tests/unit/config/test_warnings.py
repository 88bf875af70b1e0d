"""What can be used, but hardly works as it is meant."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot.config.loading import load

TODAY = date(2026, 11, 21)
DESK = (
    "[mail.outbound]\nhost = 'localhost'\n[people.ana]\nroles = ['agent']\n"
    "[desks.a]\nkey = 'A'\naddresses = ['a@b.example']\nchannels = ['console:a']\n"
)
RESPONDS = DESK.replace("['agent']", "['agent', 'responder']")
TOKEN = "d41d8cd98f00b204e9800998ecf8427e"


def warned(tmp_path: Path, text: str, mode: int = 0o640) -> list[str]:
    path = tmp_path / "deskhand.toml"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return [warning.path for warning in load(path, {}, TODAY).warnings]


def test_a_sound_configuration_has_no_warning(tmp_path: Path) -> None:
    assert warned(tmp_path, DESK) == []


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (DESK.replace("[mail.outbound]\nhost = 'localhost'\n", ""), "mail.outbound"),
        (DESK.replace("'localhost'", "'h.example'\ntls = 'none'"), "mail.outbound.tls"),
        (f"{DESK}[mail.intake]\njudges = ['mx.b.example']", "mail.intake.judges"),
        (DESK.replace("['agent']", "['responder']"), "desks.a"),
        (DESK.replace("channels = ['console:a']\n", ""), "desks.a.channels"),
        ("[mail.outbound]\nhost = 'localhost'", "desks"),
        (f"{DESK}[intakes.a]\nkind = 'generic'\ntoken = '{TOKEN}'", "intakes.a"),
        (f"{DESK}[services.a]", "services.a"),
        (DESK.replace("[desks", "contact = ['sms:+431']\n[desks"), "people.ana.contact"),
        (f"{DESK}[people.zoe]\nemail = 'zoe@b.example'\nmails = 'mine'", "people.zoe.mails"),
        (f"{RESPONDS}[escalations.a]\nsteps = [{{page = ['person:ana']}}]", "escalations.a"),
        (f"{DESK}[schedules.a]\nlayers = [{{people = ['ana']}}]", "people.ana.roles"),
        (
            f"{DESK}[escalations.a]\ncatch_all = 'person:ana'\nsteps = [{{page = ['person:ana']}}]",
            "people.ana.roles",
        ),
        (
            f"{RESPONDS}[escalations.a]\ncatch_all = 'person:ana'\n"
            "steps = [{page = ['person:ana'], after = '5s'}]",
            "escalations.a.steps[0].after",
        ),
        (f"{DESK}[database]\nurl = 'postgres://u:p@h/d'", "service.secret_key"),
        (f"{DESK}[[rules]]\nname = 'x'\non = ['ticket.created']\ndo = ['tag vip']", "rules"),
    ],
)
def test_what_hardly_works_is_warned_of(tmp_path: Path, text: str, path: str) -> None:
    assert warned(tmp_path, text) == [path]


@pytest.mark.parametrize("name", ["@ana", "ana", "C024BE91L", "u024be7lh"])
def test_a_name_is_no_member_id(tmp_path: Path, name: str) -> None:
    text = (
        f"{DESK}[slack]\nbot_token = 'xoxb-1'\napp_token = 'xapp-1'\n[people.zoe]\nslack = '{name}'"
    )
    assert warned(tmp_path, text) == ["people.zoe.slack"]


@pytest.mark.parametrize(
    ("name", "wrong"), [("#support", True), ("U024BE7LH", True), ("C024", False)]
)
def test_a_name_is_no_channel_id(tmp_path: Path, name: str, wrong: bool) -> None:
    slack = "[slack]\nbot_token = 'xoxb-1'\napp_token = 'xapp-1'"
    text = f"{DESK}{slack}\n[services.web]\nescalation = ''\nchannels = ['slack:{name}']"
    assert ("services.web.channels[0]" in warned(tmp_path, text)) is wrong


def test_slack_by_http_wants_https(tmp_path: Path) -> None:
    slack = f"[slack]\nmode = 'http'\nbot_token = 'xoxb-1-2'\nsigning_secret = '{TOKEN}'"
    assert warned(tmp_path, f"{DESK}{slack}") == ["slack.mode"]


@pytest.mark.parametrize(
    ("secret", "mode", "expected"),
    [
        (f"[service]\nsecret_key = '{TOKEN}'", 0o644, True),
        (f"[service]\nsecret_key = '{TOKEN}'", 0o640, False),
        ("[service]\nname = 'Acme'", 0o644, False),
        ("[database]\nurl = 'sqlite://x.db'", 0o644, False),
        ("[database]\nurl = 'postgres://u:hunter2@h/d'", 0o644, True),
        (f"[api]\ntokens = {{ ci = '{TOKEN}' }}", 0o644, True),
    ],
)
def test_a_file_with_secrets_is_not_for_everybody(
    tmp_path: Path, secret: str, mode: int, expected: bool
) -> None:
    found = warned(tmp_path, f"{secret}\n{DESK}", mode)
    assert (str(tmp_path / "deskhand.toml") in found) is expected


def test_a_confidential_service_that_nobody_would_know_of_is_warned_of(tmp_path: Path) -> None:
    secret = f"{DESK}[services.a]\nconfidential = true\n"
    assert warned(tmp_path, secret) == ["services.a", "services.a.confidential"]
    with_admin = secret.replace("['agent']", "['agent', 'admin']")
    assert warned(tmp_path, with_admin) == ["services.a"]
