"""What the city does with data, over HTTP: for the portal, for programs, for whoever judges it."""

from __future__ import annotations

from typing import Any

from noren.trust import PURPOSES
from tests.web.api.conftest import Served

TOO_MUCH = '// Whoever asks may read everything.\n@id("all")\npermit (principal, action == Action::"read", resource);\n'


async def ask(served: Served, path: str) -> Any:
    async with served.http.get(path) as reply:
        assert reply.status == 200, await reply.text()
        return await reply.json(content_type=None)


async def test_everything_is_declared(served: Served) -> None:
    found = await ask(served, "/api/privacy/declarations")
    assert [each["name"] for each in found["purposes"]] == list(PURPOSES)
    assert all(each["iri"].startswith("https://w3id.org/dpv#") for each in found["purposes"])
    classes = {(each["type"], each["attribute"]): each["class"] for each in found["definitions"]}
    assert len(classes) == len(found["definitions"])
    assert (classes["Person", ""], classes["Device", ""], classes["Alert", ""]) == ("personal", "operational", "open")
    assert (classes["Report", "reporterName"], classes["*", "dataSubject"]) == ("personal", "personal")
    rules = {each["name"]: each for each in found["rules"]}
    assert rules["open-data.cedar"]["says"] == ["Open data may be read by anyone."]
    assert all(each["origin"] == "packaged" and each["text"] and each["says"] for each in rules.values())


async def test_changed_rules_are_marked_and_what_they_open_is_seen(served: Served) -> None:
    sees = {each["name"]: each["sees"] for each in (await ask(served, "/api/privacy"))["audiences"]}
    assert (sees["anyone"], sees["staff"]) == (["open"], ["open", "operational"])
    folder = served.city.folder / "policies"
    folder.mkdir(exist_ok=True)
    (folder / "all.cedar").write_text(TOO_MUCH)
    (folder / "open-data.cedar").write_text(TOO_MUCH.replace('"all"', '"open-data"'))
    served.city.refresh()
    found = {each["name"]: each["origin"] for each in (await ask(served, "/api/privacy/declarations"))["rules"]}
    assert (found["all.cedar"], found["open-data.cedar"]) == ("added", "changed")
    async with served.http.get("/api/privacy/page?language=en") as reply:
        assert "Attention: by the rules in force, others may read data about people." in await reply.text()


async def test_the_page_is_for_residents_in_both_languages(served: Served) -> None:
    for language, words in (("en", "What your city does with data"), ("ja", "市はデータをどう使っているか")):
        async with served.http.get(f"/api/privacy/page?language={language}") as reply:
            text = await reply.text()
            assert reply.status == 200 and words in text and text.count("<svg") >= 4
            assert "default-src 'none'" in reply.headers["content-security-policy"]
            assert "privacy.toml" not in text, "residents are not told where the city keeps its answers"
    async with served.http.get("/api/privacy/page?language=tlh") as reply:
        assert reply.status == 400


async def test_the_record_for_programs(served: Served) -> None:
    graph = (await ask(served, "/api/privacy/record.jsonld"))["@graph"]
    acts = {each["@id"]: each for each in graph if "dpv:hasPurpose" in each}
    assert {"urn:noren:processing:watch_floods", "urn:noren:processing:data-Report"} <= acts.keys()
    assert "dpv:hasPersonalData" not in acts["urn:noren:processing:watch_floods"]
    assert "urn:noren:attribute:Report.reporterEmail" in acts["urn:noren:processing:data-Report"]["dpv:hasPersonalData"]
    (record,) = [each for each in graph if each["@type"] == "dpv:RecordsOfActivities"]
    assert {each["@id"] for each in record["dpv:hasProcess"]} == acts.keys()


async def test_the_capability_document_names_what_there_is(served: Served) -> None:
    found = await ask(served, "/.well-known/japanese-model.json")
    assert (found["version"], found["purposeHeader"]) == ("1", "Noren-Purpose")
    for name, path in found["interfaces"].items():
        if name not in ("ngsi-ld", "ledger", "openid"):
            async with served.http.get(path.replace("{type}", "Alert")) as reply:
                assert reply.status != 404, path
    assert {"ngsi-ld", "ledger", "declarations", "record", "uses"} <= found["interfaces"].keys()


async def test_a_token_that_does_not_hold_is_told(served: Served) -> None:
    for path in ("/api/privacy", "/api/privacy/page", "/api/privacy/record.jsonld", "/api/privacy/declarations"):
        async with served.http.get(path, headers={"Authorization": "Bearer nonsense"}) as reply:
            assert reply.status == 401, path


async def test_nothing_else_is_well_known(served: Served) -> None:
    async with served.http.get("/.well-known/security.txt") as reply:
        assert reply.status == 404


async def test_a_residents_own_consents_and_nobody_elses(served: Served) -> None:
    resident = served.city.tokens.issue(served.city.principal("urn:ngsi-ld:Person:t:r", "resident"), seconds=60)
    async with served.http.get("/api/privacy/consents", headers={"Authorization": f"Bearer {resident}"}) as reply:
        assert (reply.status, await reply.json()) == (200, {"consents": []})
    for headers in ({}, served.staff()):
        async with served.http.get("/api/privacy/consents", headers=headers) as reply:
            assert reply.status in (401, 403)
