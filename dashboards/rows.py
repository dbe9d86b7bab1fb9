"""Rows that the database answers, and what reads them."""

from typing import Any, Protocol

Row = dict[str, Any]  # what a query answers: any column type of the database


class Reader(Protocol):
    """What reads the database: it hides visitors whose withdrawal is pending."""

    def rows(self, sql: str, parameters: dict[str, object]) -> list[Row]:
        """Run one query, blocking. May raise when the database cannot answer."""

    def counts(self, sql: str, parameters: dict[str, object]) -> list[Row]:
        """The same of everybody's rows, for counts that nobody sees."""

    def file(self, sql: str, parameters: dict[str, object], form: str) -> bytes:
        """One query's answer as a file of one of the engine's formats. May raise too."""
