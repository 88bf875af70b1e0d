"""config.example.toml is complete and has no problems, as it stands or with all of it taken in."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from datetime import date
from pathlib import Path

import pytest
from pydantic import BaseModel

from bot.config.loading import load
from bot.config.settings import Settings
from bot.config.tables.section import Section
from bot.config.walk import fields_of, nodes

EXAMPLE = Path(__file__).parents[3] / "config.example.toml"
TODAY = date(2026, 11, 21)
TEXT = EXAMPLE.read_text(encoding="utf-8")
EVERYTHING = re.sub(r"^#(?=[^ #\n])", "", TEXT, flags=re.MULTILINE)


@pytest.fixture
def everything(tmp_path: Path) -> Path:
    """The example with every setting taken in, and the files that it names."""
    for number, name in enumerate(
        re.findall(r'(?:_file|tls_cert|tls_key) = "([^"]+)"', EVERYTHING)
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"{number:02}-9f8e7d6c5b4a39281706f5e4d3c2b1a0\n")
    path = tmp_path / "deskhand.toml"
    path.write_text(EVERYTHING, encoding="utf-8")
    return path


def test_the_example_as_it_stands_loads_without_a_word() -> None:
    settings = load(EXAMPLE, {}, TODAY)
    assert settings.warnings == ()
    assert settings.directory().desks["support"].prefix == "SUP"


def test_the_example_with_every_setting_taken_in_loads(everything: Path) -> None:
    settings = load(everything, {}, TODAY)
    assert settings.slack is not None
    assert settings.directory().intakes["prometheus"].token.startswith("1")


def test_every_setting_there_is_stands_in_the_example() -> None:
    written: dict[object, set[str]] = defaultdict(set)
    for node in nodes(tomllib.loads(EVERYTHING)):
        written[node.hint] |= node.table.keys()
    models: list[type[BaseModel]] = [Settings, *Section.__subclasses__()]
    missing = [
        f"{model.__name__}.{key}"
        for model in models
        for key in fields_of(model)
        if not {key, f"{key}_file"} & written[model]
    ]
    assert missing == []


def test_commented_settings_show_the_value_that_holds_without_them(everything: Path) -> None:
    full, plain = load(everything, {}, TODAY), load(EXAMPLE, {}, TODAY)
    assert full.mail.intake.max_message_bytes == plain.mail.intake.max_message_bytes
    assert full.mail.outbound is not None
    assert plain.mail.outbound is not None
    assert full.mail.outbound.port == plain.mail.outbound.port
    assert full.directory().desks["support"].sender == plain.directory().desks["support"].sender
