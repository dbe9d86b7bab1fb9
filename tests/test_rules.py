"""The table of docs/rules.md: every rule has its tests, and each test that it names exists."""

import ast
import re
from collections.abc import Iterator
from functools import cache

import pytest
from breaches import load_breaches
from browser import REPOSITORY

TABLE = REPOSITORY / "docs" / "rules.md"
RULES = range(1, 19)


def named_tests() -> dict[int, list[str]]:
    """The tests of each rule, as the documentation names them."""
    rows = re.findall(r"^\| (\d+) \| .+ \| (.+) \|$", TABLE.read_text("utf-8"), re.MULTILINE)
    return {int(rule): re.findall(r"`(\w+)`", tests) for rule, tests in rows}


@cache
def written_tests() -> dict[str, str]:
    """Every test function of this folder, with its file."""
    return dict(_functions())


def _functions() -> Iterator[tuple[str, str]]:
    for path in (REPOSITORY / "tests").glob("test_*.py"):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield node.name, path.name


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_names_tests_that_exist(rule: int) -> None:
    names = named_tests()[rule]
    assert names
    assert [name for name in names if name not in written_tests()] == []


def test_each_test_of_a_rule_is_in_the_table() -> None:
    named = {name for names in named_tests().values() for name in names}
    written = {name for name, file in written_tests().items() if file.startswith("test_rules_")}
    assert sorted(written - named) == []


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_has_a_breach(rule: int) -> None:
    breaches = [breach for breach in load_breaches() if breach.rule == rule]
    assert breaches
    for breach in breaches:
        assert breach.test.partition("::")[2] in named_tests()[rule]
