"""Encodings as cities really use them."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noren.errors import BadInput
from noren.intake import text

JAPANESE = "名称,緯度,経度\n避難所,34.3,134.0\n"


@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        ("utf-8", JAPANESE),
        ("utf-8-sig", JAPANESE),
        ("utf-16", JAPANESE),
        ("cp932", JAPANESE),
        (
            "cp932",
            "年齢,総数,男,女\n"
            + "".join(f"{age}～{age + 4}歳,{300 - age},{140 - age},160\n" for age in range(0, 90, 5)),
        ),
        ("cp1252", "nome;endereço\nPraça;Praça da Sé\n"),
    ],
)
def test_text_is_read_in_its_own_encoding(tmp_path: Path, encoding: str, content: str) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(content.encode(encoding))
    assert text.decoded(path.read_bytes()).lstrip("\ufeff") == content


def test_an_encoding_that_shows_late_is_found(tmp_path: Path) -> None:
    path = tmp_path / "late.csv"
    path.write_bytes(b"a,b\n" + b"1,2\n" * 200_000 + "Praça,3\n".encode("latin-1"))
    assert text.encoding_of_file(path) == "cp1252"


def test_double_encoding_is_undone() -> None:
    twice = "Endereço".encode().decode("cp1252")
    assert text.mended(twice) == "Endereço"
    assert text.mended("Ärger mit Ämtern") == "Ärger mit Ämtern"


def test_an_archive_cut_short_is_said_to_be(tmp_path: Path) -> None:
    path = tmp_path / "cut.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n1,2\n" * 5_000)[:-20])
    with pytest.raises(BadInput, match="cut short"):
        text.encoding_of_file(path)


@given(st.text(max_size=60))
def test_plain_headings_are_stable(heading: str) -> None:
    assert text.plain(text.plain(heading)) == text.plain(heading)
