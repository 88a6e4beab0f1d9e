"""Sentences in every language of the catalogue, and money as people read it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from noren.messages import say

LANGUAGES = ("en", "ja")

Words = dict[str, str]


def words(key: str, **values: object) -> Words:
    """The message `key` in each language; a value that is itself `Words` is put in in the same language."""
    return {each: say(each, key, **{name: _in(each, value) for name, value in values.items()}) for each in LANGUAGES}


def told(given: str | Mapping[str, str]) -> Words:
    """A name that a file gives once for all languages, or by language, in each language."""
    if isinstance(given, str):
        return dict.fromkeys(LANGUAGES, given)
    spare = next(iter(given.values()), "")
    return {each: given.get(each, spare) for each in LANGUAGES}


def joined(parts: Iterable[Words]) -> Words:
    """Names side by side: `A, B and C` as each language writes it."""
    every = list(parts)
    return {each: _listed([part[each] for part in every], each) for each in LANGUAGES}


def sentences(parts: Iterable[Words]) -> Words:
    """Sentences one after another."""
    every = list(parts)
    return {each: (" " if each == "en" else "").join(part[each] for part in every) for each in LANGUAGES}


def money(amount: float) -> str:
    """Whole yen with commas; never a minus zero."""
    told = f"{amount:,.0f}"
    return "0" if told == "-0" else told


def percent(share: float, digits: int = 1) -> str:
    """A share as per cent, without the sign."""
    return f"{100 * share:.{digits}f}"


def _in(language: str, value: object) -> object:
    return value.get(language, "") if isinstance(value, Mapping) else value


def _listed(names: list[str], language: str) -> str:
    if language == "ja":
        return "、".join(names)
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1] if names else "") if part)
