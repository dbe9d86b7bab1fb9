"""The shop's own people: accounts with a password, signed in at the internal pages."""

from starlette.testclient import TestClient

from suostumus.server.accounts import Accounts, Role

BASE = "http://127.0.0.1:8001"
OWN = {"origin": BASE, "sec-fetch-site": "same-origin"}
PASSWORD = "a few plain words"


def enrol(accounts: Accounts, name: str, role: Role) -> None:
    """Make an account and set its password by its link."""
    accounts.add(name, role)
    accounts.set_up(accounts.link(name, "").rpartition("/")[2], "", PASSWORD, PASSWORD)


def sign_in(door: TestClient, accounts: Accounts, role: Role = Role.ANALYST, name: str = "") -> TestClient:
    """Make an account, called like its role unless named, and come in with it."""
    enrol(accounts, name or role, role)
    answer = door.post("/signin", data={"name": name or role, "password": PASSWORD}, headers=OWN)
    assert answer.status_code == 303
    return door
