"""Loads the configuration: TOML, then the environment, then secret files; every problem at once."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

from bot.config.accounts import sound_accounts
from bot.config.advice import advise, readable_by_all
from bot.config.checks import together
from bot.config.directory import build
from bot.config.files import place_paths, read_secret_files, shows_secret
from bot.config.problems import ConfigProblems, Finding, Invalid, Problem, dotted
from bot.config.references import dangling, repeated
from bot.config.settings import Settings
from bot.config.sources import Written, read_environment, read_file
from bot.config.validation import validate


def load(path: Path | None, environ: Mapping[str, str], today: date) -> Settings:
    """The settings of the file (if any) and the environment, with their directory and warnings.

    Relative paths are relative to the file's folder, without a file to the working directory.
    Regions' holidays are taken around `today`. ConfigProblems names everything that is wrong.
    """
    written = _write(path, environ)
    exposed = list(readable_by_all(path, written.secret_in_file)) if path else []
    settings, findings = examine(written, today)
    if findings or settings is None:
        raise ConfigProblems(_problems(written, findings))
    return _complete(settings, written, exposed, today)


def examine(written: Written, today: date) -> tuple[Settings | None, list[Finding]]:
    """The settings if every value is valid, and everything that is wrong, each thing once."""
    settings, wrong = validate(written.raw)
    findings = [
        *written.findings,
        *wrong,
        *dangling(written),
        *repeated(written),
        *together(written, today),
        *sound_accounts(written),
    ]
    # A key whose value could not be read is not missing as well.
    there = {finding.keys for finding in findings if not finding.missing}
    kept = (each for each in findings if not each.missing or each.keys not in there)
    return settings, list(dict.fromkeys(kept))


def _write(path: Path | None, environ: Mapping[str, str]) -> Written:
    written = Written(folder=path.resolve().parent if path else Path.cwd())
    if path:
        written.raw, written.places = read_file(path)
        written.secret_in_file = shows_secret(written.raw)
    read_environment(environ, written)
    read_secret_files(written)
    place_paths(written)
    return written


def _complete(
    settings: Settings, written: Written, exposed: list[Finding], today: date
) -> Settings:
    try:
        directory = build(settings, written.folder, today)
    except Invalid as error:
        raise ConfigProblems([Problem(path="", words=error.words, hint=error.hint)]) from None
    warnings = [*exposed, *advise(settings, directory, written)]
    return settings.completed(directory, _problems(written, warnings))


def _problems(written: Written, findings: Iterable[Finding]) -> tuple[Problem, ...]:
    problems = [
        Problem(
            path=dotted(finding.keys),
            words=finding.words,
            hint=finding.hint,
            where=written.place(finding.keys),
        )
        for finding in findings
    ]
    return tuple(sorted(problems, key=_in_order))


def _in_order(problem: Problem) -> tuple[int, str]:
    """By line; what stands in no line of the file comes last."""
    line = problem.where.removeprefix("line ")
    return (int(line) if line.isdecimal() else sys.maxsize, problem.path)
