"""Fixtures: a whole installation on the real engine in a folder of its own, and visitors who talk to it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

import pytest
from databases import DATABASES
from house import House, build_geo_file
from stories import Story

from suostumus.server import script

pytest_plugins = ["browser", "cities", "doors", "shop", "surroundings"]


class MovingClock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        """The present moment."""
        return self.now

    def move(self, **amount: float) -> None:
        """Move by a timedelta's arguments."""
        self.now += timedelta(**amount)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Behind HTTP, run what meets ClickHouse: the rest has run with the embedded engine, and pages too."""
    if DATABASES.is_embedded:
        chosen = [item for item in items if not item.get_closest_marker("http")]
    else:
        meeting = {"open_house", "product", "story"}
        chosen = [
            item
            for item in items
            if meeting & set(getattr(item, "fixturenames", ()))
            and not (item.get_closest_marker("browser") and item.path.name != "test_journey.py")
            and not (item.get_closest_marker("files") and not DATABASES.shows_files)
        ]
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = chosen


@pytest.fixture(autouse=True)
def _dropped_databases() -> Iterator[None]:
    """No database outlives its test, but those that a file of tests shares."""
    shared = DATABASES.named()
    yield
    DATABASES.drop(kept=shared)


@pytest.fixture(scope="session", autouse=True)
def _dropped_shared_databases() -> Iterator[None]:
    """None outlives the run."""
    yield
    DATABASES.drop()


@pytest.fixture(scope="session", autouse=True)
def _scripts_packed_once() -> None:
    """The scripts of a site are the same in nearly every test: packing them is a quarter of an opening's work."""
    script._pack = lru_cache(script._pack)


@pytest.fixture
def clock() -> MovingClock:
    """A clock that the test moves."""
    return MovingClock()


@pytest.fixture(scope="session")
def geo_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small city database of documentation addresses."""
    return build_geo_file(tmp_path_factory.mktemp("geo") / "city.mmdb")


@pytest.fixture
def open_house(tmp_path: Path, clock: MovingClock, geo_file: Path) -> Iterator[Callable[..., House]]:
    """Open the installation in this test's folder; again after `close`, as after a restart."""
    houses: list[House] = []

    def opener(folder: str = "data", **settings: object) -> House:
        house = House.open(tmp_path / folder, clock, geo_file, settings)
        houses.append(house)
        return house

    yield opener
    for house in houses:
        house.close()


@pytest.fixture
def house(open_house: Callable[..., House]) -> House:
    """An installation with two sites, whose threads do not run: the test says when to flush and to erase."""
    return open_house()


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    """An empty database, to tell visits to."""
    told = Story.begin(tmp_path)
    yield told
    told.end()
