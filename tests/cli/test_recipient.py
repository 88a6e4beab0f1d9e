"""`noren recipient` and `noren guardian`, as staff and a recipient type them."""

from __future__ import annotations

import asyncio
import json
from datetime import date
from pathlib import Path

import pytest

from noren.city import City, create
from noren.trust.duties import Duties
from tests.view.test_mine import CHILD, HOSPITAL, INSURER, ME, application


@pytest.fixture
def town(tmp_path: Path) -> Path:
    create(tmp_path / "town", "Town", timezone="Asia/Tokyo")
    return tmp_path / "town"


def token(noren, town: Path, name: str) -> str:
    return noren("token", name, "--city", town)[1].splitlines()[0]


async def applied(town: Path) -> None:
    async with City.open(town) as city:
        city.view(INSURER).registers.apply(application("insurer"))
        await city.view(HOSPITAL).upsert([{"id": CHILD, "type": "Person", "givenName": "child"}])


def test_two_members_of_staff_let_a_recipient_in(noren, town: Path) -> None:
    assert "Nobody" in noren("recipient", "list", "--city", town)[1]
    asyncio.run(applied(town))
    ana, ben = token(noren, town, "ana"), token(noren, town, "ben")
    for who, status, says in [
        (ana, 0, "2 of 4"),
        (ana, 1, "Somebody else"),
        (ben, 0, "4 of 4"),
        ("forged", 1, "token"),
    ]:
        found, text = noren("recipient", "vet", "insurer", "--city", town, "--token", who, "--days", 30)
        assert found == status and says in text
    assert "認定" in noren("recipient", "list", "--city", town, language="ja")[1]
    (row,) = json.loads(noren("recipient", "list", "--city", town, "--json")[1])["recipients"]
    assert (row["organisation"], row["state"], row["overdue"]) == ("insurer", "approved", 0)


def test_an_applicant_is_refused_with_a_reason(noren, town: Path) -> None:
    asyncio.run(applied(town))
    words = ("recipient", "refuse", "insurer", "--city", town, "--token", token(noren, town, "ana"))
    assert noren(*words, "--reason", "no")[0] == 1
    assert noren(*words, "--reason", "The audit is four years old.")[0] == 0
    assert "refused" in noren("recipient", "list", "--city", town)[1]


def test_a_recipient_signs_that_it_deleted(noren, tmp_path: Path) -> None:
    status, text = noren("recipient", "key", tmp_path / "key.pem")
    assert status == 0 and (tmp_path / "key.pem").stat().st_mode & 0o077 == 0
    public = json.loads(text)
    assert "d" not in public and noren("recipient", "key", tmp_path / "key.pem")[0] == 1
    duties = Duties(tmp_path / "trust.db")
    duty = duties.owe("insurer", "g", "withdrawn", since=1.0)
    words = ("recipient", "confirm", duty.id, "--organisation", "insurer", "--key")
    assert noren(*words, tmp_path / "none.pem")[0] == 1
    _, confirmation = noren(*words, tmp_path / "key.pem")
    assert duties.confirm(duty.id, confirmation.strip(), public).confirmed
    duties.close()


async def sees(town: Path) -> bool:
    async with City.open(town) as city:
        from tests.view.test_mine import resident

        return await city.view(resident(ME)).get("Person", CHILD) is not None


def test_a_guardian_is_registered_with_a_paper_and_struck_off(noren, town: Path, tmp_path: Path) -> None:
    asyncio.run(applied(town))
    staff = ("--city", town, "--token", token(noren, town, "ana"))
    day = f"{date.today().year + 10}-04-01"
    words = ("guardian", "add", CHILD, ME, "--of-age", day, *staff, "--paper")
    assert noren(*words, tmp_path / "none.pdf")[0] == 1 and not asyncio.run(sees(town))
    (tmp_path / "paper.pdf").write_bytes(b"family register")
    status, text = noren(*words, tmp_path / "paper.pdf")
    assert status == 0 and "second" in text and not asyncio.run(sees(town))
    other = ("--city", town, "--token", token(noren, town, "ben"))
    status, text = noren("guardian", "add", CHILD, ME, "--of-age", day, *other, "--paper", tmp_path / "paper.pdf")
    assert status == 0 and day in text and asyncio.run(sees(town))
    assert noren("guardian", "end", text.split()[-1], *staff)[0] == 0
    assert not asyncio.run(sees(town))
