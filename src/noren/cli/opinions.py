"""`noren opinions`: what people think, from votes on statements or from a table of comments."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter
from rich.console import RenderableType
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from noren.civic.opinions import Comments, analyse, read, topics_of
from noren.civic.opinions.examples import checked, examples_in, learnt
from noren.civic.opinions.polis import FEWEST
from noren.civic.opinions.read import comments
from noren.civic.opinions.report import texts_report, votes_report
from noren.civic.opinions.tables import Remark
from noren.civic.opinions.topics import FEWEST_TEXTS
from noren.cli.words import console, language, paper, tell

Report = dict[str, Any]
Told = Callable[[str, float], None]
_REMARKS = 10


def opinions(
    path: Path,
    /,
    *,
    column: str = "",
    topics: int = 0,
    examples: Path | None = None,
    label: str = "",
    seed: int = 0,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> None:
    """Show what people think: groups of opinion and common ground from votes, or topics from comments.

    Parameters
    ----------
    path
        A folder with a Polis export (votes.csv or participants-votes.csv, comments.csv) or a Polis server's votes.json;
        or a table of comments (CSV or TSV).
    column
        The column that holds the comments, where it is not found by itself.
    topics
        How many topics a language may have; found by itself when left out.
    examples
        A table of comments with labels: the comments get these labels instead of topics.
    label
        The column of labels in the examples; without it, columns of yes and no (1 and 0) are labels.
    seed
        Another number, other random starts. The same number always gives the same result.
    as_json
        Report as JSON, for scripts.
    """
    with _progress(quiet=as_json) as told:
        told("opinions.reading", 0)
        found = read(path, column)
        if not isinstance(found, Comments):
            told("opinions.grouping", 0.2)
            report = votes_report(analyse(found.matrix, seed=seed), found.texts, found.names)
        elif examples:
            report = _labelled(found, examples, column, label, seed, told)
        else:
            steps: Told = lambda step, share: told(f"opinions.step.{step}", share)  # noqa: E731
            report = texts_report(topics_of(found.texts, number=topics, seed=seed, told=steps), found)
    if as_json:
        print(msgspec.json.encode(report | {"remarks": [_remark(each) for each in found.remarks]}).decode())
        return
    for part in {"votes": _votes, "texts": _texts, "labels": _labels}[report["kind"]](report):
        paper.print(part, highlight=False, soft_wrap=isinstance(part, str))
    for part in _remarks(found.remarks):
        paper.print(part, highlight=False, soft_wrap=isinstance(part, str))


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Told]:
    columns = TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True, disable=quiet) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda key, share: bar.update(task, description=tell(key), completed=share)


def _labelled(found: Comments, file: Path, column: str, label: str, seed: int, told: Told) -> Report:
    told("opinions.learning", 0)
    known = examples_in(comments(file, column), label)
    scores = checked(known, seed=seed)
    told("opinions.learning", 0.8)
    fits = learnt(known).of(found.texts)
    given = dict(zip(known.labels, fits.sum(axis=0).tolist(), strict=True))
    assigned = [[name for name, fit in zip(known.labels, row, strict=True) if fit] for row in fits.tolist()]
    labels = [asdict(each) | {"given": given[each.label]} for each in scores]
    return {"kind": "labels", "labels": labels, "rows": found.rows, "assigned": assigned}


def _votes(report: Report) -> Iterator[RenderableType]:
    counts = {key: f"{report[key]:,}" for key in ("voters", "placed")}
    yield tell("opinions.voters", **counts, statements=f"{len(report['statements']):,}")
    if report["tooFew"]:
        yield tell("opinions.tooFew" if report["placed"] < FEWEST else "opinions.allHidden", least=FEWEST)
        yield _counts(report["statements"])
        return
    yield Text(tell("opinions.map"), style="bold")
    yield Text("\n".join(report["picture"]), no_wrap=True)
    if len(report["groups"]) < 2:
        yield tell("opinions.one")
    by_id = {each["id"]: each for each in report["statements"]}
    for group in report["groups"]:
        yield _group(group, by_id)
    both = [*report["consensus"]["agree"], *report["consensus"]["disagree"]]
    yield _counts([by_id[each["id"]] for each in both], tell("opinions.common"))
    if len(report["groups"]) > 1:
        yield _by_group([by_id[each] for each in report["bridging"]], report["groups"], "opinions.bridging")
        yield _by_group([by_id[each] for each in report["dividing"]], report["groups"], "opinions.dividing")


def _group(group: Report, by_id: dict[int, Report]) -> Table:
    title = tell("opinions.group", name=group["name"], count=f"{group['voters']:,}", share=f"{group['share']:.0%}")
    table = _table(title, "statement", "stand", "here", "elsewhere")
    for each in group["stands"]:
        others = [t for name, t in by_id[each["id"]]["groups"].items() if name != group["name"]]
        yes, votes = (sum(t[key] for t in others) for key in (each["side"], "votes"))
        here = _share(each["yes"], each["votes"])
        table.add_row(_said(each), tell(f"opinions.side.{each['side']}"), here, _share(yes, votes))
    return table


def _counts(statements: Iterable[Report], title: str = "") -> Table:
    table = _table(title, "statement", "agree", "disagree", "pass", "votes")
    for each in statements:
        table.add_row(_said(each), *(f"{each[key]:,}" for key in ("agree", "disagree", "pass", "votes")))
    return table if table.row_count else _nothing(title)


def _by_group(statements: list[Report], groups: list[Report], title: str) -> Table:
    table = Table(title=tell(title), title_justify="left")
    table.add_column(tell("opinions.statement"))
    for group in groups:
        table.add_column(group["name"], justify="right")
    for each in statements:
        shares = (each["groups"][group["name"]] for group in groups)
        table.add_row(_said(each), *(f"+{_percent(t, 'agree')} -{_percent(t, 'disagree')}" for t in shares))
    return table


def _texts(report: Report) -> Iterator[RenderableType]:
    yield tell("opinions.posts", posts=f"{report['posts']:,}", texts=f"{report['texts']:,}")
    if not report["topics"]:
        yield tell("opinions.noTopics", least=FEWEST_TEXTS)
    else:
        table = _table(tell("opinions.topics"), "words", "texts", "all", "quote")
        for each in report["topics"]:
            words = " · ".join(each["words"])
            table.add_row(Text(words), f"{each['texts']:,}", f"{each['posts']:,}", Text(each["quote"][:160]))
        other = report["other"]
        if other["texts"]:
            table.add_row(tell("opinions.other"), f"{other['texts']:,}", f"{other['posts']:,}", "")
        yield table
    if report["floods"]:
        table = _table(tell("opinions.floods"), "all", "quote")
        for each in report["floods"]:
            table.add_row(f"{each['posts']:,}", Text(each["text"]))
        yield table


def _labels(report: Report) -> Iterator[RenderableType]:
    table = _table(tell("opinions.labels"), "label", "examples", "precision", "recall", "f1", "given")
    for each in report["labels"]:
        figures = (f"{each[key]:.2f}" for key in ("precision", "recall", "f1"))
        table.add_row(Text(each["label"]), f"{each['examples']:,}", *figures, f"{each['given']:,}")
    yield table
    yield tell("opinions.checkedBy")


def _remarks(remarks: list[Remark]) -> Iterator[RenderableType]:
    if remarks:
        yield Text(tell("opinions.remarks"), style="bold")
    for each in remarks[:_REMARKS]:
        where = ", ".join(str(part) for part in (each.file, each.row, each.field) if part)
        yield Text(f"  · {where}: {each.text(language())}")
    if len(remarks) > _REMARKS:
        yield tell("opinions.more", count=f"{len(remarks) - _REMARKS:,}")


def _remark(each: Remark) -> Report:
    return asdict(each) | {"text": {lang: each.text(lang) for lang in ("en", "ja")}}


def _table(title: str, *keys: str) -> Table:
    table = Table(title=title or None, title_justify="left")
    for key in keys:
        table.add_column(tell(f"opinions.{key}"), justify="left" if key in _LEFT else "right")
    return table


_LEFT = ("statement", "stand", "words", "quote", "label")


def _nothing(title: str) -> Table:
    table = Table(title=title or None, title_justify="left", show_header=False)
    table.add_row(tell("opinions.none"))
    return table


def _said(each: Report) -> Text:
    return Text(f"{each['id']}\N{NO-BREAK SPACE} {each['text'][:160]}".strip())


def _share(yes: int, votes: int) -> str:
    return f"{yes}/{votes} ({yes / votes:.0%})" if votes else "–"


def _percent(tally: Report, side: str) -> str:
    return f"{tally[side] / tally['votes']:.0%}" if tally["votes"] else "–"
