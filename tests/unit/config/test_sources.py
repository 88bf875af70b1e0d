"""TOML, over it the environment, and secrets in files; paths stand beside the configuration."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.config.loading import load
from bot.config.problems import ConfigProblems
from bot.config.settings import Settings

TODAY = date(2026, 11, 21)
TOKEN = "d41d8cd98f00b204e9800998ecf8427e"
Load = Callable[..., Settings]


@pytest.fixture
def loaded(tmp_path: Path) -> Load:
    def from_text(text: str, environ: Mapping[str, str] | None = None) -> Settings:
        path = tmp_path / "deskhand.toml"
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        return load(path, environ or {}, TODAY)

    return from_text


def secret(value: SecretStr | None) -> str:
    assert value is not None
    return value.get_secret_value()


def problems(loaded: Load, text: str, environ: Mapping[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigProblems) as raised:
        loaded(text, environ)
    return [str(problem) for problem in raised.value.problems]


def test_the_environment_overrules_the_file(loaded: Load) -> None:
    settings = loaded("[service]\nname = 'Acme'\n", {"DESKHAND_SERVICE__NAME": "Beta"})
    assert settings.service.name == "Beta"


def test_without_a_file_the_environment_is_enough() -> None:
    settings = load(None, {"DESKHAND_HTTP__LISTEN": "127.0.0.1:0"}, TODAY)
    assert settings.public_url == "http://127.0.0.1:0"
    assert settings.service.data_dir == Path.cwd() / "var"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DESKHAND_DESKS__SALES__ADDRESSES", '["sales@example.com"]'),
        ("DESKHAND_DESKS__SALES", '{"addresses": ["sales@example.com"]}'),
        ("DESKHAND_DESKS", '{"sales": {"addresses": ["sales@example.com"]}}'),
    ],
)
def test_tables_and_lists_are_json_in_the_environment(loaded: Load, name: str, value: str) -> None:
    settings = loaded("[desks.sales]\nkey = 'S'\naddresses = ['a@b.example']", {name: value})
    assert settings.directory().desks["sales"].addresses == ("sales@example.com",)


def test_a_list_that_is_not_json_names_its_variable(loaded: Load) -> None:
    found = problems(loaded, "", {"DESKHAND_HTTP__TRUSTED_PROXIES": "10.0.0.0/8"})
    assert found == [
        "http.trusted_proxies (DESKHAND_HTTP__TRUSTED_PROXIES): the value is not JSON. "
        'Lists and tables are written as JSON there: ["one", "two"].'
    ]


def test_an_unknown_variable_is_a_problem_with_a_suggestion(loaded: Load) -> None:
    environ = {"DESKHAND_SLAK__BOT_TOKEN": "x", "DESKHAND_SERVICE__NAEM": "x"}
    assert problems(loaded, "", environ) == [
        "DESKHAND_SLAK__BOT_TOKEN: no setting has this name. "
        "Did you mean DESKHAND_SLACK__BOT_TOKEN?",
        "service.naem (DESKHAND_SERVICE__NAEM): there is no setting 'naem' here. "
        "Did you mean name?",
    ]


def test_variables_that_other_systems_set_are_ignored_with_a_warning(loaded: Load) -> None:
    environ = {"DESKHAND_PORT": "tcp://10.0.0.1:8025", "DESKHAND_CONFIG": "x", "OTHER": "y"}
    assert "DESKHAND_PORT" in [warning.path for warning in loaded("", environ).warnings]


def test_a_secret_may_be_in_a_file_wherever_it_may_stand(loaded: Load, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    settings = loaded(
        "[service]\nsecret_key_file = 'token'\n[discord]\ntoken_file = 'token'\n"
        "[mail.outbound]\nhost = 'h'\nusername = 'u'\npassword_file = 'token'\n"
        "[api]\ntokens = { ci_file = 'token' }\n[database]\nurl_file = 'url'\n",
        {"DESKHAND_DATABASE__URL": "sqlite://x.db"},
    )
    assert secret(settings.service.secret_key) == TOKEN
    assert secret(settings.api.tokens["ci"]) == TOKEN
    assert settings.database_url == f"sqlite://{tmp_path}/x.db"


def test_a_file_from_the_environment_replaces_the_secret_in_the_toml(
    loaded: Load, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text("fresh")
    environ = {"DESKHAND_DISCORD__TOKEN_FILE": str(tmp_path / "token")}
    settings = loaded("[discord]\ntoken = 'stale'", environ)
    assert settings.discord is not None
    assert secret(settings.discord.token) == "fresh"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("token = 'ab'\ntoken_file = 'secret'", "token and token_file are both given"),
        ("token_file = 'nowhere'", "cannot be read (No such file or directory)"),
        ("token_file = 'empty'", "holds no secret"),
        ("token_file = 5", "token_file must be the path of a file"),
        ('token_file = "a\\u0000b"', "cannot be read (it is not text)"),
    ],
)
def test_a_secret_file_that_gives_no_secret_is_one_problem(
    loaded: Load, tmp_path: Path, text: str, words: str
) -> None:
    (tmp_path / "secret").write_text("secret-of-discord")
    (tmp_path / "empty").write_text("\n")
    (found,) = problems(loaded, f"[discord]\n{text}")
    assert found.startswith("discord.token (line 2): ")
    assert words in found


def test_no_secret_is_in_the_representation_of_the_settings(loaded: Load) -> None:
    settings = loaded(
        f"[service]\nsecret_key = '{TOKEN}'\n[api]\ntokens = {{ ci = '{TOKEN[1:]}' }}\n"
        f"[intakes.a]\nkind = 'generic'\ntoken = '{TOKEN[2:]}'\n"
        "[database]\nurl = 'postgres://u:hunter2@h/d'\n[mail.outbound]\nhost = 'h'\n"
        f"username = 'u'\npassword = '{TOKEN[3:]}'\n"
    )
    shown = f"{settings!r}{settings}{settings.directory()!r}{settings.warnings!r}"
    assert TOKEN[3:] not in shown
    assert "hunter2" not in shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "sqlite://{folder}/var/deskhand.db"),
        ("[service]\ndata_dir = '/srv/desk'", "sqlite:///srv/desk/deskhand.db"),
        ("[database]\nurl = 'sqlite://data/d.db'", "sqlite://{folder}/data/d.db"),
        ("[database]\nurl = 'sqlite:///srv/d.db'", "sqlite:///srv/d.db"),
        ("[database]\nurl = 'sqlite://:memory:'", "sqlite://:memory:"),
        ("[database]\nurl = 'postgres://u@h/d'", "postgres://u@h/d"),
    ],
)
def test_an_sqlite_file_lies_beside_the_configuration(
    loaded: Load, tmp_path: Path, text: str, expected: str
) -> None:
    assert loaded(text).database_url == expected.format(folder=tmp_path)


def test_certificates_are_found_beside_the_configuration(loaded: Load, tmp_path: Path) -> None:
    (tmp_path / "cert.pem").touch()
    (tmp_path / "key.pem").touch()
    settings = loaded("[mail.intake]\ntls_cert = 'cert.pem'\ntls_key = 'key.pem'")
    assert settings.mail.intake.tls_cert == tmp_path / "cert.pem"
