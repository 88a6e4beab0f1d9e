"""Files that hold opinions: a Polis export (CSV), what a Polis server says (JSON), or a table of comments.

Good rows are kept; each bad one becomes a `Remark` that names file, row and field. Names to know: `read`,
`Conversation`, `Comments`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from noren.civic.opinions.exports import Conversation, export, server
from noren.civic.opinions.tables import MORE, Remark, table
from noren.errors import BadInput

LONGEST = 20_000
_TEXT_NAMES = (
    *("comment", "comment-body", "comments", "text", "texts", "txt", "body", "content", "message", "opinion"),
    *("意見", "ご意見", "コメント", "本文", "内容", "投稿", "自由記述", "自由回答", "要望"),
    *("kommentar", "inhalt", "beitrag", "meinung"),
)


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


def comments(path: Path, column: str = "") -> Comments:
    """A table of comments; the column of texts is `column`, or known by its name, or the one with the longest texts."""
    rows = list(table(path, *([column] if column else [])))
    name = column or _text_column(rows, path)
    found = Comments([], [], [], {key: [] for key in (rows[0][1] if rows else {}) if key not in (name, MORE)})
    for number, row in rows:
        text = row.get(name, "")
        if MORE in row:
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


def _text_column(rows: list[tuple[int, dict[str, str]]], path: Path) -> str:
    if not rows:
        raise BadInput("There are no rows in the table.", where=path.name)
    names = [name for name in rows[0][1] if name != MORE]
    known = [each for wanted in _TEXT_NAMES for each in names if each.casefold() == wanted]
    if known:
        return known[0]
    lengths = {name: sum(len(row.get(name, "")) for _, row in rows[:500]) for name in names}
    return max(names, key=lambda name: lengths[name])
