# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From options and environment to a connection, and from a site to its address."""

from __future__ import annotations

import os
import re

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._client.connection import (
    Connection,
    connection_from_params,
)
from ansible_collections.msp.connectwise.plugins.module_utils._client.errors import InputError
from ansible_collections.msp.connectwise.plugins.module_utils._client.login import may_be_a_key
from ansible_collections.msp.connectwise.plugins.module_utils._client.site import SiteError, parse_site, parse_web_host
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("site", "root"),
    [
        ("na.myconnectwise.net", "https://api-na.myconnectwise.net"),
        ("NA.MyConnectWise.net", "https://api-na.myconnectwise.net"),
        ("https://eu.myconnectwise.net/", "https://api-eu.myconnectwise.net"),
        ("api-au.myconnectwise.net", "https://api-au.myconnectwise.net"),
        ("aus.myconnectwise.net", "https://api-aus.myconnectwise.net"),
        ("za.myconnectwise.net", "https://api-za.myconnectwise.net"),
        ("staging.connectwisedev.com", "https://api-staging.connectwisedev.com"),
        ("sandbox-na.myconnectwise.net", "https://sandbox-na.myconnectwise.net"),
        ("psa.example.com", "https://psa.example.com"),
        (" psa.example.com ", "https://psa.example.com"),
        ("psa.example.com:8443", "https://psa.example.com:8443"),
        ("https://psa.example.com/v4_6_release/apis/3.0", "https://psa.example.com"),
        ("https://psa.example.com/v2025_1/", "https://psa.example.com"),
        ("HTTPS://psa.example.com/V4_6_Release", "https://psa.example.com"),
        ("https://[::1]:8443", "https://[::1]:8443"),
        ("http://127.0.0.1:8808", "http://127.0.0.1:8808"),
        ("http://127.9.9.9", "http://127.9.9.9"),
        ("http://[::1]", "http://[::1]"),
        ("http://localhost:80", "http://localhost"),
        ("https://cw.example.com:443/", "https://cw.example.com"),
        ("na.myconnectwise.net.", "https://api-na.myconnectwise.net"),
        ("https://API-na.myconnectwise.net:443/", "https://api-na.myconnectwise.net"),
        ("psa.m\u00fcller.example", "https://psa.xn--mller-kva.example"),
        ("https://PSA.M\u00dcLLER.example:443", "https://psa.xn--mller-kva.example"),
        ("\u30c6\u30b9\u30c8.example", "https://xn--zckzah.example"),
    ],
)
def test_what_a_site_means(site, root):
    parsed = parse_site(site)
    assert parsed.root == root
    assert parse_site(parsed.root) == parsed


@pytest.mark.parametrize(
    ("site", "why"),
    [
        ("", "not a host name"),
        (None, "not a host name"),
        ("https://", "not a host name"),
        ("na my.example.com", "not a host name"),
        ("a\\b.example.com", "not a host name"),
        ("ftp://psa.example.com", "must be https"),
        ("http://psa.example.com", "plain http"),
        ("http://10.0.0.1", "plain http"),
        ("http://localhost.example.com", "plain http"),
        ("http://127.0.0.1.example.com", "plain http"),
        ("https://psa.example.com:port", "not a host name"),
        ("https://psa.example.com:70000", "not a host name"),
        ("https://psa.example.com/other", "only the host"),
        ("https://psa.example.com/?a=b", "only the host"),
        ("https://psa.example.com/#x", "only the host"),
        ("https://user:secret@psa.example.com", "user name or password"),
    ],
)
def test_what_no_site_is(site, why):
    with pytest.raises(SiteError, match=why) as caught:
        parse_site(site)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "site",
    [
        "https://[",
        "https://[foo]/",
        "exa\u2100mple.com",
        "https://a]b",
        "na..myconnectwise.net",
        f"{'a' * 64}.example.com",
    ],
)
def test_an_address_that_python_itself_rejects_is_no_site(site):
    with pytest.raises(SiteError):
        parse_site(site)


@pytest.mark.parametrize(
    ("given", "host"),
    [
        ("na.myconnectwise.net", "na.myconnectwise.net"),
        (" https://PSA.acme.example/v2025_1/login.aspx?x=1 ", "psa.acme.example"),
        ("psa.acme.example:8443", "psa.acme.example:8443"),
        ("https://[::1]:443/", "[::1]"),
    ],
)
def test_where_a_person_logs_in_is_a_host(given, host):
    assert parse_web_host(given) == host


@pytest.mark.parametrize("given", ["", "not a host", "https://user:secret@psa.example", "psa.example:port"])
def test_what_is_no_host_to_log_in_at(given):
    with pytest.raises(SiteError, match="cw_web_site is not a host name or URL") as refused:
        parse_web_host(given)
    assert "secret" not in str(refused.value)


def test_the_host_to_log_in_at_is_that_of_the_api_without_its_beginning():
    assert parse_site("na.myconnectwise.net").web_host == "na.myconnectwise.net"
    assert parse_site("psa.acme.example").web_host == "psa.acme.example"


def test_a_password_in_the_site_is_never_repeated():
    with pytest.raises(SiteError) as caught:
        parse_site("https://user:secret@psa.example.com:port")
    assert "secret" not in str(caught.value)


@given(st.text(alphabet=st.sampled_from("ahtps:/.[]@?#\\ %1\u2100_-~"), max_size=20))
def test_any_text_is_a_site_or_refused(text):
    try:
        root = parse_site(text).root
    except SiteError:
        return
    assert root.startswith(("https://", "http://"))


GUID = "90a1b2c3-d4e5-4f60-8718-293a4b5c6d7e"
PARAMS = {
    "site": "na.myconnectwise.net",
    "company": " acme ",
    "public_key": "public",
    "private_key": None,
    "private_key_file": None,
    "client_id": GUID,
    "api_version": "2025.1",
    "validate_certs": True,
    "ca_path": None,
    "timeout": 30.0,
    "retries": 4,
    "probe_undocumented": True,
}


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch):
    monkeypatch.delenv("CW_PRIVATE_KEY", raising=False)
    monkeypatch.delenv("CW_PRIVATE_KEY_FILE", raising=False)


def connect(**changed) -> Connection:
    return connection_from_params({**PARAMS, **changed})


def test_the_private_key_comes_from_the_first_place_that_has_one(monkeypatch, tmp_path):
    own, other = tmp_path / "own", tmp_path / "other"
    own.write_text("from-file\n")
    other.write_text("from-environment-file")
    monkeypatch.setenv("CW_PRIVATE_KEY_FILE", str(other))
    assert connect().private_key == "from-environment-file"
    monkeypatch.setenv("CW_PRIVATE_KEY", " from-environment ")
    assert connect().private_key == "from-environment"
    assert connect(private_key_file=str(own)).private_key == "from-file"
    assert connect(private_key_file=str(own), private_key="option").private_key == "option"


def test_a_home_folder_in_the_path_of_the_key_is_found(monkeypatch, tmp_path):
    (tmp_path / "key").write_text("from-home")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert connect(private_key_file="~/key").private_key == "from-home"


def test_all_faults_of_the_options_are_listed_together(tmp_path):
    with pytest.raises(InputError) as caught:
        connect(site="ftp://x", company=" ", client_id=None, ca_path=str(tmp_path / "none"))
    text = str(caught.value)
    assert len(caught.value.problems) == 5
    for part in ("must be https", "company is empty", "client_id is empty", "doesn't exist", "no private key"):
        assert part in text


@pytest.mark.parametrize(
    ("option", "word"),
    [
        ("site", "SITE"),
        ("site", "EMEA_SITE"),
        ("company", "COMPANY"),
        ("public_key", "PUBLIC_KEY"),
        ("public_key", "ACME_PUBLIC_KEY"),
        ("client_id", "CLIENT_ID"),
        ("client_id", " <CLIENT_ID> "),
        ("client_id", "..."),
    ],
)
def test_a_word_of_the_example_inventory_is_refused_by_its_variable(option, word):
    with pytest.raises(InputError, match=f"cw_{option} is still {re.escape(word.strip())} ") as caught:
        connect(private_key="key", **{option: word})
    assert len(caught.value.problems) == 1


@pytest.mark.parametrize("word", ["PRIVATE_KEY", "ACME_PRIVATE_KEY", "..."])
def test_the_example_s_private_key_is_refused_wherever_it_was_given(monkeypatch, tmp_path, word):
    (tmp_path / "key").write_text(word)
    given = [{"private_key": word}, {"private_key_file": str(tmp_path / "key")}, {}]
    monkeypatch.setenv("CW_PRIVATE_KEY", word)
    for options in given:
        with pytest.raises(InputError, match="cw_private_key is still the example's"):
            connect(**options)


@pytest.mark.parametrize("value", ["site", "company", "Company", "public_key1", "my-site.example.com"])
def test_a_real_value_that_looks_like_such_a_word_is_taken(value):
    assert connect(private_key=value, company=value, public_key=value).company == value


def test_all_words_of_the_example_are_told_together():
    words = {name: name.upper() for name in ("site", "company", "public_key", "private_key", "client_id")}
    with pytest.raises(InputError) as caught:
        connect(**words)
    assert len(caught.value.problems) == 5


@pytest.mark.parametrize("value", [GUID, GUID.upper(), f" {GUID}\n"])
def test_a_client_id_is_a_guid_in_any_case(value):
    assert connect(private_key="key", client_id=value).client_id == value.strip()


@pytest.mark.parametrize(
    "value",
    [
        "aB3dE5fG7hI9jK1l",
        "acme+aB3dE5fG7hI9jK1l:bC4eF6gH8iJ0kL2m",
        "client_id_of_ours",
        GUID[:-1],
        GUID + "0",
        GUID.replace("-", ""),
        GUID.replace("0", "g"),
        GUID.replace("1", "\u0661"),
    ],
)
def test_what_is_no_guid_is_refused_and_never_repeated(value):
    with pytest.raises(InputError, match="cw_client_id isn't a GUID") as caught:
        connect(private_key="key", client_id=value)
    assert value not in str(caught.value)
    assert may_be_a_key(value)


@pytest.mark.parametrize(
    ("content", "why"), [(None, "can't be read"), (b"\xff\xfe", "it isn't text"), (b" \n", "is empty")]
)
def test_a_file_without_a_key_is_a_fault(tmp_path, content, why):
    path = tmp_path / "key"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=why):
        connect(private_key_file=str(path))


ODD = {
    "\u200b": "a zero width space",
    "\u200d": "a zero width joiner",
    "\u2060": "a word joiner",
    "\u00ad": "a soft hyphen",
    "\u00a0": "a no-break space",
    "\u202f": "a no-break space",
    "\u200f": "a direction mark",
    "\u202e": "a direction mark",
    "\u2068": "a direction mark",
    "\ufeff": "a byte order mark",
    "\n": "a line break",
    "\r\n": "a line break",
    "\u2028": "a line break",
    "\t": "a tab",
    "\u0007": "a control character",
    "\u201c": "a typographic quotation mark",
    "\u00bb": "a typographic quotation mark",
    "\uff21": "a full-width character",
    "\u2013": "a typographic dash",
    "\u3000": "a space",
}


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: odd.encode("unicode-escape").decode())
@pytest.mark.parametrize("option", ["site", "company", "public_key", "private_key", "client_id"])
def test_characters_that_no_login_has_are_named_with_their_option(option, odd):
    for value in (f"Ab3{odd}dE5", *([] if odd.isspace() else [f"x{odd}"])):  # spaces around a text are taken off
        with pytest.raises(InputError) as caught:
            connect(**{"private_key": "key", option: value})
        told = f"cw_{option} contains {ODD[odd]}. Copy it again through a plain-text editor"
        assert caught.value.problems == [told]
        assert "Ab3" not in str(caught.value)


@pytest.mark.parametrize("odd", ["e\u0301", "\u00fc", "\u0430", "\u6771", "a b"])
def test_a_key_is_ascii_without_spaces_and_a_company_need_not_be(odd):
    assert connect(private_key="key", company=f"acme{odd}").company == f"acme{odd}"
    for option in ("public_key", "private_key"):
        with pytest.raises(InputError, match=f"cw_{option} contains a (space|character that isn't ASCII)"):
            connect(**{"private_key": "key", option: f"Ab3{odd}"})


@pytest.mark.parametrize("quotes", ["''", '""', "``"])
@pytest.mark.parametrize("option", ["site", "company", "public_key", "private_key", "client_id"])
def test_quotes_of_a_shell_are_told(option, quotes):
    with pytest.raises(InputError, match=f"cw_{option} has quotation marks around it. Remove them"):
        connect(**{"private_key": "key", option: f"{quotes[0]}Ab3{quotes[1]}"})


@pytest.mark.parametrize("key", ["\"+/=&%\"'", "a'b\"c`d", "-_.~!@#$^*(){}[]|\\:;<>,?", "{{ x }}"[:2] + "x"])
def test_any_other_punctuation_may_be_in_a_key(key):
    assert connect(private_key=key, public_key=key).private_key == key


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"Ab3\xe2\x80\x8b\n", "cw_private_key contains a zero width space"),
        (b"Ab3\n\nAutomation, acme\n", "cw_private_key contains a line break and a space"),
        (b"'Ab3'\n", "cw_private_key has quotation marks around it"),
        (b"A\x00b\x003\x00", "cw_private_key contains a control character"),
    ],
)
def test_a_file_with_more_than_a_key_is_a_fault(tmp_path, content, problem):
    path = tmp_path / "key"
    path.write_bytes(content)
    with pytest.raises(InputError, match=problem):
        connect(private_key_file=str(path))


def test_a_byte_order_mark_is_no_part_of_a_file_s_key(tmp_path):
    path = tmp_path / "key"
    path.write_bytes(b"\xef\xbb\xbfAb3\r\n")
    assert connect(private_key_file=str(path)).private_key == "Ab3"


def test_a_pipe_is_no_file_of_a_key_and_nobody_waits_for_it(tmp_path):
    os.mkfifo(tmp_path / "key")
    with pytest.raises(InputError, match=r"private_key_file .*/key isn't an ordinary file"):
        connect(private_key_file=str(tmp_path / "key"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"timeout": 0.0},
        {"timeout": -1.0},
        {"retries": -1},
        {"private_key": "   "},
    ],
)
def test_values_that_no_request_can_be_made_with_are_faults(wrong):
    with pytest.raises(InputError):
        connect(**{"private_key": "key", **wrong})


CERTIFICATES = {
    "a text": (b"hello", "contains no readable certificate"),
    "nothing": (b"", "contains no readable certificate"),
    "a private key": (b"-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n", "contains no readable"),
    "encrypted by ansible-vault": (b"$ANSIBLE_VAULT;1.1;AES256\n6162\n", "contains no readable certificate"),
    "DER": (bytes(range(48, 200)), "contains no readable certificate"),
}


@pytest.mark.parametrize(("content", "why"), CERTIFICATES.values(), ids=CERTIFICATES)
def test_a_file_that_is_no_certificate_is_a_fault_of_that_file(tmp_path, content, why):
    path = tmp_path / "ca.pem"
    path.write_bytes(content)
    with pytest.raises(InputError, match=f"ca_path {re.escape(str(path))} {why}"):
        connect(private_key="key", ca_path=str(path))


def test_a_folder_of_certificates_has_their_hashes(tmp_path):
    (tmp_path / "ca.pem").write_text("whatever", encoding="utf-8")
    with pytest.raises(InputError, match="openssl rehash"):
        connect(private_key="key", ca_path=str(tmp_path))
    (tmp_path / "9d66eef0.0").write_text("whatever", encoding="utf-8")
    assert connect(private_key="key", ca_path=str(tmp_path)).ca_path == str(tmp_path)


def test_a_connection_does_not_show_its_private_key():
    connection = connect(private_key="hush-hush").with_pair("other", "hush-too")
    assert (connection.public_key, connection.company) == ("other", "acme")
    assert connection.instance == "acme at api-na.myconnectwise.net"
    assert "hush" not in repr(connection)
