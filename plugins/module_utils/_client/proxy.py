# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proxy of one instance, from its URL. PRIVATE to this collection."""

from __future__ import annotations

import sys
import typing as t
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from .site import is_host, is_loopback
from .third_party import has_socks

SCHEMES = ("http", "https", "socks5h")
_SUCH_AS = "such as http://proxy.example.com:3128 or socks5h://127.0.0.1:1080"


class ProxyOptionError(ValueError):
    """The proxy is invalid; the text says why, without anything that may be a password."""


@dataclass(frozen=True)
class Proxy:
    """``url`` may hold a password; ``shown`` is the same without user and password."""

    url: str = field(repr=False)
    shown: str
    is_here: bool  # on this machine

    @property
    def secrets(self) -> list[str]:
        return secrets_of(self.url)


def secrets_of(text: t.Any) -> list[str]:
    """The secrets in a proxy's URL, valid or not: the password, as written and decoded."""
    login = str(text or "").rpartition("@")[0]
    login = login.partition("://")[2] if "://" in login else login
    password = login.partition(":")[2]
    return [login, unquote(login), password, unquote(password)] if password else []


def parse_proxy(text: str) -> Proxy:
    """Read ``scheme://[user:password@]host[:port]``. Raises ProxyOptionError for anything else."""
    text = text.strip()
    try:
        parts = urlsplit(text)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        parts, host, port = urlsplit(""), "", None
    if "://" not in text or not is_host(host) or not text.isascii() or not text.isprintable() or " " in text:
        raise ProxyOptionError(
            f"cw_proxy isn't a proxy's URL, {_SUCH_AS} (percent-encode special characters in user and password)"
        )
    if parts.scheme not in SCHEMES:
        raise ProxyOptionError(f"cw_proxy can't begin with {parts.scheme}://: use http://, https:// or socks5h://")
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ProxyOptionError(f"cw_proxy has text after host and port: remove it, {_SUCH_AS}")
    if not _fits(parts.username, parts.password, parts.scheme):
        raise ProxyOptionError("cw_proxy has a user or password that this kind of proxy can't take")
    if parts.scheme == "socks5h" and not has_socks():
        raise ProxyOptionError(
            "cw_proxy is a SOCKS proxy, which needs the library PySocks in the Python that runs Ansible"
            f" (run: {sys.executable} -m pip install PySocks)"
        )
    netloc = f"[{host}]" if ":" in host else host
    netloc = f"{netloc}:{port}" if port is not None else netloc
    login = f"{parts.username}:{parts.password or ''}@" if parts.username else ""
    return Proxy(f"{parts.scheme}://{login}{netloc}", f"{parts.scheme}://{netloc}", is_loopback(host))


def _fits(user: str | None, password: str | None, scheme: str) -> bool:
    """Whether the login can be sent: HTTP takes Latin-1, SOCKS 1 to 255 bytes for each half."""
    halves = [unquote(half) for half in (user, password) if half is not None]
    if scheme == "socks5h":
        return all(half and len(half.encode("utf-8", "replace")) <= 255 for half in halves) and len(halves) != 1
    return not (password and not user) and all(ord(letter) < 256 for half in halves for letter in half)
