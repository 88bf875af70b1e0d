"""The expression language of routes, rules and policies: `labels.severity == "critical" and …`.

    either     = both { "or" both }
    both       = negated { "and" negated }
    negated    = "not" negated | "(" either ")" | comparison
    comparison = "true" | "false" | name | value operator value
    operator   = "==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "not" "in"
               | "contains" | "startswith" | "endswith" | "matches"
    value      = name | text | number | "true" | "false" | "[" value { "," value } "]"
    name       = word { "." word | "[" text "]" }

A name alone holds when its value is not missing, empty, 0 or false. A mapping counts as its keys,
anything that is not plain data as missing. What the operators mean stands in `comparisons`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from bot.domain.comparisons import (
    OPERATORS,
    RIGHT_SIDE,
    TRUTHS,
    Scalar,
    Value,
    fits,
    number,
    plain,
    shown,
)

MAX_LENGTH: Final = 1_000
MAX_DEPTH: Final = 20

Facts = Mapping[str, object]
Read = Callable[[Facts], Value]
Check = Callable[[Facts], bool]

_TOKEN: Final = re.compile(
    r"""(?P<space>\s+)
      | (?P<number>-?[0-9]+(?:\.[0-9]+)?)
      | (?P<text>"(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*')
      | (?P<word>[A-Za-z_][A-Za-z0-9_]*(?:-[A-Za-z0-9_]+)*)
      | (?P<mark>[=!<>]=|[<>()\[\],.])
    """,
    re.VERBOSE | re.DOTALL,
)
_RESERVED: Final = frozenset(
    ("and", "or", "not", "in", "true", "false", "contains", "startswith", "endswith", "matches")
)
_INSTEAD: Final = {"=": "==", "&": "and", "|": "or", "!": "not"}


class ExpressionError(ValueError):
    """An expression that cannot be read: what is wrong, and at which character (from 0).

    `str()` shows the words, and below them the place with a caret when `text` is given.
    """

    def __init__(self, words: str, position: int, text: str = "") -> None:
        super().__init__(words, position, text)
        self.words = words
        self.position = position
        self.text = text

    def __str__(self) -> str:
        return "\n".join(filter(None, (self.words, self.excerpt)))

    @property
    def excerpt(self) -> str:
        """Up to 72 characters around the place on one line, and a caret below it."""
        start = max(0, min(self.position - 36, len(self.text) - 72))
        line = re.sub(r"\s", " ", self.text[start : start + 72])
        return f"  {line}\n  {' ' * (self.position - start)}^" if self.text else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """A compiled condition over facts: texts, numbers, truth values, lists and mappings of them."""

    text: str
    _check: Check = field(repr=False, compare=False)
    _comparisons: tuple[_Comparison, ...] = field(repr=False, compare=False)

    def test(self, facts: Facts) -> bool:
        """Whether the condition holds; never raises for facts made of plain data."""
        return self._check(facts)

    def explain(self, facts: Facts) -> tuple[str, ...]:
        """Every comparison in reading order: `service == "api": false (service is "web")`."""
        return tuple(comparison.explain(facts) for comparison in self._comparisons)


def compile_expression(text: str, names: Collection[str] | None = None) -> Expression:
    """Read an expression; `names` are the words it may begin a name with (None: any).

    Raises ExpressionError, also for more than 1,000 characters or parentheses over 20 deep.
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"longer than {MAX_LENGTH:,} characters", MAX_LENGTH, text)
    parser = _Parser(text, names)
    check = parser.whole()
    return Expression(text=text, _check=check, _comparisons=tuple(parser.comparisons))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Operand:
    """A value of the expression; `literal` is what it is when it is written down, else None."""

    token: _Token
    read: Read
    name: str = ""
    literal: Value = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Comparison:
    text: str
    operands: tuple[_Operand, ...]
    check: Check

    def explain(self, facts: Facts) -> str:
        named = {o.name: shown(o.read(facts)) for o in self.operands if o.name}
        result = "true" if self.check(facts) else "false"
        values = ", ".join(f"{name} is {value}" for name, value in named.items())
        return f"{self.text}: {result}" + (f" ({values})" if values else "")


class _Parser:
    """Reads by recursive descent, one method a rule of the grammar, and compiles to closures."""

    def __init__(self, text: str, names: Collection[str] | None) -> None:
        self._text = text
        self._names = names
        self._tokens = _tokens(text)
        self._at = 0
        self.comparisons: list[_Comparison] = []

    def whole(self) -> Check:
        check = self._either(0)
        if self._next.kind != "end":
            raise self._unexpected("and, or, or the end")
        return check

    def _either(self, depth: int) -> Check:
        checks = [self._both(depth)]
        while self._take("or"):
            checks.append(self._both(depth))
        return _any_of(tuple(checks))

    def _both(self, depth: int) -> Check:
        checks = [self._negated(depth)]
        while self._take("and"):
            checks.append(self._negated(depth))
        return _all_of(tuple(checks))

    def _negated(self, depth: int) -> Check:
        if depth > MAX_DEPTH:
            raise self._error(f"more than {MAX_DEPTH} levels deep")
        if self._take("not"):
            return _not(self._negated(depth + 1))
        if not self._take("("):
            return self._comparison()
        check = self._either(depth + 1)
        self._expect(")")
        return check

    def _comparison(self) -> Check:
        left = self._operand()
        operator = self._operator()
        if not operator:
            return self._condition(left)
        right = self._operand()
        if not fits(operator, right.literal):
            raise self._error(f"{operator} needs {RIGHT_SIDE[operator]} after it", right.token)
        return self._noted(_compare(operator, left, right), left, right)

    def _condition(self, operand: _Operand) -> Check:
        if operand.name or isinstance(operand.literal, bool):
            return self._noted(lambda facts: bool(operand.read(facts)), operand)
        raise self._error(f"{operand.token.text} alone is no condition: compare it", operand.token)

    def _noted(self, check: Check, *operands: _Operand) -> Check:
        text = self._text[operands[0].token.start : self._tokens[self._at - 1].end]
        self.comparisons.append(_Comparison(text=text, operands=operands, check=check))
        return check

    def _operator(self) -> str:
        if self._take("not"):
            self._expect("in")
            return "not in"
        if self._next.kind in ("word", "mark") and self._next.text in OPERATORS:
            return self._advance().text
        return ""

    def _operand(self) -> _Operand:
        token = self._next
        if token.kind == "word" and token.text not in _RESERVED:
            return self._name()
        value = self._list() if self._take("[") else self._scalar()
        return _Operand(token=token, read=lambda _: value, literal=value)

    def _list(self) -> tuple[Scalar, ...]:
        items: list[Scalar] = []
        while not self._take("]"):
            if items:
                self._expect(",")
            items.append(self._scalar())
        return tuple(items)

    def _scalar(self) -> Scalar:
        token = self._advance()
        if token.kind == "text":
            return _unquoted(token.text)
        if token.kind == "number":
            return number(token.text)
        if token.text in TRUTHS:
            return TRUTHS[token.text]
        raise self._error(f"expected a value, not {token.text}", token)

    def _name(self) -> _Operand:
        token = self._advance()
        if self._names is not None and token.text not in self._names:
            near = difflib.get_close_matches(token.text, self._names, 1)
            known = ", ".join(sorted(self._names))
            hint = f"did you mean {near[0]}?" if near else f"a name begins with one of: {known}"
            raise self._error(f"there is no {token.text} here; {hint}", token)
        path = [token.text]
        while self._next.text in (".", "["):
            path.append(self._key(self._advance()))
        text = self._text[token.start : self._tokens[self._at - 1].end]
        return _Operand(token=token, read=_reader(tuple(path)), name=text)

    def _key(self, opening: _Token) -> str:
        token = self._advance()
        if opening.text == "." and token.kind == "word":
            return token.text
        if opening.text == "[" and token.kind == "text":
            self._expect("]")
            return _unquoted(token.text)
        raise self._error('write a key as labels.job or labels["job/name"]', token)

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at]

    def _advance(self) -> _Token:
        token = self._next
        self._at = min(self._at + 1, len(self._tokens) - 1)
        return token

    def _take(self, text: str) -> bool:
        found = self._next.text == text and self._next.kind in ("word", "mark")
        self._at += found
        return found

    def _expect(self, text: str) -> None:
        if not self._take(text):
            raise self._unexpected(text)

    def _unexpected(self, wanted: str) -> ExpressionError:
        near = difflib.get_close_matches(self._next.text.lower(), sorted(_RESERVED), 1)
        hint = f"; did you mean {near[0]}?" if near and self._next.text not in _RESERVED else ""
        return self._error(f"expected {wanted}, not {self._next.text}{hint}")

    def _error(self, words: str, token: _Token | None = None) -> ExpressionError:
        return ExpressionError(words, (token or self._next).start, self._text)


def _tokens(text: str) -> list[_Token]:
    tokens, at = list[_Token](), 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise ExpressionError(_unreadable(text[at]), at, text)
        if found.lastgroup != "space":
            kind = str(found.lastgroup)
            tokens.append(_Token(kind=kind, text=found[0], start=at, end=found.end()))
        at = found.end()
    return [*tokens, _Token(kind="end", text="the end", start=len(text), end=len(text))]


def _unreadable(character: str) -> str:
    if character in "\"'":
        return "this text has no closing quote"
    if character in _INSTEAD:
        return f"write {_INSTEAD[character]} instead of {character}"
    return f"{character!r} means nothing here; texts stand in quotes"


def _unquoted(text: str) -> str:
    return re.sub(r"\\([\"'\\])", r"\1", text[1:-1])


def _reader(path: tuple[str, ...]) -> Read:
    def read(facts: Facts) -> Value:
        found: object = facts
        for key in path:
            found = found.get(key) if isinstance(found, Mapping) else None
        return plain(found)

    return read


def _any_of(checks: tuple[Check, ...]) -> Check:
    return lambda facts: any(check(facts) for check in checks)


def _all_of(checks: tuple[Check, ...]) -> Check:
    return lambda facts: all(check(facts) for check in checks)


def _not(check: Check) -> Check:
    return lambda facts: not check(facts)


def _compare(operator: str, left: _Operand, right: _Operand) -> Check:
    holds = OPERATORS[operator]
    return lambda facts: holds(left.read(facts), right.read(facts))
