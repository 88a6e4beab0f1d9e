"""Lists of reports are known by their headings, in the words of whichever city keeps them; other tables are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from noren.intake.convert import Place, Reader
from noren.intake.guess import mapping_for
from noren.intake.mapping import read, write
from noren.intake.recognise import recognise

OPEN311 = """\
service_request_id,service_code,description,lat,long,requested_datetime,updated_datetime,status,status_notes,email
A-1,street-light,Lamp is out,36.1,139.2,2025-07-06T08:15:00+09:00,2025-07-08T08:15:00+09:00,closed,Done.,x@example.org
A-2,waste,No collection,36.2,139.3,2025-07-07T08:15:00+09:00,,open,,
"""
NEW_YORK = """\
Unique Key,Created Date,Closed Date,Agency,Complaint Type,Descriptor,Address,Status,Resolution Description,Lat,Lon
1,01/02/2024 11:00:00 PM,01/03/2024 10:00:00 AM,DOT,Street Condition,Pothole,12 MAIN STREET,Closed,Repaired.,40.7,-73.9
2,01/14/2024 11:00:00 PM,,DOT,Street Light Condition,Lamp out,14 MAIN STREET,In Progress,,40.71,-73.91
"""
BOSTON = """\
case_enquiry_id,open_dt,closed_dt,case_status,closure_reason,case_title,type,department,latitude,longitude
101,2024-01-02 11:00:00,2024-01-03 10:00:00,Closed,Fixed.,Pothole,Request for Pothole,PWDx,42.35,-71.06
102,2024-01-04 11:00:00,,Open,,Lamp,Street Light Outages,STRT,42.36,-71.07
"""
TOWN = """\
受付番号,受付日時,分類,通報内容,対応状況,担当課,対応内容,緯度,経度
甲1,2024/01/02 10:00,道路,穴があいています,対応済み,道路課,埋めました,36.1,139.1
甲2,2024/01/03 10:00,公園,ベンチがこわれています,対応中,公園課,,36.2,139.2
"""
SEECLICKFIX = """\
id,summary,description,status,created_at,closed_at,lat,lng,request_type,address
9001,Lamp,Lamp is out at night,acknowledged,2024-01-02T10:00:00-05:00,,41.3,-72.9,Street Lights,1 Elm St
9002,Hole,Deep hole,closed,2024-01-03T10:00:00-05:00,2024-01-09T10:00:00-05:00,41.4,-72.8,Potholes,2 Elm St
"""
OTHERS = {
    "works.csv": "id,name,status,start date,end date,lat,lon\n1,A,open,2024-01-02,2024-02-02,36.1,139.1\n"
    "2,B,closed,2024-01-03,2024-02-03,36.2,139.2\n",
    "accidents.csv": "id,date,type,description,lat,lon\n1,2024-01-02,car,crash,36.1,139.1\n"
    "2,2024-01-03,bike,x,36.2,139.2\n",
    "permits.csv": "id,category,created,status\n1,house,2024-01-02,open\n2,shop,2024-01-03,closed\n",
}


def rows(tmp_path: Path, text: str, name: str = "list.csv") -> list[dict[str, object]]:
    (tmp_path / name).write_text(text, "utf-8")
    (item,) = recognise(tmp_path / name)
    assert item.source is not None
    mapping = mapping_for(item.source)
    assert mapping.type == "Report"
    write(mapping, tmp_path / "mapping.toml")
    reader = Reader(read(tmp_path / "mapping.toml"), Place("town", "Asia/Tokyo"), "urn:ngsi-ld:Dataset:town:list")
    return [entity for batch in item.source.open(reader.refused) for entity in reader.entities(batch)]


@pytest.mark.parametrize(
    ("text", "name", "states", "first"),
    [
        (OPEN311, "list.csv", ["solved", "received"], "2025-07-05T23:15:00Z"),
        (NEW_YORK, "list.csv", ["solved", "at-work"], "2024-01-02T14:00:00Z"),
        (BOSTON, "list.csv", ["solved", "received"], "2024-01-02T02:00:00Z"),
        (TOWN, "list.csv", ["solved", "at-work"], "2024-01-02T01:00:00Z"),
        (SEECLICKFIX, "seeclickfix_issues.csv", ["seen", "solved"], "2024-01-02T15:00:00Z"),
    ],
)
def test_exports_of_many_cities(tmp_path: Path, text: str, name: str, states: list[str], first: str) -> None:
    found = rows(tmp_path, text, name)
    assert [each["status"] for each in found] == states
    assert found[0]["requestedAt"] == {"@type": "DateTime", "@value": first}
    for each in found:
        assert {"reference", "heldText", "category", "location"} <= each.keys()
        assert (each["channel"], each["listState"]) == ("file", "waiting")
        assert "description" not in each


def test_who_sent_it_is_left_out(tmp_path: Path) -> None:
    assert "example.org" not in str(rows(tmp_path, OPEN311))


def test_two_lists_that_number_alike_stay_apart(tmp_path: Path) -> None:
    one, other = rows(tmp_path, NEW_YORK, "north.csv"), rows(tmp_path, NEW_YORK, "south.csv")
    assert {each["id"] for each in one}.isdisjoint(each["id"] for each in other)


def test_a_column_that_is_empty_today_is_read_when_it_is_filled(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text(OPEN311.replace("Done.", ""), "utf-8")
    (item,) = recognise(tmp_path / "list.csv")
    assert item.source is not None
    assert mapping_for(item.source).columns["status_notes"].attribute == "statusNotes"


@pytest.mark.parametrize("name", OTHERS)
def test_other_tables_are_no_reports(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(OTHERS[name], "utf-8")
    (item,) = recognise(tmp_path / name)
    assert item.source is not None
    assert mapping_for(item.source).type != "Report"
