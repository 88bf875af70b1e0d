"""What `deskhand init` writes can be used as it is."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.config.loading import load
from bot.config.settings import Settings
from bot.config.tables.mail import Tls
from bot.config.template import Answers, Member, Smarthost, keyed, render

TODAY = date(2026, 11, 21)
TEAM = (Member(name="Ana Huber", email="ana@example.com"), Member(name="Çelik"))


def answers(name: str = "Acme", smarthost: Smarthost | None = None) -> Answers:
    return Answers(
        name=name,
        address="help@example.com",
        prefix="SUP",
        people=TEAM,
        timezone="Europe/Vienna",
        smarthost=smarthost,
    )


def loaded(tmp_path: Path, text: str) -> Settings:
    path = tmp_path / "deskhand.toml"
    path.write_text(text, encoding="utf-8")
    return load(path, {}, TODAY)


def test_the_answers_are_in_the_settings(tmp_path: Path) -> None:
    settings = loaded(tmp_path, render(answers(smarthost=Smarthost(host="smtp.example.com"))))
    directory = settings.directory()
    assert settings.warnings == ()
    assert directory.desk_at("help@example.com") == directory.desk_of_prefix("SUP")
    assert [person.name for person in directory.agents_of("support")] == ["Ana Huber", "Çelik"]
    assert str(settings.service.timezone) == "Europe/Vienna"


def test_a_smarthost_with_an_account_takes_its_password_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "smtp").write_text("correct horse")
    smarthost = Smarthost(
        host="smtp.example.com", port=465, tls=Tls.IMPLICIT, username="u", password_file="smtp"
    )
    outbound = loaded(tmp_path, render(answers(smarthost=smarthost))).mail.outbound
    assert outbound is not None
    assert outbound.password is not None
    assert outbound.password.get_secret_value() == "correct horse"


def test_without_a_smarthost_the_one_warning_is_about_it(tmp_path: Path) -> None:
    (warning,) = loaded(tmp_path, render(answers())).warnings
    assert warning.path == "mail.outbound"


def test_the_sections_of_chat_need_only_their_marks_taken_away(tmp_path: Path) -> None:
    text = render(replace(answers(), slack=True, discord=True))
    assert loaded(tmp_path, text).slack is None
    filled = re.sub(r"^#(?! )", "", text, flags=re.MULTILINE).replace("…", "correct horse")
    settings = loaded(tmp_path, filled)
    assert (settings.slack is not None, settings.discord is not None) == (True, True)


@given(name=st.text(min_size=1, alphabet=st.characters(exclude_categories=["Cs"])))
@settings(max_examples=50)
def test_any_name_survives_the_way_through_toml(
    tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    found = loaded(tmp_path_factory.mktemp("name"), render(answers(name=name)))
    assert found.service.name == name


def test_people_of_one_name_get_keys_of_their_own() -> None:
    members = [Member(name=name) for name in ("Ana Huber", "ana  huber", "Ana-Huber 2", "李")]
    assert list(keyed(members)) == ["ana-huber", "ana-huber-2", "ana-huber-2-2", "member"]


def test_nobody_is_not_a_team() -> None:
    with pytest.raises(ValueError, match="at least one person"):
        render(Answers(name="Acme", address="a@b.example", prefix="A", people=()))
