"""Files that a configuration names: those that hold one secret, and where relative ones are."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from bot.config.problems import Finding
from bot.config.sources import FILE, Raw, Written
from bot.config.tables.section import Beside
from bot.config.tables.service import Service
from bot.config.walk import Node, bare, is_secret, nodes

_MOST_SECRET: Final = 65_536
_SQLITE: Final = "sqlite://"


def shows_secret(raw: Raw) -> bool:
    """Whether a secret is written out, rather than named by a file."""
    return any(is_secret(node.hint) and _is_exposed(node) for node in nodes(raw))


def _is_exposed(node: Node) -> bool:
    return node.keys != ("database", "url") or "@" in str(node.value)


def read_secret_files(written: Written) -> None:
    """Replace `<secret>_file = path` by the secret in the file, wherever a secret may stand."""
    for node in list(nodes(written.raw)):
        for key in _secrets_in_files(node):
            _read_secret(written, node, key)


def _secrets_in_files(node: Node) -> list[str]:
    if node.secrets:
        return [name.removesuffix(FILE) for name in node.table if name.endswith(FILE)]
    secrets = [name for name, info in node.fields.items() if is_secret(info.annotation)]
    # A section that has a field of that name reads the file itself, when it is needed.
    mine = [name for name in secrets if name + FILE not in node.fields]
    return [name for name in mine if name + FILE in node.table]


def _read_secret(written: Written, node: Node, key: str) -> None:
    keys = (*node.keys, key)
    written.places.setdefault(keys, written.place((*node.keys, key + FILE)))
    file = node.table.pop(key + FILE)
    if key in node.table:
        words, hint = f"{key} and {key}{FILE} are both given", "Keep one of them"
    elif not isinstance(file, str):
        words, hint = f"{key}{FILE} must be the path of a file", "Put it in quotes"
    else:
        words, hint = _take_secret(written.folder / file, node.table, key)
    if words:
        written.findings.append(Finding(keys=keys, words=words, hint=hint))


def _take_secret(path: Path, table: Raw, key: str) -> tuple[str, str]:
    """Put the file's content at the key; else say what is wrong with the file, and what to do."""
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(_MOST_SECRET + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        return f"the file {path} cannot be read ({reason})", "Make it, or correct the path"
    if not text.strip() or len(text) > _MOST_SECRET:
        return f"the file {path} holds no secret", "Put the secret in it, and nothing else"
    table[key] = text.strip()
    return "", ""


def place_paths(written: Written) -> None:
    """Make paths absolute: relative ones are relative to the folder of the configuration's file."""
    _place_data(written)
    for node in nodes(written.raw):
        for name, info in node.fields.items():
            marks = (*bare(info.annotation)[1], *info.metadata)
            for mark in marks:
                if isinstance(mark, Beside) and isinstance(node.table.get(name), str):
                    _place(written, node, name, mark)


def _place(written: Written, node: Node, name: str, mark: Beside) -> None:
    path = written.folder / str(node.table[name])
    node.table[name] = str(path)
    if mark.exists and not path.is_file():
        words, hint = f"there is no file {path}", "Correct the path, or make the file"
        written.findings.append(Finding(keys=(*node.keys, name), words=words, hint=hint))


def _place_data(written: Written) -> None:
    service = written.raw.setdefault("service", {})
    if isinstance(service, dict):
        service.setdefault("data_dir", str(Service().data_dir))
    database = written.raw.get("database")
    url = database.get("url") if isinstance(database, dict) else None
    if isinstance(database, dict) and isinstance(url, str) and url.startswith(_SQLITE):
        path = url.removeprefix(_SQLITE)
        # `:memory:` is no path.
        if path and not path.startswith(":"):
            database["url"] = f"{_SQLITE}{written.folder / path}"
