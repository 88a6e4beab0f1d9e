"""What stands in the town's calendar: days of waste collection by district, and events."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from noren.sample import files
from noren.sample.layout import Town
from noren.sample.registers import COMMON
from noren.sample.site import CITY, CODE, PREFECTURE

_PAIRS = ("月・木", "火・金", "水・土")
_SINGLES = ("月", "火", "水", "木", "金")
_EVENTS = (
    ("川辺夏まつり", "Kawabe Summer Festival", "hall"),
    ("青瀬川花火大会", "Aose River Fireworks", "hall"),
    ("ふれあい朝市", "Morning Market", "centre"),
    ("こども科学教室", "Science for Children", "centre"),
    ("防災訓練", "Disaster Drill", "centre"),
    ("健康ウォーキング", "Health Walk", "gym"),
    ("図書館おはなし会", "Story Hour", "centre"),
    ("スマホ相談会", "Help with Smartphones", "centre"),
    ("介護予防体操", "Exercise for Seniors", "gym"),
    ("親子リトミック", "Music for Parents and Children", "centre"),
)


def write_calendar(town: Town, folder: Path) -> None:
    """Waste days and two months of events."""
    _write_waste(town, folder / "waste_collection.csv")
    _write_events(town, folder / "event.csv")


def _write_waste(town: Town, path: Path) -> None:
    """Neighbouring districts share their days."""
    lon, lat = town.site.lonlat(town.people.x, town.people.y)
    rows = []
    for i, name in enumerate(town.people.names):
        turn = i // 4
        burn, other = _PAIRS[turn % 3], _SINGLES[turn % 5]
        week = "第1・第3" if turn % 2 else "第2・第4"
        rows.append(
            [
                name.ja,
                f"毎週{burn}曜日",
                f"{week}{other}曜日",
                f"毎週{_SINGLES[(turn + 2) % 5]}曜日",
                f"{week}{_SINGLES[(turn + 3) % 5]}曜日",
                f"{lat[i]:.6f}",
                f"{lon[i]:.6f}",
            ]
        )
    headings = ["地区名", "燃やせるごみ", "燃やせないごみ", "プラスチック容器包装", "古紙・布類", "緯度", "経度"]
    files.write_table(path, headings, rows)


def _write_events(town: Town, path: Path) -> None:
    draw = town.site.rng("events")
    halls = [(p, n) for p, n in zip(town.places, town.titles, strict=True) if p.kind == "Facility"]
    count = max(24, round(town.site.population / 900))
    rows = []
    for i in range(min(count, 1500)):
        ja, en, _ = _EVENTS[int(draw.integers(len(_EVENTS)))]
        place, where = halls[int(draw.integers(len(halls)))]
        day = town.site.live_start + timedelta(days=int(draw.integers(-14, 60)))
        hour = int(draw.integers(9, 17))
        lon, lat = town.site.lonlat(place.x, place.y)  # type: ignore[arg-type]
        rows.append(
            [
                CODE,
                f"{i + 1:04d}",
                PREFECTURE,
                CITY,
                f"{ja}（{where.ja}）",
                "",
                en,
                f"{day:%Y-%m-%d}",
                f"{day:%Y-%m-%d}",
                f"{hour:02d}:00",
                f"{hour + 2:02d}:00",
                where.ja,
                f"{float(lat):.6f}",
                f"{float(lon):.6f}",
                "無料",
            ]
        )
    rows.sort(key=lambda row: (row[7], row[1]))
    headings = [
        *COMMON[:4],
        "イベント名",
        "イベント名_カナ",
        "イベント名_英字",
        "開始日",
        "終了日",
        "開始時間",
        "終了時間",
        "場所名称",
        "緯度",
        "経度",
        "料金(基本)",
    ]
    files.write_table(path, headings, rows)
