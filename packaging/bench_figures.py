"""Figures of packaging/bench: each beside its limit, with how far its single runs lie apart."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Runs:
    """One quantity, measured several times."""

    values: tuple[float, ...]
    unit: str

    @property
    def median(self) -> float:
        """The middle one: a run that something else disturbed does not count."""
        return statistics.median(self.values)

    def __str__(self) -> str:
        if len(self.values) == 1:
            return f"{self.median:.0f} {self.unit}"
        ends = f"{min(self.values):.0f}–{max(self.values):.0f}"
        return f"{self.median:.0f} {self.unit} ({ends}, {len(self.values)} runs)"


@dataclass(frozen=True, slots=True)
class Figure:
    """A quantity and what it must not exceed: `limit` times the reference."""

    name: str
    runs: Runs
    reference: Runs
    limit: float
    what: str  # the reference is

    @property
    def ratio(self) -> float:
        """How many times the reference."""
        return self.runs.median / self.reference.median

    @property
    def over(self) -> bool:
        """Whether the limit is exceeded."""
        return self.ratio > self.limit

    def lines(self) -> str:
        """For a person."""
        mark = "OVER" if self.over else "ok"
        return (
            f"{mark:4}  {self.name}: {self.ratio:.2f} × (limit {self.limit:g} ×)\n"
            f"        {self.runs}\n"
            f"        {self.what}: {self.reference}"
        )


def within(name: str, runs: Runs, most: float) -> Figure:
    """A quantity with a limit of its own, in its own unit."""
    return Figure(name, runs, Runs((most,), runs.unit), 1.0, "limit")


def stalls(name: str, longest: Sequence[float]) -> Figure:
    """The longest stall of each run against what a person does not notice."""
    return within(name, Runs(tuple(longest), "ms"), 50.0)
