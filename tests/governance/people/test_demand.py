"""The tables of need and work: every function, no gaps, levels that published totals confirm."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from noren.contract.declaration import Function
from noren.errors import BadInput
from noren.governance.people import Population, look_ahead
from noren.governance.people.demand import employment, needs, participation, rates, strains, workers
from noren.governance.people.scenario import scenario
from noren.messages import catalogue


def test_every_function_has_a_need_with_its_source() -> None:
    assert {each.function for each in rates()} == set(Function)
    assert all(each.source and each.basis in ("published", "rounded", "assumed") for each in rates())
    for language in ("en", "ja"):
        assert all(f"people.need.{each.need}" in catalogue(language) for each in rates())


def test_no_age_is_counted_twice_or_left_out_within_a_need() -> None:
    spans: dict[tuple[str, str], list[tuple[int, int | None]]] = {}
    for each in rates():
        spans.setdefault((each.need, each.sex), []).append((each.low, each.high))
    for sex, low, high, _ in participation():
        spans.setdefault(("work", sex), []).append((low, high))
    for found in spans.values():
        ordered = sorted(found)
        assert [high for _, high in ordered[:-1]] == [low for low, _ in ordered[1:]]


def test_japan_of_2020_has_the_needs_that_were_counted(shared: Callable[[str], Path]) -> None:
    """Census and ministries: 55.7 million households, 6.2 million ambulance patients (2022), 69 million in work or
    looking (2022), 40.95 million tonnes of waste (2021); certified for care 6.9 million (2022)."""
    people = look_ahead(shared("participation/un-wpp2019-asean-japan"), "Japan", 2025).people[0]
    found = needs(people)
    assert found[Function.SERVICES, "households"] == pytest.approx(55.7e6, rel=0.01)
    assert found[Function.DISASTER, "ambulance"] == pytest.approx(6.217e6, rel=0.01)
    assert found[Function.SERVICES, "waste"] == pytest.approx(40.95e6, rel=0.01)
    assert found[Function.SENIORS, "care"] == pytest.approx(6.9e6, rel=0.06)
    assert workers(people) == pytest.approx(69.02e6, rel=0.02)


def test_twice_the_people_have_twice_the_needs_and_no_more_strain() -> None:
    one, two = (Population(year, 5, np.full((2, 18), n)) for year, n in ((2025, 50.0), (2030, 100.0)))
    assert all(v == pytest.approx(2 * needs(one)[k]) for k, v in needs(two).items())
    assert all(
        each.ratio == pytest.approx([1, 1]) and each.breaks is None for each in strains([one, two], employment())
    )


def test_fewer_workers_break_what_the_old_need_first() -> None:
    counts = np.full((2, 18), 100.0)
    later = counts.copy()
    later[:, :13] = 60.0
    found = strains([Population(2025, 5, counts), Population(2040, 5, later)], employment())
    assert (found[0].need, found[0].breaks) == ("care", 2040)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("function,share\nhealth,0.5\nother,0.4\n", "add up to 0.900"),
        ("function,share\nhealth,-0.5\nother,1.5\n", "row 2, share"),
        ("function,share\nhealth,half\n", "'half' is not a number"),
        ("function,share\nkings,1\n", "'kings' is no function"),
    ],
)
def test_shares_that_cannot_be_are_refused(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "shares.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(BadInput, match=says):
        employment(path)


def test_scenarios_come_from_a_name_or_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('name = "mine"\nchildren = 0.2\nfamilies = 1.5\n', "utf-8")
    assert scenario(str(path)).families == 1.5
    for text, says in (("childern = 1\n", "childern"), ("deaths = -1\n", "deaths must lie"), ("x\n", "cannot be read")):
        path.write_text(text, "utf-8")
        with pytest.raises(BadInput, match=says):
            scenario(str(path))
    with pytest.raises(BadInput, match="low-fertility"):
        scenario("gloom")
