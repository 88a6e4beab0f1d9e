"""HTTP polling: JSON or CSV at an address becomes entities; bad rows are reported, good ones kept."""

from __future__ import annotations

import csv
from typing import Any, ClassVar, Literal

import msgspec

from noren.contract import Push
from noren.errors import BadInput
from noren.intake.connectors.payload import Meaning, entities
from noren.intake.connectors.polling import Poller
from noren.net import Answer, shown

ENCODINGS = ("utf-8-sig", "cp932", "latin-1")
SEPARATORS = ",;\t|"
_BATCH = 1000


class HttpSettings(Meaning, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Address and rhythm; the rest of the entry says what the rows mean."""

    url: str
    """Address of the data: `https://…`."""
    every: str = "1min"
    """How often to ask, in real time: "30s", "5min", "1h"; never more often than once a second."""
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    """Headers to send, for example a key: `{ "X-Api-Key" = "$API_KEY" }` takes it from the environment."""
    jitter: float = 0.1
    """Share of `every` by which the moment of asking varies, so that cities do not all ask at once."""
    format: Literal["auto", "json", "csv"] = "auto"
    """What comes: JSON or CSV; auto looks."""
    encoding: str = ""
    """Encoding of a CSV; empty tries UTF-8, CP932 and Latin-1."""
    separator: str = ""
    """Separator of a CSV; empty looks for comma, semicolon, tab or bar in the header."""


class HttpPolling:
    """Asks one address."""

    kind: ClassVar[str] = "http"
    Settings: ClassVar[type[msgspec.Struct]] = HttpSettings

    def __init__(self, settings: HttpSettings) -> None:
        self.settings = settings
        self.poller = Poller(settings.url, settings.every, settings.headers, settings.jitter)

    async def run(self, push: Push) -> None:
        """Push each new answer; raises when the address does not give what it should."""
        async for answer in self.poller.changes(push):
            found = entities(self.settings, self.decode(answer), push)
            for start in range(0, len(found), _BATCH):
                await push(found[start : start + _BATCH])

    def decode(self, answer: Answer) -> Any:
        """The payload; raises `BadInput` when it is neither JSON nor CSV."""
        settings = self.settings
        if settings.format == "json" or (settings.format == "auto" and _looks_like_json(answer)):
            return read_json(answer)
        return read_csv(answer, settings.encoding, settings.separator)


def _looks_like_json(answer: Answer) -> bool:
    return answer.body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")


def read_json(answer: Answer) -> Any:
    """The decoded body; raises `BadInput` with the place where it stops being JSON."""
    try:
        return msgspec.json.decode(answer.body.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadInput(
            f"The answer is not good JSON: {error}. It begins: {answer.body[:60].decode('utf-8', 'replace')!r}.",
            where=shown(answer.url),
            hint="Correct `url` or `format`, or ask the provider.",
        ) from None


def read_csv(answer: Answer, encoding: str = "", separator: str = "") -> list[dict[str, str]]:
    """Rows by column; cells that are missing at the end of a row are absent. Raises `BadInput` without a header."""
    text = _text(answer, encoding)
    header = text.partition("\n")[0]
    separator = separator or max(SEPARATORS, key=header.count)
    try:
        rows = [row for row in csv.reader(text.splitlines(keepends=True), delimiter=separator) if any(row)]
    except csv.Error as error:
        raise BadInput(f"The answer is not good CSV: {error}.", where=shown(answer.url)) from None
    if len(rows) < 2 or len(rows[0]) < 2:
        raise BadInput(
            f"The answer is no table with a header. It begins: {header[:60]!r}.",
            where=shown(answer.url),
            hint="Correct `url`, `format` or `separator`.",
        )
    names = [name.strip() for name in rows[0]]
    return [dict(zip(names, row, strict=False)) for row in rows[1:]]


def _text(answer: Answer, encoding: str) -> str:
    for name in (encoding,) if encoding else ENCODINGS:
        try:
            return answer.body.decode(name)
        except UnicodeDecodeError:
            continue
        except LookupError:
            raise BadInput(f"“{name}” is no encoding.", where="encoding", hint="Write utf-8 or cp932.") from None
    raise BadInput(f"The answer is not written in {encoding}.", where=shown(answer.url), hint="Correct `encoding`.")
