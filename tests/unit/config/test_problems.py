"""Every mistake is found at once, at its key and line, in words without secrets, with a way out."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.config.files import place_paths, read_secret_files
from bot.config.loading import examine, load
from bot.config.problems import ConfigProblems, Problem
from bot.config.settings import Settings
from bot.config.sources import Written

FIXTURES = Path(__file__).parents[2] / "fixtures" / "config"
EXAMPLE = tomllib.loads((Path(__file__).parents[3] / "config.example.toml").read_text("utf-8"))
TODAY = date(2026, 11, 21)
Problems = Callable[..., dict[str, Problem]]


@pytest.fixture
def problems(tmp_path: Path) -> Problems:
    def found(text: str, environ: Mapping[str, str] | None = None) -> dict[str, Problem]:
        path = tmp_path / "deskhand.toml"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ConfigProblems) as raised:
            load(path, environ or {}, TODAY)
        return {problem.path: problem for problem in raised.value.problems}

    return found


def broken() -> tuple[Problem, ...]:
    with pytest.raises(ConfigProblems) as raised:
        load(FIXTURES / "broken.toml", {}, TODAY)
    return raised.value.problems


def test_a_file_with_one_of_each_mistake_gives_all_of_them_in_the_order_of_the_file() -> None:
    expected = (FIXTURES / "broken.txt").read_text(encoding="utf-8")
    found = "".join(f"{p.path} ({p.where}): {p.words}\n" for p in broken())
    assert found.replace(f"{FIXTURES}/", "") == expected


def test_news_by_mail_need_an_address(problems: Problems) -> None:
    people = "[people.ana]\nmails = 'mine'\n[people.ben]\nemail = 'b@b.example'\nmails = 'all'"
    found = problems(people)
    assert found["people.ana.mails"].words == "no mail can be sent to them: they have no email here"
    assert "desk, mine, off" in found["people.ben.mails"].hint


def test_a_port_within_a_host_is_told_where_it_belongs(problems: Problems) -> None:
    found = problems("[mail.outbound]\nhost = 'smtp.shop.example:587'")
    assert found["mail.outbound.host"].hint == "Write it beside the host: port = 587"


def test_every_problem_says_what_to_do() -> None:
    assert [problem.path for problem in broken() if len(problem.hint) < 10] == []


def test_no_secret_is_in_any_problem() -> None:
    text = "\n".join(map(repr, broken()))
    assert not any(
        secret in text for secret in ("hunter2", "xapp-1", "0123456789abcdef", "'short'")
    )


@pytest.mark.parametrize(
    ("text", "path", "hint"),
    [
        ("[desk.support]", "desk", "Did you mean desks?"),
        ("[slack]\nbot_tokn = 'xoxb-1-2'", "slack.bot_tokn", "Did you mean bot_token?"),
        ("[service]\ntimezone = 'Europe/Viena'", "service.timezone", "Did you mean Europe/Vienna?"),
        ("[people.ana]\nroles = ['agent:x']", "people.ana.roles[0]", "Write [desks.x], or name"),
        ("[desks.a]\nsla = 'b'\n[slas.c]\n[slas.bb]", "desks.a.sla", "Did you mean bb?"),
        ("[escalations.a]\nsteps = [{page = ['person:x']}]", "escalations.a.steps[0].page[0]", ""),
        ("[[mail.imap]]\ntls = 'ssl'", "mail.imap[0].tls", "Known are: implicit, none, starttls"),
    ],
)
def test_a_mistake_comes_with_what_was_probably_meant(
    problems: Problems, text: str, path: str, hint: str
) -> None:
    assert problems(text)[path].hint.startswith(hint)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("[service\nname = 1", "line 1, column 9"),
        ("[service]\nname = 'a", "line 2, column 10"),
        ("[service]\nname = [\n1,", "line 3, column 3"),
    ],
)
def test_what_is_not_toml_is_said_with_its_place(problems: Problems, text: str, where: str) -> None:
    (problem,) = problems(text).values()
    assert problem.words.startswith("it is not TOML: ")
    assert problem.where == where


def test_a_file_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(ConfigProblems, match=r"there is no such file\. Make one"):
        load(tmp_path / "deskhand.toml", {}, TODAY)


def test_bytes_that_are_not_utf8_are_a_problem(tmp_path: Path) -> None:
    (tmp_path / "deskhand.toml").write_bytes(b"[service]\nname = '\xff'")
    with pytest.raises(ConfigProblems, match="the file is not UTF-8"):
        load(tmp_path / "deskhand.toml", {}, TODAY)


@pytest.mark.parametrize("secret", ["change me", "CHANGEME", "your-token", "<token>", "xxxx", ""])
def test_placeholders_are_refused(problems: Problems, secret: str) -> None:
    assert "discord.token" in problems(f"[discord]\ntoken = '{secret}'")


@pytest.mark.parametrize(
    ("listen", "url", "open_"),
    [
        ("0.0.0.0:8025", "", True),
        ("[::]:8025", "http://desk.example.com", True),
        ("desk.example.com:8025", "", True),
        ("0.0.0.0:8025", "https://desk.example.com", False),
        ("127.0.0.9:8025", "", False),
        ("[::1]:0", "", False),
    ],
)
def test_a_door_to_the_world_needs_an_https_address(
    problems: Problems, listen: str, url: str, open_: bool
) -> None:
    address = f"public_url = '{url}'" if url else ""
    found = problems(f"[http]\nlisten = '{listen}'\n[service]\nx = 1\n{address}")
    assert ("http.listen" in found) is open_


def test_tokens_are_compared_between_intakes_and_the_api(problems: Problems) -> None:
    found = problems(
        "[api]\ntokens = { ci = '0123456789abcdef' }\n"
        "[intakes.a]\nkind = 'generic'\ntoken = '0123456789ABCDEF'\n"
    )
    assert found["intakes.a.token"].words == "the same token is at api.tokens.ci"


def test_an_intake_without_a_token_is_a_problem(problems: Problems) -> None:
    found = problems("[intakes.a]\nkind = 'generic'")
    assert found["intakes.a.token"].words == "token is missing"


def test_slack_over_http_needs_its_signing_secret(problems: Problems) -> None:
    found = problems("[slack]\nmode = 'http'\nbot_token = 'xoxb-1-2'")
    assert list(found) == ["slack.signing_secret"]


def test_two_commands_cannot_have_one_name(problems: Problems) -> None:
    found = problems("[discord]\ntoken = 'ab'\ncommands = { page = '/oncall' }")
    assert found["discord.commands"].words == "two commands are called /oncall"


def test_a_new_note_needs_its_text(problems: Problems) -> None:
    found = problems(
        "[desks.a]\nkey = 'A'\naddresses = ['a@b.example']\n"
        "templates = { thank_you = 'Hi {who}', new_note = 'Hi {requester}', resolved = '{' }"
    )
    hints = {path: problem.hint for path, problem in found.items()}
    assert hints == {
        "desks.a.templates.thank_you": "Known are: {desk}, {requester}, {subject}, "
        "{ticket}, {unsubscribe}, {url}",
        "desks.a.templates.new_note": "Put {text} where it belongs",
        "desks.a.templates.resolved": "Write {ticket}, and {{ for a brace itself",
    }


def test_a_mail_text_says_something_and_what_it_can(problems: Problems) -> None:
    found = problems(
        "[desks.a]\nkey = 'A'\naddresses = ['a@b.example']\n"
        "templates = { thank_you = ' ', new_participant = '{text}', new_note = '' }"
    )
    assert {path.rpartition(".")[2]: problem.words for path, problem in found.items()} == {
        "thank_you": "the text is empty",
        "new_participant": "there is no placeholder {text}",
        "new_note": "the text is empty",
    }


def test_a_bad_value_does_not_hide_a_dangling_name_beside_it(problems: Problems) -> None:
    found = problems("[desks.a]\nreply_mode = 1\nsla = 'x'\nescalation = 'y'")
    assert found.keys() == {
        f"desks.a.{key}" for key in ("key", "addresses", "reply_mode", "sla", "escalation")
    }


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.dates(),
    st.lists(st.text(max_size=3), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
    st.lists(st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=2), max_size=2),
)


@given(junk=JUNK, path=st.lists(st.integers(min_value=0, max_value=20), min_size=1, max_size=5))
@settings(max_examples=300)
def test_whatever_is_written_is_settings_or_problems(junk: object, path: list[int]) -> None:
    written = Written(folder=FIXTURES, raw=deepcopy(EXAMPLE))
    table: object = written.raw
    for step in path[:-1]:
        if isinstance(table, dict) and table:
            table = list(table.values())[step % len(table)]
    if isinstance(table, dict) and table:
        table[list(table)[path[-1] % len(table)]] = junk
    read_secret_files(written)
    place_paths(written)
    found, findings = examine(written, TODAY)
    assert isinstance(found, Settings) or findings
