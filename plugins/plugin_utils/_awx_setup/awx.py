# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests to AWX. PRIVATE to this collection."""

from __future__ import annotations

import json
import re
import time
import typing as t

from ...module_utils._keys.ports import StoreError
from .._awx_store import Controller

_LONGEST_WAIT = 600
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0
_DONE = "successful"

Object = t.Dict[str, t.Any]


class AwxError(Exception):
    """AWX refused a request. ``forbidden``: because of who asked. The text has AWX's own words."""

    def __init__(self, message: str, forbidden: bool = False) -> None:
        super().__init__(message)
        self.forbidden = forbidden


class Unusable(Exception):
    """AWX can't be asked at all: no awx.awx, no answer, no login."""


class Awx(Controller):
    """One AWX, by the client of awx.awx."""

    needed_for = "Setting up AWX"

    @property
    def address(self) -> str:
        return str(self._client.host).rstrip("/")

    def ask(self, method: str, endpoint: str, data: t.Mapping[str, t.Any] | None = None) -> t.Any:
        """The answer's body; ``data`` is the query of a GET. Raises AwxError, and Unusable."""
        try:
            given = {"data": dict(data)} if data is not None else {}
            answer = self._client.make_request(method, endpoint, **given)
        except StoreError as exc:
            # awx.awx fails with its own words for each of these
            status = re.search(r"\(HTTP (\d+)\)", str(exc))
            if status and status[1] == "403":
                raise AwxError(_without_prefix(exc), forbidden=True) from None
            if "could not be found" in str(exc) or "Cannot make a request with" in str(exc):
                raise AwxError(_without_prefix(exc)) from None
            raise Unusable(_without_prefix(exc)) from None
        if answer["status_code"] >= 400:
            body = answer.get("json")
            raise AwxError(_words(body) if body is not None else f"HTTP {answer['status_code']}")
        return answer.get("json")

    def all(self, endpoint: str, **query: t.Any) -> list[Object]:
        """Every object of a list. Raises AwxError and Unusable."""
        answer = self.ask("GET", endpoint, {**query, "page_size": 200})
        found = list(answer["results"])
        while answer["next"]:
            answer = self.ask("GET", answer["next"])
            found += answer["results"]
        return found

    def wait(self, url: str) -> Object:
        """The project or inventory update at ``url``, once it has ended. Raises AwxError if it didn't succeed."""
        pause, until = _FIRST_PAUSE, time.monotonic() + _LONGEST_WAIT
        while True:
            found: Object = self.ask("GET", url)
            if found.get("finished"):
                break
            if time.monotonic() > until:
                raise AwxError(f"{self.page_of(found)} is still {found['status']} after {_LONGEST_WAIT} seconds")
            time.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
        if found["status"] != _DONE:
            raise AwxError(f"it ended as {found['status']}: open {self.page_of(found)}")
        return found

    def page_of(self, update: Object) -> str:
        """Where a person sees the output of an update."""
        kind = "project" if update.get("type") == "project_update" else "inventory"
        return f"{self.address}/#/jobs/{kind}/{update['id']}/output"


def _without_prefix(exc: Exception) -> str:
    return str(exc).removeprefix("AWX can't be used: ").rstrip(".")


def _words(body: t.Any) -> str:
    """What AWX says in an answer with an error status."""
    if isinstance(body, dict):
        said = []
        for name, value in body.items():
            text = _words(value)
            said.append(text if name in ("detail", "__all__", "error", "Error", "msg") else f"{name}: {text}")
        return "; ".join(said)
    if isinstance(body, list):
        return " ".join(_words(each) for each in body)
    return (body if isinstance(body, str) else json.dumps(body)).rstrip(".")
