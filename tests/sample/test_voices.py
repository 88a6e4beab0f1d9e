"""What residents reported: a year of it, in season, by several, in the words of the table, folded as it was meant."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from noren.civic.categories import categories
from noren.civic.folding import trigrams
from noren.civic.looking import look
from noren.civic.nearby import Nearby, Standing
from noren.contract import Function, Layer
from noren.sample import Site, generate
from noren.sample.layout import Town
from noren.sample.tables import rows
from noren.sample.voices import MONTHS, write_voices


@pytest.fixture(scope="module")
def requests(folder: Path) -> list[dict[str, str]]:
    return list(csv.DictReader((folder / "service_requests.csv").read_text("utf-8").splitlines()))


def test_every_category_layer_and_function_is_spoken_of(requests: list[dict[str, str]]) -> None:
    known = categories()
    spoken = [known[name] for name in {row["service_code"] for row in requests}]
    assert {each.name for each in spoken} == known.keys()
    assert {layer for each in spoken for layer in each.layers} == set(Layer)
    assert {function for each in spoken for function in each.functions} == set(Function)
    assert {row["category"] for row in rows("voices")} == known.keys()


def test_they_come_in_the_last_year_each_in_its_season(requests: list[dict[str, str]], town: Town) -> None:
    seasons = {row["category"]: row["season"] for row in rows("voices")}
    for row in requests:
        asked, changed = (datetime.fromisoformat(row[f"{name}_datetime"]) for name in ("requested", "updated"))
        assert town.site.live_start - timedelta(days=366) < asked <= changed < town.site.live_start
        months = MONTHS.get(seasons[row["service_code"]])
        assert months is None or {(asked - timedelta(days=20)).month, asked.month} & set(months)


def test_numbers_are_given_once_and_in_order(requests: list[dict[str, str]]) -> None:
    numbers = [row["service_request_id"] for row in requests]
    assert len(set(numbers)) == len(numbers)
    assert [each.rsplit("-", 1)[1] for each in numbers] == [f"{n:05d}" for n in range(1, len(numbers) + 1)]


def test_several_report_one_thing_and_most_are_answered_with_words(requests: list[dict[str, str]]) -> None:
    states = Counter(row["status"] for row in requests)
    assert states["closed"] > states["open"] > 0
    assert all(row["status_notes"] for row in requests if row["status"] != "open")
    places = Counter((row["service_code"], row["lat"][:6], row["long"][:7]) for row in requests if row["lat"])
    assert max(places.values()) >= 3


def test_nobody_is_named(requests: list[dict[str, str]]) -> None:
    for row in requests:
        for text in (row["description"], row["status_notes"]):
            seen = look(text)
            assert (seen.hold, seen.findings) == ("", ()), text
    for table in ("voices", "proposals", "claims"):
        for row in rows(table):
            assert not look(" ".join(row.values())).findings, row


def test_the_thing_that_is_named_is_the_first_of_an_issue(tmp_path: Path, town: Town) -> None:
    anchors = write_voices(town, tmp_path)
    lines = list(csv.DictReader((tmp_path / "service_requests.csv").read_text("utf-8").splitlines()))
    near, firsts = Nearby(), set()
    for row in lines:
        at = datetime.fromisoformat(row["requested_datetime"])
        spot = (float(row["long"]), float(row["lat"])) if row["lat"] else None
        if near.issue_of(row["description"], row["service_code"], spot, at) is None:
            firsts.add(row["service_request_id"])
            near.add(
                Standing(row["service_request_id"], row["service_code"], trigrams(row["description"]), at, None, spot)
            )
    assert anchors.keys() >= {"road-safety", "street-light", "flooding", "public-transport"}
    assert set(anchors.values()) <= firsts


def test_a_larger_town_says_more(tmp_path: Path, requests: list[dict[str, str]]) -> None:
    generate(tmp_path / "small", 700, 3, 2)
    small = (tmp_path / "small" / "service_requests.csv").read_text("utf-8").splitlines()
    assert len(rows("voices")) <= len(small) - 1 < len(requests)
    assert Site(700, 3, 2).population < 6000
