"""Delivers requests of the traffic to the application: at their own times, without a socket."""

from contextvars import ContextVar
from datetime import datetime
from http import HTTPStatus
from typing import Any

import msgspec
from starlette.types import ASGIApp, Message, Scope

from suostumus.demo.recorder import Post
from suostumus.demo.traffic import DemoVisit


class NotTakenError(Exception):
    """The application did not take a request. The message says which, and what it answered."""


class RequestClock:
    """A clock that tells each request the moment at which it would have come."""

    def __init__(self) -> None:
        self._moment: ContextVar[datetime] = ContextVar("moment")

    def __call__(self) -> datetime:
        """The moment of the request that asks, in its own task or in a thread that works for it."""
        return self._moment.get()

    def set(self, moment: datetime) -> None:
        """Choose the moment for what this task does from here on."""
        self._moment.set(moment)


async def deliver(app: ASGIApp, visit: DemoVisit, post: Post, token: str) -> dict[str, Any]:
    """Have the application answer one request; the body of the answer. Raises NotTakenError."""
    body = msgspec.json.encode({**post.body, "token": token or None})
    status, answer = 0, b""

    async def receive() -> Message:
        return {"type": "http.request", "body": body}

    async def send(message: Message) -> None:
        nonlocal status, answer
        status = message.get("status", status)
        answer += message.get("body", b"")

    await app(_scope(visit, post), receive, send)
    if status not in {HTTPStatus.OK, HTTPStatus.ACCEPTED}:
        raise NotTakenError(f"{post.path} answered {status}")
    decoded: dict[str, Any] = msgspec.json.decode(answer)
    return decoded


def _scope(visit: DemoVisit, post: Post) -> Scope:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": post.path,
        "raw_path": post.path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in visit.headers.items()],
        "client": (str(visit.address), 0),
        "server": None,
    }
