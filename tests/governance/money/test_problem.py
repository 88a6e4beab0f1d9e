"""GAME.json: every form is read; what is incomplete or contradicts itself is refused or marked, with the place."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from noren.errors import BadInput
from noren.governance.money.problem import Problem, read


@pytest.fixture
def game(tmp_path: Path):
    def made(text: Any) -> Problem:
        file = tmp_path / "game.json"
        file.write_text(text if isinstance(text, str) else json.dumps(text), "utf-8")
        return read(file)

    return made


def test_groups_by_name_in_any_order(game) -> None:
    found = game({"unit": 1000, "coalitions": {"B": 20, "A": 10, "A + B": 24}})
    assert found.parties == ("B", "A") and found.total == 24_000
    assert found.game.worth.tolist() == [0, 20_000, 10_000, 24_000]


def test_groups_written_out_for_names_with_a_plus(game) -> None:
    found = game(
        {
            "coalitions": [
                {"members": ["A+"], "amount": 1},
                {"members": ["B"], "amount": 2},
                {"members": ["B", "A+"], "amount": 3},
            ]
        }
    )
    assert found.parties == ("A+", "B") and found.total == 3


def test_a_full_width_plus_is_a_plus(game) -> None:
    assert game({"coalitions": {"市": 1, "町": 2, "市＋町": 3}}).total == 3


def test_names_by_language(game) -> None:
    found = game({"names": {"A": {"en": "City", "ja": "市"}}, "claims": {"A": 5, "B": 5}, "estate": 5})
    assert found.names == {"A": {"en": "City", "ja": "市"}, "B": {"en": "B", "ja": "B"}}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no json", "no game"),
        ([], "no game"),
        ({}, "exactly one form"),
        ({"cost": 5, "use": {"A": 1}, "sizes": {"A": 1}}, "exactly one form"),
        ({"coalition": {}}, "unknown field"),
        ({"coalitions": {}}, "Nobody is named"),
        ({"coalitions": {"": 4, "A": 1}}, "A group of nobody"),
        ({"coalitions": {"A": -1}}, "not less than zero"),
        ('{"coalitions": {"A": NaN}}', "not less than zero"),
        ('{"coalitions": {"A": 1, "A": 2}}', "given twice"),
        ({"coalitions": {"A": 1, "B": 1, "A+B": 2, "B+A": 3}}, "in another order"),
        ({"coalitions": {"A": 1, "A+A": 2}}, "twice in a group"),
        ({"coalitions": {"A": 1, "B": 1}}, "1 of 3 groups have no figure, among them A + B"),
        ({"coalitions": {"A": 1, "A+B": 3}, "missing": "cheapest-parts"}, "no figure, among them B"),
        ({"coalitions": {f"P{i}": 1 for i in range(17)}}, "16 is the most"),
        ({"claims": {"A": 1}}, "need an estate"),
        ({"claims": {"A": 1}, "estate": 2}, "larger than all claims"),
        ({"claims": {"A": -1}, "estate": 0}, "not less than zero"),
        ({"cost": 5}, "what it is shared by"),
        ({"cost": -5, "use": {"A": 1}}, "not less than zero"),
        ({"cost": 5, "use": {"A": 0}}, "All figures are zero"),
        ({"cost": 5, "use": {"A": 1}, "benefit": {"B": 1}}, "not in both lists"),
        ({"sizes": {"A": 5}, "alone": {"A": 6}}, "differs"),
        ({"tree": {"A": {"cost": 1, "parent": "X"}}}, "X is no party"),
        ({"tree": {"A": {"cost": 1, "parent": "B"}, "B": {"cost": 1, "parent": "A"}}}, "round in a circle"),
        ({"sizes": {"A": 1}, "unit": 0}, "unit"),
        ({"sizes": {"A": 1}, "names": {"B": "B"}}, "no party"),
        ({"sizes": {"A": 1, "B": 2}, "proposed": {"A": 1}}, "every party"),
        ({"sizes": {"A": 1, "B": 2}, "proposed": {"A": 1, "B": 2}}, "adds up to 3"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_with_its_place(game, text, said: str) -> None:
    with pytest.raises(BadInput, match=re.escape(said)) as error:
        game(text)
    assert "game.json" in error.value.where and error.value.hint


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        read(tmp_path / "none.json")


def test_groups_left_out_may_act_in_their_best_parts(game) -> None:
    found = game({"coalitions": {"A": 5, "B": 6, "C": 7, "A+B": 8, "A+B+C": 12}, "missing": "cheapest-parts"})
    assert found.game.worth.tolist() == [0, 5, 6, 8, 7, 12, 13, 12]
    assert found.marks[0]["en"].startswith("2 groups had no figure, such as A and C")
    gains = game(
        {"kind": "benefit", "coalitions": {"A": 1, "B": 1, "C": 1, "A+B": 5, "A+B+C": 9}, "missing": "cheapest-parts"}
    )
    assert gains.game.worth.tolist() == [0, 1, 1, 5, 1, 2, 2, 9]


def test_a_cost_that_falls_when_somebody_joins_is_marked(game) -> None:
    (mark,) = game({"coalitions": {"A": 10, "B": 3, "A+B": 8}}).marks
    assert mark["en"] == "The cost falls when B joins A, by 2 yen. Check the figures."


def test_groups_that_are_cheaper_apart_are_marked(game) -> None:
    (mark,) = game({"coalitions": {"A": 10, "B": 3, "A+B": 20}}).marks
    assert mark["en"] == "A on one side and B on the other would pay 7 yen less apart than together."
    (mark,) = game({"kind": "benefit", "coalitions": {"A": 10, "B": 3, "A+B": 11}}).marks
    assert "would have 2 yen more apart" in mark["en"]


def test_all_together_take_the_best_of_their_parts(game) -> None:
    pairs = {"A": 5, "B": 6, "C": 7, "A+B": 8, "A+C": 12, "B+C": 13}
    assert game({"coalitions": pairs, "missing": "cheapest-parts"}).total == 15
    assert game({"kind": "benefit", "coalitions": pairs, "missing": "cheapest-parts"}).total == 18


@pytest.mark.parametrize("keys", [("A", "B", "A+B"), ("{A}", "{B}", "{A, B}"), ("｛A｝", "{B}", "{A、B}")])
def test_groups_may_be_written_in_braces_and_figures_as_text(game, keys: tuple[str, ...]) -> None:
    found = game("\ufeff" + json.dumps({"coalitions": dict(zip(keys, ("12", 9, "17.5"), strict=True))}))
    assert found.parties == ("A", "B") and found.game.worth.tolist() == [0, 12, 9, 17.5]


def test_text_that_is_no_figure_is_refused(game) -> None:
    with pytest.raises(BadInput, match="no game"):
        game({"coalitions": {"A": "many"}})
