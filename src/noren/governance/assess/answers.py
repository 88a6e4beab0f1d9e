"""Answer files: TOML or CSV, one or several a city. What does not fit is refused with its place and costs nothing else.

TOML: `city`, and an `[[answer]]` with `question`, `level` (0 to 4, left out when it is not answered), `evidence`, `by`
(an office or a role) and `how`. CSV: the same as columns, with `city` in each row, or in the first one alone.
"""

from __future__ import annotations

import csv
import io
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from noren.errors import BadInput
from noren.governance.assess.questions import HIGHEST, Questionnaire

FIELDS = ("city", "question", "level", "evidence", "by", "how")
HELP = ("asks", *map(str, range(HIGHEST + 1)))
"""Columns of an empty CSV that only help whoever fills it in."""
HOW = ("measured", "document", "interview", "judgement")


class Answer(msgspec.Struct):
    """What one respondent says of one question in a city; `level` None: not answered."""

    city: str
    question: str
    level: int | None
    by: str = ""
    evidence: str = ""
    how: str = ""


class Refused(msgspec.Struct):
    """Something that was not counted: where it stands, and why."""

    file: str
    row: str
    field: str
    what: str


class _Row(msgspec.Struct):
    file: str
    row: str
    fields: dict[str, Any]


class _Wrong(Exception):
    """A field that does not fit, and why."""

    def __init__(self, field: str, what: str) -> None:
        self.field, self.what = field, what
        super().__init__(what)


def read(paths: Iterable[Path], asked: Questionnaire) -> tuple[list[Answer], list[Refused]]:
    """The answers in the files, and what was refused of them; raises `BadInput` for a file that cannot be read at all.

    Whoever answers without saying who is called by the name of the file.
    """
    kept: dict[tuple[str, str, str], Answer] = {}
    refused: list[Refused] = []
    for path in paths:
        for row in _rows(path):
            try:
                answer = _answer(row, asked)
                key = (answer.city, answer.question, answer.by)
                if key in kept:
                    raise _Wrong("question", f"“{answer.by}” answers {answer.question} a second time.")
                if answer.level is not None or answer.evidence:
                    kept[key] = answer
            except _Wrong as wrong:
                refused.append(Refused(row.file, row.row, wrong.field, wrong.what))
    return list(kept.values()), refused


def _answer(row: _Row, asked: Questionnaire) -> Answer:
    if unknown := sorted(row.fields.keys() - {*FIELDS, *HELP}):
        raise _Wrong(unknown[0], f"“{unknown[0]}” is no field of an answer.")
    said = {name: _words(name, row.fields.get(name, "")) for name in FIELDS if name != "level"}
    if not said["city"]:
        raise _Wrong("city", "It is not said of which city this is an answer.")
    if said["question"] not in asked.by_id:
        raise _Wrong("question", f"“{said['question'][:60]}” is no question of the questionnaire.")
    if said["how"] and said["how"] not in HOW:
        raise _Wrong("how", f"“{said['how'][:60]}” is none of {', '.join(HOW)}.")
    level = _level(row.fields.get("level"))
    return Answer(said["city"], said["question"], level, said["by"] or row.file, said["evidence"], said["how"])


def _words(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise _Wrong(name, "This is not text.")
    return value.strip()


def _level(value: Any) -> int | None:
    text = unicodedata.normalize("NFKC", str("" if value is None else value)).strip()
    if not text:
        return None
    if isinstance(value, bool) or text not in map(str, range(HIGHEST + 1)):
        raise _Wrong("level", f"“{text[:20]}” is no level; levels are 0 to {HIGHEST}.")
    return int(text)


def _rows(path: Path) -> Iterator[_Row]:
    text = _text(path)
    return _toml(path.name, text) if path.suffix.lower() == ".toml" else _csv(path.name, text)


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise BadInput("The file cannot be read.", where=str(path), hint="Check its name.") from error
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadInput("The file is neither UTF-8 nor Shift_JIS text.", where=str(path), hint="Save it as UTF-8.")


def _toml(file: str, text: str) -> Iterator[_Row]:
    try:
        kept = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"This is not TOML: {error}.", where=file, hint="Text stands in double quotes.") from error
    if unknown := sorted(kept.keys() - {"city", "answer"}):
        raise BadInput(f"“{unknown[0]}” does not belong here.", where=f"{file}, {unknown[0]}", hint="city, [[answer]]")
    answers: Any = kept.get("answer", [])
    if not isinstance(answers, list) or not all(isinstance(each, Mapping) for each in answers):
        raise BadInput("The answers are no list.", where=f"{file}, answer", hint="Write [[answer]] before each.")
    for number, each in enumerate(answers, 1):
        yield _Row(file, f"answer {number}", {"city": kept.get("city", "")} | dict(each))


def _csv(file: str, text: str) -> Iterator[_Row]:
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        head = [name.strip() for name in next(lines, [])]
        if lacking := [name for name in ("question", "level") if name not in head]:
            raise BadInput(
                f"The column “{lacking[0]}” is missing.", where=f"{file}, row 1", hint="noren assess --blank"
            )
        city = ""
        for cells in lines:
            if any(cell.strip() for cell in cells):
                fields = _named(head, cells)
                city = fields["city"] = fields.get("city", "").strip() or city
                yield _Row(file, f"row {lines.line_num}", fields)
    except csv.Error as error:
        raise BadInput(f"The table breaks off: {error}.", where=f"{file}, row {lines.line_num}") from error


def _named(head: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    named = {name: cell for name, cell in zip(head, cells, strict=False) if name}
    beyond = [cell for cell in cells[len(head) :] if cell.strip()]
    return named | ({"a cell without a heading": beyond[0]} if beyond else {})
