"""A disk that fills up: a small one of memory where tests may mount, else a limit on the size of files."""

import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SIZE = "400m"


class SmallDisk:
    """A folder whose disk can be filled and freed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folder.mkdir()
        self._limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)]
        self.is_mounted = os.geteuid() == 0 and not subprocess.run(command, check=False, capture_output=True).returncode

    def fill(self) -> None:
        """From now on nothing more can be written, or no file can grow."""
        if self.is_mounted:
            with (self.folder / "filler").open("wb", buffering=0) as file:
                for size in (1 << 20, 4096, 1):
                    _write_until_full(file.fileno(), b"\0" * size)
        else:
            grown = max(path.stat().st_size for path in self.folder.rglob("ledger.sqlite*"))
            resource.setrlimit(resource.RLIMIT_FSIZE, (grown, self._limits[1]))

    def free(self) -> None:
        """There is room again."""
        (self.folder / "filler").unlink(missing_ok=True)
        resource.setrlimit(resource.RLIMIT_FSIZE, self._limits)

    def make_read_only(self) -> None:
        """Nothing can be written; no file may be open for writing then."""
        if self.is_mounted:
            subprocess.run(["mount", "-o", "remount,ro", str(self.folder)], check=True)
        else:
            self._permit(0o500)

    def make_writable(self) -> None:
        """As it was."""
        if self.is_mounted:
            subprocess.run(["mount", "-o", "remount,rw", str(self.folder)], check=True)
        else:
            self._permit(0o700)

    def _permit(self, mode: int) -> None:
        for path in [self.folder, *self.folder.rglob("*")]:
            if path.is_dir():
                path.chmod(mode)

    def remove(self) -> None:
        """Give everything back."""
        self.free()
        if self.is_mounted:
            subprocess.run(["umount", "--lazy", str(self.folder)], check=True)


@contextmanager
def small_disk(folder: Path) -> Iterator[SmallDisk]:
    """A disk for one test."""
    disk = SmallDisk(folder)
    try:
        yield disk
    finally:
        disk.remove()


def _write_until_full(descriptor: int, block: bytes) -> None:
    try:
        while os.write(descriptor, block):
            pass
    except OSError:
        return
