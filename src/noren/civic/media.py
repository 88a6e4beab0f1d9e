"""Pictures that residents send: made plain (no place, no camera, no thumbnail inside), small enough, kept by content.

A picture is shown only after somebody has looked at it; until then its name stands in an attribute that staff can read,
and whoever does not know the name does not find it.
"""

from __future__ import annotations

import hashlib
import io
import re
import warnings
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from noren.errors import BadInput, NotFound, TooLarge

LARGEST = 15 << 20
PIXELS = 60_000_000
SIDE = 1600
_NAME = re.compile(r"[0-9a-f]{40}\.jpg")


class Gallery:
    """The pictures of one city, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, raw: bytes) -> str:
        """Keep a picture as a JPEG of at most 1600 pixels a side; returns its name.

        Raises `TooLarge` beyond 15 MB or 60 million pixels and `BadInput` for what is no picture.
        """
        if len(raw) > LARGEST:
            raise TooLarge("The picture is larger than 15 MB.", where="media", hint="Send a smaller one.")
        plain = _plain(raw)
        name = f"{hashlib.sha256(plain).hexdigest()[:40]}.jpg"
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / name).write_bytes(plain)
        return name

    def read(self, name: str) -> bytes:
        """The JPEG of that name; raises `NotFound`."""
        path = self._folder / name
        if not _NAME.fullmatch(name) or not path.is_file():
            raise NotFound("There is no such picture.", where=name[:60])
        return path.read_bytes()


def _plain(raw: bytes) -> bytes:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(raw)) as picture:
                if picture.width * picture.height > PIXELS:
                    raise TooLarge("The picture has too many pixels.", where="media", hint="Send a smaller one.")
                upright = ImageOps.exif_transpose(picture).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise BadInput("This is no picture that can be read.", where="media", hint="Send a JPEG or PNG.") from None
    upright.thumbnail((SIDE, SIDE))
    out = io.BytesIO()
    Image.frombytes("RGB", upright.size, upright.tobytes()).save(out, "JPEG", quality=85)
    return out.getvalue()
