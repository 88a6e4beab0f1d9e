"""Portfolios against every choice tried out."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from noren.errors import BadInput
from noren.governance.money import choose
from noren.governance.money.plans import Plan, parse


def plan(initiative: dict[str, Any], budget: dict[str, float] | None = None, **given_: Any) -> Plan:
    return parse({"title": "Plan", "budget": budget or {"2030": 100}, "initiative": initiative} | given_)


def thing(cost: float = 10, **given_: Any) -> dict[str, Any]:
    return {"name": given_.pop("name", "Thing"), "cost": {"2030": cost}} | given_


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    ids = [f"I{i}" for i in range(draw(st.integers(1, 6)))]
    found = {}
    for place, name in enumerate(ids):
        years = {str(year): draw(st.integers(0, 30)) * 1_000_000 for year in (2030, 2031)}
        others = st.lists(st.sampled_from([each for each in ids if each != name] or ["none"]), max_size=1)
        needs = [each for each in draw(others) if each != "none"] if draw(st.booleans()) else []
        bars = [each for each in draw(others) if each != "none" and each not in needs] if not place else []
        found[name] = {
            "name": name, "cost": years, "needs": needs, "excludes": bars, "must": draw(st.integers(0, 9)) == 0,
            "short": draw(st.integers(0, 9)), "long": draw(st.integers(0, 9)),
            "layer": draw(st.sampled_from(["a", "b"])),
        }  # fmt: skip
    least = [{"by": "layer", "of": "a", "share": 0.4}] if draw(st.booleans()) else []
    budget = {"2030": draw(st.integers(0, 60)) * 1_000_000, "2031": draw(st.integers(0, 60)) * 1_000_000}
    return plan(found, budget, least=least, weight=draw(st.sampled_from([0, 0.5, 1])))


def possible(given_: Plan, more: dict[str, float] | None = None) -> list[tuple[float, float, tuple[str, ...]]]:
    """Every choice that the plan allows, by trying all."""
    found = []
    ids = list(given_.initiative)
    for taken in product([False, True], repeat=len(ids)):
        chosen = {name for name, each in zip(ids, taken, strict=True) if each}
        things = [given_.initiative[name] for name in chosen]
        spent = {year: sum(each.cost.get(year, 0) for each in things) for year in given_.budget}
        inside = sum(sum(each.cost.values()) for each in things if each.layer == "a")
        fits = (
            all(spent[year] <= given_.budget[year] + (more or {}).get(year, 0) for year in spent)
            and all(name in chosen for name, each in given_.initiative.items() if each.must)
            and all(set(each.needs) <= chosen and not set(each.excludes) & chosen for each in things)
            and all(inside >= (least.share or 0) * sum(spent.values()) for least in given_.least)
        )
        if fits:
            names = tuple(name for name in ids if name in chosen)
            found.append((sum(each.short for each in things), sum(each.long for each in things), names))
    return found


def score(given_: Plan, point: tuple[float, float, Any]) -> float:
    return given_.weight * point[0] + (1 - given_.weight) * point[1]


@settings(max_examples=60)
@given(plans())
def test_no_choice_is_better_and_the_front_is_whole(given_: Plan) -> None:
    every, found = possible(given_), choose(given_)
    if not every:
        assert found.chosen is None and found.clash
        return
    assert found.chosen in [names for *_, names in every]
    assert score(given_, (found.short, found.long, ())) == pytest.approx(max(score(given_, each) for each in every))
    points = {(short, long) for short, long, _ in every}
    front = {a for a in points if not any(b[0] >= a[0] and b[1] >= a[1] and b != a for b in points)}
    assert [(each.short, each.long) for each in found.front] == sorted(front, reverse=True) and found.whole_front


@settings(max_examples=40)
@given(plans())
def test_one_more_million_does_what_is_said(given_: Plan) -> None:
    found = choose(given_)
    for more in found.more:
        best = max(score(given_, each) for each in possible(given_))
        richer = max(score(given_, each) for each in possible(given_, {more.year: 1_000_000}))
        assert more.gain == pytest.approx(richer - best)
        limitless = max(score(given_, each) for each in possible(given_, {more.year: 1e12}))
        assert (more.enough is None) == (limitless <= best + 1e-9)
        if more.enough:
            assert max(score(given_, each) for each in possible(given_, {more.year: more.enough})) > best
            assert max(score(given_, each) for each in possible(given_, {more.year: more.enough - 1})) <= best


def test_demands_that_clash_are_named() -> None:
    found = choose(
        plan(
            {
                "a": thing(60, must=True, name="Bridge"),
                "b": thing(50, must=True, name="Bus"),
                "c": thing(1, name="Lamp"),
            }
        )
    )
    assert found.chosen is None
    assert [each["en"] for each in found.clash] == [
        "The budget of 2030 is 100 yen.",
        "Bridge must be done.",
        "Bus must be done.",
    ]


def test_any_one_of_the_clashing_demands_less_and_it_works() -> None:
    given_ = plan(
        {"a": thing(60, must=True, needs=["b"]), "b": thing(10, excludes=["c"]), "c": thing(1, must=True)}, least=[]
    )
    clash = [each["en"] for each in choose(given_).clash]
    assert len(clash) == 4 and not any("budget" in each for each in clash)


def test_a_share_and_a_count_for_a_layer() -> None:
    things = {"a": thing(50, short=9), "b": thing(50, short=8), "c": thing(40, short=1, layer="safety")}
    assert choose(plan(things)).chosen == ("a", "b")
    assert choose(plan(things, least=[{"by": "layer", "of": "safety", "share": 0.3}])).chosen == ("a", "c")
    assert choose(plan(things, least=[{"by": "layer", "of": "safety", "count": 1}])).chosen == ("a", "c")


def test_more_money_in_words() -> None:
    things = {"a": thing(100e6, short=2, name="Bus"), "b": thing(101e6, short=4, name="Tram")}
    found = choose(plan(things, {"2030": 100e6}))
    assert found.chosen == ("a",) and found.more[0].gain == pytest.approx(1)
    assert "Tram could take the place of Bus; the return rises by 1.0." in found.more[0].says["en"]


def test_large_sums_are_kept_to_the_yen() -> None:
    random = np.random.default_rng(3)
    things = {f"i{i}": thing(int(random.integers(10**7, 10**9)), short=int(random.integers(1, 99))) for i in range(40)}
    budget = 5 * 10**9 + 1
    found = choose(plan(things, {"2030": budget}, weight=1))
    spent = sum(things[name]["cost"]["2030"] for name in found.chosen)
    assert spent <= budget and found.left["2030"] == budget - spent


@pytest.mark.parametrize(
    ("things", "given_", "said"),
    [
        ({"a": thing(-1)}, {}, "not less than zero"),
        ({"a": thing(needs=["b"])}, {}, "b is no other initiative"),
        ({"a": thing(excludes=["a"])}, {}, "a is no other initiative"),
        ({"a": thing(short=float("inf"))}, {}, "A return is a number"),
        ({"a": {"name": "A", "cost": {"2031": 1}}}, {}, "2031 has no budget"),
        ({}, {}, "at least one initiative"),
        ({"a": thing()}, {"weight": 2}, "from 0 to 1"),
        ({"a": thing()}, {"least": [{"by": "colour", "of": "red", "share": 1}]}, "layer, function or district"),
        ({"a": thing()}, {"least": [{"by": "layer", "of": "x", "share": 2}]}, "from 0 to 1"),
        ({"a": thing(colour=1)}, {}, "unknown field"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused(things, given_, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        plan(things, **given_)


def test_steps_of_one_on_the_front_are_not_passed_over() -> None:
    things = {f"i{short}": thing(60, short=short, long=10 - short) for short in range(1, 10)}
    found = choose(plan(things))
    assert [(each.short, each.long) for each in found.front] == [(short, 10 - short) for short in range(9, 0, -1)]
