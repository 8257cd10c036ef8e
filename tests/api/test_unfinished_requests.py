"""Requests that never end, and connections without number: the server closes them and goes on."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time

import pytest
import uvicorn

from clew.api.rest.app import create_app
from clew.api.rest.patience import PatientProtocol
from clew.api.serving.server import Crowd
from clew.kg import limits

PATIENCE = 20.0
ASK = b"POST /v1/graphs/films/ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
QUESTION = json.dumps({"question": "Who directed Inception?"}).encode()


@pytest.fixture
def address(service, monkeypatch):
    """A real server that has little patience."""
    monkeypatch.setattr(limits, "REQUEST_SECONDS", 0.3)
    monkeypatch.setattr(limits, "MAX_HEADER_BYTES", 4096)
    monkeypatch.setattr(limits, "MAX_CONNECTIONS", 8)
    listening = socket.create_server(("127.0.0.1", 0))
    crowd = Crowd(create_app(service), limits.MAX_CONNECTIONS)
    server = uvicorn.Server(uvicorn.Config(crowd, http=PatientProtocol, ws="none", log_level="error"))
    crowd.size = lambda: len(server.server_state.connections)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    yield listening.getsockname()
    server.should_exit = True
    thread.join(PATIENCE)


def connect(address):
    connection = socket.create_connection(address, PATIENCE)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def rest_of(connection):
    """What comes until the server closes the connection."""
    found = b""
    try:
        while more := connection.recv(65536):
            found += more
    except ConnectionResetError:
        pass
    return found


def fine(address):
    connection = http.client.HTTPConnection(*address, timeout=PATIENCE)
    connection.request("POST", "/v1/graphs/films/ask", QUESTION, {"Content-Type": "application/json"})
    response = connection.getresponse()
    body = json.loads(response.read())
    connection.close()
    return response.status == 200 and body["status"] == "answered"


@pytest.mark.parametrize("begun", [b"", b"G", b"GET /healthz HTTP/1.1\r\n", ASK])
def test_headers_that_never_end(address, begun):
    with connect(address) as connection:
        connection.sendall(begun)
        assert rest_of(connection) == b""
    assert fine(address)


def drip(connection, text):
    """Send a byte at a time until the server has had enough; whether it has."""
    end = time.monotonic() + PATIENCE
    try:
        while time.monotonic() < end:
            for byte in text:
                connection.sendall(bytes([byte]))
                time.sleep(0.002)
    except OSError:
        return True
    return False


def test_headers_that_come_one_byte_at_a_time(address):
    with connect(address) as connection:
        assert drip(connection, b"X-Header: x\r\n" if connection.sendall(b"GET / HTTP/1.1\r\n") is None else b"")
    assert fine(address)


def test_headers_without_end(address):
    with connect(address) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n")
        try:
            for _ in range(1_000):
                connection.sendall(b"X-Header: " + b"x" * 1_000 + b"\r\n")
        except OSError:
            pass
        assert b" 200 " not in rest_of(connection)
    assert fine(address)


@pytest.mark.parametrize("body", [b"", QUESTION[:10]])
def test_a_body_that_never_ends(address, body):
    with connect(address) as connection:
        connection.sendall(ASK + b"Content-Length: %d\r\n\r\n" % len(QUESTION) + body)
        response = http.client.HTTPResponse(connection)
        response.begin()
        problem = json.loads(response.read())
        assert (response.status, problem["code"], problem["status"]) == (408, "request-timeout", 408)
        assert response.headers["Content-Type"] == "application/problem+json"
        assert rest_of(connection) == b""
    assert fine(address)


def test_a_body_nobody_reads_that_never_ends(address):
    with connect(address) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n")
        assert drip(connection, b"x" * 100)
    assert fine(address)


def test_the_next_request_of_a_connection_may_take_its_time_but_must_come(address):
    with connect(address) as connection:
        for _ in range(3):
            connection.sendall(ASK + b"Content-Length: %d\r\n\r\n" % len(QUESTION) + QUESTION)
            response = http.client.HTTPResponse(connection)
            response.begin()
            assert (response.status, json.loads(response.read())["status"]) == (200, "answered")
        connection.sendall(b"GET /healthz")
        assert rest_of(connection) == b""


def test_requests_in_one_packet(address):
    with connect(address) as connection:
        one = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
        connection.sendall((one + b"\r\n") * 3 + one + b"Connection: close\r\n\r\n")
        assert rest_of(connection).count(b"HTTP/1.1 200") == 4


def test_an_answer_that_takes_longer_than_a_request_may(address, service, monkeypatch):
    ask = service.ask_many, service.ask

    def slowly(work):
        def run(*arguments, **options):
            time.sleep(2 * limits.REQUEST_SECONDS)
            return work(*arguments, **options)

        return run

    monkeypatch.setattr(service, "ask_many", slowly(ask[0]))
    monkeypatch.setattr(service, "ask", slowly(ask[1]))
    assert fine(address)


def test_more_connections_than_there_may_be(address):
    held = [connect(address) for _ in range(40)]
    try:
        for connection in held:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n")
        for connection in held:
            assert b" 200 " not in rest_of(connection)  # closed: it never finished its request
    finally:
        for connection in held:
            connection.close()
    assert fine(address)
