"""Pabulib's `.pb` files, read and written: META, PROJECTS and VOTES, each a table separated by semicolons.

Reading forgives what the sense survives (line ends, blanks, case of the section names, quotes left open, decimal
commas, another encoding, gzip) and names every row that it must leave out. Names to know: `read`, `parse`, `dump`.

>>> head = "META\\nkey;value\\nbudget;6\\nvote_type;approval\\nPROJECTS\\nproject_id;cost\\na;5\\n"
>>> parse(head + "VOTES\\nvoter_id;vote\\n1;a").ballots[0].projects
('a',)
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from pathlib import Path

from noren.civic.ballots import election as kinds
from noren.civic.ballots.election import Ballot, Election, Limits, Project, Remark, number
from noren.errors import BadInput
from noren.intake.text import BROKEN, damaged, encoding_of, open_plain

SECTIONS = ("META", "PROJECTS", "VOTES")
_NUMBERS = {"budget", "num_projects", "num_votes", "min_project_score_threshold", *Limits.__struct_fields__}
_COLUMNS = {"project_id", "cost", "name", "votes", "score", "selected", "voter_id", "vote", "points"}
_NAMES = _NUMBERS | _COLUMNS | {"vote_type", "rule", "description", "currency", "comment", "seats"}
_QUOTED_LINES = 200
"""How many lines a quoted value may span before its quote is taken for one left open."""
Row = tuple[int, list[str]]
Cells = tuple[int, dict[str, str]]
Columns = tuple[str, ...]
Write = Callable[[Iterable[str]], object]


def read(path: Path) -> Election:
    """The election in a file; raises `BadInput` when it cannot be read or holds no projects."""
    try:
        with open_plain(path) as stream:
            raw = stream.read()
    except BROKEN as error:
        raise damaged(path) from error
    return parse(raw.decode(encoding_of(raw), "replace"), path.name)


def parse(text: str, file: str = "") -> Election:
    """The election in the text of a `.pb` file; raises `BadInput` when it holds no table of projects."""
    remarks: list[Remark] = []
    parts = _sections(text.lstrip("\ufeff"))
    meta = _meta(parts.get("META", []), file, remarks)
    project_columns, projects = _projects(parts.get("PROJECTS", []), file, remarks)
    if not projects:
        raise _nothing(text, file, remarks)
    ballot_columns, ballots = _ballots(parts.get("VOTES", []), file, remarks)
    budget = number(meta.get("budget", ""))
    if budget is None or (budget <= 0 and not any(project.cost for project in projects)):
        budget = None
    if budget is None and any(project.cost for project in projects) and not any(r.field == "budget" for r in remarks):
        remarks.append(Remark(file, 0, "budget", "budget"))
    return Election(
        _vote_type(meta, ballot_columns, file, remarks),
        projects,
        ballots,
        budget,
        meta,
        project_columns,
        ballot_columns,
        remarks,
    )


def _nothing(text: str, file: str, remarks: list[Remark]) -> BadInput:
    """What is said of a file without projects."""
    hint = "It needs the sections META, PROJECTS and VOTES (pabulib.org/format)."
    if any(line.strip().rstrip(",;\t").upper() == "PROJECTS" for line in text.splitlines()):
        hint = (
            "Below PROJECTS it needs a line of columns, project_id;cost;name, parted by semicolons, and the projects."
        )
    where = ", ".join([file, *(f"row {each.row}, {each.field}" for each in remarks[:1] if each.row)])
    return BadInput("The file holds no projects.", where=where, hint=hint)


def dump(election: Election) -> str:
    """The election as the text of a `.pb` file; counts in META are put right."""
    out = io.StringIO()
    write = csv.writer(out, delimiter=";", lineterminator="\n").writerow
    write(["META"])
    write(["key", "value"])
    for pair in _meta_of(election).items():
        write(pair)
    write(["PROJECTS"])
    _dump_projects(election, write)
    write(["VOTES"])
    _dump_ballots(election, write)
    return out.getvalue()


def _sections(text: str) -> dict[str, list[Row]]:
    """Rows by section; the first row of each is its header."""
    parts: dict[str, list[Row]] = {}
    rows: list[Row] = []
    for row, cells in _rows(text):
        if name := _section(cells):
            rows = parts.setdefault(name, [])
        elif any(cells):
            rows.append((row, cells))
    return parts


def _section(cells: list[str]) -> str:
    name = cells[0].upper() if cells else ""
    return name if name in SECTIONS and not any(cells[1:]) else ""


def _rows(text: str) -> Iterator[Row]:
    """Rows with the number of their first line; a quoted value may run over several lines."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    at = 0
    while at < len(lines):
        line = lines[at]
        if '"' not in line:
            yield at + 1, [cell.strip() for cell in line.split(";")]
            at += 1
            continue
        span = _span(lines, at)
        source = "\n".join(lines[at : at + span]) if span else line
        cells = _quoted(source) if span else line.split(";")
        yield at + 1, [cell.strip() for cell in cells]
        at += span or 1


def _quoted(source: str) -> list[str]:
    return next(csv.reader(io.StringIO(source, newline=""), delimiter=";", skipinitialspace=True))


def _span(lines: list[str], at: int) -> int:
    """How many lines the row at `at` takes; 0 when a quote was left open."""
    quotes = 0
    for span, line in enumerate(lines[at : at + _QUOTED_LINES], 1):
        if span > 1 and line.strip().rstrip(";").upper() in SECTIONS:
            return 0
        quotes += line.count('"')
        if quotes % 2 == 0:
            return span
    return 0


def _meta(rows: list[Row], file: str, remarks: list[Remark]) -> dict[str, str]:
    meta: dict[str, str] = {}
    for row, cells in rows:
        key, value = _known(cells[0]), ";".join(_without_empty_end(cells[1:]))
        if key.lower() == "key" and value.lower() == "value":
            continue
        if len(cells) < 2 or not key:
            remarks.append(Remark(file, row, key, "row", ";".join(cells)[:80]))
        elif key in meta:
            remarks.append(Remark(file, row, key, "twice", value[:80]))
        else:
            meta[key] = value
            if key in _NUMBERS and value and number(value) is None:
                remarks.append(Remark(file, row, key, "number", value[:80]))
    return meta


def _known(name: str) -> str:
    """A name of the format in its own letters: `Budget` is `budget`; others stay as they are."""
    return name.lower() if name.lower() in _NAMES else name


def _without_empty_end(cells: list[str]) -> list[str]:
    """Cells without the empty ones that a spreadsheet adds."""
    last = max((at for at, cell in enumerate(cells, 1) if cell), default=0)
    return cells[:last]


def _table(rows: list[Row], first: str, file: str, remarks: list[Remark]) -> tuple[Columns, Iterator[Cells]]:
    """Columns and rows of a section; values beyond the last column are kept under the name ""."""
    if not rows:
        return (), iter(())
    columns = tuple(map(_known, _without_empty_end(rows[0][1])))
    if first not in columns:
        remarks.append(Remark(file, rows[0][0], first, "column", ";".join(columns)[:80]))

    def each() -> Iterator[Cells]:
        width = len(columns)
        for row, cells in rows[1:]:
            found = dict(zip(columns, cells, strict=False))
            if len(cells) > width and any(cells[width:]):
                found[""] = ";".join(cells[width:])
                remarks.append(Remark(file, row, "", "extra", found[""][:80]))
            yield row, found

    return columns, each()


def _projects(rows: list[Row], file: str, remarks: list[Remark]) -> tuple[Columns, list[Project]]:
    columns, table = _table(rows, "project_id", file, remarks)
    projects: dict[str, Project] = {}
    for row, cells in table:
        id, told = cells.pop("project_id", ""), cells.pop("cost", "")
        cost = number(told)
        if not id:
            remarks.append(Remark(file, row, "project_id", "empty"))
        elif id in projects:
            remarks.append(Remark(file, row, "project_id", "twice", id))
        elif cost is None or cost < 0:
            remarks.append(Remark(file, row, "cost", "number" if cost is None else "negative", told[:80]))
        else:
            projects[id] = Project(id, cost, cells.pop("name", ""), cells)
            _check(projects[id], row, file, remarks)
    return columns, list(projects.values())


def _check(project: Project, row: int, file: str, remarks: list[Remark]) -> None:
    """Note cells of a project that should be numbers and are not."""
    for key in ("votes", "score", "selected"):
        if (value := project.fields.get(key)) and number(value) is None:
            remarks.append(Remark(file, row, key, "number", value[:80]))


def _ballots(rows: list[Row], file: str, remarks: list[Remark]) -> tuple[Columns, list[Ballot]]:
    columns, table = _table(rows, "voter_id", file, remarks)
    if columns and "vote" not in columns:
        remarks.append(Remark(file, rows[0][0], "vote", "column", ";".join(columns)[:80]))
    ballots = []
    for row, cells in table:
        if "vote" not in cells:
            remarks.append(Remark(file, row, "vote", "row", ";".join(cells.values())[:80]))
            continue
        told = cells.pop("points", "")
        points = _points(told)
        if points is None:
            remarks.append(Remark(file, row, "points", "number", told[:80]))
            continue
        ballots.append(Ballot(cells.pop("voter_id", ""), _list(cells.pop("vote")), points, cells, row))
    return columns, ballots


def _list(text: str) -> tuple[str, ...]:
    return tuple([part for each in text.split(",") if (part := each.strip())])


def _points(text: str) -> tuple[Decimal, ...] | None:
    if not text:
        return ()
    try:
        return tuple([_POINT[part] for part in text.split(",")])
    except KeyError:
        points = [number(part.strip()) for part in text.split(",")]
    return None if None in points else tuple(point for point in points if point is not None)


_POINT = {str(value): Decimal(value) for value in range(1001)}


def _vote_type(meta: dict[str, str], columns: Columns, file: str, remarks: list[Remark]) -> str:
    told = meta.get("vote_type", "").strip().lower()
    if told in kinds.VOTE_TYPES:
        return told
    remarks.append(Remark(file, 0, "vote_type", "vote_type", told))
    return kinds.SCORING if "points" in columns else kinds.APPROVAL


def _meta_of(election: Election) -> dict[str, str]:
    counts = {"num_projects": str(len(election.projects)), "num_votes": str(len(election.ballots))}
    told = {**election.meta, **counts}
    told.setdefault("budget", str(election.budget or 0))
    told["vote_type"] = election.vote_type
    return {**told, "rule": told.get("rule", "unknown")}


def _dump_projects(election: Election, write: Write) -> None:
    columns = election.project_columns or ("project_id", "cost", "name")
    columns = _with_all(columns, (project.fields for project in election.projects))
    write(columns)
    for project in election.projects:
        cells = {**project.fields, "project_id": project.id, "cost": str(project.cost), "name": project.name}
        write(_cells(columns, cells))


def _dump_ballots(election: Election, write: Write) -> None:
    points = ("points",) if any(ballot.points for ballot in election.ballots) else ()
    columns = election.ballot_columns or ("voter_id", "vote", *points)
    columns = _with_all(columns, (ballot.fields for ballot in election.ballots))
    write(columns)
    for ballot in election.ballots:
        told = {"voter_id": ballot.voter, "vote": ",".join(ballot.projects)}
        write(_cells(columns, {**ballot.fields, **told, "points": ",".join(map(str, ballot.points))}))


def _with_all(columns: Columns, fields: Iterable[dict[str, str]]) -> Columns:
    """The columns, then those that only some rows have, in the order in which they come up."""
    more = {key: None for each in fields for key in each if key}
    return (*columns, *(key for key in more if key not in columns))


def _cells(columns: Columns, cells: dict[str, str]) -> list[str]:
    beyond = cells[""].split(";") if cells.get("") else []
    return [cells.get(column, "") for column in columns] + beyond
