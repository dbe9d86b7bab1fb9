"""The log on standard error: fixed texts with counts, one line each, without personal data."""

import logging
import sys
from datetime import UTC, datetime
from typing import Literal

import msgspec

OWN = "suostumus"


def log_to_stderr(form: Literal["text", "json"]) -> None:
    """Log from now on. Libraries' own messages may quote values, so they are left out."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_AsJson() if form == "json" else _AsText())
    handler.addFilter(_is_own)
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)


class _AsText(logging.Formatter):
    """One line for people."""

    def format(self, record: logging.LogRecord) -> str:
        """Never the traceback: its texts may quote values."""
        return f"{_time_of(record)} {record.levelname} {record.name}: {record.getMessage()}"


class _AsJson(logging.Formatter):
    """One JSON object a line for programs; the fixed text groups what the message varies with counts."""

    def format(self, record: logging.LogRecord) -> str:
        """Never the traceback: its texts may quote values."""
        return msgspec.json.encode(
            {
                "time": _time_of(record),
                "level": record.levelname.lower(),
                "part": record.name,
                "message": record.getMessage(),
                "text": str(record.msg),
            }
        ).decode()


def _is_own(record: logging.LogRecord) -> bool:
    return record.name == OWN or record.name.startswith(f"{OWN}.")


def _time_of(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
