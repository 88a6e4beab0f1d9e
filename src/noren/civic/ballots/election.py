"""An election as it is published: what stood for choice, how it was voted, what the file says besides.

The records follow Pabulib's `.pb` format (pabulib.org/format). Whatever the format does not know is kept as text in
`meta` and `fields`, so that writing a file back loses nothing.

>>> parks = Election("approval", [Project("a", Decimal(5)), Project("b", Decimal(3))], [Ballot("1", ("a",))])
>>> parks.limits.max_length, parks.projects[1].cost
(2, Decimal('3'))
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

APPROVAL, CHOOSE_ONE, ORDINAL, CUMULATIVE, SCORING = "approval", "choose-1", "ordinal", "cumulative", "scoring"
VOTE_TYPES = (APPROVAL, CHOOSE_ONE, ORDINAL, CUMULATIVE, SCORING)
WITHDRAWN_COST = Decimal(999_999_999)
"""What Pabulib writes as the cost of a project that was withdrawn after the vote."""
_SENSE = Decimal(10**6)
"""No ballot gives more points than this."""
_THOUSANDS = re.compile(r"[+-]?(?:[1-9]\d{0,2}(?:,\d{3})+|\d{1,3}(?:\.\d{3}){2,}|\d{1,3}(?:['’]\d{3})+(?:[.,]\d*)?)$")
"""1,000 and 1.000.000 and 1'000.50; a single point is a decimal point."""


class Remark(msgspec.Struct, frozen=True):
    """Something wrong with one row of a file: `problem` is the key of a sentence in the messages."""

    file: str
    row: int
    field: str
    problem: str
    value: str = ""


class Project(msgspec.Struct):
    """Something that can be chosen; `cost` in the election's currency, `fields` every other column as text."""

    id: str
    cost: Decimal = Decimal(0)
    name: str = ""
    fields: dict[str, str] = {}

    @property
    def selected(self) -> int | None:
        """The official decision: 1 chosen, 0 not, 2 and 3 chosen in a special way; None when not told."""
        value = number(self.fields.get("selected", ""))
        return None if value is None else int(value)


class Ballot(msgspec.Struct):
    """One voter's choice: project ids (best first where they are ranked) and, in the same order, points.

    `row` is the line of the file, 0 for a ballot from elsewhere; `fields` every other column as text.
    """

    voter: str
    projects: tuple[str, ...] = ()
    points: tuple[Decimal, ...] = ()
    fields: dict[str, str] = {}
    row: int = 0


class Limits(msgspec.Struct, frozen=True):
    """What a ballot may hold: how many projects, their cost together, points each and together; None: no limit."""

    min_length: int = 1
    max_length: int = 0
    min_sum_cost: Decimal | None = None
    max_sum_cost: Decimal | None = None
    min_points: Decimal | None = None
    max_points: Decimal | None = None
    min_sum_points: Decimal | None = None
    max_sum_points: Decimal | None = None
    default_score: Decimal = Decimal(0)


class Election(msgspec.Struct):
    """A vote: what stood for choice, the ballots, and the budget (None where one is chosen and nothing is paid).

    `meta` holds every line of META as text; `project_columns` and `ballot_columns` the columns in the file's order;
    `remarks` what was wrong with the file. `seats` is how many are chosen where there is no budget.
    """

    vote_type: str
    projects: list[Project]
    ballots: list[Ballot]
    budget: Decimal | None = None
    meta: dict[str, str] = {}
    project_columns: tuple[str, ...] = ()
    ballot_columns: tuple[str, ...] = ()
    remarks: list[Remark] = []

    @property
    def limits(self) -> Limits:
        """Limits of a ballot as META states them, with the defaults of the format."""
        told = {key: number(self.meta.get(key, "")) for key in Limits.__struct_fields__}
        found: dict[str, Any] = {key: value for key, value in told.items() if value is not None}
        longest = 1 if self.vote_type == CHOOSE_ONE else len(self.projects)
        return Limits(
            **{
                **found,
                "default_score": max(-_SENSE, min(_SENSE, found.get("default_score", Decimal(0)))),
                "min_length": int(found.get("min_length", 1)),
                "max_length": int(found.get("max_length", longest)),
            }
        )

    @property
    def threshold(self) -> Decimal:
        """Votes or points that a project needs at least (`min_project_score_threshold`)."""
        return number(self.meta.get("min_project_score_threshold", "")) or Decimal(0)

    @property
    def seats(self) -> int:
        """How many are chosen where there is no budget."""
        return max(1, int(number(self.meta.get("seats", "")) or 1))

    @property
    def rule(self) -> str:
        """The rule by which the file says that it was decided."""
        return self.meta.get("rule", "").strip().lower() or "unknown"

    @property
    def ranked_by_points(self) -> bool:
        """Whether projects are ranked by points, else by the number of votes."""
        return self.vote_type in (ORDINAL, CUMULATIVE, SCORING)

    @property
    def official(self) -> dict[int, frozenset[str]] | None:
        """Projects by `selected` (1, 2, 3 …); None when the file carries no outcome."""
        told = [(project.selected, project.id) for project in self.projects]
        if all(value is None for value, _ in told):
            return None
        values = {value for value, _ in told if value}
        return {value: frozenset(id for each, id in told if each == value) for value in sorted(values | {1})}


def number(text: str) -> Decimal | None:
    """The number that `text` tells, with decimal point or comma, signs between thousands; None for anything else.

    >>> number("1 234,5"), number("1,000"), number("many")
    (Decimal('1234.5'), Decimal('1000'), None)
    """
    plain = "".join(text.split()).strip("'\"")
    if _THOUSANDS.match(plain):
        plain = re.sub(r"[,.'’](?=\d{3}(?!\d))", "", plain).replace(",", ".")
    elif "," in plain and "." in plain and plain.rfind(",") < plain.rfind("."):
        plain = plain.replace(",", "")
    elif "," in plain:
        plain = plain.replace(".", "").replace(",", ".")
    try:
        value = Decimal(plain)
    except InvalidOperation:
        return None
    return value if value.is_finite() and abs(value.adjusted()) <= 18 else None
