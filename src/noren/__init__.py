"""Noren: a city's issue-solving system on a data platform of the Japanese model."""

__version__ = "0.1.0"
