"""Writes the specification's list of requirements, in both languages: `python -m noren.conformance.generate`;
`source` gives the text without writing."""

from __future__ import annotations

from pathlib import Path

from noren.conformance.requirements import CHAPTERS, REQUIREMENTS, Requirement

FOLDER = Path(__file__).parents[3] / "docs" / "model"
FILES = {"en": FOLDER / "requirements.md", "ja": FOLDER / "requirements.ja.md"}
_HEAD = {
    "en": """# The Japanese model: requirements

Written by `python -m noren.conformance.generate` from `src/noren/conformance/requirements.toml`, not by hand. What the
words mean and how a city shows that it meets them is in [README.md](README.md).
日本語は [requirements.ja.md](requirements.ja.md) にあります。
""",
    "ja": """# 日本モデル：要件

`src/noren/conformance/requirements.toml` から `python -m noren.conformance.generate` で作成しています。
直接編集しないでください。言葉の意味と、市が適合を示す方法は [README.ja.md](README.ja.md) にあります。
English: [requirements.md](requirements.md).
""",
}
_TEST = {"en": "Test", "ja": "試験"}
_HOW = {
    "en": {
        "interface": "over the interfaces",
        "write": "over the interfaces, with test data",
        "inspection": "inspection",
    },
    "ja": {
        "interface": "インターフェースで",
        "write": "インターフェースと試験用データで",
        "inspection": "実地の確認で",
    },
}


def source(language: str) -> str:
    """The list as Markdown."""
    parts = [_HEAD[language]]
    for chapter in CHAPTERS.values():
        title = chapter.ja if language == "ja" else chapter.en
        parts.append(f"\n## {chapter.id} {title}\n")
        parts += [_entry(each, language) for each in REQUIREMENTS.values() if each.chapter == chapter.id]
    return "".join(parts)


def _entry(one: Requirement, language: str) -> str:
    how = _HOW[language][one.how]
    return f"\n**{one.id}** ({one.level}) {one.said(language)}\n\n*{_TEST[language]} ({how}):* {one.test(language)}\n"


if __name__ == "__main__":
    for spoken, path in FILES.items():
        path.write_text(source(spoken), "utf-8")
