# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the client repeats, what it never repeats, and which hosts it refuses."""

from __future__ import annotations

import contextlib

import pytest
import requests
from ansible_collections.msp.connectwise.plugins.module_utils._client import errors, routes, transport
from ansible_collections.msp.connectwise.plugins.module_utils._client.journal import Change
from ansible_collections.msp.connectwise.plugins.module_utils._client.proxy import parse_proxy

CHANGE = Change("an object", None, None)
PATCH = (routes.API_MEMBER_PATCH, [], {"member": 5})
DELETE = (routes.ROLE_DELETE, None, {"role": 5})
POST = (routes.ROLE_CREATE, {"name": "x"}, {})


def send(client, call):
    route, body, ids = call
    return client.send(route, CHANGE, body, **ids)


# repeating


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_read_is_repeated_until_it_is_answered(connect, raw, status):
    server = raw(raw.answer(status, ""), raw.answer(status, ""), raw.answer(body='{"ok": 1}'))
    client = connect(server)
    assert client.get(routes.INFO) == {"ok": 1}
    assert client.counts.as_result() == {"read": 1, "written": 0, "retried": 2}


@pytest.mark.parametrize("call", [PATCH, DELETE], ids=["PATCH", "DELETE"])
def test_writes_that_are_safe_to_repeat_are_repeated(connect, raw, call):
    server = raw(raw.answer(503, ""), raw.RESET, raw.answer(body=""))
    client = connect(server)
    assert send(client, call) is None
    assert client.counts.as_result() == {"read": 0, "written": 1, "retried": 2}


def test_repeating_ends_after_the_number_that_was_given(connect, raw):
    server = raw(raw.answer(503, ""))
    client = connect(server, retries=2)
    with pytest.raises(errors.ServerFailed, match="returned 503"):
        client.get(routes.INFO)
    assert (len(server.requests), client.counts.retried) == (3, 2)


def test_with_no_retries_nothing_is_repeated(connect, raw):
    server = raw(raw.answer(503, ""))
    client = connect(server, retries=0)
    with pytest.raises(errors.ServerFailed):
        client.get(routes.INFO)
    assert (len(server.requests), client.counts.retried) == (1, 0)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 501])
def test_a_refusal_is_not_repeated(connect, raw, status):
    server = raw(raw.answer(status, '{"code": "NotFound", "message": "x"}'))
    with pytest.raises(errors.RequestFailed):
        connect(server).get(routes.INFO)
    assert len(server.requests) == 1


@pytest.mark.parametrize(("asked", "waited"), [("7", 7), ("100000", 60)])
def test_the_instance_says_how_long_to_wait_up_to_a_minute(connect, raw, pauses, asked, waited):
    server = raw(raw.answer(429, "", Retry_After=asked), raw.answer())
    connect(server).get(routes.INFO)
    assert pauses == [waited]


def test_without_retry_after_the_pauses_grow(connect, raw, pauses):
    server = raw(raw.answer(429, ""), raw.answer(429, ""), raw.answer(429, ""), raw.answer())
    connect(server).get(routes.INFO)
    assert len(pauses) == 3 and pauses[0] < 0.5 and 0.9 < pauses[1] < pauses[2] < 3


def test_an_instance_that_keeps_asking_to_slow_down_is_told_so(connect, raw):
    body = '{"error": "ConnectWiseAPI", "message": "Rate limit"}'
    with pytest.raises(errors.RateLimited, match="ConnectWiseAPI: Rate limit"):
        connect(raw(raw.answer(429, body, Retry_After="1")), retries=1).get(routes.INFO)


def test_a_retry_after_that_cannot_be_read_is_as_none(connect, raw, pauses):
    with pytest.raises(errors.RateLimited):
        connect(raw(raw.answer(429, "", Retry_After="soon")), retries=2).get(routes.INFO)
    assert len(pauses) == 2


def test_a_creation_is_repeated_where_it_was_turned_away_unprocessed(connect, raw):
    server = raw(raw.answer(429, "", Retry_After="1"), raw.answer(429, ""), raw.answer(201, '{"id": 1}'))
    client = connect(server)
    assert send(client, POST) == {"id": 1}
    assert client.counts.as_result() == {"read": 0, "written": 1, "retried": 2}
    assert len({request.split(b"\r\n\r\n")[1] for request in server.requests}) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("retry_after", [{}, {"Retry_After": "1"}])
def test_a_creation_is_not_repeated_after_a_fault_and_its_outcome_is_unknown(connect, raw, status, retry_after):
    server = raw(raw.answer(status, "<html>", **retry_after), raw.answer(201, '{"id": 1}'))
    with pytest.raises(errors.AnswerLost):
        send(connect(server), POST)
    assert len(server.requests) == 1


@pytest.mark.parametrize("kind", ["reset", "close", "silence", "cut", "html", "garbage"])
def test_a_creation_whose_answer_is_lost_is_not_repeated(connect, raw, kind):
    fault = {
        "reset": raw.RESET,
        "close": raw.CLOSE,
        "silence": raw.SILENCE,
        "html": raw.answer(200, "<html>"),
        "cut": b'HTTP/1.1 201 Created\r\nContent-Length: 99\r\nConnection: close\r\n\r\n{"id"',
        "garbage": b"garbage\r\n\r\nconnection: close",
    }[kind]
    server = raw(fault, raw.answer(201, '{"id": 1}'))
    client = connect(server, timeout=0.2 if kind == "silence" else 5.0)
    with pytest.raises(errors.AnswerLost, match="The outcome of a create request is unknown"):
        send(client, POST)
    assert (len(server.requests), client.counts.written, client.counts.retried) == (1, 1, 0)


def test_an_answer_to_a_creation_that_is_not_clean_is_never_quoted(connect, raw):
    """It may hold a private key that nobody knows yet, so that nothing could mask it."""
    server = raw(raw.answer(201, '{"publicKey": "PUBLIC", "privateKey": "PRIVATE"}<!-- proxy -->'))
    with pytest.raises(errors.AnswerLost, match="text of 62 characters") as caught:
        send(connect(server), POST)
    assert "PRIVATE" not in str(caught.value) and "PRIVATE" not in repr(caught.value.__dict__)


@pytest.mark.parametrize("kind", ["reset", "lost", "truncate"])
def test_a_creation_over_tls_whose_answer_is_lost_is_known_to_be_lost(connect, make_instance, tls_simulator, kind):
    instance = make_instance(on=tls_simulator)
    instance.fault(kind, method="POST")
    with pytest.raises(errors.AnswerLost):
        send(connect(instance, ca_path=tls_simulator.ca_path), POST)
    assert len(instance.log) == 1
    assert (instance.role("x") is not None) == (kind != "reset")


def test_a_creation_that_never_left_is_no_lost_answer(connect, raw):
    server = raw(raw.answer())
    server.stop()
    with pytest.raises(errors.Unreachable):
        send(connect(server), POST)


def test_a_read_that_never_ends_is_a_timeout(connect, raw):
    server = raw(raw.SILENCE)
    client = connect(server, timeout=0.1, retries=1)
    with pytest.raises(errors.TimedOut, match="timeout"):
        client.get(routes.INFO)
    assert (len(server.requests), client.counts.retried) == (2, 1)


def test_a_read_that_is_reset_again_and_again_is_a_fault_of_the_instance(connect, raw):
    server = raw(raw.RESET)
    with pytest.raises(errors.ServerFailed):
        connect(server, retries=1).get(routes.INFO)
    assert len(server.requests) == 2


def test_only_repetitions_that_were_made_are_counted(connect, raw, monkeypatch):
    server = raw(raw.answer())
    server.stop()
    dialled = []
    real = transport.urllib3.connection.HTTPConnection.connect

    def dial(self):
        dialled.append(self.host)
        real(self)

    monkeypatch.setattr(transport.urllib3.connection.HTTPConnection, "connect", dial)
    client = connect(server, retries=4)
    with pytest.raises(errors.Unreachable):
        client.get(routes.INFO)
    assert client.counts.retried == len(dialled) - 1


# redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_read_follows_a_redirect_on_the_same_host_with_its_login(connect, raw, status):
    server = raw(raw.answer(status, "", Location="/v2025_1/apis/3.0/system/info?x=1"), raw.answer(body='{"ok": 1}'))
    assert connect(server).get(routes.INFO) == {"ok": 1}
    assert server.requests[1].startswith(b"GET /v2025_1/apis/3.0/system/info?x=1 ")
    assert all(b"Authorization: Basic" in request for request in server.requests)


def test_a_redirect_to_another_host_is_refused_and_nothing_is_sent_there(connect, raw):
    other = raw(raw.answer())
    server = raw(raw.answer(302, "", Location=f"{other.site}/v4_6_release/apis/3.0/system/info"))
    with pytest.raises(errors.RedirectRefused, match="leads to http://127"):
        connect(server).get(routes.INFO)
    assert (other.connections, other.requests) == (0, [])


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.2:{port}/",
        "//evil.example.com/",
        "https://127.0.0.1:{port}/",
        "http://x@127.0.0.1:{port}/",
        "ftp://127.0.0.1/",
        "http://127.0.0.1/",
    ],
)
def test_another_scheme_port_or_name_is_another_place(connect, raw, location):
    server = raw(raw.answer())
    port = server.site.rpartition(":")[2]
    server.answers = [raw.answer(302, "", Location=location.format(port=port))]
    with pytest.raises(errors.RedirectRefused):
        connect(server).get(routes.INFO)
    assert len(server.requests) == 1


def test_a_redirect_from_https_to_http_is_refused(connect, make_instance, tls_simulator, raw):
    plain = raw(raw.answer())
    instance = make_instance(on=tls_simulator)
    for location in (plain.site, instance.connection["site"].replace("https:", "http:")):
        instance.fault("redirect", location=f"{location}/v4_6_release/apis/3.0/system/info")
        with pytest.raises(errors.RedirectRefused, match="leads to http:"):
            connect(instance, ca_path=tls_simulator.ca_path).get(routes.INFO)
    assert plain.requests == []


@pytest.mark.parametrize("call", [PATCH, DELETE, POST], ids=["PATCH", "DELETE", "POST"])
def test_a_write_follows_no_redirect(connect, raw, call):
    server = raw(raw.answer(307, "", Location="/elsewhere"), raw.answer())
    with pytest.raises(errors.RedirectRefused):
        send(connect(server), call)
    assert len(server.requests) == 1


def test_the_location_of_what_was_created_is_not_followed(connect, raw):
    server = raw(raw.answer(201, '{"id": 7}', Location="http://evil.example.com/7"))
    assert send(connect(server), POST) == {"id": 7}
    assert len(server.requests) == 1


def test_redirects_that_never_end_are_ended(connect, raw):
    server = raw(raw.answer(302, "", Location="/again"))
    with pytest.raises(errors.RedirectRefused, match="too many"):
        connect(server).get(routes.INFO)
    assert len(server.requests) < 6


@pytest.mark.parametrize("location", ["http://[", "http://127.0.0.1:abc/", "http://127.0.0.1/\udcff\udcfe"])
def test_a_redirect_to_no_address_at_all_is_refused(connect, raw, location):
    with pytest.raises(errors.RequestFailed):
        connect(raw(raw.answer(302, "", Location=location))).get(routes.INFO)


def test_company_info_is_asked_without_the_login_and_not_elsewhere(connect, raw):
    other = raw(raw.answer(body='{"Codebase": "v2025_1/"}'))
    server = raw(raw.answer(404, ""), raw.answer(302, "", Location=other.site))
    with pytest.raises(errors.WrongAddress):
        connect(server).get(routes.INFO)
    assert b"/login/companyinfo/acme " in server.requests[1]
    assert b"Authorization" not in server.requests[1]
    assert other.requests == []


# TLS


def test_a_certificate_of_an_unknown_authority_is_refused_before_anything_is_sent(
    connect, make_instance, tls_simulator
):
    instance = make_instance(on=tls_simulator)
    with pytest.raises(errors.TlsFailed, match="ca_path"):
        connect(instance).get(routes.INFO)
    with pytest.raises(errors.TlsFailed):
        send(connect(instance), POST)
    assert instance.log == []


def test_a_certificate_of_an_authority_of_ones_own_is_taken_with_its_bundle(connect, make_instance, tls_simulator):
    instance = make_instance(on=tls_simulator)
    assert connect(instance, ca_path=tls_simulator.ca_path).get(routes.INFO)["version"]


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_bundle_of_the_environment_overrides_neither_option(connect, make_instance, tls_simulator, monkeypatch, name):
    instance = make_instance(on=tls_simulator)
    monkeypatch.setenv(name, requests.certs.where())
    assert connect(instance, validate_certs=False).get(routes.INFO)["version"]
    assert connect(instance, ca_path=tls_simulator.ca_path).get(routes.INFO)["version"]


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_company_info_is_asked_with_the_same_trust(connect, make_instance, tls_simulator):
    instance = make_instance(on=tls_simulator, alias=False)
    assert connect(instance, ca_path=tls_simulator.ca_path).get(routes.INFO)["version"]
    assert connect(instance, validate_certs=False).get(routes.INFO)["version"]


def test_a_server_that_speaks_no_tls_is_a_tls_failure(connect, simulator):
    with pytest.raises(errors.TlsFailed):
        connect(simulator.url.replace("http:", "https:"), retries=0).get(routes.INFO)


# proxies


def test_a_proxy_that_cannot_be_reached_is_told_apart(connect, raw, monkeypatch):
    proxy = raw(raw.answer())
    proxy.stop()
    monkeypatch.setenv("HTTPS_PROXY", proxy.site)
    with pytest.raises(errors.ProxyFailed):
        connect("https://psa.example.invalid", retries=0).get(routes.INFO)


def test_a_proxy_that_refuses_the_tunnel_is_told_apart(connect, raw, monkeypatch):
    proxy = raw(raw.answer(407, "", Connection="close"))
    monkeypatch.setenv("HTTPS_PROXY", proxy.site)
    with pytest.raises(errors.ProxyFailed, match="407"):
        connect("https://psa.example.com", retries=0).get(routes.INFO)
    assert b"Authorization: Basic" not in b"".join(proxy.requests)


def test_no_proxy_is_honoured(connect, raw, monkeypatch):
    proxy = raw(raw.answer())
    monkeypatch.setenv("HTTPS_PROXY", proxy.site)
    monkeypatch.setenv("NO_PROXY", "psa.example.invalid")
    with pytest.raises(errors.Unreachable):
        connect("https://psa.example.invalid", retries=0).get(routes.INFO)
    assert proxy.requests == []


VARIABLES = ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy", "http://127.0.0.1_proxy")


@pytest.mark.parametrize("name", VARIABLES)
def test_what_is_on_this_machine_is_reached_without_a_proxy(connect, raw, monkeypatch, name):
    proxy, server = raw(raw.answer()), raw(raw.answer(404, ""), raw.answer(body='{"Codebase": "v1/"}'), raw.answer())
    monkeypatch.setenv(name, proxy.site)
    connect(server).get(routes.INFO)  # it searches for the codebase, too
    assert (proxy.connections, len(server.requests)) == (0, 3)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.2", "127.1.2.3"])
def test_whatever_this_machine_is_called(connect, raw, monkeypatch, host):
    proxy, server = raw(raw.answer()), raw(raw.answer())
    monkeypatch.setenv("HTTP_PROXY", proxy.site)
    monkeypatch.setenv("ALL_PROXY", proxy.site)
    port = server.site.rpartition(":")[2]
    with contextlib.suppress(errors.Unreachable):  # the server listens on one of them alone
        connect(f"http://{host}:{port}", retries=0).get(routes.INFO)
    assert proxy.connections == 0


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_over_tls_alike(connect, raw, make_instance, tls_simulator, monkeypatch):
    proxy, instance = raw(raw.answer()), make_instance(on=tls_simulator)
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.site)
    assert connect(instance, validate_certs=False).get(routes.INFO)["version"]
    assert connect(instance, validate_certs=False, proxy=parse_proxy(proxy.site)).get(routes.INFO)["version"]
    assert proxy.connections == 0


@pytest.mark.parametrize("scheme", ["http", "socks5h"])
def test_nor_through_the_proxy_of_its_host(connect, raw, scheme):
    proxy, server = raw(raw.answer()), raw(raw.answer())
    connect(server, proxy=parse_proxy(proxy.site.replace("http:", f"{scheme}:"))).get(routes.INFO)
    assert (proxy.connections, len(server.requests)) == (0, 1)
