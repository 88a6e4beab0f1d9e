"""Comparing times kept as text: ISO 8601 in UTC with `Z`, whole or broken seconds, so that the order is that of time.

Text order would be that of time but for the seconds' fraction ("…00.5Z" sorts before "…00Z"), which these trees mend
while the store can still use its index.
"""

from __future__ import annotations

from noren.store.query import And, Compare, Node, Not, OneOf, Operator, Or, Path

_DIGITS = 6


def compare(path: Path, operator: Operator, instant: str) -> Node:
    """The tree for `path operator instant`; `instant` as `forms.instant` gives it."""
    seconds, _, fraction = instant.removesuffix("Z").partition(".")
    fraction = fraction.rstrip("0")
    same = OneOf(path, _spellings(seconds, fraction))
    from_on = _from_on(path, seconds, fraction)
    match operator:
        case "==":
            return same
        case "!=":
            return Not(same)
        case ">=":
            return from_on
        case ">":
            return And((from_on, Not(same)))
        case "<":
            return _before(path, seconds, fraction)
        case _:
            return Or((_before(path, seconds, fraction), same))


def between(path: Path, low: str, high: str) -> Node:
    """Both ends included."""
    return And((compare(path, ">=", low), compare(path, "<=", high)))


def _spellings(seconds: str, fraction: str) -> tuple[str, ...]:
    padded = [fraction + "0" * zeros for zeros in range(_DIGITS - len(fraction) + 1)]
    return tuple(f"{seconds}.{digits}Z" if digits else f"{seconds}Z" for digits in padded)


def _shorter(seconds: str, fraction: str) -> tuple[str, ...]:
    """Earlier times that sort behind: those whose fraction is the beginning of this one ("Z" sorts behind digits)."""
    beginnings = [fraction[:digits] for digits in range(len(fraction))]
    return tuple(f"{seconds}.{digits}Z" if digits else f"{seconds}Z" for digits in beginnings)


def _from_on(path: Path, seconds: str, fraction: str) -> Node:
    if not fraction:
        return Compare(path, ">=", seconds)
    return And((Compare(path, ">=", f"{seconds}.{fraction}"), Not(OneOf(path, _shorter(seconds, fraction)))))


def _before(path: Path, seconds: str, fraction: str) -> Node:
    if not fraction:
        return Compare(path, "<", seconds)
    return Or((Compare(path, "<", f"{seconds}.{fraction}"), OneOf(path, _shorter(seconds, fraction))))
