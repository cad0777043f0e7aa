# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An endless answer is cut off, in time and in size, and an instance's messages are shortened."""

from __future__ import annotations

import gzip
import json
import os
import resource
import threading

import hostile
import pytest
import simulator.tls
from ansible_collections.msp.connectwise.plugins.module_utils._client import client as client_module
from ansible_collections.msp.connectwise.plugins.module_utils._client import deadline, errors, routes
from ansible_collections.msp.connectwise.plugins.module_utils._client.deadline import Budget
from ansible_collections.msp.connectwise.plugins.module_utils._client.proxy import parse_proxy
from ansible_collections.msp.connectwise.plugins.module_utils._ops import run
from ansible_collections.msp.connectwise.plugins.module_utils._ops.context import wait_until
from proxies import HttpProxy, SocksProxy

NAME = "psa.customer.invalid"  # a name that only the proxy knows
POST = (routes.ROLE_CREATE, {"name": "x"})
IN_TIME = 20  # seconds, for what takes half of one


def called(call):
    """What a call raises, and that it does so at all; it runs in a thread of its own, so that the test ends."""
    raised = []

    def catch():
        try:
            call()
        except errors.RequestFailed as exc:
            raised.append(exc)

    thread = threading.Thread(target=catch, daemon=True)
    thread.start()
    thread.join(IN_TIME)
    assert not thread.is_alive(), "it goes on and on"
    return raised[0] if raised else None


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return simulator.tls.make_certificates(str(tmp_path_factory.mktemp("tls")), "127.0.0.1")


# time


@pytest.mark.parametrize("way", hostile.TRICKLING, ids=lambda way: way.__name__)
def test_a_byte_now_and_then_ends_with_the_attempt(connect, way):
    with hostile.Hostile(way) as server:
        failure = called(lambda: connect(server, timeout=0.2, retries=0).get_all(routes.ROLES))
        assert isinstance(failure, errors.TimedOut if way is not hostile.trickling_failure else errors.RequestFailed)
        assert (failure.scope, failure.transient) in (("instance", True), ("object", True))
        assert len(server.requests) == 1


def test_the_message_says_how_long_that_was(connect):
    with hostile.Hostile(hostile.trickling_body) as server:
        failure = called(lambda: connect(server, timeout=1.5, retries=0).get(routes.INFO))
    assert "within 3 seconds, twice the timeout" in str(failure)


@pytest.mark.parametrize("way", [hostile.trickling_head, hostile.trickling_body], ids=lambda way: way.__name__)
def test_over_tls_alike(connect, certificates, way):
    ca_path, certificate = certificates
    with hostile.Hostile(way, certificate=certificate) as server:
        failure = called(lambda: connect(server, timeout=0.3, retries=0, ca_path=ca_path).get(routes.INFO))
        assert isinstance(failure, errors.TimedOut) and len(server.requests) == 1


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
@pytest.mark.parametrize("kind", [HttpProxy, SocksProxy], ids=lambda kind: kind.scheme)
@pytest.mark.parametrize("way", [hostile.trickling_head, hostile.trickling_to_the_end], ids=lambda way: way.__name__)
def test_through_a_proxy_alike(connect, certificates, kind, way):
    with hostile.Hostile(way, certificate=certificates[1]) as server, kind({NAME: server.port}) as proxy:
        options = {"proxy": parse_proxy(proxy.url()), "validate_certs": False, "timeout": 0.3, "retries": 0}
        failure = called(lambda: connect(f"https://{NAME}", **options).get(routes.INFO))
        assert isinstance(failure, errors.TimedOut) and len(server.requests) == 1


def test_a_proxy_that_takes_its_time_alike(connect):
    with hostile.Hostile(hostile.trickling_head) as proxy:
        options = {"proxy": parse_proxy(proxy.site), "timeout": 0.2, "retries": 0}
        failure = called(lambda: connect(f"https://{NAME}", **options).get(routes.INFO))
        assert isinstance(failure, (errors.TimedOut, errors.ProxyFailed)) and proxy.requests


def test_a_handshake_that_never_ends_alike(connect, raw):
    silent = raw(raw.SILENCE)  # it waits for the end of a request's head, which TLS doesn't send
    failure = called(lambda: connect(silent.site.replace("http:", "https:"), timeout=0.2, retries=0).get(routes.INFO))
    assert isinstance(failure, errors.RequestFailed)


def test_each_attempt_has_its_own_time_and_the_next_may_be_answered(connect):
    with hostile.Hostile(hostile.trickling_head, hostile.trickling_status, hostile.saying(200, b'{"ok": 1}')) as server:
        client = connect(server, timeout=0.2, retries=2)
        assert client.get(routes.INFO) == {"ok": 1}
        assert client.counts.as_result() == {"read": 1, "written": 0, "retried": 2}


@pytest.mark.parametrize("way", hostile.TRICKLING, ids=lambda way: way.__name__)
def test_a_creation_is_not_repeated_and_is_known_to_be_lost(connect, way):
    with hostile.Hostile(way, hostile.saying(201, b'{"id": 1}')) as server:
        client = connect(server, timeout=0.2, retries=3)
        assert isinstance(called(lambda: client.send(*POST)), errors.AnswerLost)
        assert len(server.requests) == 1


def test_an_answer_in_time_is_taken_and_leaves_nothing_behind(connect):
    def slow(connection, server):
        connection.sendall(hostile.HEAD + b"Content-Length: 4\r\n\r\n")
        for byte in (b"[", b"{", b"}", b"]"):
            server.ended.wait(0.1)
            connection.sendall(byte)

    with hostile.Hostile(slow) as server:
        client = connect(server, timeout=20.0)
        client.get_all(routes.ROLES)
        before = len(os.listdir("/proc/self/fd"))
        for _round in range(5):
            assert client.get_all(routes.ROLES) == [{}]
        assert len(os.listdir("/proc/self/fd")) == before
        for timer in [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]:
            timer.join(1)  # far less than the time that it was set to
            assert not timer.is_alive()


def test_the_search_for_the_codebase_ends_too(connect):
    with hostile.Hostile(hostile.saying(404, b""), hostile.trickling_body) as server:
        failure = called(lambda: connect(server, timeout=0.2, retries=0).get(routes.INFO))
        assert isinstance(failure, errors.WrongAddress) and len(server.requests) == 2


# size


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


LARGE = (hostile.large, hostile.endless_chunks, hostile.bomb)


@pytest.mark.parametrize("way", LARGE, ids=lambda way: way.__name__)
def test_an_answer_ends_at_its_limit(connect, way):
    before = peak()
    with hostile.Hostile(way) as server:
        failure = called(lambda: connect(server, retries=0).get_all(routes.ROLES))
    assert isinstance(failure, errors.TooLarge) and "larger than 20 MB" in str(failure)
    assert (failure.scope, failure.transient) == ("instance", True)
    assert peak() - before < 300_000_000


@pytest.mark.parametrize("way", LARGE, ids=lambda way: way.__name__)
def test_a_creation_with_such_an_answer_is_known_to_be_lost(connect, way):
    with hostile.Hostile(way) as server:
        assert isinstance(called(lambda: connect(server, retries=1).send(*POST)), errors.AnswerLost)
        assert len(server.requests) == 1


def test_what_is_packed_twice_is_not_unpacked(connect):
    before = peak()
    with hostile.Hostile(hostile.nested_bomb) as server:
        failure = called(lambda: connect(server, retries=0).get_all(routes.ROLES))
    assert isinstance(failure, errors.ServerFailed) and "wasn't requested" in str(failure)
    assert peak() - before < 300_000_000


def test_the_body_of_a_failure_that_is_repeated_is_not_read_for_ever(connect):
    before = peak()
    with hostile.Hostile(hostile.endless_failure, hostile.saying(200, b'{"ok": 1}')) as server:
        assert connect(server, retries=1).get(routes.INFO) == {"ok": 1}
    assert peak() - before < 300_000_000


@pytest.mark.parametrize("members", [1, 3])
def test_what_is_packed_once_is_read(connect, members):
    body = json.dumps([{"name": "x" * 10_000}] * 900).encode()
    size = len(body) // members + 1
    packed = b"".join(gzip.compress(body[at : at + size]) for at in range(0, len(body), size))
    with hostile.Hostile(hostile.saying(200, packed, "Content-Encoding: gzip")) as server:
        assert len(connect(server).get_all(routes.ROLES)) == 900
        assert b"Accept-Encoding: gzip\r\n" in server.requests[0]


@pytest.mark.parametrize("fault", ["cut", "garbage"])
def test_what_is_not_packed_as_it_says_is_a_fault_of_the_instance(connect, fault):
    packed = gzip.compress(b'{"version": "x"}')
    packed = packed[:-12] if fault == "cut" else packed[:12] + b"garbage" + packed[12:]
    with hostile.Hostile(hostile.saying(200, packed, "Content-Encoding: gzip")) as server:
        assert isinstance(called(lambda: connect(server, retries=0).get(routes.INFO)), errors.ServerFailed)


def test_a_list_that_never_ends_is_an_error_and_not_cut(connect, monkeypatch):
    monkeypatch.setattr(client_module, "_MAX_PAGES", 30)
    with hostile.Hostile(hostile.saying(200, b'[{"id": 1}]', 'Link: <http://x/?page=2>; rel="next"')) as server:
        failure = called(lambda: connect(server).get_all(routes.ROLES))
        assert isinstance(failure, errors.TooLarge) and "the list has more than 30 pages" in str(failure)
        assert len(server.requests) == 30


def test_a_list_of_large_pages_ends_too(connect, monkeypatch):
    monkeypatch.setattr(client_module, "_LARGEST_LIST", 3_000_000)
    page = json.dumps([{"name": "x" * 1_000_000}]).encode()
    with hostile.Hostile(hostile.saying(200, page, 'Link: <http://x/?page=2>; rel="next"')) as server:
        failure = called(lambda: connect(server).get_all(routes.ROLES))
        assert isinstance(failure, errors.TooLarge) and "larger than 3 MB" in str(failure)
        assert len(server.requests) < 5


# what it says


LONG = "x" * 5_000_000
TEXTS = {
    "message": hostile.error(400, LONG),
    "code": hostile.saying(400, json.dumps({"code": LONG, "message": "m"}).encode()),
    "fields": hostile.error(400, "m", errors=[{"field": LONG, "message": LONG}] * 2),
    "many fields": hostile.error(400, "m", errors=[{"field": "f", "message": "m" * 50}] * 60_000),
    "title": hostile.saying(403, f"<title>{LONG}</title>".encode()),
    "titles": hostile.saying(403, b"<title>" * 700_000),
    "text": hostile.saying(403, LONG.encode()),
    "server": hostile.saying(403, b"<title>x</title>", f"Server: {'y' * 60_000}"),
    "redirect": hostile.saying(302, b"", f"Location: http://{'z' * 60_000}.example.com/"),
    "page": hostile.saying(200, LONG.encode()),
    "failure": hostile.error(500, LONG),
}


@pytest.mark.parametrize("way", TEXTS.values(), ids=TEXTS)
def test_what_an_instance_says_is_short(connect, way):
    with hostile.Hostile(way) as server:
        failure = called(lambda: connect(server, retries=0, timeout=15.0).get(routes.INFO))
    assert len(str(failure)) < 1500
    told = run.failure(failure)["error"]
    assert len(told["message"]) <= 300 and len(told["code"]) <= 300
    assert len(told["fields"]) <= 20 and all(len(field) <= 300 for field in told["fields"])


def test_what_is_short_is_said_whole(connect):
    said = "w" * 300
    with hostile.Hostile(hostile.error(400, said, errors=[{"field": "name", "message": "too long"}])) as server:
        failure = called(lambda: connect(server).get(routes.INFO))
    assert said in str(failure) and "(name: too long)" in str(failure)


# the time of an instance


@pytest.fixture
def clock(monkeypatch):
    """``clock(seconds)`` lets time pass for budgets."""
    now = [1000.0]
    fake = type("Clock", (), {"monotonic": staticmethod(lambda: now[0])})
    monkeypatch.setattr(deadline, "time", fake)

    def pass_by(seconds):
        now[0] += seconds

    return pass_by


def test_no_request_is_begun_once_the_time_is_over(connect, raw, clock):
    server = raw(raw.answer())
    client = connect(server)
    client.budget = Budget(600)
    clock(599)
    client.get(routes.INFO)
    clock(1)
    for call in (lambda: client.get(routes.INFO), lambda: client.send(*POST), lambda: client.get_all(routes.ROLES)):
        with pytest.raises(errors.OutOfTime, match=r"fleet_instance_timeout allows 600 seconds\. Run again") as caught:
            call()
        assert (caught.value.scope, caught.value.transient) == ("instance", True)
    assert len(server.requests) == 1


def test_no_request_is_repeated_once_the_time_is_over(connect, clock):
    def late(connection, _server):
        clock(601)
        connection.sendall(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")

    with hostile.Hostile(late) as server:
        client = connect(server, retries=4)
        client.budget = Budget(600)
        assert isinstance(called(lambda: client.get(routes.INFO)), errors.ServerFailed)
        assert len(server.requests) == 1


def test_a_key_that_is_being_created_is_completed(connect, raw, clock):
    server = raw(raw.answer(201, '{"id": 1}'))
    client = connect(server)
    client.budget = Budget(600)
    clock(599)
    client.send(routes.KEY_CREATE, {}, member=5)
    clock(100)
    client.send(routes.API_MEMBER_PATCH, [], member=5)
    client.budget.restore()  # as the next operation does
    with pytest.raises(errors.OutOfTime):
        client.send(routes.API_MEMBER_PATCH, [], member=5)


def test_a_key_is_not_begun_once_the_time_is_over(connect, raw, clock):
    server = raw(raw.answer(201, '{"id": 1}'))
    client = connect(server)
    client.budget = Budget(1)
    clock(2)
    with pytest.raises(errors.OutOfTime):
        client.send(routes.KEY_CREATE, {}, member=5)
    assert server.requests == []


def test_the_time_of_a_person_does_not_count(connect, raw, clock):
    client = connect(raw(raw.answer()))
    client.budget = Budget(600)
    asked = []

    def done():
        asked.append(client.get(routes.INFO))
        clock(1000)
        return len(asked) == 2

    assert wait_until(done, 30, 0.01, client.budget)
    assert len(asked) == 2 and not client.budget.is_over
    clock(600)
    assert client.budget.is_over
