from __future__ import annotations

import pytest

from adapters.mail.reading.addresses import address_list, one_sender, sound_address
from bot.domain.mail import Address


@pytest.mark.parametrize(
    ("value", "address", "name"),
    [
        ("ann@x.example", "ann@x.example", ""),
        ("<Ann@X.Example>", "ann@x.example", ""),
        ("Ann Lee <ann@x.example>", "ann@x.example", "Ann Lee"),
        ('"Lee, Ann" <ann@x.example>', "ann@x.example", "Lee, Ann"),
        ("=?utf-8?q?J=C3=B6rg?= <j@x.example>", "j@x.example", "Jörg"),
        ("ann@x.example (Ann Lee)", "ann@x.example", "Ann Lee"),
        ("ann@x.example <ann@x.example>", "ann@x.example", ""),
        ('"boss@good.example" <ann@x.example>', "ann@x.example", ""),
        ("ann+tag@x.example", "ann+tag@x.example", ""),
        ("ann@bücher.example", "ann@xn--bcher-kva.example", ""),
    ],
)
def test_s1_one_mailbox_is_the_sender(value: str, address: str, name: str) -> None:
    assert one_sender([value.encode()]) == (Address(address=address, name=name), "")


@pytest.mark.parametrize(
    "value",
    [
        "a@good.example <b@evil.example>",
        "=?utf-8?q?a=40good.example=2C_?= b@evil.example",
        "alice@good.example(<bob@evil.example>",
        "alice@good.example (<bob@evil.example>)",
        "alice@good.example (Bob (<bob@evil.example>))",
        "a@good.example, b@evil.example",
        "friends: a@good.example;",
        "<a@good.example> <b@evil.example>",
        "<a@good.example> b@evil.example",
        "a@good.example b@evil.example",
        '"a@good.example" b@evil.example',
        '"quoted"@good.example',
        "a@good.example@evil.example",
        "<a@good.example",
        "a@",
        "Ann",
        '"',
        "",
        "ann@\uff47ood.example",
        "ann@straße.example",
        "ann@good\u3002example",
        "ann@-x.example",
        "(" * 20 + ")" * 20 + " ann@x.example",
    ],
)
def test_s1_doubt_names_no_sender(value: str) -> None:
    sender, doubt = one_sender([value.encode()])
    assert sender is None
    assert doubt


def test_s1_two_from_headers_name_none() -> None:
    assert one_sender([b"a@x.example", b"a@x.example"]) == (None, "there are 2 From headers")
    assert one_sender([]) == (None, "there is no From header")


def test_lists_give_what_can_be_read() -> None:
    value = (
        b'a@x.example, "B, C" <b@x.example>; <c@x.example>,, nobody, group: d@x.example, '
        b"e@x.example;, =?utf-8?q?F=C3=A9?= <f@x.example>, A@X.example,"
    )
    found = address_list([value])
    assert [mailbox.address[0] for mailbox in found] == ["a", "b", "c", "d", "e", "f"]
    assert [mailbox.name for mailbox in found if mailbox.name] == ["B, C", "Fé"]


def test_undisclosed_recipients_are_nobody() -> None:
    assert address_list([b"undisclosed-recipients:;"]) == ()


@pytest.mark.parametrize(
    ("text", "sound"),
    [
        (" Ann@X.Example ", "ann@x.example"),
        ("ann@localhost", "ann@localhost"),
        ("ann@[192.0.2.1]", "ann@[192.0.2.1]"),
        ("änn@x.example", "änn@x.example"),
        ("ann", ""),
        ("ann@x..example", ""),
        ("an n@x.example", ""),
        ("ann\r\n@x.example", ""),
        ("ann@x.example\nBcc: b@x.example", ""),
        ("ann@" + "x" * 64 + ".example", ""),
        ("ann@" + "x." * 130 + "example", ""),
    ],
)
def test_s4_sound_addresses(text: str, sound: str) -> None:
    assert sound_address(text) == sound
