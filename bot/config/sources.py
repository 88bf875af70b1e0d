"""Where settings are written: the TOML file, and over it the environment."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pydantic_settings import EnvSettingsSource, SettingsError

from bot.config.positions import locate
from bot.config.problems import ConfigProblems, Finding, KeyPath, Problem, did_you_mean
from bot.config.settings import NESTING, PREFIX, Settings

Raw = dict[str, object]

FILE: Final = "_file"
CONFIG_VARIABLE: Final = "DESKHAND_CONFIG"
"""Names the configuration's file on the command line's behalf; it is no setting."""

_AT: Final = re.compile(r"(.*) \((?:at line (\d+), column (\d+)|at end of document)\)", re.DOTALL)


@dataclass(slots=True)
class Written:
    """What all sources wrote, merged, and where each of it stands (`line 12`, `DESKHAND_…`)."""

    folder: Path
    raw: Raw = field(default_factory=dict)
    places: dict[KeyPath, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    secret_in_file: bool = False

    def place(self, keys: KeyPath) -> str:
        """Where the value, or the nearest table around it, was written; empty when nowhere."""
        tries = (keys[:length] for length in range(len(keys), 0, -1))
        return next((self.places[each] for each in tries if each in self.places), "")


def read_file(path: Path) -> tuple[Raw, dict[KeyPath, str]]:
    """The TOML file and the line of each key; ConfigProblems when it cannot be read as TOML."""
    text, where = "", ""
    try:
        text = path.read_text(encoding="utf-8-sig")
        return tomllib.loads(text), {keys: f"line {line}" for keys, line in locate(text).items()}
    except FileNotFoundError:
        words, hint = "there is no such file", "Make one with: deskhand init"
    except UnicodeDecodeError:
        words, hint = "the file is not UTF-8", "Save it as UTF-8 text"
    except OSError as error:
        words, hint = f"the file cannot be read ({error.strerror})", "Check its owner and mode"
    except tomllib.TOMLDecodeError as error:
        reason, where = _not_toml(str(error), text)
        words, hint = f"it is not TOML: {reason}", "Texts need quotes, tables look like [service]"
    raise ConfigProblems([Problem(path=str(path), words=words, hint=hint, where=where)])


def _not_toml(message: str, text: str) -> tuple[str, str]:
    """What tomllib says, and where it says it is."""
    found = _AT.fullmatch(message)
    if found is None:
        return message, ""
    lines = text.split("\n")
    reason, line, column = found[1], found[2] or len(lines), found[3] or len(lines[-1]) + 1
    return f"{reason[:1].lower()}{reason[1:]}", f"line {line}, column {column}"


def read_environment(environ: Mapping[str, str], written: Written) -> None:
    """Put the variables `DESKHAND_…` over what is there; one by one, so that all errors show."""
    source = EnvSettingsSource(Settings)
    for name in sorted(name for name in environ if name.startswith(PREFIX)):
        if name == CONFIG_VARIABLE:
            continue
        source.env_vars = {name.lower(): environ[name]}
        try:
            found: Raw = source()
        except SettingsError:
            not_json = _not_json(name)
            written.findings.append(not_json)
            written.places[not_json.keys] = name
            continue
        if found:
            _drop_rivals(written, found)
            merge(written.raw, found)
            written.places.update(dict.fromkeys(_paths(found), name))
        elif NESTING in name:
            written.findings.append(_unknown(name))
        else:
            written.unread.append(name)


def _not_json(name: str) -> Finding:
    keys = tuple(name.removeprefix(PREFIX).lower().split(NESTING))
    return Finding(
        keys=keys,
        words="the value is not JSON",
        hint=f"Lists and tables are written as JSON there: {json.dumps(['one', 'two'])}",
    )


def _unknown(name: str) -> Finding:
    section, _, rest = name.removeprefix(PREFIX).partition(NESTING)
    known = [key.upper() for key in Settings.model_fields]
    near = did_you_mean(section, known, "")
    hint = near.replace("Did you mean ", f"Did you mean {PREFIX}").replace("?", f"{NESTING}{rest}?")
    return Finding(keys=(name,), words="no setting has this name", hint=hint)


def _drop_rivals(written: Written, found: Raw) -> None:
    """A secret in the environment replaces the file's, whichever of the two ways each is given."""
    for keys in _paths(found):
        last = str(keys[-1])
        rival = last.removesuffix(FILE) if last.endswith(FILE) else last + FILE
        table: object = written.raw
        for key in keys[:-1]:
            table = table.get(key) if isinstance(table, dict) else None
        in_file = not written.places.get((*keys[:-1], rival), "").startswith(PREFIX)
        if in_file and isinstance(table, dict):
            table.pop(rival, None)


def _paths(value: object, keys: KeyPath = ()) -> Iterator[KeyPath]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _paths(inner, (*keys, key))
    else:
        yield keys


def merge(under: Raw, over: Mapping[str, object]) -> None:
    """Put `over` into `under`; tables are merged key by key, everything else is replaced."""
    for key, value in over.items():
        below = under.get(key)
        if isinstance(below, dict) and isinstance(value, dict):
            merge(below, value)
        else:
            under[key] = value
