"""How visitors receive the question: counters without identity, by day, language, layout, notice and arm."""

import math
import sqlite3
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

KINDS = ("accepted", "partly", "others", "refused", "changed", "withdrawn")
NORMAL_95 = 1.96  # standard deviations on either side that hold 95 % of a normal distribution


class Dimension(StrEnum):
    """By what answers are told apart."""

    DAY = "day"
    LANGUAGE = "language"
    LAYOUT = "layout"
    NOTICE = "notice"
    ARM = "arm"


@dataclass(frozen=True)
class Answers:
    """How often what was answered. `accepted`, `partly` and `refused` are first answers."""

    accepted: int = 0  # everything that was asked for
    partly: int = 0
    refused: int = 0
    changed: int = 0  # an earlier answer
    withdrawn: int = 0

    @property
    def total(self) -> int:
        """First answers."""
        return self.accepted + self.partly + self.refused

    @property
    def share_accepted(self) -> tuple[float, float, float] | None:
        """Accepted among first answers with its 95 % interval (Wilson's), None without any."""
        if not self.total:
            return None
        share, square = self.accepted / self.total, NORMAL_95**2
        middle = (share + square / (2 * self.total)) / (1 + square / self.total)
        spread = share * (1 - share) / self.total + square / (4 * self.total**2)
        half = NORMAL_95 * math.sqrt(spread) / (1 + square / self.total)
        return share, middle - half, middle + half


@dataclass(frozen=True)
class Reception:
    """What is known of one site's last days."""

    answers: dict[Dimension, dict[str, Answers]]
    ignored: int  # an estimate: whole scripts fetched, less first answers

    @property
    def total(self) -> Answers:
        """All days together."""
        return _sum(self.answers[Dimension.DAY])

    @property
    def is_arms_difference_chance(self) -> bool | None:
        """Whether the two arms may differ in acceptance by chance alone, at 95 %; None before both have answers."""
        a, b = (self.answers[Dimension.ARM].get(arm, Answers()) for arm in ("a", "b"))
        if not a.total or not b.total:
            return None
        together = (a.accepted + b.accepted) / (a.total + b.total)
        deviation = math.sqrt(together * (1 - together) * (1 / a.total + 1 / b.total))
        return abs(a.accepted / a.total - b.accepted / b.total) <= NORMAL_95 * deviation


def read_reception(connection: sqlite3.Connection, site: str, today: date, days: int) -> Reception:
    """The last days' answers, today among them, from the ledger's counters."""
    since = (today - timedelta(days=days - 1)).isoformat()
    rows = connection.execute(
        "SELECT day, kind, detail, count FROM counts WHERE site = ? AND day >= ? ORDER BY day DESC", (site, since)
    ).fetchall()
    counted: dict[Dimension, dict[str, dict[str, int]]] = {dimension: {} for dimension in Dimension}
    whole_scripts = 0
    for day, kind, detail, amount in rows:
        if (kind, detail) == ("fetched", "whole"):
            whole_scripts += amount
        if kind in KINDS:
            for dimension, value in zip(Dimension, (day, *detail.split("/"), ""), strict=False):
                of_value = counted[dimension].setdefault(value, dict.fromkeys(KINDS, 0))
                of_value[kind] += amount
    answers = {
        dimension: {value: _answers(kinds) for value, kinds in values.items()} for dimension, values in counted.items()
    }
    answered = _sum(answers[Dimension.DAY]).total
    return Reception(answers, max(0, whole_scripts - answered))


def as_table(reception: Reception, dimension: Dimension) -> str:
    """The answers by one dimension, for a terminal."""
    names = f"{'accepted':>10}{'partly':>10}{'refused':>10}{'changed':>10}{'withdrawn':>11}"
    head = f"{dimension.value:<18}{names}  accepted of first answers"
    lines = [_line(value or "-", one) for value, one in reception.answers[dimension].items()]
    lines.append(_line("together", reception.total))
    lines.append(f"{'ignored':<18}{reception.ignored:>10}  an estimate: whole scripts fetched, less first answers")
    is_chance = reception.is_arms_difference_chance
    if dimension is Dimension.ARM and is_chance is not None:
        lines.append(f"the arms differ by {'no ' if is_chance else ''}more than chance explains (95 %)")
    return "\n".join([head, *lines])


def _line(name: str, one: Answers) -> str:
    share = one.share_accepted
    told = f"  {share[0]:.0%} ({share[1]:.0%} to {share[2]:.0%})" if share else ""
    return f"{name:<18}{one.accepted:>10}{one.partly:>10}{one.refused:>10}{one.changed:>10}{one.withdrawn:>11}{told}"


def _answers(kinds: dict[str, int]) -> Answers:
    """Who agreed to something else than statistics agreed partly."""
    return Answers(
        kinds["accepted"], kinds["partly"] + kinds["others"], kinds["refused"], kinds["changed"], kinds["withdrawn"]
    )


def _sum(values: dict[str, Answers]) -> Answers:
    return Answers(
        *(sum(getattr(one, name) for one in values.values()) for name in ("accepted", "partly", "refused")),
        *(sum(getattr(one, name) for one in values.values()) for name in ("changed", "withdrawn")),
    )
