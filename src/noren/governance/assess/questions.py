"""The questionnaire: areas, and questions whose five levels are described in words."""

from __future__ import annotations

import tomllib
from functools import cached_property
from importlib.resources import files
from pathlib import Path

import msgspec

from noren.contract import Function, Layer
from noren.errors import BadInput

HIGHEST = 4
FILE = "questionnaire.toml"


class Area(msgspec.Struct, forbid_unknown_fields=True):
    """A group of questions."""

    id: str
    en: str
    ja: str

    def told(self, language: str) -> str:
        """Its name."""
        return self.ja if language == "ja" else self.en


class Question(msgspec.Struct, forbid_unknown_fields=True):
    """One question; `needs` names questions that must stand higher before this one can rise."""

    id: str
    area: str
    en: str
    ja: str
    levels_en: list[str]
    levels_ja: list[str]
    needs: tuple[str, ...] = ()
    layers: tuple[Layer, ...] = ()
    functions: tuple[Function, ...] = ()
    source: str = ""

    def told(self, language: str) -> str:
        """What it asks."""
        return self.ja if language == "ja" else self.en

    def levels(self, language: str) -> list[str]:
        """What its levels mean, from 0 on."""
        return self.levels_ja if language == "ja" else self.levels_en


class Questionnaire(msgspec.Struct, forbid_unknown_fields=True, dict=True):
    """Areas and questions in the order in which they are asked."""

    area: list[Area]
    question: list[Question]

    @cached_property
    def by_id(self) -> dict[str, Question]:
        """The questions by id."""
        return {each.id: each for each in self.question}


def questionnaire(path: Path | None = None) -> Questionnaire:
    """The questions of a file, or the survey that comes with Noren; raises `BadInput` that names file and place."""
    where = str(path) if path else FILE
    try:
        text = path.read_text("utf-8-sig") if path else (files(__package__) / FILE).read_text("utf-8")
        found = msgspec.convert(tomllib.loads(text), Questionnaire)
    except OSError as error:
        raise BadInput("The questionnaire cannot be read.", where=where, hint="Check its name.") from error
    except UnicodeDecodeError as error:
        raise BadInput("The questionnaire is not UTF-8 text.", where=where, hint="Save it as UTF-8.") from error
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise BadInput(f"This is no questionnaire: {error}.", where=where) from error
    _check(found, where)
    return found


def _check(found: Questionnaire, where: str) -> None:
    areas, seen = {each.id for each in found.area}, set[str]()
    for number, each in enumerate(found.question, 1):
        place = f"{where}, question {number} ({each.id})"
        if each.id in seen:
            raise BadInput("Two questions have this id.", where=f"{place}, id")
        seen.add(each.id)
        if each.area not in areas:
            raise BadInput(f"“{each.area}” is no area.", where=f"{place}, area")
        if any(len(levels) != HIGHEST + 1 for levels in (each.levels_en, each.levels_ja)):
            raise BadInput("A question has five levels in each language.", where=f"{place}, levels")
        if unknown := [need for need in each.needs if need not in found.by_id]:
            raise BadInput(f"It needs “{unknown[0]}”, which is no question.", where=f"{place}, needs")
        if _circles(found, each.id):
            raise BadInput("It needs itself in the end.", where=f"{place}, needs")


def _circles(found: Questionnaire, id: str) -> bool:
    seen, open_ = set[str](), list(found.by_id[id].needs)
    while open_:
        need = open_.pop()
        if need == id:
            return True
        if need not in seen and need in found.by_id:
            seen.add(need)
            open_ += found.by_id[need].needs
    return False
