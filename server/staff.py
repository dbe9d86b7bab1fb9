"""What `suostumus user …` does, on the running installation or on the stopped one's file."""

from collections.abc import Mapping
from typing import Any

from suostumus.server.accounts import Account, AccountError, Accounts, parse_role

WHAT = ("link", "list", "add", "role", "reset", "remove")


def manage(accounts: Accounts, base_url: str, arguments: Mapping[str, Any]) -> list[str]:
    """Do one thing with accounts; the lines to print. Raises AccountError."""
    name, role = str(arguments.get("name", "")).strip(), str(arguments.get("role", ""))
    match arguments.get("what"):
        case "link":
            link = accounts.setup_link(base_url)
            return [link or "there is an account already: suostumus user reset NAME makes a link for it"]
        case "list":
            return [_line(account) for account in accounts.list()]
        case "add":
            accounts.add(name, parse_role(role))
            return [accounts.link(name, base_url)]
        case "role":
            accounts.set_role(name, parse_role(role))
            return [f"{name} is {role} now"]
        case "reset":
            return [accounts.reset(name, base_url)]
        case "remove":
            accounts.remove(name)
            return [f"{name} is removed"]
        case _:
            raise AccountError(f"what: none of {', '.join(WHAT)}")


def _line(account: Account) -> str:
    return f"{account.name:<24} {account.role:<14} {'' if account.has_password else 'no password yet'}".rstrip()
