"""Conversations as Polis exports them (CSV) or its server tells them (JSON), whatever their age calls the columns.

Names to know: `export`, `server`, `Conversation`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from noren.civic.opinions.tables import Remark, headings, table
from noren.civic.opinions.votes import UNSEEN, Vote, VoteMatrix
from noren.errors import BadInput

_ROLES = {
    "voter-id": ("voter-id", "participant", "participant-id", "pid"),
    "comment-id": ("comment-id", "statement-id", "tid"),
    "vote": ("vote",),
    "timestamp": ("timestamp", "modified", "created"),
    "comment-body": ("comment-body", "txt", "text", "body", "comment"),
    "moderated": ("moderated", "mod"),
    "agrees": ("agrees", "agree-count"),
    "disagrees": ("disagrees", "disagree-count"),
}
"""Names of a column in exports and dumps of several ages; `_` is `-`."""
_DOUBT = 10
"""So many votes must differ from what is stated before the sign is doubted."""
_Records = list[tuple[int, dict[str, Any]]]
_Stated = dict[int, tuple[int, int]]


@dataclass(frozen=True)
class Conversation:
    """Votes on statements, and the statements' texts; `names` are the voters' own, where those are no numbers."""

    matrix: VoteMatrix
    texts: dict[int, str]
    remarks: list[Remark]
    names: dict[int, str] = field(default_factory=dict)


def server(folder: Path) -> Conversation:
    """A Polis server's `votes.json` and `comments.json` (and `conversation.json` for strict moderation)."""
    about = _json(folder / "conversation.json") if (folder / "conversation.json").is_file() else {}
    found = _Reading("votes.json")
    if (folder / "comments.json").is_file():
        strict = bool(isinstance(about, dict) and about.get("strict_moderation"))
        found.statements("comments.json", *_records(folder / "comments.json"), strict=strict)
    records, own = _records(folder / "votes.json")
    found.votes(records, own)
    return found.conversation(raw=own["voter-id"] == "pid")


def export(by_voter: Path | None, by_vote: Path | None, statements: Path | None) -> Conversation:
    """A Polis export; one row a voter is preferred to one row a vote, where both are there."""
    path = by_voter or by_vote or Path()
    found = _Reading(path.name)
    if statements:
        found.statements(statements.name, *_rows(statements, "comment-id", "comment-body"))
    if by_voter:
        found.voters(*_rows(path, "voter-id"))
    else:
        found.votes(*_rows(path, "voter-id", "comment-id", "vote"))
    return found.conversation()


def _rows(path: Path, *needed: str) -> tuple[_Records, dict[str, str]]:
    """Rows of a table and its headings by role; raises `BadInput` where it has none for a role that is needed."""
    own = _own(headings(path))
    return list(table(path, *(own[role] for role in needed))), own


class _Reading:
    """What was found so far in the files of a conversation."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.remarks: list[Remark] = []
        self.texts: dict[int, str] = {}
        self.hidden: set[int] = set()
        self.meta: set[int] = set()
        self.stated: _Stated = {}
        self.given: list[Vote] = []
        self.names: dict[str, int] = {}

    def statements(self, file: str, rows: _Records, own: dict[str, str], *, strict: bool = False) -> None:
        """Texts, what is hidden, and how many are said to agree and disagree."""
        for number, row in rows:
            key = _integer(row.get(own["comment-id"], ""))
            if key is None:
                cell = row.get(own["comment-id"], "")
                self.remarks.append(Remark("id", file, number, own["comment-id"], _cut(cell)))
                continue
            self.texts[key] = str(row.get(own["comment-body"], ""))
            moderated = _integer(row.get(own["moderated"], ""))
            if row.get("is_meta") in (True, "true"):
                self.meta.add(key)
            if key in self.meta or moderated == -1 or (strict and moderated != 1):
                self.hidden.add(key)
            agrees, disagrees = (_integer(row.get(own[name], "")) for name in ("agrees", "disagrees"))
            if agrees is not None and disagrees is not None:
                self.stated[key] = agrees, disagrees

    def voters(self, rows: _Records, own: dict[str, str]) -> None:
        """One row a voter, a column a statement."""
        name = own["voter-id"]
        self._name(row.get(name, "") for _, row in rows)
        seen: set[str] = set()
        for number, row in rows:
            voter = str(row.get(name, ""))
            if voter in seen:
                self.remarks.append(Remark("voterTwice", self.file, number, name, _cut(voter)))
            seen.add(voter)
            for key, cell in row.items():
                if key.isdecimal() and str(cell).strip():
                    self._vote([voter, key, cell], number, number, (name, key, key))

    def votes(self, rows: _Records, own: dict[str, str]) -> None:
        """One row a vote."""
        names = own["voter-id"], own["comment-id"], own["vote"]
        self._name(row.get(names[0], "") for _, row in rows)
        for number, row in rows:
            self._vote([row.get(name, "") for name in names], row.get(own["timestamp"], 0), number, names)

    def _name(self, voters: Iterable[Any]) -> None:
        """Number the voters where most are called by something else than a number."""
        every = dict.fromkeys(str(each).strip() for each in voters)
        every.pop("", None)
        if sum(_integer(each) is None for each in every) > len(every) / 2:
            self.names = {name: number for number, name in enumerate(every)}

    def _vote(self, cells: list[Any], time: object, row: int, names: tuple[str, str, str]) -> None:
        voter = self.names.get(str(cells[0]).strip()) if self.names else cells[0]
        numbers = [_integer(each) for each in (voter, *cells[1:])]
        for kind, name, number, cell in zip(("id", "id", "vote"), names, numbers, cells, strict=True):
            if number is None or (kind == "vote" and number not in (-1, 0, 1)):
                self.remarks.append(Remark(kind, self.file, row, name, _cut(cell)))
                return
        who, statement, value = (each for each in numbers if each is not None)
        self.given.append(Vote(who, statement, value, self._time(time, row)))

    def _time(self, cell: object, row: int) -> float:
        try:
            return float(str(cell) or 0)
        except ValueError:
            self.remarks.append(Remark("time", self.file, row, "timestamp", _cut(cell)))
            return 0.0

    def conversation(self, *, raw: bool = False) -> Conversation:
        """All of it; `raw`: a server's own table, in which -1 is to agree where nothing stated says otherwise."""
        if not self.given:
            raise BadInput("There are no votes in the file.", where=self.file, hint="A vote is 1, 0 or -1.")
        twice = sum(n - 1 for n in Counter((each.voter, each.statement) for each in self.given).values())
        if twice:
            self.remarks.append(Remark("voteTwice", self.file, value=f"{twice:,}"))
        matrix = VoteMatrix.of(self.given, self.hidden, self.meta)
        turned = _turned(matrix, self.stated)
        if raw if turned is None else turned:
            self.remarks.append(Remark("sign", self.file))
            matrix = replace(matrix, values=np.where(matrix.values == UNSEEN, UNSEEN, -matrix.values).astype(np.int8))
        return Conversation(matrix, self.texts, self.remarks, {number: name for name, number in self.names.items()})


def _turned(matrix: VoteMatrix, stated: _Stated) -> bool | None:
    """Whether stated agreements are the votes of -1 (a server's table) and not of 1 (an export); None: not clear."""
    known = [place for place, key in enumerate(matrix.statements.tolist()) if key in stated]
    agree, disagree, _ = (each[known] for each in matrix.tally(np.ones(len(matrix.voters), dtype=bool)))
    told = np.array([stated[int(matrix.statements[place])] for place in known]).reshape(-1, 2)
    straight = np.abs(agree - told[:, 0]).sum() + np.abs(disagree - told[:, 1]).sum()
    turned = np.abs(disagree - told[:, 0]).sum() + np.abs(agree - told[:, 1]).sum()
    few, many = sorted((straight, turned))
    return bool(turned < straight) if 2 * few < many and many >= _DOUBT else None


def _own(headings: Iterable[str]) -> dict[str, str]:
    """By role, the heading that a table has for it; the role itself where it has none, so that its lack is told."""
    known = {_dashed(name): name for name in headings}
    return {role: next((known[each] for each in names if each in known), role) for role, names in _ROLES.items()}


def _dashed(name: str) -> str:
    return name.strip().casefold().replace("_", "-")


def _json(path: Path) -> Any:
    try:
        return msgspec.json.decode(path.read_bytes())
    except (OSError, msgspec.DecodeError) as error:
        raise BadInput(f"The file is not JSON: {error}.", where=path.name, hint="Download it again.") from error


def _records(path: Path) -> tuple[_Records, dict[str, str]]:
    """Numbered records of a JSON list, and their keys by role; raises `BadInput` for anything else."""
    found = _json(path)
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise BadInput("The file must be a list of records.", where=path.name, hint="Download it again.")
    return list(enumerate(found, 1)), _own({key for each in found[:100] for key in each})


def _integer(cell: object) -> int | None:
    try:
        number = float(str(cell))
        return int(number) if number == int(number) else None
    except (ValueError, OverflowError):
        return None


def _cut(cell: object) -> str:
    return str(cell)[:60]
