"""Signing mail, judged by another implementation."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import dkim  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.mail.sending.compose import compose
from adapters.mail.sending.dkim_signing import DkimSigner, relaxed_body
from adapters.mail.sending.sender import SmtpSender, SmtpSenderSettings
from bot.domain.mail import Address, OutboundMail
from bot.errors import Fault, PermanentError
from tests.fakes.smtp import FakeSmarthost

KEY = (Path(__file__).parents[2] / "fixtures" / "mail" / "dkim.pem").read_text()
PUBLIC = (
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDTkuWfYqIjRSlLFvU73tzYs5oSthMT6uJoizI1EPZV"
    "qoC1tbwRBH5HHjHn42lhSjqbiLaAMaLT96b1Ay5dkUXRHoBq5TQ+xWgTN59qI/HsM51BVIePQFWNCQcs"
    "JJe3v7DH4NkdCiilICznD+ksX80nH8yPQj68LaelpK1RWftmvwIDAQAB"
)
SIGNER = DkimSigner(selector="desk", domain="desk.example", key=KEY)
AT = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)
MAIL = OutboundMail(
    message_id="dk.k3y.7@desk.example",
    date=AT,
    sender=Address(address="support@desk.example", name="Ana (Support)"),
    recipient=Address(address="maria@acme.example", name="Mariä"),
    subject="Grüße [SUP-42]",
    text="Dear Maria,\n\nit  is fixed. \n\n\n",
    references=("first@acme.example", "second@acme.example"),
)


def asked(name: bytes, timeout: int = 5) -> bytes:
    """The DNS."""
    assert name == b"desk._domainkey.desk.example."
    return f"v=DKIM1; k=rsa; p={PUBLIC}".encode()


def verified(message: bytes) -> bool:
    return bool(dkim.verify(message, dnsfunc=asked, minkey=512))


def test_a_signed_mail_is_verified_and_a_changed_one_is_not() -> None:
    signed = SIGNER.sign(compose(MAIL, ()), AT)
    assert verified(signed)
    assert not verified(signed.replace(b"fixed", b"broken"))
    assert not verified(signed.replace(b"From: ", b"From: x"))
    assert not verified(b"From: eve@evil.example\r\n" + signed)


@settings(max_examples=20)
@given(st.text(max_size=60), st.text(max_size=200))
def test_whatever_is_written_can_be_verified(subject: str, text: str) -> None:
    message = compose(replace(MAIL, subject=subject, text=text), ())
    assert verified(SIGNER.sign(message, AT))


def test_the_same_mail_is_the_same_bytes() -> None:
    message = compose(MAIL, ())
    assert SIGNER.sign(message, AT) == SIGNER.sign(message, AT)
    assert max(map(len, SIGNER.sign(message, AT).split(b"\r\n"))) <= 80


@pytest.mark.parametrize(
    ("body", "hashed"),
    [
        (b"", b""),
        (b"\r\n\r\n", b""),
        (b" C \r\nD \t E\r\n\r\n\r\n", b" C\r\nD E\r\n"),
    ],
)
def test_a_body_is_hashed_as_rfc_6376_has_it(body: bytes, hashed: bytes) -> None:
    assert relaxed_body(body) == hashed


async def test_a_smarthost_gets_signed_mail() -> None:
    async with FakeSmarthost() as host:
        given = SmtpSenderSettings(host="localhost", port=host.port, tls="none", signer=SIGNER)
        sender = SmtpSender(given)
        await sender.send(MAIL, ())
        await sender.stop()
    assert verified(host.journal[0].content)


async def test_a_key_that_is_none_is_told_before_anybody_is_asked() -> None:
    broken = DkimSigner(selector="desk", domain="desk.example", key="nonsense")
    sender = SmtpSender(SmtpSenderSettings(host="localhost", port=1, tls="none", signer=broken))
    with pytest.raises(PermanentError) as caught:
        await sender.check()
    assert caught.value.fault is Fault.CREDENTIAL
    assert "must be an RSA key in PEM" in caught.value.words
