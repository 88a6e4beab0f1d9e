"""What stands besides declarations is told: recipients, what the law keeps, commands, eyes; small counts are not."""

from __future__ import annotations

import os
from typing import Any

import msgspec
import pytest

from noren.city import City
from noren.commands import example
from noren.errors import BadInput
from noren.governance.pages import Teller, html
from noren.governance.privacy import REPORTS, Inventory, gather, linked
from noren.governance.privacy.besides import besides
from noren.governance.privacy.standing import FEWEST, standing
from noren.sample import open_bank
from noren.sample.bank import INSURER, SCHOOL
from noren.trust import Grant, grant_id
from tests.view.test_mine import BOARD, WHY


def told(found: Inventory, name: str = "impact", language: str = "en") -> str:
    return html.page(REPORTS[name](found, language))


def _consents(city: City, to: str, count: int, **more: Any) -> None:
    for _ in range(count):
        grant = Grant(
            id=grant_id(),
            basis="consent",
            subject=os.urandom(16),
            holder="Kawabe Clinic",
            grantee=to,
            purpose="insurance",
            attributes=frozenset({"EmergencyCard.healthConditions"}),
            since=0.0,
            until=4e9,
        )
        city.grants.give(msgspec.structs.replace(grant, **more))


async def test_recipients_in_force_with_counts_that_are_not_small(city: City) -> None:
    await open_bank(city)
    _consents(city, INSURER, FEWEST - 1)
    _consents(city, INSURER, 3, until=1.0)
    _consents(city, INSURER, 2, withdrawn=2.0)
    found = {each.organisation: each for each in (await standing(city)).recipients}
    assert {name: each.consents for name, each in found.items()} == {SCHOOL: None, INSURER: None}
    _consents(city, INSURER, 1)
    every = await gather(city)
    assert {each.organisation: each.consents for each in every.standing.recipients} == {SCHOOL: None, INSURER: FEWEST}
    for name in REPORTS:
        assert "川辺共済" in told(every, name, "ja") and f"fewer than {FEWEST}" in told(every, name)
    (record,) = [each for each in linked(every)["@graph"] if each["@type"] == "dpv:RecordsOfActivities"]
    school = next(each for each in record["dpv:hasRecipient"] if each["dpv:hasContact"].startswith("desk@kawabe-first"))
    assert "urn:noren:attribute:EmergencyCard.allergies" in school["dpv:hasPersonalData"]
    assert str(FEWEST) not in str(school) and "consents" not in str(record)


async def test_a_recipient_that_was_stopped_is_told_no_more(city: City) -> None:
    await open_bank(city)
    await city.view(BOARD).registers.decide(SCHOOL, "stop", WHY)
    assert [each.organisation for each in (await standing(city)).recipients] == [INSURER]


async def test_what_the_law_keeps(city: City) -> None:
    assert "the city has no retention.csv" in told(await gather(city), "public")
    rows = "organisation,type,en,ja\nKawabe Clinic,EmergencyCard,Medical law: five years,医師法：5年\n"
    (city.folder / "retention.csv").write_text(rows, "utf-8")
    found = await gather(city)
    assert all("Medical law: five years" in told(found, name) for name in REPORTS)
    assert "医師法：5年" in told(found, "public", "ja")
    (city.folder / "retention.csv").write_text("organisation,type,en,ja\nKawabe Clinic,,x,y\n", "utf-8")
    with pytest.raises(BadInput, match="A cell is empty"):
        await gather(city)


async def test_what_can_be_commanded_and_by_how_many(city: City) -> None:
    before = told(await gather(city))
    assert "No device can be commanded." in before and "set by two" not in before
    example.write(city.folder, city.config.slug)
    after = await gather(city)
    kinds = {each.kind: each for each in after.standing.commands}
    assert kinds["gate"].needs_two == kinds["gate"].count and after.standing.interlocks
    assert "What can hurt people is set by two" in told(after) and "tests/commands/test_switchboard.py" in told(after)
    assert "水門" in told(after, "public", "ja") and "tests/" not in told(after, "public")


async def test_eyes_and_what_they_may_tell(city: City) -> None:
    assert "rho" not in told(await gather(city))
    city.config.flow = msgspec.structs.replace(city.config.flow, populations=("phones",), day=0.02)
    found = await gather(city)
    assert "rho 0.02 a day" in told(found) and "Counts of people are bounded" in told(found)
    (city.folder / "policies").mkdir(exist_ok=True)
    law = '// A court decides.\n@id("court")\nforbid (principal, action == Action::"search", resource);\n'
    (city.folder / "policies" / "no-search-for-people.cedar").write_text(law)
    city.refresh()
    changed = told(await gather(city))
    assert "the city changed this law" in changed and "tests/trust/test_search.py" not in changed


async def test_backups_that_are_sealed_count_as_a_measure(city: City) -> None:
    def person(found: Inventory) -> set[str]:
        (one,) = [each for each in found.activities if each.id == "data-Person"]
        return {measure.id for each in found.judged(one) for measure in each.measures}

    assert "sealed-backups" not in person(await gather(city)) and "erasures-stay" in person(await gather(city))
    city.config.vault.officer = "officer.pub"
    assert "sealed-backups" in person(await gather(city))
    told_elsewhere = {"four-eyes", "camera-admission", "vetted"}
    assert person(await gather(city)).isdisjoint(told_elsewhere)


async def test_sign_in_is_told_where_settings_say_how(city: City) -> None:
    found = await gather(city)
    more = msgspec.structs.replace(found.standing, production=True, providers=("https://id.example",))
    with_it = msgspec.structs.replace(found, standing=more)
    assert "https://id.example" in told(with_it)
    without = msgspec.structs.replace(found, standing=msgspec.structs.replace(more, production=None))
    assert [each.id for each in besides(without, Teller("en"))] == ["recipients", "retained", "commands", "eyes"]
