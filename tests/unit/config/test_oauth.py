"""`oauth = {…}`: what is missing, given twice or unsafe, and what a provider fills in."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot.config.accounts import accounts
from bot.config.loading import load
from bot.config.problems import ConfigProblems
from bot.config.settings import Settings
from bot.wiring.signing_in import oauth_settings

TODAY = date(2026, 11, 21)
DESK = """
[people.ana]
roles = ["agent"]
[desks.support]
key = "SUP"
addresses = ["a@b.example"]
channels = ["console:a"]
smtp = { host = "localhost" }
"""
IMAP = DESK + '[[mail.imap]]\nhost = "h.example"\nusername = "u@b.example"\ndesk = "support"\n'
OUT = DESK + '[mail.outbound]\nhost = "h.example"\n'
GOOGLE = 'provider = "google", client_id = "app", refresh_token_file = "token"'
MICROSOFT = 'provider = "microsoft", client_id = "app", refresh_token_file = "token"'


def loaded(folder: Path, text: str) -> Settings:
    path = folder / "deskhand.toml"
    path.write_text(text, encoding="utf-8")
    return load(path, {}, TODAY)


def problems(folder: Path, text: str) -> dict[str, str]:
    with pytest.raises(ConfigProblems) as raised:
        loaded(folder, text)
    return {problem.path: f"{problem.words}. {problem.hint}" for problem in raised.value.problems}


@pytest.mark.parametrize(
    ("text", "path", "words"),
    [
        (IMAP, "mail.imap[0].password", "so is oauth"),
        (f"{IMAP}password = 'hunter2'\noauth = {{ {GOOGLE} }}", "mail.imap[0].oauth", "both given"),
        (f"{OUT}oauth = {{ {GOOGLE} }}", "mail.outbound.username", "beside oauth"),
        (f"{OUT}password = 'hunter2'", "mail.outbound.username", "beside password"),
        (f"{OUT}username = 'u'", "mail.outbound.password", "beside username"),
        (
            f"{OUT}username = 'u'\ntls = 'none'\noauth = {{ {GOOGLE} }}",
            "mail.outbound.tls",
            "without encryption",
        ),
        (
            OUT.replace('"localhost"', f'"localhost", username = "u", oauth = {{ {MICROSOFT} }}'),
            "desks.support.smtp.oauth.tenant",
            "tenant is missing",
        ),
    ],
)
def test_an_account_has_one_way_in(tmp_path: Path, text: str, path: str, words: str) -> None:
    found = problems(tmp_path, text)
    assert [*found] == [path]
    assert words in found[path]


@pytest.mark.parametrize(
    ("oauth", "key", "words"),
    [
        ("client_id = 'app', refresh_token = 'rt-1'", "token_url", "so is provider"),
        (MICROSOFT, "tenant", "needs it"),
        (f"{GOOGLE}, tenant = 'x'", "tenant", "only provider microsoft"),
        (f"{MICROSOFT}, tenant = '../x'", "tenant", "no directory"),
        (f"{GOOGLE}, refresh_token = 'rt-1'", "refresh_token_file", "both given"),
        (f"{GOOGLE}, client_secret = ''", "client_secret", "empty"),
        (f"{GOOGLE}, token_uri = 'https://x.example'", "token_uri", "Did you mean token_url"),
        (f"{GOOGLE}, refresh_token_fil = 'x'", "refresh_token_fil", "refresh_token_file?"),
        (
            "provider = 'gogle', client_id = 'a', refresh_token_file = 'x'",
            "provider",
            "Did you mean google",
        ),
        ("provider = 'google', refresh_token_file = 'x'", "client_id", "client_id is missing"),
        (
            "provider = 'google', client_id = 'app', client_secret = 's1'",
            "refresh_token_file",
            "google needs it",
        ),
        (
            "token_url = 'https://x.example/token', client_id = 'app'",
            "refresh_token_file",
            "deskhand mail authorize",
        ),
        (
            "provider = 'microsoft', tenant = 'common', client_id = 'app', client_secret = 's1'",
            "tenant",
            "one directory only",
        ),
        (f"{GOOGLE}, token_url = 'http://x.example/'", "token_url", "without encryption"),
        (f"{GOOGLE}, device_url = 'ftp://x.example/'", "device_url", "no web address"),
        (f"{GOOGLE}, authorize_url = 'x.example'", "authorize_url", "no web address"),
    ],
)
def test_oauth_is_whole_and_safe(tmp_path: Path, oauth: str, key: str, words: str) -> None:
    found = problems(tmp_path, f"{IMAP}oauth = {{ {oauth} }}")
    assert words in found.pop(f"mail.imap[0].oauth.{key}")
    assert set(found) <= {"mail.imap[0].oauth.token_url"}


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "[::1]:1"])
def test_this_machine_alone_needs_no_https(tmp_path: Path, host: str) -> None:
    text = f"{IMAP}oauth = {{ {GOOGLE}, token_url = 'http://{host}/token/' }}"
    [box] = loaded(tmp_path, text).mail.imap
    assert box.oauth is not None
    assert box.oauth.token_url == f"http://{host}/token/"


def test_a_token_that_nobody_made_yet_is_warned_of_with_the_command(tmp_path: Path) -> None:
    text = f"{IMAP}oauth = {{ {GOOGLE} }}"
    found = {w.path: w.hint for w in loaded(tmp_path, text).warnings}
    path = "mail.imap[0].oauth.refresh_token_file"
    assert found[path] == "Run: deskhand mail authorize --imap 1"
    (tmp_path / "token").write_text("rt-1")
    assert path not in {w.path for w in loaded(tmp_path, text).warnings}


def test_the_file_of_a_token_stands_beside_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("rt-1")
    [box] = loaded(tmp_path, f"{IMAP}oauth = {{ {GOOGLE} }}").mail.imap
    assert box.oauth is not None
    assert (box.oauth.refresh_token_file, box.oauth.refresh_token) == (tmp_path / "token", None)


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    oauth = GOOGLE.replace("refresh_token_file", "refresh_token").replace('"token"', '"rt-1234"')
    settings = loaded(tmp_path, f"{IMAP}oauth = {{ {oauth}, client_secret = 'cs-1234' }}")
    [account] = [a for a in accounts(settings) if a.option == "--imap 1"]
    assert account.section.oauth is not None
    made = oauth_settings(account, account.section.oauth)
    assert (made.refresh_token, made.client_secret) == ("rt-1234", "cs-1234")
    assert "-1234" not in repr(settings) + repr(account) + repr(made)
    assert "-1234" not in account.section.oauth.model_dump_json()


def test_microsoft_fills_in_its_addresses_and_both_scopes(tmp_path: Path) -> None:
    settings = loaded(tmp_path, f"{IMAP}oauth = {{ {MICROSOFT}, tenant = 'b.example' }}")
    *_, account = accounts(settings)
    assert account.section.oauth is not None
    made = oauth_settings(account, account.section.oauth)
    base = "https://login.microsoftonline.com/b.example/oauth2/v2.0"
    assert (made.token_url, made.device_url) == (f"{base}/token", f"{base}/devicecode")
    assert made.scope == (
        "https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send"
        " offline_access"
    )
    assert not made.app_only


def test_an_app_by_itself_asks_microsoft_for_all_it_was_granted(tmp_path: Path) -> None:
    oauth = "provider = 'microsoft', tenant = 'b.example', client_id = 'a', client_secret = 's1'"
    *_, account = accounts(loaded(tmp_path, f"{IMAP}oauth = {{ {oauth} }}"))
    assert account.section.oauth is not None
    made = oauth_settings(account, account.section.oauth)
    assert (made.app_only, made.scope) == (True, "https://outlook.office365.com/.default")


def test_google_has_no_page_for_codes(tmp_path: Path) -> None:
    *_, account = accounts(loaded(tmp_path, f"{IMAP}oauth = {{ {GOOGLE}, scope = 'mine' }}"))
    assert account.section.oauth is not None
    made = oauth_settings(account, account.section.oauth)
    assert (made.device_url, made.scope) == ("", "mine")
    assert made.token_url == "https://oauth2.googleapis.com/token"


def test_without_a_tenant_only_what_is_given_is_known(tmp_path: Path) -> None:
    oauth = f"{MICROSOFT}, token_url = 'https://x.example/token'"
    *_, account = accounts(loaded(tmp_path, f"{IMAP}oauth = {{ {oauth} }}"))
    assert account.section.oauth is not None
    made = oauth_settings(account, account.section.oauth)
    assert (made.token_url, made.device_url) == ("https://x.example/token", "")
