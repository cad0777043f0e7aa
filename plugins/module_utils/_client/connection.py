# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How to reach one instance: the options that every module shares. PRIVATE to this collection."""

from __future__ import annotations

import os
import re
import ssl
import typing as t
from dataclasses import dataclass, field, replace

from .errors import INSTANCE, InputError
from .login import login_problems, read_private_key
from .proxy import Proxy, ProxyOptionError, parse_proxy
from .site import Site, SiteError, parse_site

DEFAULT_API_VERSION = "2025.1"
DEFAULT_SETTLE_TIMEOUT = 10.0  # seconds
LONGEST_TIMEOUT = 86400  # seconds; sockets refuse much longer ones
_LOGIN = ("site", "company", "public_key", "private_key", "client_id")


@dataclass(frozen=True)
class Connection:
    """One instance and the key pair to use. ``timeout`` is in seconds, for each request.

    ``settle_timeout`` is how long the instance may take to show a write, in seconds.
    """

    site: Site
    company: str
    public_key: str
    private_key: str = field(repr=False)
    client_id: str
    api_version: str = DEFAULT_API_VERSION
    validate_certs: bool = True
    ca_path: str | None = None
    timeout: float = 30.0
    retries: int = 4
    probe_undocumented: bool = True
    proxy: Proxy | None = None
    settle_timeout: float = DEFAULT_SETTLE_TIMEOUT

    @property
    def instance(self) -> str:
        """The instance as messages name it."""
        return f"{self.company} at {self.site.host}"

    def with_pair(self, public_key: str, private_key: str) -> Connection:
        """The same connection with another key pair."""
        return replace(self, public_key=public_key, private_key=private_key)


def connection_from_params(params: t.Mapping[str, t.Any]) -> Connection:
    """Connection for validated module parameters.

    The private key comes from the first of private_key, private_key_file, CW_PRIVATE_KEY and CW_PRIVATE_KEY_FILE that
    is set: options take precedence over the environment, and a key over a file. A placeholder of the example
    inventory is an error, so it is never sent. Raises InputError with all problems, which never repeat a value that
    might be a key.
    """
    problems: list[str] = []
    site = None
    private_key = _private_key(params, problems)
    login = {name: str({**params, "private_key": private_key}.get(name) or "") for name in _LOGIN}
    problems += login_problems(login)
    if not login_problems({"site": login["site"]}):
        try:
            site = parse_site(params["site"])
        except SiteError as exc:
            problems.append(str(exc))
    proxy = _proxy(params, site, problems)
    for name in ("company", "public_key", "client_id"):
        if not str(params.get(name) or "").strip():
            problems.append(f"{name} is empty")
    for name, text in login.items():
        if not _is_text(text):
            problems.append(f"cw_{name} contains characters that aren't text (lone surrogates)")
    version = str(params.get("api_version") or "").strip()
    if not (version.isascii() and version.isprintable()):
        problems.append("api_version contains characters that an HTTP header can't carry")
    if not 0 < params["timeout"] <= LONGEST_TIMEOUT:  # in this form, it refuses NaN too
        problems.append(f"timeout must be more than 0 and at most {LONGEST_TIMEOUT} seconds")
    settle_timeout = params.get("settle_timeout", DEFAULT_SETTLE_TIMEOUT)
    if not 0 <= settle_timeout <= LONGEST_TIMEOUT:
        problems.append(f"settle_timeout must be between 0 and {LONGEST_TIMEOUT} seconds")
    if params["retries"] < 0:
        problems.append("retries must be 0 or more")
    ca_path = params.get("ca_path")
    wrong = _ca_problem(ca_path) if ca_path else ""
    problems += [f"ca_path {ca_path} {wrong}"] if wrong else []
    if problems or site is None:
        raise InputError(problems, scope=INSTANCE)
    return Connection(
        site=site,
        company=params["company"].strip(),
        public_key=params["public_key"].strip(),
        private_key=private_key,
        client_id=params["client_id"].strip(),
        api_version=params["api_version"],
        validate_certs=params["validate_certs"],
        ca_path=ca_path,
        timeout=params["timeout"],
        retries=params["retries"],
        probe_undocumented=params["probe_undocumented"],
        proxy=proxy,
        settle_timeout=settle_timeout,
    )


def _proxy(params: t.Mapping[str, t.Any], site: Site | None, problems: list[str]) -> Proxy | None:
    text = str(params.get("proxy") or "").strip()
    if not text:
        return None
    try:
        proxy = parse_proxy(text)
    except ProxyOptionError as exc:
        problems.append(str(exc))
        return None
    if site and site.root.startswith("http://") and not proxy.is_here:
        problems.append(f"site {site.root}: plain http through cw_proxy would expose the keys")
    return proxy


def _ca_problem(path: str) -> str:
    """Why a file, or a folder in OpenSSL's layout, can't be used as trusted certificates; empty if it can."""
    if os.path.isdir(path):
        is_hashed = any(re.fullmatch(r"[0-9a-f]{8}\.\d+", name) for name in os.listdir(path))
        fix = f"run openssl rehash {path}, or give a file"
        return "" if is_hashed else f"is a folder without hashed certificates: {fix}"
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=path)
    except ssl.SSLError:
        return "contains no readable certificate: it must be PEM (-----BEGIN CERTIFICATE-----)"
    except ValueError:
        return "isn't a path"
    except OSError as exc:
        return "doesn't exist" if isinstance(exc, FileNotFoundError) else f"can't be read: {exc.strerror or exc}"
    return ""


def _is_text(value: str) -> bool:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _private_key(params: t.Mapping[str, t.Any], problems: list[str]) -> str:
    for key, path in (
        (params.get("private_key"), params.get("private_key_file")),
        (os.environ.get("CW_PRIVATE_KEY"), os.environ.get("CW_PRIVATE_KEY_FILE")),
    ):
        if key and str(key).strip():
            return str(key).strip()
        if path:
            found, problem = read_private_key(str(path))
            problems += [problem] if problem else []
            return found
    problems.append("no private key: set private_key or private_key_file (or CW_PRIVATE_KEY, CW_PRIVATE_KEY_FILE)")
    return ""
