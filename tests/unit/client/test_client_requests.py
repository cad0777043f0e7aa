# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client's requests, and how it reads the answers."""

from __future__ import annotations

import base64
import json
import re
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._client import client as client_module
from ansible_collections.msp.connectwise.plugins.module_utils._client import errors, routes, transport
from ansible_collections.msp.connectwise.plugins.module_utils._client.journal import Change
from ansible_collections.msp.connectwise.plugins.module_utils._resources import api_members, instances, security_roles
from ansible_collections.msp.connectwise.plugins.module_utils._resources.security_roles import Role
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

CHANGE = Change("an object", None, None)
OWN_PAIR = b"acme+public:s3cr3t/pr1vate+key"


def header(request, name):
    found = re.search(rb"(?im)^" + name.encode() + rb":\s*(.*?)\r$", request)
    return found.group(1).decode() if found else None


def test_every_request_carries_login_client_id_and_the_pinned_version(connect, raw):
    server = raw(raw.answer())
    connect(server, api_version="2022.1").get(routes.INFO)
    (request,) = server.requests
    assert request.startswith(b"GET /v4_6_release/apis/3.0/system/info HTTP/1.1\r\n")
    assert header(request, "Authorization") == "Basic " + base64.b64encode(OWN_PAIR).decode()
    assert header(request, "Accept") == "application/vnd.connectwise.com+json; version=2022.1"
    assert header(request, "clientId") == "01234567-89ab-cdef-0123-456789abcdef"
    assert header(request, "User-Agent").startswith("msp.connectwise")


def test_a_login_of_any_letters_is_sent_as_utf_8(connect, raw):
    server = raw(raw.answer())
    connect(server, company="k\u00f6ln", private_key="schl\u00fcssel\u20ac").get(routes.INFO)
    sent = header(server.requests[0], "Authorization").split()[1]
    assert base64.b64decode(sent).decode() == "k\u00f6ln+public:schl\u00fcssel\u20ac"


def test_one_connection_serves_all_requests(connect, raw):
    server = raw(raw.answer())
    client = connect(server)
    for _round in range(5):
        client.get(routes.INFO)
    client.send(routes.API_MEMBER_PATCH, CHANGE, [], member=1)
    assert (server.connections, len(server.requests)) == (1, 6)


def test_a_body_is_json_and_a_delete_has_none(connect, raw):
    server = raw(raw.answer())
    client = connect(server)
    client.send(routes.API_MEMBER_PATCH, CHANGE, [{"op": "replace"}], member=7)
    client.send(routes.ROLE_DELETE, CHANGE, role=7)
    patch, delete = server.requests
    assert b"/system/apiMembers/7 " in patch and json.loads(patch.split(b"\r\n\r\n")[1]) == [{"op": "replace"}]
    assert header(patch, "Content-Type") == "application/json"
    assert delete.endswith(b"\r\n\r\n")


def test_what_is_put_into_a_path_is_quoted(connect, raw):
    server = raw(raw.answer())
    connect(server).get(routes.API_MEMBER, member="a/b?c d")
    assert b"/system/apiMembers/a%2Fb%3Fc%20d " in server.requests[0]


def test_the_simulator_takes_the_client_for_one_of_its_own(connect, make_instance):
    instance = make_instance()
    client = connect(instance)
    assert client.get(routes.INFO)["cloudRegion"] == "NA"
    (entry,) = instance.log
    assert (entry["public_key"], entry["status"]) == (instance.connection["public_key"], 200)


# lists


def test_all_pages_are_read_where_links_lead_to_the_next(connect, make_instance, monkeypatch):
    monkeypatch.setattr(client_module, "PAGE_SIZE", 4)
    instance = make_instance(roles=[{"name": "R"}])
    names = {record["name"] for record in connect(instance).get_all(routes.ROLES)}
    assert names == {role["name"] for role in instance.state["roles"]}
    assert [entry["query"]["page"] for entry in instance.log] == ["1", "2"]


def test_a_list_that_fits_one_page_is_one_request(connect, make_instance):
    instance = make_instance()
    connect(instance).get_all(routes.ROLES)
    assert [entry["query"] for entry in instance.log] == [{"page": "1", "pageSize": "1000"}]


@pytest.mark.parametrize("end", ["[]", "null", ""])
def test_without_links_a_full_page_is_followed_until_one_is_empty(connect, raw, monkeypatch, end):
    monkeypatch.setattr(client_module, "PAGE_SIZE", 2)
    server = raw(
        raw.answer(body='[{"id": 1}, {"id": 2}]'), raw.answer(body='[{"id": 3}, {"id": 4}]'), raw.answer(body=end)
    )
    assert [item["id"] for item in connect(server).get_all(routes.ROLES)] == [1, 2, 3, 4]
    assert len(server.requests) == 3


def test_without_links_a_short_page_is_the_last(connect, raw, monkeypatch):
    monkeypatch.setattr(client_module, "PAGE_SIZE", 2)
    server = raw(raw.answer(body='[{"id": 1}, {"id": 2}]'), raw.answer(body='[{"id": 3}]'))
    assert len(connect(server).get_all(routes.ROLES)) == 3
    assert len(server.requests) == 2


def test_with_links_a_short_page_may_have_a_next_and_a_full_one_may_be_the_last(connect, raw, monkeypatch):
    monkeypatch.setattr(client_module, "PAGE_SIZE", 2)
    server = raw(
        raw.answer(body='[{"id": 1}]', Link='<http://x/?page=2>; rel="next"'),
        raw.answer(body='[{"id": 2}, {"id": 3}]', Link='<http://x/?page=1>; rel="first"'),
    )
    assert [item["id"] for item in connect(server).get_all(routes.ROLES)] == [1, 2, 3]
    assert len(server.requests) == 2


def test_a_page_past_the_end_ends_a_list_that_always_says_next(connect, raw):
    link = '<http://x/?page=2>; rel="next"'
    server = raw(raw.answer(body='[{"id": 1}]', Link=link), raw.answer(body="[]", Link=link))
    assert len(connect(server).get_all(routes.ROLES)) == 1


def page(*numbers):
    return json.dumps([{"id": number} for number in numbers])


@pytest.mark.parametrize("cap", [10, 25, 40, 100, 250])
@pytest.mark.parametrize("end", ["[]", "null", "short", "refused"])
def test_a_first_page_of_a_round_number_may_be_capped(connect, raw, cap, end):
    last = {"short": page(999), "refused": json.dumps({"code": "InvalidObject", "message": "page"})}.get(end, end)
    server = raw(
        raw.answer(body=page(*range(cap))),
        raw.answer(body=page(*range(cap, 2 * cap))),
        raw.answer(400 if end == "refused" else 200, last),
    )
    assert len(connect(server).get_all(routes.ROLES)) == 2 * cap + (end == "short")
    asked = [re.search(rb"pageSize=(\d+)&page=(\d+)", request).groups() for request in server.requests]
    assert asked == [(b"1000", b"1"), *((str(cap).encode(), number) for number in (b"2", b"3"))]


@pytest.mark.parametrize("count", [1, 3, 9, 11, 12, 26, 99, 101, 999])
def test_a_first_page_of_another_length_is_the_list(connect, raw, count):
    server = raw(raw.answer(body=page(*range(count))))
    assert len(connect(server).get_all(routes.ROLES)) == count and len(server.requests) == 1


def test_a_round_number_with_a_link_is_the_list(connect, raw):
    server = raw(raw.answer(body=page(*range(50)), Link='<http://x/?page=1>; rel="first"'))
    assert len(connect(server).get_all(routes.ROLES)) == 50 and len(server.requests) == 1


def test_an_instance_that_knows_no_pages_says_the_same_once(connect, raw):
    server = raw(raw.answer(body=page(*range(50))))
    assert len(connect(server).get_all(routes.ROLES)) == 50 and len(server.requests) == 2


@pytest.mark.parametrize(
    ("second", "more"), [(page(4), True), ("[]", False), (page(1, 2, 3), False), ("<html>", False)]
)
def test_whether_a_list_is_longer_than_it_looked_can_be_asked(connect, raw, second, more):
    server = raw(raw.answer(body=page(1, 2, 3)), raw.answer(body=second), raw.answer(body="[]"))
    client = connect(server)
    client.get_all(routes.ROLES)
    assert client.finds_more() is more
    server.answers = [raw.answer(body=page(1, 2, 3)), raw.answer(body=page(4, 5))]
    assert len(client.get_all(routes.ROLES)) == (5 if more else 3)


def test_what_is_no_object_is_left_out_of_a_list(connect, raw):
    server = raw(raw.answer(body='[1, "x", null, {"id": 1}, [2]]'))
    assert connect(server).get_all(routes.ROLES) == [{"id": 1}]


def test_an_object_in_place_of_a_list_is_unexpected(connect, raw):
    with pytest.raises(errors.UnexpectedAnswer, match="expected a list"):
        connect(raw(raw.answer(body='{"id": 1}'))).get_all(routes.ROLES)


# bodies


@pytest.mark.parametrize("body", ["", " \r\n", "null"])
def test_an_empty_answer_is_none_and_no_list_and_no_object(connect, raw, body):
    server = raw(raw.answer(body=body))
    assert connect(server).get(routes.INFO) is None
    with pytest.raises(errors.UnexpectedAnswer, match="expected a list, got nothing"):
        connect(server).get_all(routes.ROLES)
    with pytest.raises(errors.UnexpectedAnswer, match="expected an object, got nothing"):
        connect(server).get_object(routes.INFO)


def test_a_byte_order_mark_and_letters_that_are_no_utf_8_are_read(connect, raw):
    server = raw(raw.answer(body=b'\xef\xbb\xbf{"name": "B\xfcro"}'))
    assert connect(server).get(routes.INFO) == {"name": "B\ufffdro"}


def test_a_maintenance_page_with_200_is_not_connectwise_s_and_named(connect, raw):
    with pytest.raises(errors.NotConnectWise, match='a page titled "Back soon"'):
        connect(raw(raw.answer(body="<html><title>Back soon</title></html>"))).get(routes.INFO)


def test_a_page_with_502_is_a_fault_of_the_instance(connect, raw):
    with pytest.raises(errors.ServerFailed, match="Bad Gateway"):
        connect(raw(raw.answer(502, "<title>Bad Gateway</title>")), retries=0).get(routes.INFO)


def test_an_answer_that_repeats_the_login_is_scrubbed(connect, raw):
    echo = base64.b64encode(OWN_PAIR).decode()
    said = json.dumps({"code": "x", "message": f"{echo} s3cr3t/pr1vate+key"})
    for body in (f"<title>{echo} s3cr3t/pr1vate+key</title>", said):
        for status in (200, 400):
            if status == 200 and body.startswith("{"):
                continue
            with pytest.raises(errors.RequestFailed) as caught:
                connect(raw(raw.answer(status, body))).get(routes.INFO)
            assert "********" in str(caught.value)
            assert echo not in str(caught.value) and "s3cr3t" not in str(caught.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "id",
                    "name",
                    "identifier",
                    "member",
                    "moduleName",
                    "moduleFunctionName",
                    "addLevel",
                    "adminFlag",
                    "securityRole",
                    "version",
                    "x",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
READERS = {
    "get": lambda client: client.get(routes.INFO),
    "get_all": lambda client: client.get_all(routes.ROLES),
    "roles": security_roles.list_roles,
    "settings": lambda client: security_roles.read_settings(client, Role("x", 5)),
    "members": api_members.list_members,
    "default": api_members.default_member,
    "my security": instances.read_my_security,
    "info": instances.read_info,
}


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.one_of(
        JSON.map(lambda value: json.dumps(value).encode()),
        st.lists(JSON, max_size=3).map(lambda value: json.dumps(value).encode()),
        st.binary(max_size=40),
    ),
    status=st.sampled_from([200, 200, 200, 201, 204, 304, 400, 401, 403, 404, 429, 500]),
)
def test_whatever_is_answered_a_reader_raises_cw_errors_only(connect, raw, reader, body, status):
    if status in (204, 304):
        body = b""
    server = raw(raw.answer(status, body, Connection="close"))
    try:
        reader(connect(server, retries=0))
    except errors.CwError as exc:
        assert str(exc)
    finally:
        server.stop()


@pytest.mark.parametrize("body", ["[" * 200_000, '{"a":' * 100_000, "9" * 10_000], ids=["lists", "objects", "digits"])
def test_a_monstrous_body_is_not_connectwise_s(connect, raw, body):
    with pytest.raises(errors.NotConnectWise):
        connect(raw(raw.answer(body=body))).get(routes.INFO)


@pytest.mark.parametrize(
    "answer",
    [
        b"garbage\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: 1\r\n" * 300 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
    ],
    ids=["garbage", "chunks", "headers", "gzip"],
)
def test_what_is_no_http_is_a_fault_of_the_instance(connect, raw, answer):
    with pytest.raises(errors.ServerFailed):
        connect(raw(answer + b"connection: close"), retries=1).get(routes.INFO)


# tracing, cookies, .netrc


def test_trace_lines_name_the_request_and_hold_no_secret(connect, raw):
    lines = []
    server = raw(raw.answer(), raw.CLOSE)
    client = connect(server, trace=lines.append, retries=0)
    client.get(routes.API_MEMBER, member="s3cr3t/pr1vate+key")
    with pytest.raises(errors.CwError):
        client.get(routes.INFO)
    assert re.fullmatch(r"acme at 127\.0\.0\.1:\d+: GET /system/apiMembers/\*+ 200 \(\d+ ms\)", lines[0])
    assert "GET /system/info failed: ConnectionError" in lines[1]


def test_cookies_are_not_kept(connect, raw):
    server = raw(raw.answer(Set_Cookie="memberHash=x; Path=/"))
    client = connect(server)
    client.get(routes.INFO)
    client.get(routes.INFO)
    assert [header(request, "Cookie") for request in server.requests] == [None, None]


def test_a_netrc_file_is_ignored(connect, raw, tmp_path):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login mallory password other\ndefault login x password y\n")
    server = raw(raw.answer(404, ""), raw.answer(body='{"Codebase": "v2025_1/"}'), raw.answer())
    connect(server).get(routes.INFO)
    own = "Basic " + base64.b64encode(OWN_PAIR).decode()
    assert [header(request, "Authorization") for request in server.requests] == [own, None, own]


# what the instance offers


def test_undocumented_routes_are_not_asked_where_they_are_turned_off(connect, make_instance):
    instance = make_instance(edition="extended")
    client = connect(instance, probe_undocumented=False)
    assert client.offers(routes.KEYS, member=0) is False
    assert client.offers(routes.SETTING_WRITE, role=0, setting=0) is False
    with pytest.raises(errors.EndpointMissing, match="probe_undocumented is false"):
        client.send(routes.KEY_CREATE, CHANGE, {"description": "x"}, member=1)
    assert instances.offered_writes(client) == {"role_levels": False, "api_keys": False}
    assert instance.log == []
    assert client.counts.as_result() == {"read": 0, "written": 0, "retried": 0}


@pytest.mark.parametrize(("edition", "offered"), [("published", False), ("extended", None)])
def test_an_instance_is_asked_what_it_offers_without_a_change(connect, make_instance, edition, offered):
    instance = make_instance(edition=edition)
    before = instance.state
    assert instances.offered_writes(connect(instance)) == {"role_levels": offered, "api_keys": offered}
    assert instance.state == before
    asked = [(entry["method"], entry["body"]) for entry in instance.log if "/0/" in entry["path"]]
    assert asked == [("PATCH", []), ("GET", None)]
    assert [entry["path"] for entry in instance.log if "/0/" not in entry["path"]] == ["/system/info"]


def test_a_wrong_login_is_no_instance_without_the_route(connect, make_instance):
    with pytest.raises(errors.WrongAddress):
        instances.offered_writes(connect(make_instance(edition="extended", cloud=True), private_key="wrong-key"))


def test_what_is_offered_is_found_where_the_alias_is_off(connect, make_instance):
    offered = instances.offered_writes(connect(make_instance(edition="extended", alias=False)))
    assert offered == {"role_levels": None, "api_keys": None}


def test_what_is_offered_cannot_be_told_without_the_right(connect, make_instance):
    client = connect(make_instance(edition="extended", automation_role="Technician"))
    assert instances.offered_writes(client) == {"role_levels": None, "api_keys": None}


REFUSAL = json.dumps({"code": "InvalidObject", "message": "no operations"})


@pytest.mark.parametrize(("status", "offered"), [(200, None), (400, None), (404, False), (405, False)])
def test_an_answer_about_record_0_is_no_promise(connect, raw, status, offered):
    client = connect(raw(raw.answer(), raw.answer(status, REFUSAL)), retries=0)
    assert client.offers(routes.SETTING_WRITE, role=0, setting=0) is offered


def test_a_faulty_instance_tells_nothing_of_what_it_offers(connect, raw):
    with pytest.raises(errors.ServerFailed):
        connect(raw(raw.answer(500, "")), retries=0).offers(routes.KEYS, member=0)


# finding the API


def test_the_codebase_is_found_where_the_alias_is_off_and_asked_for_once(connect, make_instance):
    instance = make_instance(alias=False)
    client = connect(instance)
    assert client.get(routes.INFO)["version"]
    assert len(client.get_all(routes.ROLES)) > 3
    paths = [entry["path"] for entry in instance.log]
    assert paths.count(f"/login/companyinfo/{instance.connection['company']}") == 1
    assert paths.count("/system/info") == 2


def test_an_upgrade_that_moves_the_codebase_is_followed(connect, make_instance):
    instance = make_instance(alias=False)
    client = connect(instance)
    client.get(routes.INFO)
    instance.instance.options.codebase = "v2025_2/"
    assert client.get(routes.INFO)["version"]


def test_a_missing_record_asks_for_no_codebase(connect, make_instance):
    instance = make_instance()
    with pytest.raises(errors.RecordNotFound):
        connect(instance).get(routes.API_MEMBER, member=99999)
    assert len(instance.log) == 1


GONE = json.dumps({"code": "ConnectWiseApi", "message": "The endpoint does not exist."})


def test_a_missing_endpoint_of_a_proven_api_asks_for_the_codebase_once(connect, raw):
    server = raw(raw.answer(), raw.answer(404, GONE))
    client = connect(server)
    client.get(routes.INFO)
    for _time in range(3):
        with pytest.raises(errors.EndpointMissing):
            client.get(routes.API_MEMBER_DEFAULT)
    assert [request.split()[1].rpartition(b"/")[0].count(b"companyinfo") for request in server.requests].count(1) == 1
    assert len(server.requests) == 5


@pytest.mark.parametrize("told", ['{"Codebase": "v2025_1/"}', '{"Codebase": "v4_6_release/"}', "<html>"])
def test_a_codebase_that_leads_nowhere_is_not_taken_for_an_api_that_is_at_work(connect, raw, told):
    gone = raw.answer(404, GONE)
    server = raw(raw.answer(), gone, raw.answer(body=told), gone)
    client = connect(server)
    client.get(routes.INFO)
    with pytest.raises(errors.EndpointMissing):
        client.get(routes.API_MEMBER_DEFAULT)
    server.answers = [raw.answer()]
    client.get(routes.INFO)
    assert server.requests[-1].startswith(b"GET /v4_6_release/")


@pytest.mark.parametrize("route", [routes.KEYS, routes.SETTING_WRITE], ids=["keys", "levels"])
def test_an_undocumented_route_that_is_not_there_says_nothing_of_the_alias(connect, raw, route):
    server = raw(raw.answer(), raw.answer(404, GONE))
    client = connect(server)
    client.get(routes.INFO)
    with pytest.raises(errors.EndpointMissing):
        client.get(route, member=1, role=1, setting=1)
    assert len(server.requests) == 2


@pytest.mark.parametrize("call", ["read", "list", "patch", "create"])
def test_an_alias_that_stops_working_is_left_for_the_codebase(connect, make_instance, call):
    instance = make_instance()
    client = connect(instance)
    member = client.get_all(routes.API_MEMBERS)[0]["id"]
    instance.instance.options.alias = False
    calls = {
        "read": lambda: client.get_object(routes.INFO),
        "list": lambda: client.get_all(routes.ROLES),
        "patch": lambda: client.send(routes.API_MEMBER_PATCH, CHANGE, [], member=member),
        "create": lambda: client.send(routes.ROLE_CREATE, CHANGE, {"name": "Made once"}),
    }
    calls[call]()
    assert client.get_object(routes.INFO)["version"]
    assert sum("companyinfo" in entry["path"] for entry in instance.log) == 1
    assert sum(role["name"] == "Made once" for role in instance.state["roles"]) == (call == "create")


def test_requests_at_the_same_time_all_leave_the_alias(connect, make_instance):
    instance = make_instance()
    client = connect(instance)
    client.get(routes.INFO)
    instance.instance.options.alias = False
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _number: client.get_object(routes.INFO)["version"], range(8)))
    assert len(found) == 8 and all(found)
    assert sum("companyinfo" in entry["path"] for entry in instance.log) == 1


def test_an_unknown_company_is_told(connect, make_instance):
    instance = make_instance(bad_login_status=404)
    with pytest.raises(errors.WrongAddress, match="doesn't know company 'nobody'"):
        connect(instance, company="nobody").get(routes.INFO)


def test_wrong_keys_in_the_cloud_are_told_as_a_wrong_address_or_login(connect, make_instance):
    instance = make_instance(cloud=True)
    with pytest.raises(errors.WrongAddress, match="Check the company, the keys and the site"):
        connect(instance, private_key="wrong-key").get(routes.INFO)


def test_wrong_keys_are_refused(connect, make_instance):
    with pytest.raises(errors.Unauthorized):
        connect(make_instance(), private_key="wrong-key").get(routes.INFO)


@pytest.mark.parametrize(
    "info",
    [
        "",
        "[]",
        "{}",
        '{"Codebase": null}',
        '{"Codebase": 5}',
        '{"Codebase": "../../evil"}',
        '{"Codebase": "a/b"}',
        '{"Codebase": ""}',
        "<html>",
        '{"Codebase": "v4_6_release/"}',
    ],
)
def test_no_strange_codebase_is_used(connect, raw, info):
    server = raw(raw.answer(404, ""), raw.answer(body=info), raw.answer())
    with pytest.raises(errors.WrongAddress):
        connect(server).get(routes.INFO)
    assert len(server.requests) == 2


def test_a_company_info_that_fails_leaves_the_first_answer_standing(connect, raw):
    server = raw(raw.answer(404, ""), raw.CLOSE)
    with pytest.raises(errors.WrongAddress):
        connect(server, retries=0).get(routes.INFO)


def test_nothing_listens_there(connect):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(errors.Unreachable, match="refused"):
        connect(f"http://127.0.0.1:{port}").get(routes.INFO)


def test_a_name_that_no_resolver_knows_is_unreachable(connect, raw, monkeypatch):
    def unknown(*_args, **_kwargs):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(errors.Unreachable):
        connect("https://psa.example.invalid").get(routes.INFO)


def test_what_urllib3_raises_past_requests_is_of_the_collections_own_kind_too(connect, raw, monkeypatch):
    def refuse(*_args, **_kwargs):
        raise transport.urllib3.exceptions.LocationParseError("a..b")

    client = connect(raw(raw.answer()))
    monkeypatch.setattr(client._transport._session, "request", refuse)
    with pytest.raises(errors.ProxyFailed, match="its address is invalid"):
        client.get(routes.INFO)


def test_a_password_that_spoils_the_proxys_address_is_not_told(connect, monkeypatch):
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://user:Pazz/word#1@proxy.example:3128")
    with pytest.raises(errors.ProxyFailed) as caught:
        connect("https://psa.example.invalid").get(routes.INFO)
    assert "Pazz" not in str(caught.value) and "user" not in str(caught.value)
