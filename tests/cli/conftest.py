"""The command line as somebody types it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from noren.cli import main

LOCALES = {"en": "C.UTF-8", "ja": "ja_JP.UTF-8"}


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Types a command in a language; returns its status, what it printed for programs, and what for people."""

    def run(*words: object, language: str = "en") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["noren", *map(str, words)])
        monkeypatch.setenv("LC_ALL", LOCALES[language])
        status = 0
        try:
            main()
        except SystemExit as end:
            status = int(end.code or 0)
        shown = capsys.readouterr()
        return status, shown.out, shown.err

    return run


@pytest.fixture
def noren(typed: Callable[..., tuple[int, str, str]]) -> Callable[..., tuple[int, str]]:
    """The same with all that was printed together, errors included."""

    def run(*words: object, language: str = "en") -> tuple[int, str]:
        status, out, err = typed(*words, language=language)
        return status, out + err

    return run
