"""Files that hold opinions: a Polis export (CSV), what a Polis server says (JSON), or a table of comments.

Good rows are kept; each bad one becomes a `Remark` that names file, row and field. Names to know: `read`,
`Conversation`, `Comments`.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from noren.civic.opinions.votes import Vote, VoteMatrix
from noren.errors import BadInput
from noren.intake.text import encoding_of_file, open_plain
from noren.messages import say

LONGEST = 20_000
_CELL = 10_000_000
_MORE = "\0more"
_TEXT_NAMES = (
    *("comment", "comment-body", "comments", "text", "texts", "txt", "body", "content", "message", "opinion"),
    *("意見", "ご意見", "コメント", "本文", "内容", "投稿", "自由記述", "自由回答", "要望"),
    *("kommentar", "inhalt", "beitrag", "meinung"),
)
_Row = dict[str, str]


@dataclass(frozen=True)
class Remark:
    """Something wrong in the input, and where; `kind` names the message `opinions.remark.<kind>`."""

    kind: str
    file: str
    row: int = 0
    field: str = ""
    value: str = ""

    def text(self, language: str) -> str:
        """The remark in words."""
        return say(language, f"opinions.remark.{self.kind}", row=self.row, field=self.field, value=self.value)


@dataclass(frozen=True)
class Conversation:
    """Votes on statements, and the statements' texts."""

    matrix: VoteMatrix
    texts: dict[int, str]
    remarks: list[Remark]


@dataclass(frozen=True)
class Comments:
    """Texts in the order of the file, with the row that each stands in; `columns` are the other cells, by heading."""

    texts: list[str]
    rows: list[int]
    remarks: list[Remark] = field(default_factory=list)
    columns: dict[str, list[str]] = field(default_factory=dict)


def read(path: Path, column: str = "") -> Conversation | Comments:
    """What the folder or file holds; raises `BadInput` where it is nothing of the kind."""
    if path.is_file():
        return comments(path, column)
    if not path.is_dir():
        raise BadInput("There is no such file or folder.", where=str(path), hint="Check its name.")
    if (path / "votes.json").is_file():
        return server(path)
    found = {name: _one(path, name) for name in ("participants-votes.csv", "votes.csv", "comments.csv")}
    if found["participants-votes.csv"] or found["votes.csv"]:
        return export(found["participants-votes.csv"], found["votes.csv"], found["comments.csv"])
    tables = sorted(each for each in path.iterdir() if each.suffix.lower() in (".csv", ".tsv"))
    if len(tables) != 1:
        raise BadInput(
            "Votes or comments were not found in this folder.",
            where=str(path),
            hint="It needs votes.csv, participants-votes.csv, votes.json, or one table of comments. Or name one file.",
        )
    return comments(tables[0], column)


def _one(folder: Path, ending: str) -> Path | None:
    fits = sorted(each for each in folder.glob(f"*{ending}") if ending != "votes.csv" or "participant" not in each.name)
    return fits[0] if fits else None


def table(path: Path, *needed: str) -> Iterator[tuple[int, _Row]]:
    """Rows of a CSV or TSV with their numbers (the heading is row 1); raises `BadInput` when a column is missing.

    A row with more cells than the heading has the key `_MORE`, too.
    """
    csv.field_size_limit(_CELL)
    encoding = encoding_of_file(path)
    with open_plain(path) as raw:
        lines = (line.decode(encoding, "replace") for line in raw) if encoding != "utf-16" else _wide(raw.read())
        first = next(iter(lines), "").removeprefix("\ufeff")
        mark = max("\t;,", key=first.count)
        headings = [each.strip() for each in next(csv.reader([first], delimiter=mark), [])]
        missing = [name for name in needed if name not in headings]
        if missing:
            raise BadInput(
                f"The column {missing[0]} is missing.",
                where=f"{path.name}, row 1",
                hint=f"The file has: {', '.join(headings)[:200]}.",
            )
        try:
            for number, cells in enumerate(csv.reader(lines, delimiter=mark), 2):
                if cells:
                    row = dict(zip(headings, cells, strict=False))
                    yield number, row | ({_MORE: ""} if any(cells[len(headings) :]) else {})
        except csv.Error as error:
            raise BadInput(
                f"The table cannot be read: {error}.", where=path.name, hint="Save it as CSV again."
            ) from error


def _wide(raw: bytes) -> Iterator[str]:
    yield from raw.decode("utf-16", "replace").splitlines(keepends=True)


def server(folder: Path) -> Conversation:
    """A Polis server's `votes.json` and `comments.json` (and `conversation.json` for strict moderation)."""
    about = _json(folder / "conversation.json") if (folder / "conversation.json").is_file() else {}
    statements = _json(folder / "comments.json") if (folder / "comments.json").is_file() else []
    strict = bool(isinstance(about, dict) and about.get("strict_moderation"))
    remarks: list[Remark] = []
    votes, texts, hidden, meta = [], {}, set(), set()
    for number, each in enumerate(_list(statements, "comments.json"), 1):
        key = _integer(each.get("statement_id"))
        if key is None:
            remarks.append(Remark("id", "comments.json", number, "statement_id", _cut(each.get("statement_id"))))
            continue
        texts[key] = str(each.get("txt", ""))
        if each.get("is_meta"):
            meta.add(key)
        if each.get("is_meta") or each.get("moderated") == -1 or (strict and each.get("moderated") != 1):
            hidden.add(key)
    for number, each in enumerate(_list(_json(folder / "votes.json"), "votes.json"), 1):
        names = ("participant_id", "statement_id", "vote")
        vote = _vote([each.get(name) for name in names], each.get("modified", 0), "votes.json", number, names, remarks)
        if vote:
            votes.append(vote)
    return _conversation(votes, texts, hidden, meta, remarks, "votes.json")


def export(by_voter: Path | None, by_vote: Path | None, statements: Path | None) -> Conversation:
    """A Polis export; one row a voter is preferred to one row a vote, where both are there."""
    remarks: list[Remark] = []
    texts, hidden = _statements(statements, remarks) if statements else ({}, set())
    votes = list(_by_voter(by_voter, remarks) if by_voter else _by_vote(by_vote, remarks) if by_vote else ())
    return _conversation(votes, texts, hidden, set(), remarks, (by_voter or by_vote or Path()).name)


def _statements(path: Path, remarks: list[Remark]) -> tuple[dict[int, str], set[int]]:
    texts, hidden = {}, set()
    for number, row in table(path, "comment-id", "comment-body"):
        key = _integer(row.get("comment-id", ""))
        if key is None:
            remarks.append(Remark("id", path.name, number, "comment-id", _cut(row.get("comment-id", ""))))
            continue
        texts[key] = row.get("comment-body", "")
        if row.get("moderated", "").strip() == "-1":
            hidden.add(key)
    return texts, hidden


def _by_voter(path: Path, remarks: list[Remark]) -> Iterator[Vote]:
    seen: set[str] = set()
    for number, row in table(path, "participant"):
        voter = row.get("participant", "")
        if voter in seen:
            remarks.append(Remark("voterTwice", path.name, number, "participant", _cut(voter)))
        seen.add(voter)
        for name, cell in row.items():
            if name.isdecimal() and cell.strip():
                vote = _vote([voter, name, cell], number, path.name, number, ("participant", name, name), remarks)
                if vote:
                    yield vote


def _by_vote(path: Path, remarks: list[Remark]) -> Iterator[Vote]:
    names = ("voter-id", "comment-id", "vote")
    for number, row in table(path, *names):
        cells = [row.get(name, "") for name in names]
        vote = _vote(cells, row.get("timestamp", 0), path.name, number, names, remarks)
        if vote:
            yield vote


def _vote(
    cells: list[Any], time: object, file: str, row: int, names: tuple[str, str, str], remarks: list[Remark]
) -> Vote | None:
    numbers = [_integer(each) for each in cells]
    for kind, name, number, cell in zip(("id", "id", "vote"), names, numbers, cells, strict=True):
        if number is None or (kind == "vote" and number not in (-1, 0, 1)):
            remarks.append(Remark(kind, file, row, name, _cut(cell)))
            return None
    voter, statement, value = (each for each in numbers if each is not None)
    try:
        return Vote(voter, statement, value, float(str(time) or 0))
    except ValueError:
        remarks.append(Remark("time", file, row, "timestamp", _cut(time)))
        return Vote(voter, statement, value)


def _conversation(
    votes: list[Vote], texts: dict[int, str], hidden: set[int], meta: set[int], remarks: list[Remark], file: str
) -> Conversation:
    if not votes:
        raise BadInput("There are no votes in the file.", where=file, hint="A vote is 1, 0 or -1.")
    twice = sum(n - 1 for n in Counter((each.voter, each.statement) for each in votes).values())
    if twice:
        remarks.append(Remark("voteTwice", file, value=f"{twice:,}"))
    return Conversation(VoteMatrix.of(votes, hidden, meta), texts, remarks)


def comments(path: Path, column: str = "") -> Comments:
    """A table of comments; the column of texts is `column`, or known by its name, or the one with the longest texts."""
    rows = list(table(path, *([column] if column else [])))
    name = column or _text_column(rows, path)
    found = Comments([], [], [], {key: [] for key in (rows[0][1] if rows else {}) if key not in (name, _MORE)})
    for number, row in rows:
        text = row.get(name, "")
        if _MORE in row:
            found.remarks.append(Remark("cells", path.name, number, name))
            continue
        if not text.strip():
            found.remarks.append(Remark("empty", path.name, number, name))
            continue
        if len(text) > LONGEST:
            found.remarks.append(Remark("long", path.name, number, name, f"{LONGEST:,}"))
        found.texts.append(text[:LONGEST])
        found.rows.append(number)
        for key, cells in found.columns.items():
            cells.append(row.get(key, ""))
    if not found.texts:
        raise BadInput("There are no comments in the table.", where=path.name, hint="Name the column of texts.")
    return found


def _text_column(rows: list[tuple[int, _Row]], path: Path) -> str:
    if not rows:
        raise BadInput("There are no rows in the table.", where=path.name)
    names = [name for name in rows[0][1] if name != _MORE]
    known = [each for wanted in _TEXT_NAMES for each in names if each.casefold() == wanted]
    if known:
        return known[0]
    lengths = {name: sum(len(row.get(name, "")) for _, row in rows[:500]) for name in names}
    return max(names, key=lambda name: lengths[name])


def _json(path: Path) -> Any:
    try:
        return msgspec.json.decode(path.read_bytes())
    except (OSError, msgspec.DecodeError) as error:
        raise BadInput(f"The file is not JSON: {error}.", where=path.name, hint="Download it again.") from error


def _list(found: Any, name: str) -> list[dict[str, Any]]:
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise BadInput("The file must be a list of records.", where=name, hint="Download it again.")
    return found


def _integer(cell: object) -> int | None:
    try:
        number = float(str(cell))
        return int(number) if number == int(number) else None
    except (ValueError, OverflowError):
        return None


def _cut(cell: object) -> str:
    return str(cell)[:60]
