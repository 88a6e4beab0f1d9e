"""Registers in the forms that cities write them, and what is said of those that do not add up."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from noren.errors import BadInput, NotFound
from noren.governance.people import look_ahead
from noren.governance.people.register import of_districts, read_registers

CLASSES = [*(f"{low}-{low + 4}" for low in range(0, 85, 5)), "85+"]


def long_rows(year: int, districts: dict[str, int], ages=CLASSES) -> list[str]:
    return [f"{d},{sex},{age},{n},{year}" for d, n in districts.items() for sex in ("male", "female") for age in ages]


def write(path: Path, rows: list[str], head: str = "district,sex,age,count,year") -> Path:
    path.write_text("\n".join([head, *rows]) + "\n", "utf-8")
    return path


def wide(path: Path, counts: dict[str, list[int]], totals: dict[str, int] | None = None, year: int = 2025) -> Path:
    """A table as Japan's recommended data set has it; the total as stated."""
    ages = [f"{a}歳" for a in CLASSES[:-1]] + ["85歳以上"]
    head = [
        "市区町村名",
        "調査年月日",
        "地域名",
        "総人口",
        *(f"{a}の{s}" for a in ages for s in ("男性", "女性")),
        "備考",
    ]
    rows = []
    for name, people in counts.items():
        total = (totals or {}).get(name, sum(people))
        rows.append(",".join(map(str, ["川辺市", f"{year}-04-01", name, total, *people, ""])))
    path.write_text("\n".join([",".join(head), *rows]) + "\n", "utf-8")
    return path


def test_the_two_forms_say_the_same(tmp_path: Path) -> None:
    numbers = list(range(100, 136))
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    wide(tmp_path / "a" / "人口.csv", {"本町": numbers, "新町": numbers[::-1]})
    rows = []
    for name, people in (("本町", numbers), ("新町", numbers[::-1])):
        for i, age in enumerate(CLASSES):
            rows += [f"{name},男,{age},{people[2 * i]},2025", f"{name},女,{age},{people[2 * i + 1]},2025"]
    write(tmp_path / "b" / "r.csv", rows, "地域名,性別,年齢,人口,年")
    (a,), (b,) = (read_registers(tmp_path / name)[0] for name in "ab")
    assert a.districts == b.districts == ["本町", "新町"] and (a.city, a.year) == ("川辺市", 2025)
    np.testing.assert_array_equal(a.counts, b.counts)
    assert a.counts[0, 1, 2] == numbers[5]


def test_single_ages_and_classes_of_five_are_brought_together(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", long_rows(2020, {"x": 10}, [*map(str, range(100)), "100+"]))
    write(tmp_path / "b.csv", long_rows(2025, {"x": 50}))
    then, now = read_registers(tmp_path)[0]
    assert (then.width, then.whole.open_age, now.width) == (5, 85, 5)
    assert then.counts[0, 0, 0] == 50 and then.counts[0, 0, -1] == 160


def test_other_tables_in_a_folder_are_passed_over(tmp_path: Path) -> None:
    write(tmp_path / "r-2025.csv", long_rows(2025, {"x": 50}))
    (tmp_path / "stations.csv").write_text("name,lat,lon\nA,34.1,134.0\nB,34.2,134.1\n", "utf-8")
    (tmp_path / "noise.csv").write_bytes(b"\x00\x01\x02" * 50)
    found, remarks = read_registers(tmp_path)
    assert len(found) == 1 and [(r.file, r.fate) for r in remarks] == [("noise.csv", "left out")]


def test_the_year_may_stand_in_the_name(tmp_path: Path) -> None:
    rows = [row.rsplit(",", 1)[0] for row in long_rows(0, {"x": 5})]
    assert read_registers(write(tmp_path / "register-2024.csv", rows, "district,sex,age,count"))[0][0].year == 2024
    with pytest.raises(BadInput, match="of which year"):
        read_registers(write(tmp_path / "register.csv", rows, "district,sex,age,count"))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("x,male,20-24,50", "x,male,20-24,-5", r"r\.csv, row 6, count"),
        ("x,male,20-24,50", "x,male,20-24,many", r"'many'|many is not a number of people.*row 6, count"),
        ("x,male,20-24,50", "x,king,20-24,50", r"'king' is no sex.*row 6, sex"),
        ("x,male,20-24,50,2025\n", "", "count of male aged 20 is missing"),
        ("x,male,20-24,50", "x,male,15-19,50", "two counts of male aged 15 in 2025.*row 6"),
        ("85+", "85-89", ""),
        ("20-24", "20-23", "missing, or counted twice"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(tmp_path: Path, old: str, new: str, says: str) -> None:
    path = write(tmp_path / "r.csv", long_rows(2025, {"x": 50}))
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    if not says:
        assert read_registers(path)[0][0].whole.open_age == 85
        return
    with pytest.raises(BadInput, match=says):
        read_registers(path)


def test_old_people_in_one_class_are_refused(tmp_path: Path) -> None:
    ages = [*(f"{low}-{low + 4}" for low in range(0, 65, 5)), "65+"]
    with pytest.raises(BadInput, match="begin at 85 or later; it is 65"):
        read_registers(write(tmp_path / "r.csv", long_rows(2025, {"x": 50}, ages)))


def test_totals_are_checked(tmp_path: Path) -> None:
    people = [100] * 36
    near = wide(tmp_path / "near.csv", {"本町": people}, {"本町": 3601})
    remark = read_registers(near)[1][0]
    assert (remark.file, remark.row, remark.field, remark.fate) == ("near.csv", 2, "総人口", "mended")
    assert "3,601 stated, the parts add up to 3,600" in remark.what
    with pytest.raises(BadInput, match=r"total says 5,000.*far\.csv, row 2, 総人口"):
        read_registers(wide(tmp_path / "far.csv", {"本町": people}, {"本町": 5000}))


def test_districts_are_held_against_the_citys_row(tmp_path: Path) -> None:
    people = [100] * 36
    fits = wide(tmp_path / "fits.csv", {"本町": people, "新町": people, "合計": [200] * 36})
    found, remarks = read_registers(fits)
    assert found[0].districts == ["本町", "新町"] and not remarks
    with pytest.raises(BadInput, match=r"total says 10,800.*7,200.*row 4"):
        read_registers(wide(tmp_path / "off.csv", {"本町": people, "新町": people, "合計": [300] * 36}))


def test_people_of_unknown_age_are_marked(tmp_path: Path) -> None:
    rows = [*long_rows(2025, {"x": 50}), "x,male,不詳,7,2025"]
    remark = read_registers(write(tmp_path / "r.csv", rows))[1][0]
    assert (remark.row, remark.field, remark.fate) == (38, "age", "left out") and "7 people" in remark.what


def test_a_district_its_city_and_neither(tmp_path: Path) -> None:
    wide(tmp_path / "p.csv", {"本町": [100] * 36, "新町": [50] * 36})
    whole, one = look_ahead(tmp_path, "川辺市", 2050), look_ahead(tmp_path, "新町", 2050)
    assert whole.method == one.method == "one count" and "people.sure.one" in whole.words
    assert sum(each.then for each in whole.districts) == pytest.approx(whole.people[-1].total)
    assert one.people[-1].total == pytest.approx(whole.districts[1].then)
    with pytest.raises(NotFound, match="It has: 川辺市, 本町, 新町"):
        look_ahead(tmp_path, "別の町", 2050)


def test_a_register_without_a_citys_name_takes_one_and_says_so(tmp_path: Path) -> None:
    write(tmp_path / "r.csv", long_rows(2025, {"x": 50, "y": 60}))
    found = look_ahead(tmp_path, "Town", 2050)
    assert found.place == "Town" and found.people[0].total == 36 * 110
    assert "No district is called Town" in found.remarks[0].what


def test_two_counts_give_trends_and_unfit_ones_are_marked(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", long_rows(2020, {"x": 100, "old": 10}))
    write(tmp_path / "b.csv", long_rows(2023, {"x": 100, "new": 10}))
    write(tmp_path / "c.csv", long_rows(2025, {"x": 100, "new": 10}))
    found = look_ahead(tmp_path, "", 2050)
    assert found.method == "ratios" and [p.year for p in found.people] == [*range(2025, 2051, 5)]
    told = {(r.file, r.field) for r in found.remarks}
    assert told == {("2023", "year"), ("2020", "old"), ("2025", "new")}


def test_districts_of_a_city_are_a_register() -> None:
    ages = {f"{sex} {age}": 10 for sex in ("male", "female") for age in CLASSES}
    entities = [{"id": "urn:d1", "name": "本町", "populationByAge": ages}, {"id": "urn:d2"}]
    found, remarks = of_districts(entities, 2026)
    assert found.districts == ["本町"] and found.whole.total == 360 and "urn:d2" in remarks[0].what
    with pytest.raises(BadInput, match="No district"):
        of_districts([{"id": "urn:d2"}], 2026)


def test_nothing_is_no_register(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no register of residents"):
        read_registers(tmp_path)
    with pytest.raises(BadInput, match="nothing of this name"):
        read_registers(tmp_path / "absent")


LOWS = range(0, 90, 5)


def sided(path: Path, heading: str, more: str = "") -> Path:
    rows = [f"{low}～{low + 4}歳,{2 * low + 10},{low},{low + 10}\n" for low in LOWS] + ["90歳以上,30,10,20\n"]
    return write(path, (heading + "".join(rows) + more).splitlines()[1:], heading.strip())


def test_men_and_women_may_stand_beside_one_another(tmp_path: Path) -> None:
    (found,), remarks = read_registers(sided(tmp_path / "人口2020.csv", "年齢,総数,男,女\n", "総数,1,2,3\n"))
    assert (found.year, found.whole.open_age, remarks) == (2020, 90, [])
    assert found.whole.between(20, 25, "male") == 20 and found.whole.between(90, None, "female") == 20
    (thousands,), _ = read_registers(sided(tmp_path / "b2020.csv", "年齢,総数（千人）,男（千人）,女（千人）\n"))
    assert thousands.whole.total == 1000 * found.whole.total


def test_classes_that_finer_ones_add_up_to_are_not_counted_twice(tmp_path: Path) -> None:
    sums = "15～64歳,1,2,3\n65歳以上,4,5,6\n85歳以上,7,8,9\n"
    (found,), _ = read_registers(sided(tmp_path / "a2020.csv", "年齢,総数,男,女\n", sums))
    (plain,), _ = read_registers(sided(tmp_path / "b2020.csv", "年齢,総数,男,女\n"))
    assert found.counts.tolist() == plain.counts.tolist()


def test_the_united_nations_newer_tables_are_read_for_one_country(tmp_path: Path) -> None:
    heading = "LocID,ISO3_code,Location,Variant,Time,AgeGrp,PopMale,PopFemale,PopTotal"
    rows = [
        f"{code},{iso},{name},{variant},{year},{age},{1 + code},2.5,{code + 3.5}"
        for code, iso, name in ((392, "JPN", "Japan"), (208, "DNK", "Denmark"))
        for variant in ("Medium", "High")
        for year in (2015, 2020, 2025)
        for age in (*(f"{low}-{low + 4}" for low in range(0, 100, 5)), "100+")
    ]
    path = write(tmp_path / "WPP2024_PopulationByAge5GroupSex.csv", rows, heading)
    for place in ("Japan", "japan", "392", "JPN"):
        assert [each.whole.total for each in read_registers(path, place)[0]] == [21 * 395_500.0] * 3
    found = look_ahead(path, "Denmark", 2050, start=2020)
    assert (found.place, found.method, found.people[0].year) == ("Denmark", "ratios", 2020)
    assert found.people[0].total == 21 * 211_500
    for place in ("", "Atlantis"):
        with pytest.raises(NotFound, match=r"it has: .*Denmark"):
            read_registers(path, place)
    with pytest.raises(BadInput, match="There are: 2015, 2020, 2025"):
        look_ahead(path, "Japan", 2050, start=2019)
