"""Pictures that residents send: made plain (no place, no camera, no thumbnail inside), small enough, kept by content.

Who may see a picture is who may read the attribute that names it: until somebody has looked at it, and after it was
taken away, that is staff.
"""

from __future__ import annotations

import hashlib
import io
import re
import threading
import warnings
from pathlib import Path

from PIL import Image, ImageOps

from noren.errors import BadInput, NotFound, TooLarge

LARGEST = 15 << 20
PIXELS = 60_000_000
SIDE = 1600
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
"""What telephones, browsers and scanners send. What would start another program (EPS), or is a document, is none."""
_NAME = re.compile(r"[0-9a-f]{40}\.jpg")
_ONE = threading.Lock()


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
        with _ONE, warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            # One at a time: each may take some hundred megabytes while it is read.
            with Image.open(io.BytesIO(raw), formats=FORMATS) as picture:
                if picture.width * picture.height > PIXELS:
                    raise TooLarge("The picture has too many pixels.", where="media", hint="Send a smaller one.")
                picture.thumbnail((SIDE, SIDE))
                upright = ImageOps.exif_transpose(picture).convert("RGB")
    except TooLarge:
        raise
    except Exception:  # whatever a decoder makes of bytes that somebody chose: it is no picture
        raise BadInput("This is no picture that can be read.", where="media", hint="Send a JPEG or PNG.") from None
    out = io.BytesIO()
    Image.frombytes("RGB", upright.size, upright.tobytes()).save(out, "JPEG", quality=85)
    return out.getvalue()
