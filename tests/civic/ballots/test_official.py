"""What explains an official outcome, and that nothing is explained that the file does not bear out."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noren.civic.ballots import Ballot, Case, Election, Official, Project, decide, pb, publish, report
from noren.civic.ballots.official import budget_range
from noren.civic.ballots.rules import choose
from tests.civic.ballots import oracle

FILES = "participation/pabulib/pb_files"


def _decided(rows: str, budget: int, rule: str = "greedy", columns: tuple[str, ...] = (), **meta: str) -> Official:
    """The official outcome of an election told as `id cost votes selected …` a row."""
    projects, ballots = [], []
    for row in rows.split(","):
        id, cost, votes, selected, *more = row.split()
        fields = {"selected": selected, **dict(zip(columns, more, strict=False))}
        projects.append(Project(id, Decimal(cost), fields.pop("name", ""), fields))
        ballots += [Ballot(f"{id}{n}", (id,)) for n in range(int(votes))]
    found = report(Election("approval", projects, ballots, Decimal(budget), {"rule": rule, **meta})).official
    assert found is not None
    return found


def _kinds(found: Official) -> list[str]:
    return [reason.kind for reason in found.reasons]


def test_the_rule_that_was_used_is_found() -> None:
    found = _decided("a 5 3 1,b 6 2 0,c 4 1 1", 10)
    assert found.reproduced and found.explained == "told" and not found.reasons and "greedy" in found.same


def test_a_tie_that_went_the_other_way_explains_all() -> None:
    found = _decided("a 6 2 1,b 5 2 0", 8)
    assert (found.missing, found.added, found.explained) == (("a",), ("b",), "told")
    assert [(each.kind, each.projects) for each in found.reasons] == [("tie", ("b", "a"))]


def test_a_project_that_fits_and_was_not_chosen_is_only_supposed_to_be_withdrawn() -> None:
    found = _decided("a 5 3 1,b 4 2 0,c 4 1 1", 10)
    assert _kinds(found) == ["excluded"] and found.reasons[0].projects == ("b",) and found.explained == "supposed"


def test_nearly_the_same_name_or_place_is_taken_for_a_conflict() -> None:
    rows = "a 5 3 1 park-in-the-north,b 4 2 0 park-in-the-north-2,c 4 1 1 library"
    found = _decided(rows, 10, "greedy-exclusive", ("name",))
    assert [(each.kind, each.values) for each in found.reasons] == [("conflict", {"others": ["a"]})]
    assert found.explained == "told"


def test_a_greater_budget_is_supposed_with_its_bounds() -> None:
    found = _decided("a 5 3 1,b 6 2 1,c 4 1 0", 10)
    (reason,) = found.reasons
    assert (reason.kind, reason.values["low"], reason.values["high"]) == ("budget", "11", "15")


def test_parts_with_money_of_their_own_are_found() -> None:
    rows = "a 5 5 1 x,b 5 4 0 x,c 5 3 1 y,d 5 2 0 y"
    found = _decided(rows, 15, "unknown", ("category",))
    assert _kinds(found) == ["parts"] and found.reasons[0].values["budgets"] == {"x": ["5", "10"], "y": ["5", "10"]}
    assert found.explained == "supposed"


def test_another_rule_that_gives_the_outcome_is_named() -> None:
    found = _decided("a 5 3 1,b 6 2 0,c 4 1 0", 10)
    assert not found.reproduced and "greedy-no-skip" in found.reasons[0].values["rules"]


def test_what_nothing_explains_is_left_open() -> None:
    found = _decided("a 5 3 0,b 6 2 0,c 8 1 1", 7, "equalshares")
    assert "open" in _kinds(found) and "overspent" in _kinds(found) and found.explained == "open"


def test_special_marks_and_comments_are_told() -> None:
    found = _decided("a 5 3 1,b 6 2 2,c 4 1 0", 10, comment="#1: b was paid by a reserve.")
    assert [(each.kind, each.projects) for each in found.reasons if each.kind == "special"] == [("special", ("b",))]
    assert found.special == {2: ("b",)} and "comment" in _kinds(found)


@given(oracle.elections(("approval",)), st.data(), st.sampled_from(["greedy", "greedy-no-skip"]))
def test_the_range_of_budgets_is_right_to_the_unit(election: Election, data: st.DataObject, rule: str) -> None:
    profile = Case.of(election).profile
    wanted = data.draw(st.sets(st.sampled_from(range(len(profile.ids)))))
    top = profile.spent(range(len(profile.ids))) + 2

    def given_by(budget: int) -> bool:
        at = Election("approval", election.projects, election.ballots, Decimal(budget))
        return set(choose(Case.of(at), rule, tuple(wanted)).winners) == wanted

    right = [budget for budget in range(1, top) if given_by(budget)]
    found = budget_range(profile, profile.eligible, wanted, rule)
    if not right or found is None:
        assert not right and (found is None or found[1] == 1 or found[0] >= (found[1] or top))
    else:
        assert right == list(range(max(found[0], 1), min(found[1] or top, top)))


def test_every_published_outcome_is_met_or_explained(shared) -> None:
    index = shared("participation/pabulib/INDEX.csv")
    open_cases, met = [], 0
    for row in csv.DictReader(index.read_text("utf-8").splitlines()):
        found = report(pb.read(shared(FILES) / row["file"])).official
        assert (found is not None) == (row["has_official_outcome"] == "1"), row["file"]
        if found and row["simple_rule_match"] != "none":
            assert found.reproduced, row["file"]
        if found:
            met += found.reproduced
            open_cases += [row["file"]] if found.explained == "open" else []
    assert met == 16 and not open_cases


@pytest.mark.parametrize(
    ("file", "kinds", "projects", "explained"),
    [
        ("Poland_Lodz_2024_Katedralna", ["tie"], {"S039KA", "S004KA"}, "told"),
        ("Poland_Warszawa_2018_Niskie_Okecie", ["tie", "comment"], {"308", "615"}, "told"),
        ("Poland_Warszawa_2018_Las", ["excluded", "comment"], {"1649"}, "supposed"),
        ("Hungary_Budapest_2025_XI_Ujbuda", ["parts", "comment"], set(), "supposed"),
    ],
)
def test_known_exceptions_get_their_reasons(
    shared, file: str, kinds: list[str], projects: set[str], explained: str
) -> None:
    found = report(pb.read(shared(f"{FILES}/{file}.pb"))).official
    assert found and _kinds(found) == kinds and found.explained == explained
    assert {id for each in found.reasons for id in each.projects} == projects


@pytest.mark.parametrize("file", ["Poland_Swiecie_2023", "Poland_Wieliczka_2023_Green_Budget"])
def test_cities_that_used_equal_shares_are_met(shared, file: str) -> None:
    case = Case.of(pb.read(shared(f"{FILES}/{file}.pb")))
    assert frozenset(decide(case, case.election.rule).winners) == (case.election.official or {})[1]


def test_what_is_published_can_be_recounted_and_decided_again(tmp_path: Path) -> None:
    projects = [Project("a", Decimal(5), "Swings"), Project("b", Decimal(4), "Trees")]
    ballots = [Ballot("r1", ("a", "b")), Ballot("r2", ("b",)), Ballot("r2", ("a",))]
    election = Election("approval", projects, ballots, Decimal(6), {"description": "Parks", "currency": "JPY"})
    path = tmp_path / "parks.pb"
    path.write_text(publish(election, decide(Case.of(election, "strict"), "greedy")), "utf-8")
    found = report(pb.read(path))
    assert [mark.reasons for mark in found.count.marks] == [("double-voter",)] and not found.count.differences
    assert found.official and found.official.reproduced and found.official.winners == ("b",)
