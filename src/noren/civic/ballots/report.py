"""One file looked at from all sides: the recount, the outcome under every rule, and the official one beside them.

Names to know: `report`, `Report`, `publish`.
"""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal

import msgspec

from noren.civic.ballots.counting import Count, Counting, count
from noren.civic.ballots.election import Election, Project, Remark
from noren.civic.ballots.official import Official, explain
from noren.civic.ballots.pb import dump
from noren.civic.ballots.rules import Case, Outcome, Told, applicable, decide


class Report(msgspec.Struct, frozen=True):
    """Everything that `noren ballots` tells of one election."""

    name: str
    vote_type: str
    budget: Decimal | None
    currency: str
    projects: dict[str, str]
    remarks: list[Remark]
    count: Count
    outcomes: tuple[Outcome, ...]
    official: Official | None

    def differences(self) -> dict[str, dict[str, tuple[str, ...]]]:
        """Per rule what it chooses beyond the first rule, and what it leaves out."""
        first = self.outcomes[0].winners if self.outcomes else ()
        return {
            each.rule: {
                "gained": tuple(id for id in each.winners if id not in first),
                "lost": tuple(id for id in first if id not in each.winners),
            }
            for each in self.outcomes[1:]
        }


def report(
    election: Election,
    name: str = "",
    rules: Collection[str] = (),
    counting: Counting = "published",
    told: Told | None = None,
) -> Report:
    """Recount and decide `election` under `rules` (all that apply when left out)."""
    case = Case.of(election, counting, told)
    outcomes = tuple(decide(case, rule) for rule in rules or applicable(election))
    return Report(
        name or election.meta.get("description", ""),
        election.vote_type,
        election.budget,
        election.meta.get("currency", ""),
        {project.id: project.name for project in election.projects},
        election.remarks,
        case.count,
        outcomes,
        explain(case, outcomes) if election.budget is not None else None,
    )


def publish(election: Election, outcome: Outcome | None = None) -> str:
    """The election as a `.pb` file to be published, so that anyone can recount it, with figures and the outcome.

    Every ballot is written, also those that are not counted: whoever recounts must find the same ones marked.
    """
    found = count(election, "strict")
    projects = [_counted(project, found, election.ranked_by_points, outcome) for project in election.projects]
    columns = [column for column in election.project_columns if column not in projects[0].fields] if projects else []
    told = tuple(columns) or ("project_id", "cost", "name")
    meta = {**election.meta, **({"rule": outcome.rule} if outcome else {})}
    return dump(msgspec.structs.replace(election, projects=projects, project_columns=told, meta=meta))


def _counted(project: Project, found: Count, points: bool, outcome: Outcome | None) -> Project:
    fields = {**project.fields, "votes": str(found.votes[project.id])}
    if points:
        fields["score"] = f"{found.score[project.id]:f}"
    if outcome:
        fields["selected"] = str(int(project.id in outcome.winners))
    return msgspec.structs.replace(project, fields=fields)
