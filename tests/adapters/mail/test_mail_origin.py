"""Who vouches for a mail, which lists it came through, and whose name deceives."""

from __future__ import annotations

import pytest

from adapters.mail.judging.authentication import verdicts
from adapters.mail.judging.lists import list_addresses, original_sender
from adapters.mail.judging.scripts import mixes_alphabets
from adapters.mail.reading.fields import split_head
from bot.domain.mail import Address, Verdict


def judged(*values: str) -> tuple[Verdict, ...]:
    head = "".join(f"Authentication-Results: {value}\r\n" for value in values)
    return verdicts(split_head(head.encode())[0])


@pytest.mark.parametrize(
    ("value", "server", "dmarc", "domain"),
    [
        ("mx.x.example; dmarc=pass header.from=a.example", "mx.x.example", "pass", "a.example"),
        ("MX.x.example 1;\r\n\tspf=pass;\r\n\tDMARC=Fail", "mx.x.example", "fail", ""),
        (
            "mx (a; dmarc=pass); dmarc=none (p=none) header.from=a.example",
            "mx",
            "none",
            "a.example",
        ),
        (r'mx; spf=pass x="a\"; dmarc=pass"; dmarc=fail', "mx", "fail", ""),
        ("mx; dmarc=bestguesspass header.from=a.example", "mx", "bestguesspass", "a.example"),
    ],
)
def test_z1_a_verdict_is_read(value: str, server: str, dmarc: str, domain: str) -> None:
    assert judged(value) == (Verdict(server=server, dmarc=dmarc, domain=domain),)


@pytest.mark.parametrize(
    "value",
    [
        "mx; none",
        "mx; spf=pass",
        "mx; dmarc=pass; dmarc=fail",
        "; dmarc=pass",
        "mx; (dmarc=pass",
        'mx; "dmarc=pass',
        "mx; xdmarc=pass",
        "",
    ],
)
def test_z1_what_is_no_single_verdict_is_none(value: str) -> None:
    assert judged(value) == ()


def test_z1_verdicts_stay_in_their_order() -> None:
    assert [v.server for v in judged("a; dmarc=pass", "b; dmarc=fail")] == ["a", "b"]


def fields(*head: str) -> tuple[tuple[str, ...], Address | None]:
    found = split_head("\r\n".join(head).encode())[0]
    return list_addresses(found), original_sender(found)


@pytest.mark.parametrize(
    ("head", "addresses"),
    [
        ("List-Post: <mailto:Support@shop.example?subject=x>", ("support@shop.example",)),
        ("List-Post: NO", ()),
        ("Mailing-list: list a@x.example; contact b@x.example", ("a@x.example",)),
        ("X-BeenThere: a@x.example", ("a@x.example",)),
        ("List-Id: Support <support.shop.example>", ()),
    ],
)
def test_lists_say_where_mail_to_them_goes(head: str, addresses: tuple[str, ...]) -> None:
    assert fields(head)[0] == addresses


MARIA = Address(address="maria@acme.example", name="Maria")


@pytest.mark.parametrize(
    ("head", "sender"),
    [
        (("X-Original-From: Maria <maria@acme.example>", "Reply-To: maria@acme.example"), MARIA),
        (("X-Original-Sender: maria@acme.example", "Reply-To: Maria <maria@acme.example>"), MARIA),
        (("X-Original-From: Maria <maria@acme.example>",), None),
        (("X-Original-From: Maria <maria@acme.example>", "Reply-To: eve@evil.example"), None),
        (("X-Original-From: a@x.example, b@x.example", "Reply-To: a@x.example"), None),
        (("X-Original-From: a@x.example", "Reply-To: a@x.example, b@x.example"), None),
        (("Reply-To: maria@acme.example",), None),
    ],
)
def test_s3_whom_a_list_replaced_is_said_twice(
    head: tuple[str, ...], sender: Address | None
) -> None:
    assert fields(*head)[1] == sender


@pytest.mark.parametrize(
    "name",
    ["Аna", "раypal", "Μaria", "Support Теаm \u0405upport", "\U0001d400nn", "Ａnn"],  # noqa: RUF001
)
def test_s2_letters_that_look_alike_are_noticed(name: str) -> None:
    assert mixes_alphabets(name)


@pytest.mark.parametrize(
    "name",
    [
        "Ana",
        "Анна Иванова",
        "Анна Smith",
        "山田太郎 Taro",
        "ソニー Sony株式会社",
        "Jörg Bär",
        "Ελένη",
        "",
    ],
)
def test_s2_people_may_write_as_they_do(name: str) -> None:
    assert not mixes_alphabets(name)
