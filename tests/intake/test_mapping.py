"""The mapping file: every key is explained, what is written is read again, mistakes are named."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from noren.errors import BadInput
from noren.intake import mapping
from noren.intake.mapping import Column, Mapping

GUIDE = Path(__file__).parents[2] / "docs" / "adding-data.md"


@pytest.mark.parametrize("kind", [Mapping, Column])
def test_every_key_is_explained(kind: type[msgspec.Struct]) -> None:
    rows = [line.split("|")[1] for line in GUIDE.read_text("utf-8").splitlines() if line.startswith("| `")]
    explained = " ".join(rows)
    missing = [field.encode_name for field in msgspec.structs.fields(kind) if f"`{field.encode_name}`" not in explained]
    assert missing == []


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    column = Column("populationByAge", kind="number", part="male 0-4", data_class="operational")
    whole = Mapping("a.csv", "rows", "District", title='„A“ "B"\n', id_columns=["番号"], columns={"0-4歳 男": column})
    mapping.write(whole, tmp_path / "mappings" / "a.csv.toml")
    assert mapping.read(tmp_path / "mappings" / "a.csv.toml") == whole


@pytest.mark.parametrize(
    ("content", "told"),
    [("file = ", "not valid TOML"), ('file = "a"\nkind = "place"\ntype = "A"', "kind"), ("files = 1", "wrong")],
)
def test_a_mistake_is_named(tmp_path: Path, content: str, told: str) -> None:
    (tmp_path / "a.toml").write_text(content)
    with pytest.raises(BadInput, match=told):
        mapping.read(tmp_path / "a.toml")
