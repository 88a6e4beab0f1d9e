"""Settings: what is read, what is said about what cannot be read, and that every setting is documented."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from noren.city import config
from noren.city.create import create, template
from noren.errors import AlreadyExists, BadInput

DOCUMENT = Path(__file__).parents[2] / "docs" / "configuration.md"


@pytest.mark.parametrize(
    ("text", "where", "says"),
    [
        ("", "noren.toml", "“name” is missing"),
        ('name = "Town"', "noren.toml", "“name” must be a table"),
        ("name = {}", "noren.toml, name", "no name"),
        ('name = { en = "T" }\ncolour = 1', "noren.toml", "“colour” is not a setting"),
        ('name = { en = "T" }\n[clock]\nspd = 1', "noren.toml", "“clock.spd” is not a setting"),
        ('name = { en = "T" }\n[clock]\nspeed = "fast"', "noren.toml", "“clock.speed” must be a number"),
        ('name = { en = "T" }\n[clock]\nstart = 2024-04-27', "noren.toml", "“clock.start” must be a time"),
        ('name = { en = "T" }\n[clock]\nstart = 2024-04-27T00:00:00', "noren.toml, clock.start", "no zone"),
        ('name = { en = "T" }\ntimezone = "Tokyo"', "noren.toml, timezone", "“Tokyo” is no time zone"),
        ('name = { en = "T" }\nlanguages = "ja"', "noren.toml", "“languages” must be a list"),
        ('name = { en = "T" }\ncountry = 1', "noren.toml", "“country” must be text"),
        ('name = { en = "T" }\nfeeds = ["x"]', "noren.toml", "“feeds[0]” must be a table"),
        ('name = { en = "T" }\ncentre = [34.3, 134.0]', "noren.toml, centre", "lies nowhere"),
        ('name = { en = "T" }\nslug = "My Town"', "noren.toml, slug", "“My Town” cannot be used"),
        ('name = { en = "T" }\ntenants = ["../x"]', "noren.toml, tenants", "“../x” cannot be used"),
        ("name = ", "noren.toml", "not TOML"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: str, where: str, says: str) -> None:
    with pytest.raises(BadInput) as error:
        config.parse(text)
    assert error.value.where == where
    assert says in error.value.what
    assert error.value.hint


def test_a_folder_without_settings_is_no_city(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="noren init"):
        config.read(tmp_path)
    (tmp_path / "noren.toml").write_bytes("name = { ja = '高松市' }".encode("cp932"))
    with pytest.raises(BadInput, match="UTF-8"):
        config.read(tmp_path)


def _settings(kind: type[msgspec.Struct], prefix: str = "") -> list[str]:
    found = []
    for field in msgspec.structs.fields(kind):
        inner: Any = field.type
        if isinstance(inner, type) and issubclass(inner, msgspec.Struct):
            found += _settings(inner, f"{field.encode_name}.")
        else:
            found.append(prefix + field.encode_name)
    return found


@pytest.mark.parametrize("setting", _settings(config.Config))
def test_every_setting_is_documented(setting: str) -> None:
    assert f"`{setting}`" in DOCUMENT.read_text("utf-8")


def test_examples_in_the_document_are_settings() -> None:
    blocks = DOCUMENT.read_text("utf-8").split("```toml\n")[1:]
    assert blocks
    for block in blocks:
        config.parse(block.split("```")[0])


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_name_can_be_a_city_s(name: str, name_ja: str) -> None:
    text = template(name, name_ja, "Asia/Tokyo", "JP")
    if not name:
        with pytest.raises(BadInput):
            config.parse(text)
        return
    read = config.parse(text)
    assert read.called("en") == name
    assert read.called("ja") == (name_ja or name)


@given(st.text())
def test_a_slug_can_always_be_used(name: str) -> None:
    assert config.SLUG.fullmatch(config.slug(name))


def test_a_new_city_explains_itself_and_is_made_once(tmp_path: Path) -> None:
    made = create(tmp_path / "town", name_ja="高松市", timezone="Asia/Tokyo", country="jp")
    assert made == config.read(tmp_path / "town")
    assert (made.called("en"), made.called("ja"), made.slug, made.country) == ("town", "高松市", "town", "JP")
    text = (tmp_path / "town" / "noren.toml").read_text("utf-8")
    commented = "\n".join(line.removeprefix("# ") for line in text.splitlines() if "=" in line or "[" in line)
    assert "[[feeds]]" in commented
    with pytest.raises(AlreadyExists):
        create(tmp_path / "town")


def test_a_new_city_s_commented_settings_hold(tmp_path: Path) -> None:
    create(tmp_path, "Town")
    lines = (tmp_path / "noren.toml").read_text("utf-8").splitlines()
    uncommented = [
        line.removeprefix("# ") for line in lines if line.startswith(("# [", "# centre", "# speed", "# allow", "# off"))
    ]
    feed = ['name = "River gauges"', 'kind = "mqtt"']
    read = config.parse("\n".join([line for line in lines if line[:1] != "#"] + uncommented + feed))
    assert read.centre and read.net.allow and read.feeds[0]["kind"] == "mqtt"


@pytest.mark.parametrize("how", [{"timezone": "Tokyo"}, {"country": "Japan"}])
def test_nothing_is_made_for_a_place_that_does_not_exist(tmp_path: Path, how: dict[str, str]) -> None:
    with pytest.raises(BadInput):
        create(tmp_path / "town", "Town", **how)
    assert not (tmp_path / "town").exists()
