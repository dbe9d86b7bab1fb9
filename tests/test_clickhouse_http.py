"""The engine behind ClickHouse's HTTP interface answers the product's client as a server does."""

import http.client
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from databases import EngineProcess

from suostumus.server.store import Connection, Store, StoreError

SLOW = "SELECT count() FROM numbers(100000000000) WHERE NOT ignore(sipHash64(number)) SETTINGS max_threads = 1"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineProcess]:
    """A server with a database `d` and a table `t`."""
    engine = EngineProcess(tmp_path_factory.mktemp("engine") / "clickhouse")
    connection = Store(f"{engine.url}/default", Path()).connect()
    connection.command("CREATE DATABASE d")
    connection.command(
        "CREATE TABLE d.t (a UInt32, b String) ENGINE = MergeTree ORDER BY a"
        " SETTINGS non_replicated_deduplication_window = 100"
    )
    connection.close()
    yield engine
    engine.stop()


@pytest.fixture
def connection(engine: EngineProcess) -> Iterator[Connection]:
    """The product's own client, with an empty table."""
    connection = Store(f"{engine.url}/d", Path()).connect()
    connection.command("TRUNCATE TABLE t")
    yield connection
    connection.close()


def ask(engine: EngineProcess, body: str, **parameters: str) -> tuple[http.client.HTTPResponse, bytes]:
    """One request without a client's help."""
    asking = http.client.HTTPConnection("127.0.0.1", engine.port, timeout=30)
    asking.request("POST", f"/?{urlencode(parameters)}", body.encode(), {"X-ClickHouse-User": "default"})
    answer = asking.getresponse()
    content = answer.read()
    asking.close()
    return answer, content


def test_rows_come_back_as_they_were_inserted(connection: Connection) -> None:
    connection.insert_lines("t", [b'{"a":1,"b":"\xc3\xa4\\n\'"}', b'{"a":2,"b":""}'])
    assert connection.rows("SELECT * FROM t WHERE b = {b:String}", {"b": "ä\n'"}) == [{"a": 1, "b": "ä\n'"}]


def test_insert_with_a_token_is_taken_once(connection: Connection) -> None:
    for _ in range(2):
        connection.insert_lines("t", [b'{"a":1}'], token="3f0e2c4e-3c5d-4f0e-9d53-5c2a35f6b7a1")
    assert connection.value("SELECT count() FROM t") == 1


def test_settings_end_with_their_query(engine: EngineProcess) -> None:
    _, within = ask(engine, "SELECT getSetting('max_block_size')", max_block_size="7")
    _, after = ask(engine, "SELECT getSetting('max_block_size')")
    assert within == b"7\n" != after


@pytest.mark.parametrize(
    ("sql", "name", "code", "status"),
    [
        ("SELECT * FROM missing", "UNKNOWN_TABLE", "60", 404),
        ("SELECT (", "SYNTAX_ERROR", "62", 400),
        ("SELECT throwIf(1)", "FUNCTION_THROW_IF_VALUE_IS_NON_ZERO", "395", 500),
    ],
)
def test_errors_are_worded_as_clickhouse_words_them(
    engine: EngineProcess, connection: Connection, sql: str, name: str, code: str, status: int
) -> None:
    answer, content = ask(engine, sql)
    assert (answer.status, answer.headers["X-ClickHouse-Exception-Code"]) == (status, code)
    assert content.startswith(f"Code: {code}. DB::Exception: ".encode())
    assert f"({name}) (version ".encode() in content
    with pytest.raises(StoreError, match=f"^query failed: {name}$"):
        connection.rows(sql)


def test_wrong_passwords_and_sessions_are_refused(engine: EngineProcess) -> None:
    with pytest.raises(StoreError, match="AUTHENTICATION_FAILED"):
        Store(f"http://default:wrong@127.0.0.1:{engine.port}/d", Path()).connect()
    assert ask(engine, "SELECT 1", session_id="s")[0].status == 501


def test_killing_a_query_ends_it_before_the_answer(engine: EngineProcess, connection: Connection) -> None:
    ended: list[Any] = []
    slow = threading.Thread(target=lambda: ended.append(ask(engine, SLOW, query_id="slow")))
    slow.start()
    while not connection.value("SELECT count() FROM system.processes WHERE query LIKE 'SELECT count() FROM numbers%'"):
        pass
    assert ask(engine, "SELECT 1", query_id="slow")[0].headers["X-ClickHouse-Exception-Code"] == "216"
    connection.end_query("slow")
    assert ask(engine, "SELECT 1", query_id="slow")[0].status == 200
    slow.join()
    assert ended[0][0].headers["X-ClickHouse-Exception-Code"] == "394"
