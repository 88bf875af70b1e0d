from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.comparisons import OPERATORS
from bot.domain.expressions import Expression, ExpressionError, compile_expression

NAMES = ("labels", "service", "subject", "tags", "count")
FACTS: Mapping[str, object] = {
    "labels": {
        "severity": "critical",
        "env": "production",
        "code": "503",
        "value": "95.5",
        "rate": "1.2e+06",
        "vip": "true",
        "app.kubernetes.io/name": "checkout-7",
        "k8s-app": "dns",
    },
    "service": "checkout",
    "subject": "[FIRING:2] Disk full on db-1",
    "tags": ["vip", "db", 7],
    "count": 12,
    "ratio": 0.5,
    "open": True,
    "empty": "",
    "none": None,
}


def holds(text: str, facts: Mapping[str, object] = FACTS) -> bool:
    return compile_expression(text).test(facts)


def refusal(text: str, names: tuple[str, ...] | None = NAMES) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        compile_expression(text, names)
    return caught.value


@pytest.mark.parametrize(
    "text",
    [
        'labels.severity == "critical" and service in ["checkout", "api"]'
        ' and not labels.env matches "dev*"',
        "service == 'checkout'",
        'service != "api"',
        'service not in ["api", "web"]',
        "count == 12 and count != 13",
        "count > 11 and count >= 12 and count < 13 and count <= 12",
        "ratio == 0.5 and ratio > -1",
        "open == true and open != false and open",
        '"vip" in tags and 7 in tags and tags contains "db"',
        '"Disk" in subject and subject contains "full"',
        'subject startswith "[FIRING" and subject endswith "db-1"',
        'subject matches "[FIRING:?] *full*" and subject matches "*"',
        'tags matches "v?p"',
        'labels contains "env" and "env" in labels',
        'labels["app.kubernetes.io/name"] matches "checkout-?"',
        'labels.k8s-app == "dns"',
        "true and not false",
        "labels",
        'service < "d" and service > "a"',
        "count == count",
        "tags == ['vip', 'db', 7]",
        "service in ['a', 'checkout']",
        'count in [1, 12] and not ("1" in count)',
    ],
)
def test_it_holds(text: str) -> None:
    assert holds(text)


@pytest.mark.parametrize(
    "text",
    [
        'service == "Checkout"',
        'service in ["check", "out"]',
        "service in []",
        "count < 12",
        "count < true",
        "open > 0",
        "open == 1",
        'tags == "vip"',
        "tags < 5",
        'subject startswith "FIRING"',
        'subject matches "FIRING*"',
        'service matches "check"',
        'service matches "checkout?"',
        "empty or none or missing",
        'labels.severity.deeper == "critical"',
        'tags startswith "x"',
        'count matches "*"',
    ],
)
def test_it_does_not_hold(text: str) -> None:
    assert not holds(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("labels.code == 503", True),
        ("labels.code >= 500", True),
        ("labels.value > 95", True),
        ("labels.rate == 1200000", True),
        ("labels.vip == true", True),
        ("labels.vip == false", False),
        ("labels.severity > 0", False),
        ("labels.severity == true", False),
        ("503 in [labels]", None),
    ],
)
def test_a_text_counts_as_the_number_or_truth_it_spells(text: str, expected: bool | None) -> None:
    if expected is None:
        assert refusal(text).words == "expected a value, not labels"
    else:
        assert holds(text) is expected


@pytest.mark.parametrize("operator", sorted(OPERATORS))
@pytest.mark.parametrize("name", ["missing", "labels.missing", "service.missing.more", "none"])
def test_what_is_missing_compares_false_and_its_opposites_true(operator: str, name: str) -> None:
    right = '["", "x"]' if operator in ("in", "not in") else '""'
    assert holds(f"{name} {operator} {right}") is (operator in ("!=", "not in"))


def test_two_missing_values_are_not_equal() -> None:
    assert not holds("missing == absent")
    assert holds("missing != absent")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("true or true and false", True),
        ("(true or true) and false", False),
        ("not false and false", False),
        ("not (false and false)", True),
        ("not not true", True),
        ("false or not false or false", True),
        ("not count == 12 or false", False),
    ],
)
def test_not_binds_before_and_before_or(text: str, expected: bool) -> None:
    assert holds(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r'"say \"hi\""', 'say "hi"'),
        (r"'it\'s'", "it's"),
        (r'"a\\b"', "a\\b"),
        (r'"a\d"', "a\\d"),
        ('"ü 🙂"', "ü 🙂"),
        ('"or"', "or"),
    ],
)
def test_texts_are_quoted(text: str, expected: str) -> None:
    assert holds(f"x == {text}", {"x": expected})
    assert holds(f"x[{text}]", {"x": {expected: "found"}})


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("", 0, "expected a value, not the end"),
        ("lables.severity", 0, "there is no lables here; did you mean labels?"),
        ("true and xyz == 1", 9, "there is no xyz here; a name begins with one of: count, labels"),
        ('service = "a"', 8, "write == instead of ="),
        ("labels.a && labels.b", 9, "write and instead of &"),
        ("!labels.a", 0, "write not instead of !"),
        ('service == "a', 11, "this text has no closing quote"),
        ("service == ä", 11, "'ä' means nothing here; texts stand in quotes"),
        ('service contain "a"', 8, "expected and, or, or the end, not contain; did you mean cont"),
        ("labels.a AND labels.b", 9, "not AND; did you mean and?"),
        ("(labels.a", 9, "expected ), not the end"),
        ("labels.a)", 8, "expected and, or, or the end, not )"),
        ("service in [1", 13, "expected ,, not the end"),
        ("service in [1,]", 14, "expected a value, not ]"),
        ("service not", 11, "expected in, not the end"),
        ("1 < count < 5", 10, "expected and, or, or the end, not <"),
        ('service == "a" or "b"', 18, '"b" alone is no condition: compare it'),
        ("count in 5", 9, "in needs a list after it"),
        ('tags contains ["a"]', 14, "contains needs one value, not a list after it"),
        ("service matches tags", 16, "matches needs a pattern in quotes after it"),
        ("service startswith 5", 19, "startswith needs a text after it"),
        ("labels.", 7, 'write a key as labels.job or labels["job/name"]'),
        ("labels[5]", 7, "write a key as"),
        ("and", 0, "expected a value, not and"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(text: str, position: int, words: str) -> None:
    error = refusal(text)
    assert words in error.words
    assert error.position == position


def test_an_error_shows_the_place() -> None:
    assert str(refusal("true and\n lables.env")) == (
        "there is no lables here; did you mean labels?\n  true and  lables.env\n            ^"
    )


def test_an_error_shows_only_what_is_near() -> None:
    error = refusal("true and " * 50 + "&" + " or true" * 50)
    line, caret = error.excerpt.splitlines()
    assert len(line) == 74
    assert line[caret.index("^")] == "&"


def test_an_error_may_stand_without_its_text() -> None:
    assert str(ExpressionError("no", 3)) == "no"


def test_length_and_depth_are_bounded() -> None:
    assert holds("(" * 20 + "true" + ")" * 20)
    assert "more than 20 levels" in refusal("(" * 21 + "true" + ")" * 21).words
    assert "more than 20 levels" in refusal("not " * 200 + "true").words
    assert holds("true" + " or true" * 124)
    assert "longer than 1,000 characters" in refusal("true" + " or true" * 125).words


def test_without_names_any_name_will_do() -> None:
    assert not holds("whatever.it.is")


def test_an_expression_is_known_by_its_text() -> None:
    assert compile_expression("true") == compile_expression("true")
    assert compile_expression("true") != compile_expression("false")
    assert repr(compile_expression("a")) == "Expression(text='a')"


def test_an_explanation_names_every_comparison_with_its_values() -> None:
    text = 'false and service == "api" or not (tags contains "vip" and labels.x in ["a"] or count)'
    assert compile_expression(text).explain(FACTS) == (
        "false: false",
        'service == "api": false (service is "checkout")',
        'tags contains "vip": true (tags is ["vip", "db", 7])',
        'labels.x in ["a"]: false (labels.x is missing)',
        "count: true (count is 12)",
    )


def test_an_explanation_is_short_whatever_the_values() -> None:
    facts = {"a": "x" * 10**6, "b": list(range(1000)), "c": 10**5000}
    (shown,) = compile_expression("a == b").explain(facts)
    assert shown == f'a == b: false (a is "{"x" * 60}"…, b is [0, 1, 2, 3, 4, 5, 6, 7, …])'
    assert compile_expression("c > 1").explain(facts) == ("c > 1: true (c is a very large number)",)


def test_digits_without_end_are_no_number() -> None:
    assert not holds("x > 1 or x < 1 or x == 1", {"x": "9" * 9999})


def test_facts_may_be_any_mapping_and_are_only_read() -> None:
    assert holds('a.b == "c"', MappingProxyType({"a": MappingProxyType({"b": "c"})}))


def test_lists_within_lists_count_for_nothing() -> None:
    loop: list[object] = ["a"]
    loop.append(loop)
    assert holds('x == ["a"] and x contains "a" and x == x', {"x": loop})


@given(
    st.text("ab*?[", max_size=8).map(lambda drawn: drawn.replace("**", "*")),
    st.text("ab[\n", max_size=10),
)
@example("a*a", "a")
@example("*ab*ab", "abab")
@example("*?", "")
@example("?", "\n")
def test_a_glob_is_what_fnmatch_calls_one_without_brackets(pattern: str, text: str) -> None:
    expected = fnmatch.fnmatchcase(text, pattern.replace("[", "[[]"))
    assert holds(f'x matches "{pattern}"', {"x": text}) is expected


def test_a_glob_takes_time_linear_in_the_text() -> None:
    assert not holds('x matches "' + "*a" * 400 + '*b"', {"x": "a" * 500_000})
    assert not holds('x matches "' + "*a?a" * 200 + 'b"', {"x": "a" * 500_000})


# No expression that can be read may raise, whatever the facts.

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.integers(400, 5000).map(lambda digits: 10**digits)
    | st.sampled_from(["9" * 9999, "1e999", "-7", "true", "\ud800", b"x", object()])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from("abc") | st.integers(), inner, max_size=4)
        | st.sets(SCALARS, max_size=3)
    ),
    max_leaves=12,
)
NAMED = st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=3).map(".".join)
LITERALS = st.sampled_from(['"a"', '""', "1", "-2.5", "true", "[]", '["a", 1, false]', '"*?a"'])
OPERANDS = NAMED | LITERALS
COMPARISONS = st.tuples(OPERANDS, st.sampled_from(sorted(OPERATORS)), OPERANDS).map(" ".join)
TEXTS = st.recursive(
    COMPARISONS | NAMED,
    lambda inner: (
        inner.map(lambda one: f"not ({one})")
        | st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(" ".join)
    ),
    max_leaves=6,
)


def read(text: str) -> Expression | ExpressionError:
    try:
        return compile_expression(text)
    except ExpressionError as error:
        return error


def readable(texts: st.SearchStrategy[str]) -> st.SearchStrategy[Expression]:
    found = texts.map(read)
    return found.flatmap(lambda e: st.just(e) if isinstance(e, Expression) else st.nothing())


@given(readable(TEXTS), st.dictionaries(st.sampled_from("abc"), VALUES))
def test_no_facts_make_an_expression_raise(expression: Expression, facts: dict[str, Any]) -> None:
    assert expression.test(facts) in (True, False)
    assert all(": true" in line or ": false" in line for line in expression.explain(facts))


@given(readable(COMPARISONS), st.dictionaries(st.sampled_from("abc"), VALUES))
def test_an_explanation_agrees_with_the_test(expression: Expression, facts: dict[str, Any]) -> None:
    (line,) = expression.explain(facts)
    result = "true" if expression.test(facts) else "false"
    assert line.startswith(f"{expression.text}: {result}")


@given(st.text("abc.[]()\"'\\=!<>&|-5 ,\n" + "andortuei", max_size=60) | st.text(max_size=60))
def test_any_text_is_an_expression_or_an_error_with_a_place(text: str) -> None:
    found = read(text)
    if isinstance(found, ExpressionError):
        assert 0 <= found.position <= len(text)
        assert str(found).startswith(found.words)
