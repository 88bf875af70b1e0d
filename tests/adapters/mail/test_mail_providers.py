"""O4: which Message-ID a mail has after a provider took it, by what the provider says."""

from __future__ import annotations

import pytest

from adapters.mail.sending.providers import given_id, plea

SES_ID = "010f01857aa266cb-61921dea-476c-4f47-9eba-8738c3700626-000000"
OUTLOOK_ID = "VI1PR0402MB0001AB9781BC157026369C79A4069@VI1PR0402MB0001.eurprd04.prod.outlook.com"
HOSTNAME = "[Hostname=VI1PR0402MB0001.eurprd04.prod.outlook.com]"
INTERNAL = "[InternalId=274498, Hostname=mx.acme.example] Queued mail for delivery"
BREVO_ID = "202608020358.47907466195@smtp-relay.sendinblue.com"


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("email-smtp.us-east-1.amazonaws.com", "email.amazonses.com"),
        ("email-smtp.eu-central-1.amazonaws.com", "eu-central-1.amazonses.com"),
        ("EMAIL-SMTP.US-WEST-2.AMAZONAWS.COM.", "us-west-2.amazonses.com"),
        ("email-smtp-fips.us-gov-west-1.amazonaws.com", "us-gov-west-1.amazonses.com"),
        ("email-smtp.eu-west-1.api.aws", "eu-west-1.amazonses.com"),
        ("vpce-0a1b-2c3d.email-smtp.us-east-1.vpce.amazonaws.com", "email.amazonses.com"),
    ],
)
def test_o4_ses_gives_an_id_of_its_own_in_the_domain_of_its_region(host: str, domain: str) -> None:
    assert given_id(host, f"Ok {SES_ID}") == f"{SES_ID}@{domain}"


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (f"2.0.0 OK <{OUTLOOK_ID}> {HOSTNAME}", OUTLOOK_ID),
        (f"2.6.0 <dk.k3y.7@desk.example> {INTERNAL}", "dk.k3y.7@desk.example"),
        (f"2.0.0 OK: queued as <{BREVO_ID}>", BREVO_ID),
    ],
    ids=["Exchange Online", "Exchange", "Brevo"],
)
def test_o4_others_name_the_id_that_the_mail_has(words: str, named: str) -> None:
    assert given_id("smtp.provider.example", words) == named


@pytest.mark.parametrize(
    "words",
    [
        f"Ok {SES_ID}",
        "2.0.0 Ok: queued as 4F2AB1C0D9",
        "Ok: queued as bdT3qimVR7SSpBEKunexIg",
        "Great success",
        "Queued. Thank you.",
        "2.0.0 OK  1436801113 x3si14160585iod.35 - gsmtp",
        "OK id=1tAbCd-0000Xy-2Z",
        "2.0.0 48AC3xyz012345 Message accepted for delivery",
        "SmtpThread-4711-1436801113@eu-smtp-1.mail.example Received OK [aZ3x]",
        "2.0.0 <maria@acme.example> 4QpjLm Saved",
        "<web01JswFCHOzyfyz5b000015ac@relay.example> Queued mail for delivery",
        "",
    ],
    ids=[
        *("SES behind another name", "Postfix", "SendGrid", "Mailgun", "Mailgun too", "Gmail"),
        *("Exim", "Sendmail", "Mimecast", "Dovecot", "IIS", "nothing"),
    ],
)
def test_o4_a_place_in_a_queue_is_no_message_id(words: str) -> None:
    assert given_id("smtp.provider.example", words) == ""


@pytest.mark.parametrize(
    "words", ["Ok", "Ok <x@y>", "Ok one two three four five", "Ok " + "0" * 101]
)
def test_o4_ses_is_believed_only_in_its_own_form(words: str) -> None:
    assert given_id("email-smtp.us-east-1.amazonaws.com", words) == ""


@pytest.mark.parametrize(
    "host",
    [
        *(
            "email-smtp.us-east-1.amazonaws.com.evil.example",
            "notemail-smtp.us-east-1.amazonaws.com",
        ),
        *("email-smtp.amazonaws.com", "s3.us-east-1.amazonaws.com"),
    ],
)
def test_o4_no_other_server_is_taken_for_ses(host: str) -> None:
    assert given_id(host, f"Ok {SES_ID}") == ""


def test_o4_postmark_is_asked_to_leave_our_id_alone() -> None:
    assert plea("smtp.postmarkapp.com") == b"X-PM-KeepID: true\r\n"
    assert plea("smtp.postmarkapp.com.evil.example") == plea("postmarkapp.com") == b""
