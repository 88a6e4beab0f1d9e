"""The requirements, read from `requirements.toml`."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Literal

import msgspec


class Chapter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What requirements with the numbers `JM-<id>.…` are about, in both languages."""

    id: int
    en: str
    ja: str


class Requirement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One requirement, and how somebody outside can test it. `how`: by reading the city's interfaces, by writing test
    data that is removed again, or by people who look at it."""

    id: str
    level: Literal["MUST", "SHOULD"]
    how: Literal["interface", "write", "inspection"]
    en: str
    ja: str
    test_en: str
    test_ja: str

    @property
    def chapter(self) -> int:
        """Number of its chapter."""
        return int(self.id.removeprefix("JM-").partition(".")[0])

    def said(self, language: str) -> str:
        """The requirement in words."""
        return self.ja if language == "ja" else self.en

    def test(self, language: str) -> str:
        """How it is tested, in words."""
        return self.test_ja if language == "ja" else self.test_en


class _Specification(msgspec.Struct, forbid_unknown_fields=True):
    chapter: list[Chapter]
    requirement: list[Requirement]


def _read() -> _Specification:
    text = (files(__package__) / "requirements.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), _Specification)


_READ = _read()
CHAPTERS = {each.id: each for each in _READ.chapter}
REQUIREMENTS = {each.id: each for each in _READ.requirement}
