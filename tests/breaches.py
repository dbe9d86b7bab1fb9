"""Break each rule of the banner on purpose, in a copy of the project, and see that its test notices.

`make breaches`, or `python tests/breaches.py [RULE…]`. Prints a table, and ends with 1 if any test stayed green.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent
TABLE = Path(__file__).with_suffix(".toml")
FAILED = 1  # pytest's exit status for tests that ran and failed; anything else proves nothing


@dataclass(frozen=True)
class Breach:
    """One fault, and who has to notice it."""

    rule: int
    what: str
    file: str
    put: str
    test: str
    find: str = ""  # empty: `put` is added at the end


class Copy:
    """The project in a folder of its own, with what was installed and unpacked for the original."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
            cwd=REPOSITORY,
            check=True,
            capture_output=True,
            text=True,
        )
        for name in filter(None, listed.stdout.split("\0")):
            if (REPOSITORY / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(REPOSITORY / name, folder / name)
        (folder / "build" / "typing").mkdir(parents=True)
        # The package under its own name: found before the installed one, which is the original.
        (folder / "build" / "typing" / "suostumus").symlink_to("../..")
        for shared in ("node_modules", "build/chromium"):
            (folder / shared).symlink_to(REPOSITORY / shared)

    def passes(self, tests: list[str]) -> bool:
        """Build the script and run tests. Raises CalledProcessError if they could not run."""
        subprocess.run(
            ["npm", "run", "build", "--silent"], cwd=self.folder / "banner_js", check=True, capture_output=True
        )
        command = [sys.executable, "-m", "pytest", "-x", "-p", "no:cacheprovider", *(f"tests/{test}" for test in tests)]
        environment = {**os.environ, "PYTHONPATH": str(self.folder / "build" / "typing")}
        done = subprocess.run(command, cwd=self.folder, env=environment, check=False, capture_output=True, text=True)
        if done.returncode not in (0, FAILED):
            sys.stderr.write(done.stdout + done.stderr)
            raise subprocess.CalledProcessError(done.returncode, command, done.stdout, done.stderr)
        return done.returncode == 0

    def is_noticed(self, breach: Breach) -> bool:
        """Plant a breach, run its test, and take the breach out again."""
        path = self.folder / breach.file
        sound = path.read_text("utf-8")
        path.write_text(planted(sound, breach), "utf-8")
        try:
            return not self.passes([breach.test])
        finally:
            path.write_text(sound, "utf-8")


def planted(sound: str, breach: Breach) -> str:
    """A file's text with the breach in it. Raises ValueError when the text has changed since the breach was written."""
    if not breach.find:
        return f"{sound}\n{breach.put}\n"
    if sound.count(breach.find) != 1:
        raise ValueError(f"{breach.file}: {breach.find!r} stands {sound.count(breach.find)} times, and not once")
    return sound.replace(breach.find, breach.put)


def load_breaches() -> list[Breach]:
    """Every breach of the table."""
    return [Breach(**entry) for entry in tomllib.loads(TABLE.read_text("utf-8"))["breach"]]


def main(rules: list[str]) -> int:
    """Run the breaches of some rules, all without any; the number of those that nobody noticed is the answer's sign."""
    breaches = [breach for breach in load_breaches() if not rules or str(breach.rule) in rules]
    with tempfile.TemporaryDirectory() as folder:
        copy = Copy(Path(folder))
        if not copy.passes(sorted({breach.test for breach in breaches})):
            print("the tests are red without any breach")
            return 1
        print("| rule | breach | test | |\n| --- | --- | --- | --- |")
        unnoticed = 0
        for breach in breaches:
            noticed = copy.is_noticed(breach)
            unnoticed += not noticed
            name = breach.test.partition("::")[2]
            print(f"| {breach.rule} | {breach.what} | `{name}` | {'red' if noticed else 'NOT NOTICED'} |", flush=True)
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
