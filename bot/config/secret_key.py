"""The key that signs links, reply addresses and sessions, when the operator did not write one."""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from bot.config.problems import ConfigProblems, Problem
from bot.config.settings import Settings
from bot.config.values import KEY_LENGTH

FILE: Final = "secret_key"
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def signing_key(settings: Settings) -> SecretStr:
    """The configured key, else the one in `<data_dir>/secret_key`, made there the first time.

    Raises ConfigProblems when the file cannot be made or read, is too short, or others can read it.
    """
    if settings.service.secret_key is not None:
        return settings.service.secret_key
    path = settings.service.data_dir / FILE
    try:
        _make(path)
        text = path.read_text(encoding="ascii").strip()
        open_to_others = path.stat().st_mode & _OTHERS
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise _problem(
            path, f"the key cannot be kept there ({reason})", "Check its owner"
        ) from None
    if len(text) < KEY_LENGTH:
        raise _problem(path, "the key in it is too short", "Remove the file: a new one is made")
    if open_to_others:
        raise _problem(path, "others can read the key", f"Run: chmod 600 {path}")
    return SecretStr(text)


def _make(path: Path) -> None:
    """Write a new key unless there is one; of two processes at once, one makes it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.exists():
        return
    draft = path.with_name(f"{FILE}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_hex(KEY_LENGTH) + "\n")
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()


def _problem(path: Path, words: str, hint: str) -> ConfigProblems:
    return ConfigProblems([Problem(path=str(path), words=words, hint=hint)])
