from __future__ import annotations

import pytest

from adapters.mail.content.html_text import MAX_LINKS, fresh_html_text, html_to_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One<br>two</p><p>three</p>", "One\ntwo\n\nthree"),
        ("<p><b>Bold</b> and <i>slanted</i>.</p>", "Bold and slanted."),
        ("<ul><li>a</li><li>b</li></ul>", "- a\n- b"),
        ("<blockquote>said <p>so</p></blockquote>", "> said\n>\n> so"),
        ("<p>2 &lt; 3 &amp; &lt;!channel&gt;</p>", "2 < 3 & <!channel>"),
        ("<style>p {}</style><script>bad()</script><p>ok</p>", "ok"),
        ('<p>a<span style="display:none">hidden</span>b</p>', "ab"),
        ("<p>a</p><!-- comment -->", "a"),
        ('<p>a</p><div style="max-height: 0; overflow: hidden">hidden</div>', "a"),
        ('<p>a</p><div style="mso-hide:all">hidden</div>', "a"),
        ('<p>a</p><div style="opacity:0.0">hidden</div><p style="opacity:0.5">b</p>', "a\n\nb"),
        ("no tags", "no tags"),
        ("", ""),
    ],
)
def test_c5_what_is_seen_is_the_text(html: str, text: str) -> None:
    assert html_to_text(html) == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ('<a href="https://x.example/">here</a>', "here <https://x.example/>"),
        (
            '<a href="https://evil.example/">good.example</a>',
            "good.example <https://evil.example/>",
        ),
        ('<a href="https://x.example/">https://x.example/</a>', "https://x.example/"),
        ('<a href="javascript:alert(1)">here</a>', "here"),
        ('<a href="java&#115;cript:alert(1)">here</a>', "here"),
        ('<a href=" JaVa\tscript:x">here</a>', "here"),
        ('<a href="data:text/html,x">here</a>', "here"),
        ('<a href="mailto:a@x.example">a@x.example</a>', "a@x.example"),
        ('<a href="https://x.example/ y">here</a>', "here"),
        ('<img src="https://t.example/p.gif">seen', "seen"),
        ('<img src="cid:1" alt="Acme  logo">', "[Acme logo]"),
    ],
)
def test_c5_links_show_where_they_go(html: str, text: str) -> None:
    assert html_to_text(html) == text


def test_what_is_too_deep_is_bare_text() -> None:
    assert html_to_text("<div>" * 5000 + "x &amp; y") == "x & y"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<STYLE>p {color: red}</Style>a<script>bad()</script>b", "ab"),
        ("a<!-- <b>hidden</b> -->b", "ab"),
        ("a<script>never ended <b>b</b>", "a"),
    ],
)
def test_c5_what_is_too_deep_is_told_without_code(html: str, text: str) -> None:
    assert html_to_text("<div>" * 300 + html) == text


def test_r3_of_too_many_links_the_first_show_where_they_go() -> None:
    text = html_to_text('<a href="https://x.example/y">z</a> ' * (MAX_LINKS + 2))
    assert (text.count("<https://x.example/y>"), text.count("z")) == (MAX_LINKS, MAX_LINKS + 2)


@pytest.mark.parametrize(
    "history",
    [
        '<div class="gmail_quote">old</div>',
        '<blockquote type="cite">old</blockquote>',
        '<div class="moz-cite-prefix">On Monday:</div><blockquote type="cite">old</blockquote>',
        '<div id="divRplyFwdMsg">From: x</div><p>old</p>',
        '<div><hr id="stopSpelling"></div>old',
        '<div id="appendonsend"></div><div>old</div>',
        '<div id="x_appendonsend"></div><div>old</div>',
        '<div class="protonmail_quote">old</div>',
        '<div class="yahoo_quoted">old</div>',
        '<div style="border:none;border-top:solid #B5C4DF 1.0pt;padding:3.0pt 0 0 0">x</div>old',
        '<div class="gmail_signature">Ann</div>',
        '<div name="messageReplySection">On Monday:<blockquote>old</blockquote></div>',
        '<div class="OutlookMessageHeader">From: x</div><p>old</p>',
        '<includetail><div id="isReplyContent">old</div></includetail>',
    ],
)
def test_marked_history_is_not_fresh(history: str) -> None:
    assert fresh_html_text(f"<p>New.</p>{history}") == "New."


def test_answers_between_quotations_stay() -> None:
    html = '<p>a</p><blockquote type="cite">q</blockquote><p>b</p>'
    assert fresh_html_text(html) == "a\n\nb"


def test_a_bare_quotation_is_content() -> None:
    assert fresh_html_text("<p>He said:</p><blockquote>so</blockquote>") is None


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>The blue\n one <b>is\nbold</b> and\r\nlong.</p>", "The blue one is bold and long."),
        ("<p>a<br>\nb</p>\n<p>c</p>", "a\nb\n\nc"),
        ("<pre>x\n  y</pre>", "```\nx\n  y\n```"),
        ("<div style='white-space: pre-wrap'>a\nb</div>", "a\nb"),
    ],
)
def test_c5_a_line_ends_where_a_reader_sees_it_end(html: str, text: str) -> None:
    assert html_to_text(html) == text
