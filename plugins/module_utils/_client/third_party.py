# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The only import of requests, which may not be installed. PRIVATE to this collection."""

from __future__ import annotations

import traceback
import typing as t

try:
    import requests
    import urllib3.exceptions
    from requests.adapters import HTTPAdapter
    from requests.auth import HTTPBasicAuth
    from urllib3.util.retry import Retry

    REQUESTS_IMPORT_ERROR: t.Optional[str] = None
except ImportError:
    requests = urllib3 = HTTPBasicAuth = None  # type: ignore[assignment,misc]
    HTTPAdapter = Retry = object  # type: ignore[assignment,misc]
    REQUESTS_IMPORT_ERROR = traceback.format_exc()


def has_socks() -> bool:
    """Whether PySocks is installed, which requests needs for a SOCKS proxy."""
    try:
        import socks
    except ImportError:
        return False
    return bool(socks)


__all__ = ["REQUESTS_IMPORT_ERROR", "HTTPAdapter", "HTTPBasicAuth", "Retry", "has_socks", "requests", "urllib3"]
