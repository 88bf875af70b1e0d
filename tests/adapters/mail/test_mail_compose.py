from __future__ import annotations

import email
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from email.message import EmailMessage
from email.policy import default
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.mail.reader import read_mail
from adapters.mail.sending.compose import compose
from adapters.mail.sending.html_body import as_html
from bot.domain.mail import Address, Attachment, OutboundMail
from bot.errors import Fault, PermanentError

MAIL = OutboundMail(
    message_id="dk.k3y.7@desk.example",
    date=datetime(2026, 3, 2, 10, 15, tzinfo=timezone(timedelta(hours=1))),
    sender=Address(address="support@desk.example", name="Ana (Support)"),
    recipient=Address(address="maria@acme.example", name="Maria Huber"),
    subject="Re: Invoice [SUP-42]",
    text="Dear Maria,\n\nit is fixed.\n",
    reply_to="support+k3y@desk.example",
    in_reply_to="first@acme.example",
    references=("first@acme.example",),
    ticket="SUP-42",
)


BOUNDARY = sha256(MAIL.message_id.encode()).hexdigest()[:32]


def parsed(mail: OutboundMail, *files: Attachment) -> EmailMessage:
    message = email.message_from_bytes(compose(mail, files), policy=default)
    assert isinstance(message, EmailMessage)
    return message


def header(mail: OutboundMail, name: str) -> bytes:
    """The raw lines of a field."""
    head = b"\r\n" + compose(mail, ()).partition(b"\r\n\r\n")[0]
    return head.partition(f"\r\n{name}: ".encode())[2].replace(b"\r\n ", b" ").partition(b"\r\n")[0]


def test_a_reply_as_a_whole() -> None:
    assert compose(MAIL, ()).decode().split("\r\n") == [
        "Message-ID: <dk.k3y.7@desk.example>",
        "Date: Mon, 02 Mar 2026 09:15:00 +0000",
        'From: "Ana (Support)" <support@desk.example>',
        "To: Maria Huber <maria@acme.example>",
        "Subject: Re: Invoice [SUP-42]",
        "Reply-To: support+k3y@desk.example",
        "In-Reply-To: <first@acme.example>",
        "References: <first@acme.example>",
        "X-Deskhand-Ticket: SUP-42",
        "MIME-Version: 1.0",
        "Content-Type: multipart/alternative;",
        f' boundary="=_a{BOUNDARY}"',
        "",
        f"--=_a{BOUNDARY}",
        'Content-Type: text/plain; charset="utf-8"',
        "Content-Transfer-Encoding: 7bit",
        "",
        "Dear Maria,",
        "",
        "it is fixed.",
        "",
        f"--=_a{BOUNDARY}",
        'Content-Type: text/html; charset="utf-8"',
        "Content-Transfer-Encoding: quoted-printable",
        "MIME-Version: 1.0",
        "",
        "<!DOCTYPE html>",
        '<html><head><meta charset=3D"utf-8"></head>',
        '<body style=3D"font-family:sans-serif;font-size:15px;line-height:1.5;color:=',
        '#1f2328">',
        '<p dir=3D"auto">Dear Maria,</p>',
        '<p dir=3D"auto">it is fixed.</p>',
        "</body></html>",
        "",
        f"--=_a{BOUNDARY}--",
        "",
    ]


def test_o5_the_same_mail_is_the_same_bytes() -> None:
    file = Attachment(name="a.pdf", content_type="application/pdf", content=b"%PDF")
    assert compose(MAIL, [file]) == compose(MAIL, [file])
    assert compose(MAIL, [file]) != compose(replace(MAIL, message_id="other@desk.example"), [file])


def test_o2_automatic_mail_says_so() -> None:
    message = parsed(replace(MAIL, automatic="auto-replied"))
    assert message["Auto-Submitted"] == "auto-replied"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["X-Loop"] == "support@desk.example"


def test_o2_a_persons_mail_does_not() -> None:
    message = parsed(MAIL)
    assert not {"auto-submitted", "x-loop", "list-unsubscribe"} & {k.lower() for k in message}


def test_o2_notices_can_be_unsubscribed_with_one_click() -> None:
    message = parsed(replace(MAIL, unsubscribe_url="https://desk.example/u/abc"))
    assert message["List-Unsubscribe"] == "<https://desk.example/u/abc>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


INJECTIONS = [
    "\r\nBcc: evil@x.example",
    "\nBcc: evil@x.example",
    "\x0bBcc: e@x",
    "\x85Bcc:",
    "\u2028B",
]


@pytest.mark.parametrize("words", INJECTIONS)
def test_nothing_said_becomes_a_header(words: str) -> None:
    file = Attachment(name=f"a{words}", content_type=f"text/plain{words}", content=b"x")
    mail = replace(
        MAIL,
        subject=f"Re{words}",
        ticket=f"SUP{words}",
        message_id=f"a{words}@x.example",
        in_reply_to=f"b{words}@x.example",
        automatic=f"auto-replied{words}",
        unsubscribe_url=f"https://x.example/{words}",
        sender=replace(MAIL.sender, name=f"Ana{words}"),
        recipient=replace(MAIL.recipient, name=f"Maria{words}"),
    )
    for part in parsed(mail, file).walk():
        assert "bcc" not in {name.lower() for name in part}


@pytest.mark.parametrize("words", INJECTIONS[:2])
def test_an_address_that_is_none_is_refused(words: str) -> None:
    bad = replace(MAIL, recipient=Address(address=f"maria@acme.example{words}"))
    with pytest.raises(PermanentError) as caught:
        compose(bad, ())
    assert caught.value.fault is Fault.DESTINATION


@given(st.text(max_size=80), st.text(max_size=300), st.text(max_size=200))
def test_any_words_come_out_as_lines_that_servers_take(name: str, subject: str, text: str) -> None:
    mail = replace(MAIL, sender=replace(MAIL.sender, name=name), subject=subject, text=text)
    raw = compose(mail, ())
    assert raw.isascii()
    assert raw.count(b"\n") == raw.count(b"\r") == raw.count(b"\r\n")
    assert max(map(len, raw.split(b"\r\n"))) <= 78
    assert read_mail(raw).sender is not None


def test_long_ids_stay_whole() -> None:
    long = "A" * 120 + "@outlook.example"
    mail = replace(MAIL, in_reply_to=long, references=("first@x.example", long))
    assert header(mail, "In-Reply-To") == f"<{long}>".encode()
    assert read_mail(compose(mail, ())).references == ("first@x.example", long)


def test_o2_references_are_the_first_and_the_newest() -> None:
    ids = tuple(f"{n}@x.example" for n in range(100))
    assert read_mail(compose(replace(MAIL, references=ids), ())).references == (ids[0], *ids[-19:])


def test_o2_references_have_a_bound_in_bytes() -> None:
    ids = tuple(f"{n}{'x' * 200}@x.example" for n in range(30))
    found = read_mail(compose(replace(MAIL, references=ids), ())).references
    assert (found[0], found[-1]) == (ids[0], ids[-1])
    assert len(header(replace(MAIL, references=ids), "References")) <= 1500


def test_o8_domains_go_out_in_ascii() -> None:
    mail = replace(MAIL, recipient=Address(address="maria@bücher.example", name="Mariä"))
    assert b"<maria@xn--bcher-kva.example>" in header(mail, "To")


def test_names_and_subjects_come_back_as_they_were() -> None:
    name = 'Jörg "Joe" Bär, Abteilung für Übertragungen und vieles andere mehr'
    mail = replace(MAIL, subject="Grüße 🔥 " * 20, recipient=replace(MAIL.recipient, name=name))
    found = read_mail(compose(mail, ()))
    assert found.subject == mail.subject.strip()
    assert found.to == (Address(address="maria@acme.example", name=name),)


@pytest.mark.parametrize(
    "text", ["Grüße\n", "x" * 300 + "\n", "From me\n.\n..\n-- \nAna\n", "日本語 " * 100 + "\n", ""]
)
def test_texts_come_back_as_they_were(text: str) -> None:
    plain = parsed(replace(MAIL, text=text)).get_body(("plain",))
    assert isinstance(plain, EmailMessage)
    assert plain.get_content().replace("\r\n", "\n").rstrip("\n") == text.rstrip("\n")


def test_files_come_back_as_they_were() -> None:
    files = [
        Attachment(
            name="façade très longue.pdf" * 4, content_type="application/pdf", content=b"\0\r\n."
        ),
        Attachment(name="plain.txt", content_type="text/plain", content="ü\r\n".encode("latin-1")),
        Attachment(name="old.eml", content_type="message/rfc822", content=b"Subject: x\n\ny"),
        Attachment(name="", content_type="nonsense", content=b""),
    ]
    found = read_mail(compose(MAIL, files)).attachments
    assert [file.content for file in found] == [file.content for file in files]
    assert [part.get_content_type() for part in parsed(MAIL, *files).iter_attachments()] == [
        "application/pdf", "text/plain", "application/octet-stream", "application/octet-stream",
    ]  # fmt: skip
    assert [file.name[:12] for file in found] == ["façade très ", "plain.txt", "old.eml", "file"]


def test_o7_copies_are_named_and_blind_ones_never() -> None:
    mail = replace(
        MAIL, cc=(Address(address="a@x.example", name="Ä"), Address(address="b@x.example"))
    )
    found = read_mail(compose(mail, ()))
    assert [str(address) for address in found.cc] == ["Ä <a@x.example>", "b@x.example"]


def test_o3_the_html_says_what_the_text_says_and_nothing_acts_in_it() -> None:
    text = (
        "Hi <b>Maria</b> & co,\n\nsee https://shop.example/a?b=1&c=2.\n\n> what you said\n> twice\n"
    )
    page = parsed(replace(MAIL, text=text)).get_body(("html",))
    assert isinstance(page, EmailMessage)
    assert page.get_content().splitlines()[3:-1] == [
        '<p dir="auto">Hi &lt;b&gt;Maria&lt;/b&gt; &amp; co,</p>',
        '<p dir="auto">see <a href="https://shop.example/a?b=1&amp;c=2">'
        "https://shop.example/a?b=1&amp;c=2</a>.</p>",
        '<blockquote style="margin:0 0 0 4px;padding-left:10px;border-left:2px solid #ccc">'
        '<p dir="auto">what you said<br>',
        "twice</p></blockquote>",
    ]


def test_o3_indents_and_links_without_an_end_are_kept() -> None:
    page = as_html('  two\nhttps://x.example/"onload="a (https://y.example/z)')
    assert '<p dir="auto">&nbsp;&nbsp;two<br>' in page
    assert 'href="https://x.example/"&quot;' not in page
    assert '<a href="https://x.example/">https://x.example/</a>&quot;onload=&quot;a' in page
    assert '(<a href="https://y.example/z">https://y.example/z</a>)' in page


@pytest.mark.parametrize(
    ("said", "link"),
    [
        ("(see https://x.example/A_(b)).", "https://x.example/A_(b)"),
        ("https://x.example/A_(b)!", "https://x.example/A_(b)"),
        ("[https://x.example/a].", "https://x.example/a"),
        ("(https://x.example/a.)", "https://x.example/a"),
        ("https://x.example/?q=[1]", "https://x.example/?q=[1]"),
        ("https://)", ""),
    ],
)
def test_o3_a_link_keeps_the_brackets_that_are_its_own(said: str, link: str) -> None:
    shown = f'<a href="{link}">{link}</a>' if link else said
    assert shown in as_html(said)


def test_o3_each_paragraph_runs_as_its_script_does() -> None:
    assert as_html("שלום\n\nHello").count('<p dir="auto">') == 2


def test_o3_a_very_long_text_goes_without_html() -> None:
    message = parsed(replace(MAIL, text="x" * 300_000))
    assert message.get_content_type() == "text/plain"


WIDE = "x" * 300 + "\n" + "日本語 " * 100 + "\n" + "From here on \n" * 3


def test_o3_no_line_of_a_body_is_long_and_none_is_flowed() -> None:
    raw = compose(
        replace(MAIL, text=WIDE),
        [Attachment(name="a.bin", content_type="image/png", content=bytes(999))],
    )
    body = raw.partition(b"\r\n\r\n")[2]
    assert max(map(len, body.split(b"\r\n"))) <= 76
    assert b"format=" not in raw


def test_o3_files_are_attached_since_nothing_refers_to_them() -> None:
    picture = Attachment(
        name="logo.png", content_type="image/png", content=b"\x89PNG", inline=True, content_id="x"
    )
    [part] = parsed(MAIL, picture).iter_attachments()
    assert part["Content-Disposition"].content_disposition == "attachment"
    assert part["Content-ID"] is None


def test_o8_a_local_part_of_other_letters_stays_as_it_is() -> None:
    mail = replace(MAIL, recipient=Address(address="jörg@bücher.example"))
    assert "To: jörg@xn--bcher-kva.example\r\n".encode() in compose(mail, ())
