"""Pictures: made plain and small; what is none, or too large, is refused in words."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from noren.civic.media import SIDE, Gallery
from noren.errors import BadInput, NotFound, TooLarge


def picture(size: tuple[int, int] = (40, 30), form: str = "PNG", **more: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, form, **more)
    return out.getvalue()


def test_the_same_picture_has_one_name(tmp_path: Path) -> None:
    gallery = Gallery(tmp_path / "media")
    assert gallery.keep(picture()) == gallery.keep(picture())
    assert len(list((tmp_path / "media").iterdir())) == 1


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF", "BMP"])
def test_usual_forms_become_small_jpegs(tmp_path: Path, form: str) -> None:
    gallery = Gallery(tmp_path)
    kept = gallery.read(gallery.keep(picture((4000, 500), form)))
    with Image.open(io.BytesIO(kept)) as image:
        assert (image.format, image.size) == ("JPEG", (SIDE, 200))


def test_a_turned_picture_stands_upright_and_forgets_where_it_was_taken(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "MAKER"
    gallery = Gallery(tmp_path)
    kept = gallery.read(gallery.keep(picture((40, 30), "JPEG", exif=exif)))
    with Image.open(io.BytesIO(kept)) as image:
        assert image.size == (30, 40)
        assert not image.getexif()
    assert b"MAKER" not in kept


@pytest.mark.parametrize("raw", [b"", b"<html>", picture()[:50], b"\xff\xd8\xff\xe0" + b"\0" * 40])
def test_no_picture(tmp_path: Path, raw: bytes) -> None:
    with pytest.raises(BadInput, match="picture"):
        Gallery(tmp_path).keep(raw)


def test_a_small_file_that_unfolds_to_a_huge_picture_is_refused(tmp_path: Path) -> None:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    bomb = (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    )
    with pytest.raises(BadInput):
        Gallery(tmp_path).keep(bomb)


def test_too_large_a_file(tmp_path: Path) -> None:
    with pytest.raises(TooLarge):
        Gallery(tmp_path).keep(b"\0" * ((15 << 20) + 1))


@pytest.mark.parametrize("name", ["../city/noren.toml", "x.jpg", "0" * 40 + ".jpg", ""])
def test_only_names_that_were_given_are_read(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotFound):
        Gallery(tmp_path).read(name)
