"""`noren performance`, as somebody types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

HEADS = {"en": "service,place,cost,uses,users,residents", "ja": "サービス,地区,費用,利用回数,利用者数,人口"}


@pytest.mark.parametrize("language", ["en", "ja"])
def test_costs_by_service_and_place(typed, tmp_path: Path, language: str) -> None:
    file = tmp_path / "services.csv"
    rows = 'library,North,"1,000,000",400,100,2000\nlibrary,South,500000,3,2,900\n'
    file.write_text(f"{HEADS[language]}\n{rows}", "cp932" if language == "ja" else "utf-8")
    status, out, _ = typed("performance", file, language=language)
    assert status == 0
    assert "2,500" in out
    assert {"en": "Per resident", "ja": "住民1人"}[language] in out.replace("\n", "")


def test_good_rows_are_kept_and_bad_ones_named(typed, tmp_path: Path) -> None:
    file = tmp_path / "services.csv"
    file.write_text("service,place,cost,uses,users\nbus,A,100,50,\nbus,B,much,5,\nbus,C,10,5,9\n", "utf-8")
    status, out, err = typed("performance", file, "--json")
    found = json.loads(out)
    assert status == 0
    assert [(row["place"], row["per_use"]) for row in found["rows"]] == [("A", 2.0)]
    assert len(found["refused"]) == 2
    assert "row 3" in err
    assert "cost" in err
    assert "more users than uses" in err


def test_another_table_is_refused(typed, tmp_path: Path) -> None:
    file = tmp_path / "stations.csv"
    file.write_text("name,lat\nA,1\n", "utf-8")
    status, _, err = typed("performance", file)
    assert status == 1
    assert "lacks: service, place, cost, uses" in err
