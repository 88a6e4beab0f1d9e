"""`noren conform`, as somebody types it: against a city in a process of its own, and against nobody."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from noren.city import City, create
from tests.run.test_up import opened


def test_a_city_in_a_process_of_its_own(typed, tmp_path: Path) -> None:
    create(tmp_path / "town", "Town")
    with opened("--city", str(tmp_path / "town"), "--port", "0") as (_, address, _said):
        city = City.open(tmp_path / "town")
        token = city.tokens.issue(city.staff, seconds=600)
        status, out, _ = typed("conform", address, "--token", f"government={token}", "--json")
        found = json.loads(out)
        states = {each["requirement"]: each["state"] for each in found["findings"]}
        assert (states["JM-3.4"], states["JM-11.3"], states["JM-12.2"]) == ("met", "met", "met")
        assert states["JM-7.5"] == "broken", "nobody cosigns the ledger of a new city"
        assert states["JM-1.6"] == states["JM-4.1"] == "not shown"
        assert status == found["status"] == 1 and found["left"] == []
        status, out, _ = typed("conform", address, "--only", "JM-3.4", "--only", "JM-12.2", language="ja")
        assert status == 0 and "適合" in out and "JM-12.2" in out and "JM-7.5" not in out
        assert typed("conform", address, "--only", "JM-1.6")[0] == 0, "an inspection is nothing that this command owes"
        assert typed("conform", address, "--only", "JM-4.1")[0] == 2, "not asked, since nothing was to be written"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("http://127.0.0.1:9",), "nobody listens"),
        (("gopher://town",), "begins with"),
        (("http://127.0.0.1:9", "--token", "x"), "A token has a role"),
        (("http://127.0.0.1:9", "--token", "mayor=x"), "Nobody is known"),
        (("http://127.0.0.1:9", "--only", "JM-99.1"), "no requirement JM-99.1"),
    ],
)
def test_what_cannot_be_asked_is_said(typed, words: tuple[str, ...], says: str) -> None:
    status, _, told = typed("conform", *words)
    assert status == 1 and says in told
