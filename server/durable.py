"""Small files that are replaced as a whole, on disk: after a crash there is the old one or the new one."""

import os
from pathlib import Path


def write_durably(path: Path, text: str) -> None:
    """Replace a small file as a whole, on disk."""
    fresh = path.with_name(f"{path.name}.new")
    with fresh.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
