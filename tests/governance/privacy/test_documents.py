"""The reports tell what is declared, keep what is open in sight, and say the same as page, paper and data."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from noren.city import City
from noren.governance.pages import Teller, html, pdf
from noren.governance.pages.blocks import Document, Table, Text
from noren.governance.privacy import HUMAN, REPORTS, Inventory, gather, linked, prepare
from noren.governance.privacy.answers import FILE
from noren.governance.privacy.phrases import sentence
from noren.trust.ledger import COSIGNATURE, Signer

LANGUAGES = ("en", "ja")


def told(document: Document) -> str:
    return html.page(document)


async def inventory(city: City, answers: str = "") -> Inventory:
    if answers:
        (city.folder / FILE).write_text(answers, "utf-8")
    return await gather(city)


@pytest.mark.parametrize("name", sorted(REPORTS))
@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_message_is_there_and_every_activity_told(city: City, name: str, language: str) -> None:
    found = await inventory(city)
    text = told(REPORTS[name](found, language))
    asked = re.sub(r"privacy\.toml|[\w/]+/\w+\.py", "", text)
    assert not re.search(r"(privacy|plan|portal)\.[a-z]+[.<]", asked), "a message is missing"
    for one in found.activities:
        assert one.title[language] in text
    assert ("川辺市" if language == "ja" else "Kawabe") in text


async def test_what_only_people_know_is_open_until_they_say_it(city: City) -> None:
    before = told(REPORTS["impact"](await inventory(city), "en"))
    assert before.count('class="missing">Open:') > 20
    found = await inventory(
        city, '[controller]\nofficer = "Office of data protection"\n[activity.data-Person]\nretention = "five years"\n'
    )
    after = told(REPORTS["impact"](found, "en"))
    assert "Office of data protection" in after and "five years" in after
    assert after.count('class="missing">Open:') == before.count('class="missing">Open:') - 2
    assert "five years" in told(REPORTS["record"](found, "en")) and "five years" in told(REPORTS["public"](found, "en"))


async def test_answers_are_asked_for_what_there_is(city: City) -> None:
    found = await inventory(city)
    prepare(city.folder, {each.id: each.asked for each in found.activities}, HUMAN)
    again = await gather(city)
    assert set(again.answers.activity) == {each.id for each in found.activities}
    assert told(REPORTS["impact"](again, "ja")).count("未記入") == told(REPORTS["impact"](found, "ja")).count("未記入")


async def test_markup_in_an_answer_stays_text(city: City) -> None:
    found = await inventory(city, '[controller]\nname = "<script>alert(1)</script>"\n')
    for make in REPORTS.values():
        assert "<script>" not in told(make(found, "en"))


async def test_japan_gets_its_register(city: City) -> None:
    found = await inventory(city)
    assert "個人情報ファイル簿" in told(REPORTS["record"](found, "ja"))
    assert "個人情報ファイルの利用目的" in told(REPORTS["record"](found, "ja"))
    city.config.country = "FI"
    assert "個人情報ファイル簿" not in told(REPORTS["record"](await gather(city), "ja"))


async def test_witnesses_and_special_data_move_the_risk(city: City) -> None:
    def levels(found: Inventory) -> dict[str, str]:
        person = next(each for each in found.activities if each.id == "data-Person")
        return {each.risk.id: each.level for each in found.judged(person)}

    assert levels(await gather(city))["change"] == "high"
    signer = Signer.new("people.example/witness", COSIGNATURE)
    text = f"log {city.ledger_key.verifier}\nwitness people {signer.verifier}\nquorum people\n"
    (city.folder / "ledger.policy").write_text(text)
    found = await gather(city)
    assert levels(found)["change"] == "low" and found.ledger.witnesses == ("people",)
    special = await inventory(city, '[activity.data-Person]\nspecial = "health"\n')
    none = await inventory(city, '[activity.data-Person]\nspecial = { en = "none", ja = "なし" }\n')
    assert levels(special)["access"] == "medium" and levels(none)["access"] == levels(found)["access"] == "low"


async def test_model_policies_say_what_software_cannot(city: City) -> None:
    def states(found: Inventory) -> str:
        blocks = [b for c in REPORTS["impact"](found, "en").chapters if c.id == "policies" for b in c.blocks]
        return "\n".join(" | ".join(row) for each in blocks if isinstance(each, Table) for row in each.rows)

    before = states(await gather(city))
    assert before.count("needs people") > 10 and "not met" in before, "no dataset, no witness"
    answers = '[policy."dig-once.register"]\nstate = "met"\nevidence = "Street works register"\n'
    after = states(await inventory(city, answers))
    assert "| met | Street works register" in after and after.count("needs people") == before.count("needs people") - 1


async def test_every_sentence_of_the_rules_has_japanese_words(city: City) -> None:
    tell = Teller("ja")
    for rule in (await gather(city)).declared.rules:
        for words in rule.says:
            assert sentence(tell, words) != words, f"add to sentences.csv: {words}"
    assert sentence(tell, "A sentence of the city's own.") == "A sentence of the city's own."


async def test_paper_says_what_the_page_says(city: City) -> None:
    found = await gather(city)
    for language in LANGUAGES:
        made = pdf.paper(REPORTS["public"](found, language))
        text = "".join(page.extract_text() for page in PdfReader(BytesIO(made)).pages)
        assert REPORTS["public"](found, language).title in text.replace("\n", "")
        assert made == pdf.paper(REPORTS["public"](found, language))


async def test_the_record_names_only_terms_that_the_vocabulary_has(city: City) -> None:
    """`dpv.txt` lists terms that were looked up in the vocabulary as the W3C's group publishes it (version 2)."""
    known = set((Path(__file__).parent / "dpv.txt").read_text("utf-8").split())
    used = set(re.findall(r"dpv:(\w+)", str(linked(await gather(city)))))
    assert used <= known, used - known


async def test_a_clinician_is_named_only_where_emergency_access_shows_something(city: City) -> None:
    kept = {each.id: each.readers for each in (await inventory(city)).activities if each.kind == "people"}
    assert "clinician" in kept["data-EmergencyCard"] and "clinician" in kept["data-Person"]
    assert "clinician" not in kept["data-TravelPass"] and "recipient" in kept["data-TravelPass"]


async def test_an_inventory_without_people_has_no_open_questions_about_them(city: City) -> None:
    found = await gather(city)
    flood = next(each for each in found.activities if each.id == "watch_floods")
    chapter = next(each for each in REPORTS["impact"](found, "en").chapters if each.id == flood.id)
    assert sum(isinstance(each, Text) and each.words.startswith("Open:") for each in chapter.blocks) == 2
