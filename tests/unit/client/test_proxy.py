# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An instance that only another network reaches: through the proxy of its host, whatever the environment says."""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path
from urllib.parse import quote

import hostile
import pytest
import simulator.tls
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.msp.connectwise.plugins.module_utils._client import errors, routes, transport
from ansible_collections.msp.connectwise.plugins.module_utils._client.connection import connection_from_params
from ansible_collections.msp.connectwise.plugins.module_utils._client.journal import Change
from ansible_collections.msp.connectwise.plugins.module_utils._client.proxy import parse_proxy, secrets_of
from ansible_collections.msp.connectwise.plugins.module_utils._ops import instance_info, run
from proxies import HttpProxy, SocksProxy

pytestmark = pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
CHANGE = Change("an object", None, None)
NAME = "psa.customer.invalid"  # a name that only the proxy knows
PASSWORD = "p@ss/w0rd #1"


@pytest.fixture
def hidden(make_instance, tls_simulator):
    """An instance of the simulator as its customer's network knows it; ``port`` is where it really is."""
    instance = make_instance(on=tls_simulator)
    port = int(instance.connection["site"].rpartition(":")[2])
    instance.connection.update(site=f"https://{NAME}", validate_certs=False)
    instance.port = port
    return instance


@pytest.fixture(params=[HttpProxy, SocksProxy], ids=lambda kind: kind.scheme)
def kind(request):
    return request.param


def through(connect, instance, url, **options):
    return connect(instance, proxy=parse_proxy(url), retries=0, **options)


def executed(instance, **options):
    """The result of cw_instance_info, as its action plugin would give it."""
    given = {**instance.connection, "gather": ["version"], "retries": 0, "timeout": 5, **options}
    checked = ArgumentSpecValidator(instance_info.argument_spec()).validate(given)
    assert not checked.error_messages
    return run.execute(instance_info.run, checked.validated_parameters, False, False)


def test_the_proxy_resolves_the_name_and_sees_neither_keys_nor_paths(connect, hidden, kind):
    with kind({NAME: hidden.port}) as proxy:
        assert through(connect, hidden, proxy.url()).get(routes.INFO)["version"]
        assert proxy.asked == [NAME] and proxy.logins == []
        assert proxy.seen and b"/system/info" not in proxy.seen and b"Basic" not in proxy.seen


def test_a_user_and_a_password_are_given_to_the_proxy_alone(connect, hidden, kind):
    with kind({NAME: hidden.port}, "me@msp", PASSWORD) as proxy:
        assert through(connect, hidden, proxy.url()).get(routes.INFO)["version"]
        assert set(proxy.logins) == {f"me@msp:{PASSWORD}"}


def test_the_option_wins_over_the_environment(connect, hidden, kind, monkeypatch):
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "*")
    with kind({NAME: hidden.port}) as proxy:
        assert through(connect, hidden, proxy.url()).get(routes.INFO)["version"]


def test_the_login_with_a_vendors_pair_and_the_search_for_the_api_take_the_same_way(
    connect, make_instance, tls_simulator, kind
):
    instance = make_instance(on=tls_simulator, alias=False)
    port = int(instance.connection["site"].rpartition(":")[2])
    instance.connection.update(site=f"https://{NAME}", validate_certs=False)
    with kind({NAME: port}) as proxy:
        client = through(connect, instance, proxy.url())
        assert client.get(routes.INFO)["version"]  # it asks for the codebase first
        assert client.connection.with_pair("public", "private").proxy == client.connection.proxy
    assert any("companyinfo" in entry["path"] for entry in instance.log)


def test_each_instance_has_a_proxy_of_its_own(connect, hidden, kind):
    with kind({NAME: hidden.port}) as proxy, kind({}) as other:
        assert through(connect, hidden, proxy.url()).get(routes.INFO)["version"]
        with pytest.raises(errors.ProxyFailed):
            through(connect, hidden, other.url()).get(routes.INFO)


def test_a_proxy_that_speaks_tls_is_held_against_the_same_bundle(connect, tmp_path):
    (tmp_path / "proxy").mkdir()
    (tmp_path / "instance").mkdir()
    ca_path, certificate = simulator.tls.make_certificates(str(tmp_path / "proxy"), "127.0.0.1")
    other_ca, other = simulator.tls.make_certificates(str(tmp_path / "instance"), NAME)
    bundle = tmp_path / "bundle.pem"
    bundle.write_text(Path(ca_path).read_text() + Path(other_ca).read_text())
    with (
        hostile.Hostile(hostile.saying(200, b'{"version": "x"}'), certificate=other) as server,
        HttpProxy({NAME: server.port}, "me", PASSWORD, certificate) as proxy,
    ):
        assert proxy.url().startswith("https://")
        options = {"proxy": parse_proxy(proxy.url()), "retries": 0}
        assert connect(f"https://{NAME}", ca_path=str(bundle), **options).get(routes.INFO)["version"]
        told_apart = transport.urllib3.__version__ >= "2"  # 1.26 says of either that it can't be verified
        with pytest.raises(errors.ProxyFailed if told_apart else errors.TlsFailed):
            connect(f"https://{NAME}", ca_path=other_ca, **options).get(routes.INFO)


# what goes wrong


@pytest.mark.parametrize("fault", ["dead", "wrong password", "no password", "unknown name"])
def test_a_proxy_that_fails_is_named_by_its_option_and_no_password_is_shown(hidden, kind, fault):
    proxy = kind({} if fault == "unknown name" else {NAME: hidden.port}, "me@msp", PASSWORD)
    if fault == "dead":
        proxy.stop()
    urls = {"wrong password": proxy.url(password="Wr0ng&pass"), "no password": proxy.url(user="")}
    url = urls.get(fault, proxy.url())
    result = executed(hidden, proxy=url)
    proxy.stop()
    said = json.dumps(result)
    assert result["error"]["kind"] == "ProxyFailed" and result["error"]["scope"] == "instance"
    assert f"Check cw_proxy ({kind.scheme}://127.0.0.1:{proxy.port}), its user and password" in result["msg"]
    assert f"that the proxy can reach {NAME}" in result["msg"] and "HTTPS_PROXY" not in result["msg"]
    secrets = (PASSWORD, quote(PASSWORD, safe=""), "Wr0ng&pass", "Wr0ng%26pass")
    assert not [secret for secret in secrets if secret in said]
    assert hidden.log == []


@pytest.mark.parametrize("by", ["an operation", "a client"])
def test_a_proxy_that_repeats_its_password_is_not_repeated(connect, hidden, by):
    with HttpProxy({}, "me", "other", refusal=f"bad login me:{PASSWORD} or {quote(PASSWORD, safe='')}") as proxy:
        url = proxy.url(password=PASSWORD)
        if by == "a client":
            with pytest.raises(errors.ProxyFailed, match="bad login") as caught:
                through(connect, hidden, url).get(routes.INFO)
            said = str(caught.value)
        else:
            said = json.dumps(executed(hidden, proxy=url))
    assert "bad login" in said
    assert PASSWORD not in said and quote(PASSWORD, safe="") not in said


def test_a_session_that_is_there_already_masks_the_password_too(connect, hidden):
    def broken(params, context):
        raise RuntimeError(f"oh no: {params['proxy']}, and {PASSWORD}")

    url = f"http://me:{quote(PASSWORD, safe='')}@127.0.0.1:3128"
    params = {**hidden.connection, "proxy": url, "timeout": 5, "retries": 0, "api_version": "1",
              "probe_undocumented": True, "own_member": None}  # fmt: skip
    shared = through(connect, hidden, url)
    said = json.dumps(run.execute(broken, params, False, False, make_client=lambda _connection, _scrubber: shared))
    assert "oh no" in said and PASSWORD not in said and quote(PASSWORD, safe="") not in said


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("http://me:S3cretWord@proxy:3128", "S3cretWord"),
        ("http://me:S3cret%2FWord@proxy:3128", "S3cret/Word"),
        ("http://me:S3cret/Word#1@proxy:3128", "S3cret/Word#1"),
        ("http://me:S3cret@Word@proxy:3128", "S3cret@Word"),
        ("http://me:S3://cret@proxy:3128", "S3://cret"),
        ("me:S3cretWord@proxy:3128", "S3cretWord"),
    ],
)
def test_the_password_is_known_of_urls_too_that_are_none(text, secret):
    assert secret in secrets_of(text)


@pytest.mark.parametrize("text", [None, "", "http://proxy:3128", "socks5h://127.0.0.1:1080", "http://me@proxy:3128"])
def test_an_address_without_a_password_holds_no_secret(text):
    assert secrets_of(text) == []


def test_a_creation_that_the_proxy_kept_back_is_not_lost(connect, hidden, kind):
    with kind({}) as proxy, pytest.raises(errors.ProxyFailed):
        through(connect, hidden, proxy.url()).send(routes.ROLE_CREATE, CHANGE, {"name": "x"})


def test_a_server_behind_the_proxy_without_tls_is_a_tls_failure(connect, raw, kind):
    server = raw(raw.answer())
    with kind({NAME: int(server.site.rpartition(":")[2])}) as proxy, pytest.raises(errors.TlsFailed):
        through(connect, f"https://{NAME}", proxy.url()).get(routes.INFO)


def test_the_environments_proxy_is_named_as_such(connect, monkeypatch):
    with HttpProxy({}) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url())
        with pytest.raises(errors.ProxyFailed, match=r"variables HTTPS_PROXY and NO_PROXY.* or set cw_proxy"):
            connect(f"https://{NAME}", retries=0).get(routes.INFO)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("socks5://127.0.0.1:1080", "cw_proxy can't begin with socks5://: use http://, https:// or socks5h://"),
        ("socks4a://127.0.0.1:1080", "cw_proxy can't begin with socks4a"),
        ("ftp://me:S3cretWord@proxy.example.com", "cw_proxy can't begin with ftp"),
        ("proxy.example.com:3128", "cw_proxy isn't a proxy's URL"),
        ("me:S3cretWord@proxy.example.com:3128", "cw_proxy isn't a proxy's URL"),
        ("http://", "cw_proxy isn't a proxy's URL"),
        ("http://proxy.example.com:port", "cw_proxy isn't a proxy's URL"),
        ("http://me:S3cretWord/1@proxy.example.com:3128", "cw_proxy isn't a proxy's URL"),
        ("http://me:S3cretWord@proxy example:3128", "cw_proxy isn't a proxy's URL"),
        ("http://me:S3cretWord\u20ac@proxy.example.com:3128", "cw_proxy isn't a proxy's URL"),
        ("http://me:S3cretWord%E2%82%AC@proxy.example.com:3128", "this kind of proxy can't take"),
        ("http://:S3cretWord@proxy.example.com:3128", "this kind of proxy can't take"),
        ("socks5h://me@127.0.0.1:1080", "this kind of proxy can't take"),
        ("socks5h://me:" + "S3cretWord" * 26 + "@127.0.0.1:1080", "this kind of proxy can't take"),
        ("https://me:S3cretWord@proxy.example.com/path", "cw_proxy has text after host and port"),
        ("http://proxy.example.com?S3cretWord", "cw_proxy has text after host and port"),
    ],
)
def test_what_is_no_proxy_is_refused_before_any_request(hidden, url, said):
    result = executed(hidden, proxy=url)
    assert result["error"] == {"kind": "InputError", "scope": "instance", "transient": False}
    (problem,) = result["problems"]
    assert said in problem and "S3cretWord" not in json.dumps(result)
    assert result["requests"] == {"read": 0, "written": 0, "retried": 0} and hidden.log == []


@pytest.mark.parametrize("blank", ["", "  ", None])
def test_a_blank_proxy_is_none(published_connection, blank):
    assert connection_from_params({**published_connection, "proxy": blank}).proxy is None


@pytest.fixture
def published_connection(make_instance):
    return {**make_instance().connection, "timeout": 5, "retries": 0, "api_version": "2025.1",
            "validate_certs": True, "probe_undocumented": True}  # fmt: skip


def test_socks_without_its_library_is_refused_with_the_command_that_installs_it(hidden, monkeypatch):
    monkeypatch.setitem(sys.modules, "socks", None)
    result = executed(hidden, proxy="socks5h://me:S3cretWord@127.0.0.1:1080")
    assert f"(run: {sys.executable} -m pip install PySocks)" in result["msg"]
    assert "S3cretWord" not in json.dumps(result) and hidden.log == []


def test_keys_do_not_go_through_a_proxy_in_the_clear(published_connection):
    for url in ("http://proxy.example.com:3128", "http://10.0.0.1:3128"):
        with pytest.raises(errors.InputError, match="plain http through cw_proxy would expose the keys"):
            connection_from_params({**published_connection, "proxy": url})
    here = connection_from_params({**published_connection, "proxy": "http://127.0.0.1:3128"})
    assert here.proxy.shown == "http://127.0.0.1:3128"


def test_a_connection_shows_no_password_of_its_proxy(published_connection):
    connection = connection_from_params({**published_connection, "proxy": "http://me:S3cretWord@127.0.0.1:3128"})
    assert "S3cretWord" not in repr(connection) and "S3cretWord" in connection.proxy.url


def test_the_proxy_comes_from_the_environment_where_no_option_says_it(hidden, kind, monkeypatch):
    with kind({NAME: hidden.port}) as proxy:
        monkeypatch.setenv("CW_PROXY", proxy.url())
        assert executed(hidden)["instance"]["version"] and proxy.asked == [NAME]


def test_the_name_of_the_instance_is_never_asked_of_this_machine(connect, hidden, kind, monkeypatch):
    real = socket.getaddrinfo

    def resolve(host, *args, **kwargs):
        assert host != NAME, "that name is the proxy's to resolve"
        return real(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with kind({NAME: hidden.port}) as proxy:
        assert through(connect, hidden, proxy.url()).get(routes.INFO)["version"]
