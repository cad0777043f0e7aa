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
    """The proxy can't be used; the text says why, and repeats nothing that may be a password."""


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
    """What must not be shown of a proxy's URL, even of one that can't be used: the password, as written and decoded."""
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
            f"cw_proxy isn't the URL of a proxy, {_SUCH_AS} (percent-encode special characters of user and password)"
        )
    if parts.scheme not in SCHEMES:
        raise ProxyOptionError(f"cw_proxy can't be of the kind {parts.scheme}: give http://, https:// or socks5h://")
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ProxyOptionError(f"cw_proxy has something behind host and port: give the URL alone, {_SUCH_AS}")
    if not _fits(parts.username, parts.password, parts.scheme):
        raise ProxyOptionError("cw_proxy has a user or a password that can't be sent to a proxy of this kind")
    if parts.scheme == "socks5h" and not has_socks():
        raise ProxyOptionError(
            "cw_proxy is a SOCKS proxy, and the Python that runs Ansible lacks the library PySocks for it"
            f" (run: {sys.executable} -m pip install PySocks)"
        )
    netloc = f"[{host}]" if ":" in host else host
    netloc = f"{netloc}:{port}" if port is not None else netloc
    login = f"{parts.username}:{parts.password or ''}@" if parts.username else ""
    return Proxy(f"{parts.scheme}://{login}{netloc}", f"{parts.scheme}://{netloc}", is_loopback(host))


def _fits(user: str | None, password: str | None, scheme: str) -> bool:
    """Whether the login can be sent: HTTP has 256 characters for it, SOCKS 255 bytes for each half and none empty."""
    halves = [unquote(half) for half in (user, password) if half is not None]
    if scheme == "socks5h":
        return all(half and len(half.encode("utf-8", "replace")) <= 255 for half in halves) and len(halves) != 1
    return not (password and not user) and all(ord(letter) < 256 for half in halves for letter in half)
