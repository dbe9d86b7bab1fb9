"""Accounts: one set-up link, slow guesses, sessions that end."""

import sqlite3
import stat
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from staff import PASSWORD, enrol

from suostumus.server.accounts import LINK_SECONDS, AccountError, Accounts, Role
from suostumus.server.signin import FREE_FAILURES, IDLE_SECONDS, LONGEST_SECONDS, Sessions, TooManyFailures


class Seconds:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def accounts(tmp_path: Path, seconds: Seconds) -> Accounts:
    return Accounts(tmp_path, seconds)


@pytest.fixture
def analyst(accounts: Accounts) -> Sessions:
    enrol(accounts, "Analyst", Role.ANALYST)
    return Sessions(accounts)


def setup_token(accounts: Accounts) -> str:
    link = accounts.setup_link("http://127.0.0.1:8001")
    assert link
    assert link.startswith("http://127.0.0.1:8001/setup/")
    return token_of(link)


def token_of(link: str) -> str:
    return link.rpartition("/")[2]


def test_the_setup_link_makes_one_administrator(accounts: Accounts) -> None:
    token = setup_token(accounts)
    accounts.set_up(token, " Keeper ", PASSWORD, PASSWORD)
    session = Sessions(accounts).sign_in("keeper", PASSWORD)
    assert session
    assert (session.name, session.role) == ("Keeper", Role.ADMINISTRATOR)
    with pytest.raises(AccountError, match=r"^link: "):
        accounts.set_up(token, "second", PASSWORD, PASSWORD)
    assert accounts.setup_link("http://127.0.0.1:8001") is None
    assert accounts.link_owner(token) is None


def test_a_newer_setup_link_ends_the_older_one(accounts: Accounts) -> None:
    older, newer = setup_token(accounts), setup_token(accounts)
    assert accounts.link_owner(older) is None
    assert accounts.link_owner(newer) == ""


@pytest.mark.parametrize(
    ("name", "password", "repeated", "field"),
    [
        ("", PASSWORD, PASSWORD, "name"),
        ("x" * 65, PASSWORD, PASSWORD, "name"),
        ("a\nb", PASSWORD, PASSWORD, "name"),
        ("keeper", "short", "short", "password"),
        ("keeper", "x" * 513, "x" * 513, "password"),
        ("keeper keeper", "Keeper Keeper", "Keeper Keeper", "password"),
        ("keeper", PASSWORD, PASSWORD + ".", "repeated"),
    ],
)
def test_a_wrong_setup_names_the_field_and_keeps_the_link(
    accounts: Accounts, name: str, password: str, repeated: str, field: str
) -> None:
    token = setup_token(accounts)
    with pytest.raises(AccountError, match=rf"^{field}: "):
        accounts.set_up(token, name, password, repeated)
    assert accounts.link_owner(token) == ""


def test_a_name_is_taken_once_whatever_its_case(accounts: Accounts, analyst: Sessions) -> None:
    with pytest.raises(AccountError, match=r"^name: "):
        accounts.add("ANALYST", Role.VIEWER)


def test_wrong_names_and_passwords_get_no_session(analyst: Sessions) -> None:
    assert analyst.sign_in("analyst", PASSWORD + "x") is None
    assert analyst.sign_in("nobody", PASSWORD) is None
    assert analyst.session("made up") is None
    assert analyst.session("") is None


def test_an_unknown_name_costs_a_password_hash_too(analyst: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []
    verify = PasswordHasher.verify

    def watched(self: PasswordHasher, secret: str, password: str) -> bool:
        checked.append(secret)
        return bool(verify(self, secret, password))

    monkeypatch.setattr(PasswordHasher, "verify", watched)
    analyst.sign_in("nobody", PASSWORD)
    assert len(checked) == 1


def test_guessing_has_to_wait_longer_and_longer(analyst: Sessions, seconds: Seconds) -> None:
    for _ in range(FREE_FAILURES):
        assert analyst.sign_in("analyst", "wrong") is None
    waits = []
    for _ in range(12):
        with pytest.raises(TooManyFailures) as failure:
            analyst.sign_in("Analyst", PASSWORD)
        waits.append(failure.value.seconds)
        seconds.now += failure.value.seconds
        assert analyst.sign_in("analyst", "wrong") is None
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
    seconds.now += 300
    assert analyst.sign_in("analyst", PASSWORD)
    assert analyst.sign_in("analyst", "wrong") is None  # and may fail again at once


def test_a_session_ends_when_it_idles(analyst: Sessions, seconds: Seconds) -> None:
    session = analyst.sign_in("analyst", PASSWORD)
    assert session
    seconds.now += IDLE_SECONDS - 1
    assert analyst.session(session.token)
    seconds.now += IDLE_SECONDS - 1
    assert analyst.session(session.token)
    seconds.now += IDLE_SECONDS
    assert analyst.session(session.token) is None


def test_a_session_ends_after_a_week_however_busy(analyst: Sessions, seconds: Seconds) -> None:
    session = analyst.sign_in("analyst", PASSWORD)
    assert session
    for _ in range(LONGEST_SECONDS // 3600 - 1):
        seconds.now += 3600
        assert analyst.session(session.token)
    seconds.now += 3600
    assert analyst.session(session.token) is None


def test_signing_out_ends_the_session_at_once(analyst: Sessions) -> None:
    first, second = analyst.sign_in("analyst", PASSWORD), analyst.sign_in("analyst", PASSWORD)
    assert first
    assert second
    analyst.sign_out(first)
    assert analyst.session(first.token) is None
    assert analyst.session(second.token) == second


def test_form_tokens_belong_to_one_session(analyst: Sessions) -> None:
    first, second = analyst.sign_in("analyst", PASSWORD), analyst.sign_in("analyst", PASSWORD)
    assert first
    assert second
    assert first.owns_form(first.form_token)
    assert not first.owns_form(second.form_token)
    assert not first.owns_form("ä")


def test_the_file_holds_no_secret_and_is_the_owners_alone(tmp_path: Path, analyst: Sessions) -> None:
    token = setup_token(Accounts(tmp_path / "empty"))
    session = analyst.sign_in("analyst", PASSWORD)
    assert session
    path = tmp_path / "accounts.sqlite"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert token.encode() not in (tmp_path / "empty" / "accounts.sqlite").read_bytes()
    stored = path.read_bytes()
    assert b"$argon2id$" in stored
    assert PASSWORD.encode() not in stored
    assert session.token.encode() not in stored


def test_ended_sessions_are_forgotten_at_the_next_sign_in(tmp_path: Path, analyst: Sessions, seconds: Seconds) -> None:
    analyst.sign_in("analyst", PASSWORD)
    seconds.now += IDLE_SECONDS
    analyst.sign_in("analyst", PASSWORD)
    database = sqlite3.connect(tmp_path / "accounts.sqlite")
    try:
        assert database.execute("SELECT count(*) FROM sessions").fetchone() == (1,)
    finally:
        database.close()


def test_accounts_outlive_a_restart(tmp_path: Path, analyst: Sessions, seconds: Seconds) -> None:
    session = analyst.sign_in("analyst", PASSWORD)
    assert session
    again = Accounts(tmp_path, seconds)
    assert Sessions(again).session(session.token) == session
    assert again.setup_link("http://127.0.0.1:8001") is None


def test_an_added_account_waits_for_the_password_of_its_link(accounts: Accounts, seconds: Seconds) -> None:
    accounts.add("Viewer", Role.VIEWER)
    assert [(account.name, account.role, account.has_password) for account in accounts.list()] == [
        ("Viewer", Role.VIEWER, False)
    ]
    sessions = Sessions(accounts)
    assert sessions.sign_in("viewer", "") is None
    token = token_of(accounts.link("viewer", "http://127.0.0.1:8001"))
    assert accounts.link_owner(token) == "Viewer"
    accounts.set_up(token, "", PASSWORD, PASSWORD)
    assert accounts.link_owner(token) is None
    seconds.now += 10
    session = sessions.sign_in("viewer", PASSWORD)
    assert session
    assert (session.name, session.role) == ("Viewer", Role.VIEWER)


def test_a_link_to_an_account_ends_after_a_day_or_with_the_next_one(accounts: Accounts, seconds: Seconds) -> None:
    accounts.add("viewer", Role.VIEWER)
    older, newer = token_of(accounts.link("viewer", "")), token_of(accounts.link("viewer", ""))
    assert accounts.link_owner(older) is None
    seconds.now += LINK_SECONDS - 1
    assert accounts.link_owner(newer) == "viewer"
    seconds.now += 1
    assert accounts.link_owner(newer) is None
    with pytest.raises(AccountError, match=r"^link: "):
        accounts.set_up(newer, "viewer", PASSWORD, PASSWORD)


def test_a_reset_ends_the_password_and_the_sessions(accounts: Accounts, analyst: Sessions) -> None:
    session = analyst.sign_in("analyst", PASSWORD)
    assert session
    token = token_of(accounts.reset("analyst", ""))
    assert analyst.session(session.token) is None
    assert analyst.sign_in("analyst", PASSWORD) is None
    accounts.set_up(token, "", PASSWORD + " anew", PASSWORD + " anew")
    assert analyst.sign_in("analyst", PASSWORD + " anew")


def test_a_role_changes_at_once(accounts: Accounts, analyst: Sessions) -> None:
    session = analyst.sign_in("analyst", PASSWORD)
    assert session
    accounts.set_role("analyst", Role.VIEWER)
    found = analyst.session(session.token)
    assert found
    assert found.role is Role.VIEWER


def test_a_removed_account_is_signed_out(accounts: Accounts, analyst: Sessions) -> None:
    session = analyst.sign_in("analyst", PASSWORD)
    assert session
    accounts.remove("Analyst")
    assert analyst.session(session.token) is None
    assert accounts.list() == []
    with pytest.raises(AccountError, match=r"^name: there is no account"):
        accounts.remove("analyst")
    with pytest.raises(AccountError, match=r"^name: there is no account"):
        accounts.reset("analyst", "")


def test_the_last_administrator_who_can_sign_in_stays(accounts: Accounts) -> None:
    enrol(accounts, "first", Role.ADMINISTRATOR)
    accounts.add("waiting", Role.ADMINISTRATOR)  # without a password this one cannot sign in
    with pytest.raises(AccountError, match=r"^role: the last administrator"):
        accounts.remove("first")
    with pytest.raises(AccountError, match=r"^role: the last administrator"):
        accounts.set_role("first", Role.VIEWER)
    enrol(accounts, "second", Role.ADMINISTRATOR)
    accounts.set_role("first", Role.VIEWER)
    assert {account.name: account.role for account in accounts.list()}["first"] is Role.VIEWER


def test_each_role_includes_the_ones_before_it() -> None:
    roles = [Role.VIEWER, Role.ANALYST, Role.OFFICER, Role.ADMINISTRATOR]
    assert list(Role) == roles
    for place, role in enumerate(roles):
        assert [role.includes(other) for other in roles] == [True] * (place + 1) + [False] * (3 - place)
