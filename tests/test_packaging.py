"""What is in the checkout is in the wheel, and nothing reaches for a third party."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parent.parent
FOLDERS = ["server", "geo", "dashboards", "demo"]
DATA = {".sql", ".html", ".toml", ".css", ".svg", ".js", ".typed"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names in a wheel built from this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    options = ["--quiet", "--no-deps", "--wheel-dir", str(folder)]
    command = [sys.executable, "-m", "pip", "wheel", *options, str(REPOSITORY)]
    subprocess.run(command, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        return set(archive.namelist())


def test_every_package_of_the_checkout_is_listed() -> None:
    listed = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    found = {
        f"suostumus.{'.'.join(path.parent.relative_to(REPOSITORY).parts)}"
        for folder in FOLDERS
        for path in (REPOSITORY / folder).rglob("__init__.py")
        if "node_modules" not in path.parts
    }
    assert set(listed) == found


def test_wheel_holds_every_module_and_every_file_they_read(wheel: set[str]) -> None:
    expected = {
        f"suostumus/{path.relative_to(REPOSITORY)}"
        for folder in FOLDERS
        for path in (REPOSITORY / folder).rglob("*")
        if path.suffix in {".py", *DATA} and not {"charts", "__pycache__", "node_modules"} & set(path.parts)
    }
    assert expected <= wheel
    assert "suostumus/server/static/built/suostumus.js" in wheel


def test_wheel_has_nothing_that_does_not_belong(wheel: set[str]) -> None:
    assert not [name for name in wheel if name.startswith(("tests/", "bench/")) or name.endswith((".mmdb", ".sqlite"))]


def test_nothing_served_names_a_third_party() -> None:
    served = [
        path
        for pattern in ("server/static/**/*", "server/templates/*.html", "demo/static/*", "demo/templates/*.html")
        for path in REPOSITORY.glob(pattern)
        if path.is_file()
    ]
    assert served
    for path in served:
        text = path.read_text("utf-8")
        loaded = re.findall(r"""(?:src=|<link[^>]*href=|url\(|@import|import\()\s*["'(]?(https?:)?//([\w.-]+)""", text)
        assert not [host for _, host in loaded], path


def test_no_large_or_binary_data_is_in_the_repository() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, check=True, capture_output=True).stdout
    paths = [REPOSITORY / name for name in listed.decode().split("\0") if name]
    assert not [path for path in paths if path.exists() and path.stat().st_size > 400_000]
    assert not [path for path in paths if path.suffix in {".mmdb", ".gz", ".sqlite", ".zip"}]
