"""Files as bytes and text: what wraps them, how they are encoded, how they are damaged."""

from __future__ import annotations

import codecs
import gzip
import io
import re
import unicodedata
import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO, cast

import charset_normalizer

from noren.errors import BadInput

HEAD = 256 * 1024
LARGEST, DENSEST = 512 * 1024 * 1024, 100
"""Bytes that an archive may unpack to in any case, and how many times its own size beyond that."""
BROKEN = (EOFError, OSError, zlib.error)
"""What reading an archive that is cut short raises."""
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_OTHERS = ("cp932", "euc_jp", "cp949", "big5", "gb18030", "cp1251", "cp1253", "cp1252")
"""Encodings of one city or another; what is none of them for certain is Windows-1252."""
_SAMPLE = 16 * 1024
_JAPANESE = re.compile("[\u3040-\u30ff\u4e00-\u9fff\uff66-\uff9f]")
_TWICE_ENCODED = re.compile("Ã[\u0080-\u00bf\u2018-\u203a]|Â[\u0080-\u00bf]")


def is_gzip(path: Path) -> bool:
    """Whether the file is packed by gzip."""
    with path.open("rb") as stream:
        return stream.read(2) == _GZIP


def open_plain(path: Path) -> BinaryIO:
    """The file as bytes, unzipped where it is a gzip; raises `BadInput` when it cannot be read."""
    try:
        return cast(BinaryIO, gzip.open(path)) if is_gzip(path) else path.open("rb")
    except OSError as error:
        raise BadInput("The file cannot be read.", where=str(path), hint=error.strerror or "Check its name.") from error


def head_of(path: Path, size: int = HEAD) -> bytes:
    """The first bytes of the file; raises `BadInput` for a file that is cut short or empty."""
    try:
        with open_plain(path) as stream:
            head = stream.read(size)
    except BROKEN as error:
        raise damaged(path) from error
    if not head:
        raise BadInput("The file is empty.", where=path.name, hint="Ask its source for it again.")
    return head


def damaged(path: Path) -> BadInput:
    """What is said of an archive that ends too early."""
    return BadInput("The file is damaged or cut short.", where=path.name, hint="Copy or download it again.")


def members(path: Path) -> list[str]:
    """Names in a zip archive, [] for any other file; raises `BadInput` for a damaged archive."""
    with path.open("rb") as stream:
        if stream.read(4) != _ZIP:
            return []
    try:
        with zipfile.ZipFile(path) as archive:
            whole = sum(info.file_size for info in archive.infolist())
            names = [name for name in archive.namelist() if not name.endswith("/")]
    except zipfile.BadZipFile as error:
        raise damaged(path) from error
    if whole > LARGEST and whole > DENSEST * path.stat().st_size:
        raise BadInput(
            f"The archive would unpack to {whole / 1e9:.1f} GB, over {DENSEST} times its own size: it is not unpacked.",
            where=path.name,
            hint="If it is what it should be, unpack it by hand and add the files in it.",
        )
    return names


def name_in(member: str) -> str:
    """A member's name as it was meant: archives made in Japan keep names in CP932 without saying so."""
    try:
        raw = member.encode("cp437")
    except UnicodeEncodeError:
        return member
    return member if raw.isascii() else raw.decode(encoding_of(raw), "replace")


def encoding_of(head: bytes) -> str:
    """How the text is encoded: by its byte-order mark, else UTF-8, CP932 that reads as Japanese, or what its letters
    look most like."""
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    even, odd = head[:200:2].count(0), head[1:200:2].count(0)
    if max(even, odd) > 0.3 * len(head[:200]) and min(even, odd) < 0.1 * max(even, odd):
        return "utf-16-le" if odd > even else "utf-16-be"
    if decodes(head, "utf-8"):
        return "utf-8"
    if decodes(head, "cp932") and _reads_japanese(head.decode("cp932", "ignore")):
        return "cp932"
    return _by_letters(head)


def _by_letters(head: bytes) -> str:
    """The encoding in which the letters beyond ASCII make words of some language."""
    lines = b"\n".join(line for line in head.splitlines() if not line.isascii())[:_SAMPLE]
    found = charset_normalizer.from_bytes(lines, cp_isolation=list(_OTHERS))
    kana = decodes(head, "euc_jp") and re.search("[\u3041-\u3096\u30a1-\u30fc]{2}", lines.decode("euc_jp", "ignore"))
    likely = [*(["euc_jp"] if kana else []), *(match.encoding for match in found)]
    sure = (name for name in likely if decodes(head, name) and _in_words(lines.decode(name, "ignore"), name))
    return next(sure, "cp1252")


def _in_words(text: str, encoding: str) -> bool:
    """Whether letters beyond ASCII stand together (single ones among others are accents), in Korean mostly Hangul."""
    runs = re.findall(r"[^\W\d_\x00-\x7f]+", text)
    letters = "".join(runs)
    korean = encoding != "cp949" or len(re.findall("[\uac00-\ud7a3]", letters)) > 0.7 * len(letters)
    return korean and sum(len(run) for run in runs if len(run) > 1) > 0.6 * len(letters)


def encoding_of_file(path: Path) -> str:
    """How the whole file is encoded; its first bytes may be plain ASCII and tell nothing."""
    encoding = encoding_of(head_of(path))
    if encoding not in ("utf-8", "utf-8-sig"):
        return encoding
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        with open_plain(path) as stream:
            while block := stream.read(4 * 1024 * 1024):
                try:
                    decoder.decode(block)
                except UnicodeDecodeError as error:
                    return encoding_of(block[max(0, error.start - 4096) : error.start + 4096])
    except BROKEN as error:
        raise damaged(path) from error
    return encoding


def _reads_japanese(text: str) -> bool:
    """Whether Japanese characters stand in words, or alone among figures and signs (男, 4歳): single ones among letters
    are another language's accents, and half-width ones in plenty another encoding."""
    runs = re.findall(f"([A-Za-z]?)({_JAPANESE.pattern}+)(?=([A-Za-z]?))", text)
    every = sum(len(run) for _, run, _ in runs)
    words = sum(len(run) for before, run, after in runs if len(run) > 1 or not before + after)
    half_width = len(re.findall("[\uff66-\uff9f]", text))
    return words > 0.8 * every > 0 and half_width < 0.5 * every


def decodes(head: bytes, encoding: str) -> bool:
    """Whether the bytes are text in that encoding, a character cut off at their end forgiven."""
    try:
        codecs.getincrementaldecoder(encoding)("strict").decode(head)
    except UnicodeDecodeError:
        return False
    return True


def decoded(head: bytes) -> str:
    """The bytes as text, for looking at."""
    return mended(head.decode(encoding_of(head), "replace"))


def twice_encoded(text: str) -> bool:
    """Whether UTF-8 was read as Latin-1 and written again ("EndereÃ§o")."""
    return _TWICE_ENCODED.search(text) is not None


def mended(text: str) -> str:
    """The text with double encoding undone where it has been done."""
    if not twice_encoded(text):
        return text
    lines = []
    for line in text.splitlines(keepends=True):
        try:
            lines.append(line.encode("cp1252").decode("utf-8"))
        except UnicodeError:
            lines.append(line)
    return "".join(lines)


class AsUtf8(io.RawIOBase):
    """Any text stream as UTF-8 bytes, mended on the way, without holding more than a block."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self._lines = io.TextIOWrapper(stream, encoding, errors="replace", newline="")
        self._rest = b""

    def readable(self) -> bool:
        """Always."""
        return True

    def close(self) -> None:
        """Close what is below, too."""
        self._lines.close()
        super().close()

    def readinto(self, buffer: object) -> int:
        """Fill the buffer."""
        view = memoryview(buffer)  # type: ignore[arg-type]
        while not self._rest:
            text = self._lines.readline()
            if not text:
                return 0
            self._rest = mended(text).encode()
        part, self._rest = self._rest[: len(view)], self._rest[len(view) :]
        view[: len(part)] = part
        return len(part)


def plain(text: str) -> str:
    """A heading or name for comparing: half-width, lower case, Latin accents away, words apart by one space.

    >>> plain("ÚLTIMA_Atualização (m)")
    'ultima atualizacao m'
    >>> plain("avgSpeed")
    'avg speed'
    """
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", unicodedata.normalize("NFKC", text))
    letters = "".join(c for c in unicodedata.normalize("NFD", text) if not "\u0300" <= c <= "\u036f")
    text = unicodedata.normalize("NFC", letters).casefold()
    return " ".join(re.findall(r"[^\W_]+", text))
