"""The lines of keys, in files as people write them."""

from __future__ import annotations

import pytest

from bot.config.positions import locate
from bot.config.problems import KeyPath

TEXT = '''\
# [comment]
name = "x" # [not.a.table]
[service] # the service
public_url = "a#b"
[desks."sales.eu"]
addresses = [
    "a",  # ]
    'b = ["',
    [1],
]
templates.thank_you = """
[inside]
key = 1
"""
smtp = { host = "x", port = 1 }
[[routes]]
when = '"a" == "["'
[[routes]]
  when = "1"
[[mail.imap]]
host = \'\'\'a
b = 1\'\'\'
port = 1
[[a.b]]
[[a.b.c]]
d = 1
'''


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (("name",), 2),
        (("service",), 3),
        (("service", "public_url"), 4),
        (("desks", "sales.eu"), 5),
        (("desks", "sales.eu", "addresses"), 6),
        (("desks", "sales.eu", "templates", "thank_you"), 11),
        (("desks", "sales.eu", "smtp"), 15),
        (("routes", 0, "when"), 17),
        (("routes", 1, "when"), 19),
        (("mail", "imap", 0, "host"), 21),
        (("mail", "imap", 0, "port"), 23),
        (("a", "b", 0, "c", 0, "d"), 26),
    ],
)
def test_a_key_is_found_on_its_line(keys: KeyPath, line: int) -> None:
    assert locate(TEXT)[keys] == line


@pytest.mark.parametrize("keys", [("not", "a", "table"), ("inside",), ("comment",), ("b",)])
def test_what_only_looks_like_a_key_is_not_found(keys: KeyPath) -> None:
    assert keys not in locate(TEXT)
