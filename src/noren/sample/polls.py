"""How residents decided and how they feel: a participatory budget as Pabulib writes it, and three yearly surveys."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from noren.sample import files
from noren.sample.aims import urn
from noren.sample.doings import SURVEYS
from noren.sample.site import CITY_EN, Floats, Site
from noren.sample.tables import Row, rows

BUDGET = 20_000_000
MOST_APPROVED = 4
_TURNOUT, _MOST = 0.08, 60_000
_LEAST_SHOWN = 10
GROUPS = (
    ("all", 1.0, 0.0),
    ("18-39", 0.22, 0.1),
    ("40-64", 0.41, -0.15),
    ("65+", 0.37, 0.12),
    ("moved here", 0.012, 0.2),
)
"""Group, share of those who answered, how much more content it is."""
_SPREAD = 2.1
"""Standard deviation of one person's answer, of ten."""


def write_vote(site: Site, folder: Path) -> None:
    """The town's participatory budget: approvals, decided by the most votes that fit."""
    draw, projects = site.rng("vote"), rows("projects")
    voters = int(min(_MOST, max(60, site.population * _TURNOUT)))
    ages = draw.integers(16, 90, voters)
    ballots = [_ballot(projects, draw) for _ in range(voters)]
    votes = [sum(row["key"] in ballot for ballot in ballots) for row in projects]
    chosen = _greedy(projects, votes)
    lines = [
        "META",
        "key;value",
        f"description;Participatory budget of {CITY_EN}, a town that does not exist",
        "country;Japan",
        f"unit;{CITY_EN}",
        f"instance;{site.live_start.year - 1}",
        f"num_projects;{len(projects)}",
        f"num_votes;{voters}",
        f"budget;{BUDGET}",
        "vote_type;approval",
        "rule;greedy",
        f"max_length;{MOST_APPROVED}",
        "currency;JPY",
        "PROJECTS",
        "project_id;cost;votes;name;category;selected",
        *(_project(row, count, row["key"] in chosen) for row, count in zip(projects, votes, strict=True)),
        "VOTES",
        "voter_id;age;vote",
        *(f"{i};{age};{','.join(ballot)}" for i, (age, ballot) in enumerate(zip(ages, ballots, strict=True), 1)),
    ]
    (folder / "budget_vote.pb").write_text("\n".join(lines) + "\n", "utf-8")


def _project(row: Row, votes: int, chosen: bool) -> str:
    return f"{row['key']};{row['cost']};{votes};{row['ja']} / {row['en']};{row['category']};{int(chosen)}"


def _ballot(projects: list[Row], draw: np.random.Generator) -> list[str]:
    """One to four projects, the more appealing the likelier."""
    appeal = np.array([float(row["appeal"]) for row in projects])
    size = int(draw.integers(1, MOST_APPROVED + 1))
    picked = draw.choice(len(projects), size, replace=False, p=appeal / appeal.sum())
    return [projects[int(i)]["key"] for i in sorted(picked)]


def _greedy(projects: list[Row], votes: list[int]) -> set[str]:
    left, chosen = BUDGET, set()
    for i in sorted(range(len(projects)), key=lambda i: -votes[i]):
        if int(projects[i]["cost"]) <= left:
            left -= int(projects[i]["cost"])
            chosen.add(projects[i]["key"])
    return chosen


def write_surveys(site: Site, folder: Path) -> None:
    """What the yearly surveys found, by factor and group, with 95 % intervals; too small groups are not shown."""
    draw, lines = site.rng("surveys"), []
    answered = int(np.clip(site.population * 0.025, 120, 4000))
    for year in SURVEYS:
        for row in rows("factors"):
            for group, share, more in GROUPS:
                lines.append(_line(row, year, group, max(1, round(answered * share)), more, draw.normal(0, 1, 1)))
    headings = ["in_survey", "factor", "group_of", "estimate", "estimate_low", "estimate_high", "respondents"]
    files.write_table(folder / "wellbeing.csv", [*headings, "suppressed", "date"], lines, encoding="utf-8")


def _line(row: Row, year: int, group: str, count: int, more: float, luck: Floats) -> list[str]:
    survey, when = urn("Survey", f"wellbeing-{year}"), f"{year}-11-01"
    if count < _LEAST_SHOWN:
        return [survey, row["key"], group, "", "", "", str(count), "yes", when]
    wide = float(row["scale"]) / 10
    error = _SPREAD * wide / np.sqrt(count)
    middle = float(row["base"]) + float(row["drift"]) * (year - SURVEYS[0]) + more * wide + error * float(luck[0])
    cells = [f"{value:.2f}" for value in (middle, middle - 1.96 * error, middle + 1.96 * error)]
    return [survey, row["key"], group, *cells, str(count), "no", when]
