# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns the site as a user writes it into the address of its REST API. PRIVATE to this collection."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

# Cloud regions answer REST on a host of their own, "api-" before the host of the web pages
# (verified in shipped clients for na, eu, au, aus, za and staging).
_CLOUD_UI = re.compile(r"^(?:(?:na|eu|au|aus|za)\.myconnectwise\.net|staging\.connectwisedev\.com)$")
_LABEL = re.compile(r"^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$")
_CODEBASE_PATH = re.compile(r"^/?(?:v\d+_\d+(?:_release)?)?(?:/apis(?:/3\.0)?)?/?$", re.IGNORECASE)
_DEFAULT_PORTS = {"https": 443, "http": 80}


class SiteError(ValueError):
    """The site is invalid; the text says why and what to write instead."""


@dataclass(frozen=True)
class Site:
    """Where an instance answers: ``root`` is scheme://host[:port] of its REST API."""

    root: str

    @property
    def host(self) -> str:
        return urlsplit(self.root).netloc

    @property
    def web_host(self) -> str:
        """Where people log in, unless the inventory names another host (cw_web_site)."""
        return self.host.removeprefix("api-")

    @property
    def kept_as(self) -> str:
        """The site as a credentials file names it: its host, or the whole address if that isn't https."""
        return self.host if self.root.startswith("https://") else self.root

    def company_info_url(self, company: str) -> str:
        return f"{self.root}/login/companyinfo/{company}"


def parse_site(site: str) -> Site:
    """Read ``na.myconnectwise.net``, its ``api-`` form, an on-premises host, or a full URL with port.

    Raises SiteError for anything else, and for plain http to a host that isn't this machine.
    """
    text = (site or "").strip()
    if "@" in text:  # before any message quotes the text: it may hold a password
        raise SiteError("site must not contain a user name or password; use public_key and private_key")
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host, port = _ascii((parts.hostname or "").lower().rstrip(".")), parts.port
    except ValueError:
        host, port = "", None
    if not is_host(host):
        raise SiteError(f"site {text!r} is not a host name or URL, such as na.myconnectwise.net")
    if parts.scheme not in ("https", "http"):
        raise SiteError(f"site {text!r} must be https, not {parts.scheme}")
    if parts.scheme == "http" and not is_loopback(host):
        raise SiteError(f"site {text!r}: plain http would expose the keys; use https://{host}")
    if not _CODEBASE_PATH.match(parts.path) or parts.query or parts.fragment:
        raise SiteError(f"site {text!r}: give only the host; the path is found automatically")
    if _CLOUD_UI.match(host):
        host = f"api-{host}"
    netloc = f"[{host}]" if ":" in host else host
    if port == _DEFAULT_PORTS[parts.scheme]:
        port = None
    return Site(f"{parts.scheme}://{netloc}{f':{port}' if port else ''}")


def _ascii(host: str) -> str:
    """The name in DNS's ASCII form (xn--... for a label with an umlaut). Raises ValueError for an invalid label."""
    return host if host.isascii() else host.encode("idna").decode("ascii")


def parse_web_host(text: str) -> str:
    """The host where people log in, from a host or the address of a page. Raises SiteError."""
    try:
        parts = urlsplit(text.strip() if "://" in text else f"https://{text.strip()}")
        host, port = (parts.hostname or "").lower().rstrip("."), parts.port
    except ValueError:
        host, port = "", None
    if not is_host(host) or "@" in text:
        raise SiteError("cw_web_site is not a host name or URL, such as na.myconnectwise.net")
    netloc = f"[{host}]" if ":" in host else host
    return netloc if port in (None, _DEFAULT_PORTS.get(parts.scheme)) else f"{netloc}:{port}"


def is_host(host: str) -> bool:
    if ":" in host:
        return is_address(host)
    labels = host.rstrip(".").split(".")
    return len(host) <= 253 and all(_LABEL.match(label) for label in labels)


def is_address(host: str) -> bool:
    try:
        return bool(ipaddress.ip_address(host))
    except ValueError:
        return False


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    return is_address(host) and ipaddress.ip_address(host).is_loopback
