# ruff: noqa: RUF001 - mail programs speak many languages

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.mail.content.reply_text import fresh_text
from adapters.mail.replies.kinds import Kind
from adapters.mail.replies.lines import line_kinds

NEW = "It still fails.\nSee the log."

ATTRIBUTIONS = [
    "On Mon, Mar 2, 2026 at 9:58 AM Ana <ana@desk.example> wrote:",
    "On Mon, Mar 2, 2026 at 9:58 AM Ana Maria Something-Longer\n<ana@desk.example> wrote:",
    "On 2 Mar 2026, at 09:58, Ana <\nana.with.a.long.address@desk.example>\nwrote:",
    "Am 02.03.2026 um 09:58 schrieb Ana <ana@desk.example>:",
    "Ana <ana@desk.example> schrieb am Mo., 2.\nMärz 2026 um 09:58 Uhr:",
    "Le lun. 2 mars 2026 à 09:58, Ana <ana@desk.example> a écrit :",
    "El lun, 2 mar 2026 a las 9:58, Ana (<ana@desk.example>) escribió:",
    "Il giorno lun 2 mar 2026 alle ore 09:58 Ana <ana@desk.example> ha\nscritto:",
    "Em seg., 2 de mar. de 2026 às 09:58, Ana <ana@desk.example> escreveu:",
    "Op ma 2 mrt 2026 om 09:58 schreef Ana <ana@desk.example>:",
    "Den man. 2. mar. 2026 kl. 09.58 skrev Ana <ana@desk.example>:",
    "pon., 2 mar 2026 o 09:58 Ana <ana@desk.example> napisał(a):",
    "пн, 2 мар. 2026 г. в 09:58, Ana <ana@desk.example>:",
    "2 мар. 2026 г. в 09:58 Ana <ana@desk.example> написал(а):",
    "2026年3月2日(月) 9:58 Ana <ana@desk.example>:",
    "在 2026年3月2日 09:58，Ana <ana@desk.example> 写道：",
    "2026年 3月 2日 (月) 09:58, Ana <ana@desk.example>님이 작성:",
    "---- On Mon, 02 Mar 2026 09:58:00 +0100 Ana <ana@desk.example> wrote ----",
    "El dl., 2 de març 2026, 9:58, Ana <ana@desk.example> va escriure:",
    "2026. gada 2. marts 09:58 Ana <ana@desk.example> rakstīja:",
    "Ana <ana@desk.example> ezt írta (időpont: 2026. márc. 2., H, 9:58):",
    "Ana <ana@desk.example>, 2 Mar 2026 Pzt, 09:58 tarihinde şunu yazdı:",
    "في الاثنين، 2 مارس 2026 في 9:58 ص تمت كتابة ما يلي بواسطة Ana <ana@desk.example>:",
    "\u202bבתאריך יום ב׳, 2 במרץ 2026 ב-9:58 מאת Ana\u200f <\u202aana@desk.example>:\u202c",
    "เมื่อ จ. 2 มี.ค. 2026 เวลา 09:58 Ana <ana@desk.example> เขียนว่า:",
    "Vào Th 2, 2 thg 3, 2026 vào lúc 09:58 Ana <ana@desk.example> đã viết:",
    "Pada Sen, 2 Mar 2026 pukul 09.58 Ana <ana@desk.example> menulis:",
    "در تاریخ دوشنبه ۲ مارس ۲۰۲۶، ۹:۵۸ Ana <ana@desk.example> نوشت:",
    "सोम, 2 मार्च 2026 को 9:58 पूर्वाह्न को Ana <ana@desk.example> ने लिखा:",
    "пн, 2 бер. 2026 р. о 09:58 Ana <ana@desk.example> пише:",
    "Στις Δευ 2 Μαρ 2026 στις 9:58 π.μ., ο/η Ana <ana@desk.example> έγραψε:",
    "po 2. 3. 2026 v 9:58 odesílatel Ana <ana@desk.example> napsal:",
    "po 2. 3. 2026 o 9:58 Ana <ana@desk.example> napísal(a):",
    "În lun., 2 mar. 2026 la 09:58, Ana <ana@desk.example> a scris:",
    "Den mån 2 mars 2026 kl 09:58 skrev Ana <ana@desk.example>:",
    "man. 2. mars 2026 kl. 09:58 skrev Ana <ana@desk.example>:",
    "ma 2. maalisk. 2026 klo 9.58 Ana (ana@desk.example) kirjoitti:",
    "W dniu pon., 2.03.2026 o 09:58 Ana <ana@desk.example> napisał(a):",
    "pon, 2. ožu 2026. u 09:58 Ana <ana@desk.example> napisao je:",
    "V pon., 2. mar. 2026 ob 09:58 je oseba Ana <ana@desk.example> napisala:",
    "2026 m. kovo 2 d., pr 09:58 Ana <ana@desk.example> rašė:",
    "Kontakt Ana (<ana@desk.example>) kirjutas kuupäeval E, 2. märts 2026 kell 09:58:",
    "На пн, 2.03.2026 г. в 9:58 Ana <ana@desk.example> написа:",
    "2026年3月2日(月) 9:58 Ana <ana@desk.example>のメール:",
    "於 2026年3月2日 週一 上午9:58寫道：",
    "Ana <ana@desk.example> 于2026年3月2日周一 09:58写道：",
    "2026년 3월 2일 (월) 오전 9:58, Ana <ana@desk.example>님이 작성:",
    "Þann mán., 2. mar. 2026 kl. 09:58 skrifaði Ana <ana@desk.example>:",
    "Ar, 2 Maw 2026 am 9:58 ysgrifennodd Ana <ana@desk.example>:",
    "O lun, 2 mar 2026 ás 9:58, Ana (<ana@desk.example>) escribiu:",
    "Op Ma. 2 Mrt. 2026 09:58 het Ana <ana@desk.example> geskryf:",
    "On 02/03/2026 09:58, Ana wrote:",
    "On Monday, March 2nd, 2026 at 9:58 AM, Ana <ana@desk.example> wrote:",
    "Ana hat am 02.03.2026 09:58 CET geschrieben:",
    "Le 2 mars 2026 à 09:58, Ana a écrit :",
    "Il 02/03/2026 09:58, Ana ha scritto:",
    "Em 02/03/2026 09:58, Ana escreveu:",
    "Ana <ana@desk.example> wrote (2 March 2026 at 09:58):",
    "Citát Ana <ana@desk.example>:",
    "Quoting Ana <ana@desk.example>:",
    "Zitat von Ana <ana@desk.example>:",
]

HEADERS = [
    "From: Ana <ana@desk.example>\nSent: Monday, March 2, 2026 9:58 AM\nTo: Maria\nSubject: Log",
    "Von: Ana\nGesendet: Montag, 2. März 2026 09:58\nAn: Maria\nBetreff: Log",
    "De : Ana <ana@desk.example>\nEnvoyé : lundi 2 mars 2026 09:58\nÀ : Maria\nObjet : Log",
    "*From:* Ana\n*Date:* 2 March 2026 09:58\n*To:* Maria\n*Subject:* Log",
    "发件人: Ana\n发送时间: 2026年3月2日\n收件人: Maria\n主题: Log",
    "________________________________\nFrom: Ana\nSent: Monday, March 2, 2026 9:58 AM\nTo: Maria",
    "Šalje: Ana <ana@desk.example>\nPoslano: 2. ožujka 2026. 9:58\nPrima: Maria\nPredmet: Log",
    "Nuo: Ana <ana@desk.example>\nIšsiųsta: 2026 m. kovo 2 d. 09:58\nKam: Maria\nTema: Log",
    "Dari: Ana <ana@desk.example>\nDikirim: 02 Maret 2026 09:58\nKepada: Maria\nSubjek: Log",
    "จาก: Ana <ana@desk.example>\nส่ง: 2 มีนาคม 2026 09:58\nถึง: Maria\nเรื่อง: Log",
    "差出人: Ana <ana@desk.example>\n送信日時: 2026年3月2日 9:58\n宛先: Maria\n件名: Log",
    "보낸 사람: Ana <ana@desk.example>\n날짜: 2026년 3월 2일\n받는 사람: Maria\n제목: Log",
    "Da: Ana <ana@desk.example>\nInviato: lunedì 2 marzo 2026 09:58\nA: Maria\nOggetto: Log",
    "מאת: Ana <ana@desk.example>\nנשלח: יום שני 2 מרץ 2026 09:58\nאל: Maria\nנושא: Log",
    "من: Ana <ana@desk.example>\nتم الإرسال: 2 مارس 2026 09:58\nإلى: Maria\nالموضوع: Log",
]


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
def test_a_quotation_below_is_history(attribution: str) -> None:
    assert fresh_text(f"{NEW}\n\n{attribution}\n\n> Hello,\n>\n> please try.\n") == NEW


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
def test_so_is_what_stands_below_without_marks(attribution: str) -> None:
    assert fresh_text(f"{NEW}\n\n{attribution}\n\nHello,\n\nplease try.\n") == NEW


@pytest.mark.parametrize("header", HEADERS)
def test_so_is_what_a_header_block_heads(header: str) -> None:
    assert fresh_text(f"{NEW}\n\n{header}\n\nHello,\n\nplease try.\n") == NEW


@pytest.mark.parametrize(
    "rule",
    [
        "-----Original Message-----",
        "-----Ursprüngliche Nachricht-----",
        "-------- Message original --------",
        "## Please write your reply above this line ##",
    ],
)
def test_so_is_what_a_rule_parts(rule: str) -> None:
    assert fresh_text(f"{NEW}\n\n{rule}\nHello.\n") == NEW


@pytest.mark.parametrize(
    "signature",
    ["-- \nMaria Huber\nAcme", "--\nMaria", "Sent from my iPhone", "Von meinem iPhone gesendet"],
)
def test_signatures_go(signature: str) -> None:
    assert fresh_text(f"{NEW}\n\n{signature}\n") == NEW
    assert fresh_text(f"{NEW}\n\n{signature}\n\n{ATTRIBUTIONS[0]}\n> old\n") == NEW


def test_an_answer_below_the_quotation_is_fresh() -> None:
    assert fresh_text(f"{ATTRIBUTIONS[0]}\n> Does it work?\n\n{NEW}\n") == NEW


def test_answers_between_quotations_keep_their_questions() -> None:
    text = "> Does it work?\nNo.\n\n> Since when?\nMonday.\n"
    assert fresh_text(f"{ATTRIBUTIONS[0]}\n{text}\n> Thank you.\n") == text.strip()


def test_a_lone_quotation_before_the_answer_stays() -> None:
    assert fresh_text("> Does it work?\n\nNo.") == "> Does it work?\n\nNo."


def test_a_quoted_line_that_broke_belongs_to_the_quotation() -> None:
    broken = "> " + "word " * 14 + "\nend of it\n> and more"
    assert fresh_text(f"{NEW}\n\n{ATTRIBUTIONS[0]}\n{broken}\n") == NEW


@pytest.mark.parametrize(
    "text",
    [
        "On second thought, the following works:\n\n  make all",
        "He wrote: do not touch it.\nI did.",
        "Please book:\n\nFrom: Berlin\nTo: Vienna\nDate: 2026-03-02 at 10:00\n\nThank you.",
        "To: be honest\nSubject: to change",
        "The times are:\n10:00\n11:00\n",
        "a\n-----\nb\n-----\nc",
        "a\n--\n" + "many lines of text\n" * 20 + "end",
        "Sent from the warehouse were two boxes.\nThe third one was lost.",
        "Here.\n\nSent from my desk, where it is easier.",
        "The items:\n\n- Toner\n- Paper",
        "| a | b |\n| 1 | 2 |",
        "Disclaimer: I am no expert.",
        "Quoting is hard:\nyes.",
        "",
    ],
)
def test_what_only_looks_like_it_stays(text: str) -> None:
    assert fresh_text(text) == text.strip("\n")


def test_a_forwarded_mail_is_content() -> None:
    text = f"FYI\n\n---------- Forwarded message ---------\n{HEADERS[0]}\n\nHello."
    assert fresh_text(text) == text


def test_nothing_fresh_means_all_of_it() -> None:
    text = f"{ATTRIBUTIONS[0]}\n\n> Hello."
    assert fresh_text(text) == text


def test_html_marks_decide_before_the_text_does() -> None:
    html = f"<p>New.</p><div class=gmail_quote>{ATTRIBUTIONS[0]}<p>old</p></div>"
    assert fresh_text("New.\n\nunmarked old text", html) == "New."


def test_with_html_a_bare_quotation_is_content() -> None:
    text, html = "It says:\n\n> No toner.", "<p>It says:</p><blockquote>No toner.</blockquote>"
    assert fresh_text(text, html) == text
    assert fresh_text(text) == "It says:"


def test_text_behind_the_bound_is_kept() -> None:
    text = "line\n" * 5000 + "end"
    assert fresh_text(text) == text


def test_each_line_has_a_kind() -> None:
    lines = ["Hello", "", "> old", "-- ", "=====", "Sent from my iPhone"]
    assert line_kinds(lines) == [
        Kind.TEXT, Kind.BLANK, Kind.QUOTE, Kind.SIGNATURE, Kind.RULE, Kind.FOOTER,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "On " * 20_000,
        "Am 3 um 10:00 a\n" * 5000,
        "wrote " * 40 + ":\n" * 4000,
        ("wrote " * 40 + ":\n") * 4000,
        ("12" * 120 + " wrote:\n") * 4000,
        ("@" * 248 + ":\n") * 4000,
        "From: a@b\nTo: x\n\n" * 50_000,
        "> a\nb\n" * 200_000,
        "--\nx\n" * 200_000,
        "-Ann\n\n" * 160_000,
        "mailto:\n> wrote:\n" * 60_000,
        "\n" * 1_000_000,
        ":\n" * 500_000,
    ],
)
def test_no_text_takes_long(text: str) -> None:
    began = time.process_time()
    fresh_text(text)
    assert time.process_time() - began < 1.0


@given(st.text(max_size=300))
def test_no_text_makes_it_fail(text: str) -> None:
    assert isinstance(fresh_text(text), str)
