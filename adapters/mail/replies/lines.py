"""Plain-text replies line by line: each line gets a kind, and the kinds tell what is fresh.

The work is linear in the text: no pattern sees more than one line, and no line is looked at in more
than a few windows. A header of a quotation is believed for its evidence (a date, a time, an
address), not for its shape.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from adapters.mail.replies.kinds import FULL_LINE, Kind, header_role, kind_alone, plain_line
from adapters.mail.replies.words import OPENINGS, QUOTING, SAID, WROTE

MAX_LINES = 4000

_ATTRIBUTION_LINES = 4
_BROKEN_LINES = 7
_ATTRIBUTION = 350
_HEADER_LINES = 12
_STAMPED_LINE = 90
_SHORT_SIGNATURE = 12

_DATED = re.compile(r"[:.h](?<=\d.)\d\d|(?:19|20)(?<!\d..)\d\d(?!\d)")
_YEAR = re.compile(r"(?:19|20)(?<!\d..)\d\d(?!\d)")
_ADDRESSED = re.compile(r"[^\s@]@[^\s@]")
_DIGIT = re.compile(r"\d")
# `-Ann Lee`: what has a space behind the dash is an item of a list.
_NAME = re.compile(r"--?[^\W\d_][^\W\d_.'-]+(?: [^\W\d_][^\W\d_.'-]*\.?){0,2}[ \t]*\Z")
# `2016-03-03 17:21 GMT+01:00 Some One`, as old programs wrote it, without any verb.
_STAMPED = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2},? \d{1,2}:\d{2}(?::\d{2})? (?:gmt|utc)\b")
# `Ann Lee <ann@…> 於`: what comes next is the date.
_NAMED = re.compile(r"[^<>@]{1,80}<[^<>\s@]{1,99}@[^<>\s@]{1,99}> ?.\Z")
_JOINS = ("\u65bc", "\u4e8e")
# `On 2 Mar 2026 at 9:58, Ann<ann@…> wrote:   Dear Bob,`, as Yahoo's telephones write it.
_IN_ONE_LINE = re.compile(r"([^<>]{1,200}<[^<>\s@]{1,99}@[^<>\s@]{1,99}>[^:<>]{1,30}:) {2}")
_COLONS = (":", "\uff1a")
_BEHIND = ":\uff1a ."
_WROTE_WORDS = frozenset(word for word in WROTE if " " not in word)


def fresh_lines(text: str, *, quotes: bool = True) -> str:
    """What is left without quoted history, signature and footer; empty when nothing is.

    With `quotes` false a line that starts with `>` is content, but under an attribution.
    """
    *lines, rest = f"{text}\n".split("\n", MAX_LINES)
    kinds = line_kinds(lines)
    if not quotes:
        _quotes_are_text(lines, kinds)
    end = _history_start(kinds)
    if end == len(lines) and rest:
        kept = [*_kept(lines, kinds, end), rest]
    else:
        end = _without_signature(lines, kinds, _without_outer_quotes(kinds, end))
        kept = _kept(lines, kinds, end)
    return _unsigned("\n".join(kept).strip("\n").rstrip())


def _kept(lines: Sequence[str], kinds: Sequence[Kind], end: int) -> list[str]:
    history = _history_lines(kinds, end)
    return [line for index, line in enumerate(lines[:end]) if index not in history]


def _unsigned(text: str) -> str:
    """The text without a last paragraph that is a name behind a dash, as some sign."""
    above, blank, last = text.rpartition("\n\n")
    return above.rstrip() if blank and _NAME.match(last) else text


def line_kinds(lines: Sequence[str]) -> list[Kind]:
    """The kind of each line; attributions and header blocks may take several."""
    plain = [plain_line(line) for line in lines]
    kinds = [kind_alone(line, raw) for line, raw in zip(plain, lines, strict=True)]
    _mend(plain, kinds)
    for index, kind in enumerate(kinds):
        if kind is not Kind.TEXT:
            continue
        for at in _attribution(plain, kinds, index):
            kinds[at] = Kind.ATTRIBUTION
        for at in _header_block(plain, kinds, index):
            kinds[at] = Kind.HEADER
        if kinds[index] is Kind.HEADER and _announces(plain, kinds, index - 1):
            kinds[index - 1] = Kind.ATTRIBUTION
    return kinds


def _announces(plain: Sequence[str], kinds: Sequence[Kind], at: int) -> bool:
    """Whether the line above a header block says the same once more, without a colon."""
    line = plain[at]
    return at >= 0 and kinds[at] is Kind.TEXT and _opens(line) and _is_attribution(line)


def _mend(plain: Sequence[str], kinds: list[Kind]) -> None:
    """Put right what only the neighbours of a line tell."""
    for index in range(1, len(kinds) - 1):
        before, kind, after = kinds[index - 1 : index + 2]
        if before is after is Kind.QUOTE and kind is Kind.TEXT:
            if _goes_on(plain[index - 1], plain[index]):
                kinds[index] = Kind.QUOTE
        elif kind is Kind.QUOTE and _ends_address(plain[index], plain[index - 1]):
            kinds[index] = Kind.TEXT
        elif kind is Kind.RULE and "mailing list" in plain[index + 1]:
            kinds[index] = Kind.DISCLAIMER


def _goes_on(quoted: str, line: str) -> bool:
    """Whether the line is the broken end of the quoted one before it, or a link put between."""
    opened = quoted.rfind("(http") > quoted.rfind(")")
    return len(quoted) >= FULL_LINE or opened or line.startswith(("(http", "<http", "http"))


def _ends_address(line: str, before: str) -> bool:
    """Whether this is the end of an attribution whose address was broken: `> wrote:`."""
    return before.startswith(("mailto:", "<mailto:")) and line[1:].strip(_BEHIND) in WROTE


def _attribution(plain: Sequence[str], kinds: Sequence[Kind], last: int) -> Sequence[int]:
    """The lines of the attribution that ends in this line; none when there is none."""
    line = plain[last].rstrip("*_ ")
    if _STAMPED.match(line) and len(line) <= _STAMPED_LINE:
        return (last,)
    if _opens(line) and (head := _IN_ONE_LINE.match(line)) and _is_attribution(head[1]):
        return (last,)
    if not line.endswith((*_COLONS, "-", "wrote", ">")):
        return ()
    quoted = _next_kind(kinds, last + 1) is Kind.QUOTE
    if line.endswith(">") and not quoted:
        return ()
    found: Sequence[int] = ()
    broken = line.startswith(">")
    parts = (Kind.TEXT, Kind.FOOTER, Kind.BLANK) if broken else (Kind.TEXT, Kind.FOOTER)
    reach = _BROKEN_LINES if broken else _ATTRIBUTION_LINES
    for first in range(last, max(-1, last - reach), -1):
        whole = " ".join(plain[first : last + 1])
        if kinds[first] not in parts or len(whole) > _ATTRIBUTION:
            break
        if not _is_attribution(whole, quoted=quoted):
            continue
        if _opens(plain[first]):
            found = range(first, last + 1)
            if not _goes_further_up(plain[first], whole):
                break
        found = found or range(first, last + 1)
    return found


def _is_attribution(whole: str, *, quoted: bool = False) -> bool:
    """Whether somebody wrote something at some time, going by the words and the evidence."""
    whole = whole.rstrip("-*_ ")
    said = whole.rstrip(_BEHIND).endswith(SAID)
    if said or whole.rstrip(_BEHIND).endswith(WROTE):
        return (quoted and not said) or _is_evidence(whole, quoted=quoted)
    if _WROTE_WORDS & set(whole.split()):
        # `Am 2.3. um 9:58 schrieb mir Herr Maier:` announces more than mails.
        return quoted or ("@" in whole and _is_evidence(whole, quoted=quoted))
    addressed = "@" in whole and whole.endswith((*_COLONS, ">"))
    if whole.startswith(QUOTING):
        return quoted or addressed
    return addressed and bool(_DATED.search(whole))


def _is_evidence(whole: str, *, quoted: bool) -> bool:
    """An address or a date with its year; a time is enough only where a quotation follows."""
    dated = _DATED if quoted else _YEAR
    return bool(dated.search(whole) or ("@" in whole and _ADDRESSED.search(whole)))


def _opens(line: str) -> bool:
    """Whether an attribution may begin with this line: mail programs break it at will."""
    line = line.lstrip("-*_ ")
    if line[:1].isdigit():
        return bool(_DATED.search(line))
    if line.startswith(OPENINGS):
        return bool(_DIGIT.search(line))
    return bool(_NAMED.match(line) if line.endswith(_JOINS) else _is_broken_off(line))


def _is_broken_off(line: str) -> bool:
    """Whether a date stands here, and an address beside it or behind the end of the line."""
    addressed = line.endswith(("<", "(")) or ("@" in line and _ADDRESSED.search(line))
    return bool(addressed and _DATED.search(line))


def _goes_further_up(first: str, whole: str) -> bool:
    """Whether the line above may belong to an attribution that could begin with this one.

    `On Nov 21, / at 10:18, / Ann wrote:`; in Chinese the name with its address comes first.
    """
    return first.startswith("at ") or (first[:1].isdigit() and "@" not in whole)


def _header_block(plain: Sequence[str], kinds: Sequence[Kind], first: int) -> Sequence[int]:
    """The lines of a quoted mail's header that begins here; none when it is no such block."""
    if not header_role(plain[first]):
        return ()
    found: dict[str, str] = {}
    last = first
    for at in range(first, min(len(plain), first + _HEADER_LINES)):
        if kinds[at] is Kind.BLANK and at > last + 1:
            break
        if role := header_role(plain[at]):
            found.setdefault(role, plain[at])
            last = at
    return range(first, last + 1) if _is_header(found) else ()


def _is_header(found: Mapping[str, str]) -> bool:
    """Whether these fields head a mail; a form may also say from where to where, and when."""
    if "from" in found and "subject" in found:
        return len(found) >= 3
    dated = bool(_DATED.search(found.get("sent", "")))
    addressed = "@" in found.get("from", "") or "@" in found.get("to", "")
    in_order = tuple(found)[:3] == ("from", "sent", "to")
    return dated and (in_order or (addressed and len(found) >= 2))


def _next_kind(kinds: Sequence[Kind], at: int) -> Kind:
    for kind in kinds[at : at + 4]:
        if kind is not Kind.BLANK:
            return kind
    return Kind.BLANK


def _quotes_are_text(lines: Sequence[str], kinds: list[Kind]) -> None:
    attributed, before = False, Kind.BLANK
    for index, kind in enumerate(kinds):
        if kind is Kind.QUOTE and before is not Kind.QUOTE:
            attributed = attributed or _attributes_itself(lines[index : index + _BROKEN_LINES])
        if kind is Kind.QUOTE and not attributed:
            kinds[index] = Kind.TEXT
        elif kind not in (Kind.BLANK, Kind.QUOTE):
            attributed = kind is Kind.ATTRIBUTION
        before = kind


def _attributes_itself(lines: Sequence[str]) -> bool:
    """Whether a quotation begins with its own attribution, as Yahoo's telephones put it there."""
    said = [plain_line(line).removeprefix(">").strip() for line in lines]
    wholes = (" ".join(said[:last]) for last in range(1, len(said) + 1))
    return _opens(said[0]) and any(
        len(whole) <= _ATTRIBUTION and whole.endswith(_COLONS) and _is_attribution(whole)
        for whole in wholes
    )


def _history_start(kinds: Sequence[Kind]) -> int:
    """The first line behind which everything is history; the number of lines when none is."""
    said = False
    for index, kind in enumerate(kinds):
        if kind is Kind.ABOVE or (said and kind is Kind.ORIGINAL):
            return index
        if kind is Kind.FORWARDED:
            return len(kinds)
        if said and kind is Kind.HEADER:
            return index
        if said and kind is Kind.ATTRIBUTION and not _quotes_follow(kinds, index):
            return index
        said = said or kind is Kind.TEXT
    return len(kinds)


def _quotes_follow(kinds: Sequence[Kind], at: int) -> bool:
    while at < len(kinds) and kinds[at] is Kind.ATTRIBUTION:
        at += 1
    return _next_kind(kinds, at) in (Kind.QUOTE, Kind.ATTRIBUTION)


def _history_lines(kinds: Sequence[Kind], end: int) -> set[int]:
    """Attributions of quotations, and the quotation under one when it is the only one: others
    are answered.
    """
    attributions = [
        index
        for index in range(end)
        if kinds[index] is Kind.ATTRIBUTION and _quotes_follow(kinds, index)
    ]
    quotes = [index for index in range(end) if kinds[index] is Kind.QUOTE]
    if not attributions or not quotes or quotes[0] < attributions[-1]:
        return set(attributions)
    between = kinds[attributions[-1] + 1 : quotes[-1]]
    alone = all(kind in (Kind.QUOTE, Kind.BLANK) for kind in between)
    return {*attributions, *quotes} if alone else set(attributions)


def _without_outer_quotes(kinds: Sequence[Kind], end: int) -> int:
    """The end of the own words: quotations behind them go."""
    outer = {Kind.BLANK, Kind.QUOTE, Kind.ATTRIBUTION}
    if end < len(kinds):
        outer.add(Kind.RULE)
    while end and kinds[end - 1] in outer:
        end -= 1
    return end


def _without_signature(lines: Sequence[str], kinds: Sequence[Kind], end: int) -> int:
    """The end of the words above a signature, and above what a program or a lawyer put below."""
    end = _signature(lines, kinds, _last_words(kinds, end))
    return _last_words(kinds, end)


def _last_words(kinds: Sequence[Kind], end: int) -> int:
    while end and kinds[end - 1] in (Kind.FOOTER, Kind.BLANK, Kind.RULE, Kind.QUOTE):
        end -= 1
    return end


def _signature(lines: Sequence[str], kinds: Sequence[Kind], end: int) -> int:
    """Where a signature begins that goes on to the end: a mere `--` may part two paragraphs."""
    found, below = end, 0
    for index in range(end - 1, 0, -1):
        signs = kinds[index] in (Kind.SIGNATURE, Kind.DISCLAIMER)
        if signs and (lines[index] == "-- " or below <= _SHORT_SIGNATURE):
            found = index
        below += kinds[index] is Kind.TEXT
    return found
