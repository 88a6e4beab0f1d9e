"""What was found of one requirement."""

from __future__ import annotations

from typing import Literal

import msgspec

State = Literal["met", "broken", "not shown"]


class Finding(msgspec.Struct, frozen=True):
    """Whether a requirement was seen to be met, seen to be broken, or not shown; `because` is a message
    `conform.because.…`, filled from `values`."""

    requirement: str
    state: State
    because: str
    values: dict[str, str] = {}


class Verdict(msgspec.Struct, frozen=True):
    """A finding that does not know yet of which requirement it is."""

    state: State
    because: str
    values: dict[str, str] = {}


def met(because: str, **values: object) -> Verdict:
    """It was seen."""
    return Verdict("met", because, _texts(values))


def broken(because: str, **values: object) -> Verdict:
    """The contrary was seen."""
    return Verdict("broken", because, _texts(values))


def hidden(because: str, **values: object) -> Verdict:
    """It cannot be judged from here."""
    return Verdict("not shown", because, _texts(values))


def _texts(values: dict[str, object]) -> dict[str, str]:
    return {name: str(value)[:200] for name, value in values.items()}
