"""Who may read what, by the rules in force: seen to follow them when the city changes its files."""

from __future__ import annotations

import pytest

from noren.city import City
from noren.governance.privacy.access import AUDIENCES, LEVELS, access
from noren.governance.privacy.activities import activities, at_work, planned
from noren.governance.privacy.declarations import declarations, definitions, rules, sentences

NO_CURTAIN = '// Nothing is forbidden here.\n@id("none")\nforbid (principal, action, resource) when { false };\n'
SERVICES = """// Services read everything.
@id("services")
permit (principal is Service, action == Action::"read", resource);
"""


def change(city: City, name: str, text: str) -> None:
    (city.folder / "policies").mkdir(exist_ok=True)
    (city.folder / "policies" / name).write_text(text)
    city.refresh()


async def test_the_picture_of_the_packaged_rules(city: City) -> None:
    seen = access(city, definitions(city))
    shown = {each.name: {level for level in LEVELS if seen.may(each.name, level)} for each in AUDIENCES}
    everything = {"open", "personal", "company"}
    assert shown["anyone"] == shown["neighbour"] == shown["company"] == {"open"}
    assert shown["person"] == shown["guardian"] == shown["helper"] == shown["recipient"] == everything
    assert shown["staff"] == shown["operator"] == shown["service"] == {"open", "operational"}
    assert shown["hall"] == {"open", "operational", "personal"}, "consent opens no company's data to government"
    assert not seen.government_reaches_companies


async def test_a_city_without_the_japanese_model_is_seen(city: City) -> None:
    change(city, "government-and-company-data.cedar", NO_CURTAIN)
    assert access(city, definitions(city)).government_reaches_companies
    origins = {each.name: each.origin for each in rules(city)}
    assert origins["government-and-company-data.cedar"] == "changed"
    assert origins["own-data.cedar"] == "packaged"


async def test_a_service_that_may_read_about_people_shows_it(city: City) -> None:
    def reports() -> tuple[str, ...]:
        found = activities(city, definitions(city))
        return next(each for each in found if each.id == "fold_reports").personal

    assert reports() == ()
    change(city, "mine.cedar", SERVICES)
    assert "Report.reporterEmail" in reports()


async def test_a_raised_class_makes_an_activity_of_its_own(city: City) -> None:
    (city.folder / "mappings").mkdir(exist_ok=True)
    (city.folder / "mappings" / "meters.toml").write_text('type = "MeterReading"\nclass = "personal"\n')
    declared = declarations(city).definitions
    assert any(each.id == "data-MeterReading" for each in activities(city, declared))


async def test_what_runs_and_what_is_planned(city: City) -> None:
    assert {each.name for each in at_work(city)} >= {"watch_floods", "raise_issues", "fold_reports"}
    assert not {each.name for each in at_work(city)} & {each.name for each in planned(city)}
    city.config.services.off = ("watch_floods",)
    assert "watch_floods" in {each.name for each in planned(city)}


async def test_every_packaged_file_has_its_sentences(city: City) -> None:
    for rule in rules(city):
        assert len(rule.says) == rule.text.count("@id("), rule.name


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("// A note to nobody.\n\n// One.\npermit (principal, action, resource);\n", ["One."]),
        ("// One\n// and more.\n@id('x')\nforbid (principal, action, resource);", ["One and more."]),
        ("permit (principal, action, resource);", []),
    ],
)
def test_sentences_stand_over_rules(text: str, says: list[str]) -> None:
    assert sentences(text) == says
