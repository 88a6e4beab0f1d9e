"""The vote recounts as it says, and surveys show what they may."""

from __future__ import annotations

import csv
from pathlib import Path

from noren.civic.ballots.pb import read
from noren.sample.polls import BUDGET, MOST_APPROVED


def test_the_vote_is_read_without_a_remark_and_recounts(folder: Path) -> None:
    election = read(folder / "budget_vote.pb")
    assert election.remarks == []
    assert len(election.ballots) == 480
    assert all(1 <= len(ballot.projects) <= MOST_APPROVED for ballot in election.ballots)
    told = {p.id: p for p in election.projects}
    counted = {id: sum(id in ballot.projects for ballot in election.ballots) for id in told}
    text = (folder / "budget_vote.pb").read_text("utf-8")
    table = csv.DictReader(text.split("PROJECTS\n")[1].split("VOTES\n")[0].splitlines(), delimiter=";")
    rows = list(table)
    assert {row["project_id"]: int(row["votes"]) for row in rows} == counted
    assert sum(int(row["cost"]) for row in rows if row["selected"] == "1") <= BUDGET


def test_small_groups_are_not_shown_and_intervals_hold_their_estimate(folder: Path) -> None:
    rows = list(csv.DictReader((folder / "wellbeing.csv").read_text("utf-8").splitlines()))
    assert {row["date"][:4] for row in rows} == {"2023", "2024", "2025"}
    for row in rows:
        small = int(row["respondents"]) < 10
        assert (row["suppressed"] == "yes") == small == (not row["estimate"])
        if not small:
            assert float(row["estimate_low"]) < float(row["estimate"]) < float(row["estimate_high"])
            assert 0 < float(row["estimate"]) < 10
    assert any(row["suppressed"] == "yes" for row in rows)
