from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.mail.reading.charset import decode
from adapters.mail.reading.clean import clean_line, clean_text
from adapters.mail.reading.encoded_words import decode_words


@pytest.mark.parametrize(
    ("text", "codec", "declared"),
    [
        ("Grüße", "utf-8", "utf-8"),
        ("Grüße", "utf-8", "us-ascii"),
        ("Grüße", "utf-8", "iso-8859-1"),
        ("Grüße", "latin-1", "iso-8859-1"),
        ("20 € – “so”", "cp1252", "iso-8859-1"),
        ("Grüße", "cp1252", ""),
        ("朱镕基 龍", "gb18030", "gb2312"),
        ("똠방각하", "cp949", "ks_c_5601-1987"),
        ("①髙", "cp932", "shift_jis"),
        ("こんにちは", "iso2022_jp", "iso-2022-jp"),
        ("こんにちは", "iso2022_jp", "utf-8"),
        ("한국어", "iso2022_kr", ""),
        ("Привет, как дела сегодня", "koi8-r", ""),
        ("Привет", "utf-16", "utf-16"),
        ("Grüße", "utf-7", "utf-7"),
        ("šđč", "cp1250", "windows-1250"),
    ],
)
def test_text_is_read_by_label_or_by_look(text: str, codec: str, declared: str) -> None:
    assert decode(text.encode(codec), declared) == text


def test_the_hot_path_does_not_guess() -> None:
    raw = "Привет, как дела сегодня".encode("koi8-r")
    assert decode(raw, guess=False) == raw.decode("cp1252", "replace")


@given(st.binary(max_size=60), st.text(max_size=12))
def test_decoding_never_fails(raw: bytes, declared: str) -> None:
    assert isinstance(decode(raw, declared, guess=False), str)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"plain", "plain"),
        (b"=?utf-8?q?J=C3=B6rg_B?=", "Jörg B"),
        (b"=?utf-8?b?SsO2cmc=?= x", "Jörg x"),
        (b"=?utf-8?b?SsO2cmc?=", "Jörg"),
        (b"a =?utf-8?q?b?= =?utf-8?q?c?= d", "a bc d"),
        (b"=?utf-8?q?=C3?= =?utf-8?q?=B6?=", "ö"),
        (b"=?utf-8?Q?a b?=", "a b"),
        (b"=?utf-8*de?q?=C3=B6?=", "ö"),
        (b"=?x-foo?q?=C3=B6?=", "ö"),
        (b"=?iso-8859-1?q?=F6?= \xc3\xb6", "ö ö"),
        (b"=?utf-8?x?abc?=", "=?utf-8?x?abc?="),
        (b"=?=?=?", "=?=?=?"),
    ],
)
def test_encoded_words(value: bytes, text: str) -> None:
    assert decode_words(value) == text


def test_lines_are_cleaned() -> None:
    dirty = " a\x00\tb\r\n c\u202e\u200b\ud800\U000e0041 "
    assert clean_line(dirty, 50) == "a b c"
    assert clean_line("x" * 100, 10) == "x" * 10


def test_texts_keep_their_lines() -> None:
    assert clean_text("a\r\nb\rc\u2028d\x00\x1b\ud800\te", 50) == "a\nb\nc\nd\te"
