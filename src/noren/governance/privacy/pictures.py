"""Pictures for people who would rather look: who may see what, and how data goes through the city (SVG)."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from textwrap import wrap

from noren.governance.pages import Drawing, Teller
from noren.governance.pages.blocks import plain
from noren.governance.plan.drawing import shortened
from noren.governance.privacy.access import AUDIENCES, LEVELS
from noren.governance.privacy.activities import Activity
from noren.governance.privacy.inventory import Inventory

_FONT = "'BIZ UDPGothic','Noto Sans CJK JP','Noto Sans JP','Hiragino Sans',sans-serif"
_INK, _INDIGO, _SOFT, _QUIET, _WHITE = "#1b1f27", "#233f6e", "#e6ebf4", "#545c6b", "#fff"
_WIDTH, _ROW = 720, 34


def who_sees_what(inventory: Inventory, tell: Teller) -> Drawing:
    """A grid: who asks by how data is kept; a full circle may see, an empty one may not."""
    left, step, top = 270, 112, 58
    parts = []
    for column, level in enumerate(LEVELS):
        for line, words in enumerate(_lines(tell(f"privacy.level.{level}"), 16)):
            parts.append(_text(left + step * column + step / 2, 18 + 15 * line, words, "middle"))
    for row, audience in enumerate(AUDIENCES):
        y = top + _ROW * row
        parts.append(f'<path d="M12 {y}H{_WIDTH - 12}" stroke="#d9dce3"/>')
        parts.append(_text(14, y + 22, tell(f"privacy.who.{audience.name}")))
        for column, level in enumerate(LEVELS):
            parts.append(_circle(left + step * column + step / 2, y + 17, inventory.access.may(audience.name, level)))
    return Drawing(_svg(parts, top + _ROW * len(AUDIENCES) + 8), _told(inventory, tell))


def _told(inventory: Inventory, tell: Teller) -> str:
    """The grid in words."""
    said = []
    for audience in AUDIENCES:
        seen = [tell(f"privacy.level.{level}") for level in LEVELS if inventory.access.may(audience.name, level)]
        words = tell.listed(seen) or tell("privacy.nothing")
        said.append(tell("privacy.sees", who=tell(f"privacy.who.{audience.name}"), what=words))
    return " ".join(said)


def flow(activity: Activity, tell: Teller) -> Drawing:
    """From what, through what, to what: three boxes and two arrows."""
    came = [tell.type(name) for name in activity.reads[:5]]
    made = [tell.type(name) for name in activity.writes[:5]] or [tell("privacy.nothing")]
    more = len(activity.reads) - len(came)
    if more > 0:
        came.append(tell("privacy.more", count=more))
    middle = _lines(tell.said(activity.title), 26)
    height = 40 + 18 * max(len(came), len(made), len(middle))
    parts = [_box(8, height, came, _SOFT, _INK), _box(262, height, middle, _INDIGO, _WHITE)]
    parts += [_box(516, height, made, _SOFT, _INK), _arrow(206, height), _arrow(460, height)]
    words = tell("privacy.flow", came=tell.listed(came), title=tell.said(activity.title), made=tell.listed(made))
    return Drawing(_svg(parts, height), words)


def _box(x: float, height: float, lines: Sequence[str], colour: str, ink: str) -> str:
    first = height / 2 - 9 * (len(lines) - 1) + 4
    words = "".join(_text(x + 98, first + 18 * i, shortened(line, 30), "middle", ink) for i, line in enumerate(lines))
    return f'<rect x="{x}" y="6" width="196" height="{height - 12}" rx="4" fill="{colour}"/>{words}'


def _arrow(x: float, height: float) -> str:
    y = height / 2
    line = f"M{x} {y}H{x + 44}M{x + 36} {y - 7}L{x + 46} {y}L{x + 36} {y + 7}"
    return f'<path d="{line}" fill="none" stroke="{_INDIGO}" stroke-width="2.5"/>'


def _circle(x: float, y: float, full: bool) -> str:
    fill = _INDIGO if full else "none"
    return f'<circle cx="{x}" cy="{y}" r="8" fill="{fill}" stroke="{_INDIGO if full else _QUIET}" stroke-width="2"/>'


def _text(x: float, y: float, words: str, anchor: str = "start", ink: str = _INK) -> str:
    return f'<text x="{x}" y="{y}" fill="{ink}" text-anchor="{anchor}">{escape(plain(words))}</text>'


def _lines(words: str, most: int) -> list[str]:
    """Words in lines of at most so many half-width letters; what has no spaces is cut anywhere.

    >>> _lines("data about people", 10), _lines("個人に関するデータ", 10)
    (['data about', 'people'], ['個人に関す', 'るデータ'])
    """
    if " " not in words:
        wide = most // 2 if any(ord(letter) > 0x2E7F for letter in words) else most
        return [words[at : at + wide] for at in range(0, len(words), wide)]
    return wrap(words, most)


def _svg(parts: Sequence[str], height: float) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" '
        f'font-family="{_FONT}" font-size="13"><rect width="{_WIDTH}" height="{height}" fill="#fff"/>'
        f"{''.join(parts)}</svg>"
    )
