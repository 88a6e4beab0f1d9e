"""What several chapters say in the same way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from noren.governance.pages import Block, Facts, Teller, Text
from noren.governance.plan.book import Book

_WORDS = ("text", "title", "what", "name", "statement", "description")


def gaps(book: Book, tell: Teller, kinds: Iterable[str], there: bool, key: str) -> list[Block]:
    """What a chapter says when nothing of it is there: that it may not be shown, or that the city has none yet."""
    closed = [kind for kind in kinds if kind in book.closed]
    found: list[Block] = [Text(tell("plan.closed", what=tell.type(kind)), "missing") for kind in closed]
    return found if there or closed else [Text(tell(key), "missing")]


def stated(tell: Teller, rows: Iterable[tuple[str, str]]) -> list[Block]:
    """Facts with their labels (keys of messages); those that nobody stated in one sentence behind them."""
    rows = list(rows)
    said = [(tell(key), words) for key, words in rows if words]
    lacking = [tell(key) for key, words in rows if not words]
    found: list[Block] = [Facts(said)] if said else []
    if lacking:
        found.append(Text(tell("plan.unstated", what=tell.listed(lacking)), "missing"))
    return found


def loose(tell: Teller, value: Any) -> str:
    """Whatever somebody kept, in words: a text, words by language, an entry with a text of its own, or as it stands."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, Mapping):
        if value and all(len(str(key)) <= 3 and isinstance(each, str) for key, each in value.items()):
            return tell.said(value)
        words = next((value[name] for name in _WORDS if value.get(name)), None)
        rest = {key: each for key, each in value.items() if key not in _WORDS}
        if words is not None:
            return " – ".join(each for each in (loose(tell, words), loose(tell, rest) if rest else "") if each)
        return tell.listed(f"{key}: {loose(tell, each)}" for key, each in value.items())
    if isinstance(value, list | tuple):
        return tell.listed(loose(tell, each) for each in value)
    if isinstance(value, bool) or value is None:
        return "" if value is None else tell("portal.yes" if value else "portal.no")
    return tell.number(value) if isinstance(value, int | float) else msgspec.json.encode(value).decode()


def lines(texts: Iterable[str]) -> str:
    """Several sentences, a line each."""
    return "\n".join(each for each in texts if each)


def interval(tell: Teller, low: float | None, high: float | None) -> str:
    """From one figure to another; a dash when there are none."""
    return "–" if low is None or high is None else tell("plan.interval", low=tell.number(low), high=tell.number(high))
