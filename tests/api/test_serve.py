"""``clew serve`` as a process of its own, on loopback."""

import http.client
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import time

import pytest

from clew.kg import limits


@pytest.fixture
def server(tmp_path):
    """A server over an empty home: its port and its process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "clew", "serve", "--port", str(port), "--home", str(tmp_path), "--json"]
    few_files = ["sh", "-c", 'ulimit -Sn 256; exec "$@"', "sh", *command]  # which the server lifts
    process = subprocess.Popen(few_files, stderr=subprocess.PIPE, env=os.environ)
    try:
        for _ in range(300):
            assert process.poll() is None, process.stderr.read()
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.1)
        if hasattr(resource, "prlimit"):
            allowed, most = resource.prlimit(process.pid, resource.RLIMIT_NOFILE)
            assert allowed == most != 256
        yield port, process
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def get(port, path, host=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path, headers={"Host": host} if host else {})
    response = connection.getresponse()
    return response.status, response.read()


def drained(port, process):
    """The response to a request that was half sent when the server was told to stop."""
    body = json.dumps({"question": "Who?"}).encode()
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        head = f"POST /v1/graphs/none/ask HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
        connection.sendall(f"{head}Content-Type: application/json\r\nExpect: 100-continue\r\n\r\n".encode())
        assert b"100" in connection.recv(1000)  # it waits for the body
        process.send_signal(signal.SIGTERM)
        for _ in range(1000):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
            except OSError:
                break
            time.sleep(0.01)
        connection.sendall(body)
        response = http.client.HTTPResponse(connection)
        response.begin()
        return response.status, json.loads(response.read())


def test_a_server(server):
    port, process = server
    status, body = get(port, "/healthz")
    assert (status, json.loads(body)["graphs"]) == (200, 0)
    assert get(port, "/v1/graphs") == (200, b"[]")
    assert b"<title>Clew" in get(port, "/")[1]
    assert get(port, "/v1/graphs", f"localhost:{port}")[0] == 200
    assert get(port, "/v1/graphs", f"[::1]:{port}")[0] == 200
    assert get(port, "/v1/graphs", "evil.example")[0] == 400
    status, problem = drained(port, process)
    assert (status, problem["code"]) == (404, "unknown-graph")
    assert process.wait(30) == 0  # it left, rather than died of the signal


def test_requests_are_given_time_to_end_but_not_any(monkeypatch, clew):
    given = []

    def run(server, sockets=None):
        given.append(server.config)
        server.started = True

    monkeypatch.setattr("uvicorn.Server.run", run)
    monkeypatch.setattr("clew.api.cli.serve.set_threads", lambda model: None)
    monkeypatch.setattr("clew.api.cli.serve.take_short_turns", lambda: None)
    monkeypatch.setattr("clew.api.cli.serve._allow_many_files", lambda: None)
    monkeypatch.setattr("clew.api.cli.serve.leave", lambda service: service.close())  # it may end this process
    clew("serve")
    assert [config.timeout_graceful_shutdown for config in given] == [limits.DRAIN_SECONDS]
