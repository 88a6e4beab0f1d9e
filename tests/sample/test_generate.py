"""The folder as a whole: repeatable, complete, and refused where it cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from noren.errors import AlreadyExists, BadInput
from noren.sample import CALM, LIVE, Made, generate


def _bytes(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_the_same_numbers_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "other"):
        generate(tmp_path / name, 700, 11, 2)
    assert _bytes(tmp_path / "one") == _bytes(tmp_path / "other")


def test_another_seed_gives_another_town(tmp_path: Path, folder: Path) -> None:
    generate(tmp_path / "one", 700, 11, 2)
    generate(tmp_path / "two", 700, 12, 2)
    one, two = _bytes(tmp_path / "one"), _bytes(tmp_path / "two")
    assert one.keys() == two.keys()
    assert all(one[name] != two[name] for name in ("terrain_dem.tif", "buildings.gpkg", "river_level_10min.csv"))


def test_what_lies_there_is_not_overwritten(folder: Path) -> None:
    with pytest.raises(AlreadyExists):
        generate(folder, 700, 1, 2)


@pytest.mark.parametrize(("population", "days"), [(0, 45), (-5, 45), (10**9, 45), (1000, 1), (1000, 10_000)])
def test_what_cannot_be_laid_out_is_refused_before_anything_is_written(
    tmp_path: Path, population: int, days: int
) -> None:
    with pytest.raises(BadInput):
        generate(tmp_path / "town", population, 1, days)
    assert not (tmp_path / "town").exists()


def test_progress_is_told_from_start_to_end(tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []
    generate(tmp_path / "town", 500, 1, 2, lambda step, share: told.append((step, share)))
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert told[0][1] == 0.0
    assert told[-1] == ("done", 1.0)


def test_the_readme_names_every_table_and_every_fault(made: Made) -> None:
    text = (made.folder / "README.md").read_text("utf-8")
    top = [name for name in made.files if "/" not in name and name != "README.md"]
    assert [name for name in top if f"| {name} |" not in text] == []
    assert made.faults
    assert all(fault in text for fault in made.faults)


def test_both_live_parts_have_the_columns_of_the_history(folder: Path) -> None:
    for part in (LIVE, CALM):
        for path in (folder / part).glob("*.csv"):
            history = (folder / path.name).read_text("utf-8").partition("\n")[0]
            assert path.read_text("utf-8").partition("\n")[0] == history
    live, calm = (sorted(p.name for p in (folder / part).iterdir()) for part in (LIVE, CALM))
    assert live == calm
    assert "river_level_10min.csv" in live
