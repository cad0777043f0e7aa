# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks requests and answers against ``simulator/openapi.yml``, without simulator or collection.

The description is OpenAPI 3.1, whose schemas are JSON Schema as it is, so jsonschema judges them.
"""

from __future__ import annotations

import contextlib
import copy
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import parse_qsl, urlsplit

import requests
import yaml
from jsonschema import Draft202012Validator, FormatChecker

FILE = Path(__file__).resolve().parents[1] / "simulator" / "openapi.yml"
DESCRIPTION: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
_BASE = re.compile(r"^/[^/]+/apis/3\.0(?=/)", re.IGNORECASE)
_VERSION = re.compile(r"version=[\d.]+")


@dataclass
class Exchange:
    """A request and its answer."""

    method: str
    url: str
    status: int
    request_headers: dict[str, str] = field(default_factory=dict)
    request_text: str = ""
    answer_headers: dict[str, str] = field(default_factory=dict)
    answer_text: str = ""

    @property
    def path(self) -> str:
        """Below the API's address."""
        return _BASE.sub("", urlsplit(self.url).path)


def _without_read_only(value: Any) -> Any:
    """The schemas for requests, without read-only fields."""
    if isinstance(value, list):
        return [_without_read_only(item) for item in value]
    if not isinstance(value, dict):
        return value
    return False if value.get("readOnly") is True else {name: _without_read_only(item) for name, item in value.items()}


def _without_required(value: Any) -> Any:
    """The schemas for an answer to a request with ``fields``."""
    if not isinstance(value, dict):
        return value
    return {name: _without_required(item) for name, item in value.items() if name != "required"}


_ANSWERS = DESCRIPTION["components"]
_REQUESTS, _PARTS = _without_read_only(copy.deepcopy(_ANSWERS)), _without_required(copy.deepcopy(_ANSWERS))


def _resolved(value: dict[str, Any]) -> dict[str, Any]:
    """What a ``$ref`` points to."""
    found: Any = value
    while "$ref" in found:
        _hash, *names = found["$ref"].split("/")
        found = DESCRIPTION
        for name in names:
            found = found[name]
    return dict(found)


class Recorder:
    """Replaces the send method of requests' adapter: sends everything, and records it."""

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []

    @contextlib.contextmanager
    def recording(self) -> Iterator[Recorder]:
        """Record everything that this process sends."""
        real = requests.adapters.HTTPAdapter.send

        def send(adapter: Any, request: requests.PreparedRequest, **how: Any) -> requests.Response:
            response = real(adapter, request, **how)
            content = response.raw.read(decode_content=False)
            self.exchanges.append(exchange_of(response, content.decode()))
            response.raw = _Read(content)  # whoever sent it reads it once more
            return response

        with mock.patch.object(requests.adapters.HTTPAdapter, "send", send):
            yield self


class _Read(io.BytesIO):
    """A body that was read, as in urllib3's response."""

    def read(self, size: int | None = -1, decode_content: bool = False) -> bytes:
        return super().read(size)


def exchange_of(response: requests.Response, text: str) -> Exchange:
    """A response with its request and its body."""
    request = response.request
    body = request.body or ""
    return Exchange(
        str(request.method),
        str(request.url),
        response.status_code,
        dict(request.headers),
        body.decode() if isinstance(body, bytes) else body,
        dict(response.headers),
        text,
    )


def _wrong(value: Any, schema: dict[str, Any], components: dict[str, Any], where: str) -> list[str]:
    whole = {**schema, "components": components}
    validator = Draft202012Validator(whole, format_checker=FormatChecker())
    return [f"{where} {error.json_path}: {error.message[:200]}" for error in validator.iter_errors(value)]


def operation_of(method: str, path: str, exact: bool = True) -> dict[str, Any] | None:
    """The description of a request; an ``exact`` path must be spelt as in the description."""
    candidates = sorted(DESCRIPTION["paths"].items(), key=lambda item: item[0].count("{"))
    for template, operations in candidates:
        pattern = re.sub(r"\{\w+\}", r"\\d+", template.replace("{companyId}", "[^/]+"))
        if re.fullmatch(pattern if exact else f"{pattern}/?", path, 0 if exact else re.IGNORECASE):
            found: dict[str, Any] | None = operations.get(method.lower())
            return found
    return None


def request_faults(exchange: Exchange) -> list[str]:
    """The parts of a request that the description doesn't have."""
    operation = operation_of(exchange.method, exchange.path)
    if operation is None:
        return [f"{exchange.method} {exchange.path} isn't described"]
    faults = _header_faults(exchange, operation)
    known = {item["name"]: item["schema"] for item in map(_resolved, operation.get("parameters", []))}
    for name, value in parse_qsl(urlsplit(exchange.url).query, keep_blank_values=True):
        faults += _wrong(value, known.get(name, {"not": {}}), {}, f"query {name}")
    return faults + _body_faults(exchange, operation)


def _header_faults(exchange: Exchange, operation: dict[str, Any]) -> list[str]:
    headers = {name.lower(): value for name, value in exchange.request_headers.items()}
    if operation.get("security", True) == []:
        return ["a login is sent where none is needed"] if "authorization" in headers else []
    faults = []
    if not headers.get("authorization", "").startswith("Basic "):
        faults.append("no Basic login")
    if not headers.get("clientid"):
        faults.append("no clientId")
    if not _VERSION.search(headers.get("accept", "")):
        faults.append(f"Accept names no version: {headers.get('accept')}")
    return faults


def _body_faults(exchange: Exchange, operation: dict[str, Any]) -> list[str]:
    if "requestBody" not in operation:
        return ["a body where none is described"] if exchange.request_text else []
    kind = {name.lower(): value for name, value in exchange.request_headers.items()}.get("content-type", "")
    content = _resolved(operation["requestBody"])["content"].get(kind.partition(";")[0].strip())
    if content is None:
        return [f"a body of type {kind!r}"]
    body = json.loads(exchange.request_text)
    faults = _wrong(body, content["schema"], _REQUESTS, "body")
    target = operation.get("x-patches")
    if target and not faults:
        for item in body:
            faults += _patch_faults(item, _REQUESTS["schemas"][target])
    return faults


def _patch_faults(item: dict[str, Any], schema: dict[str, Any]) -> list[str]:
    """An operation names a writable field, as a whole, with a valid value."""
    name = item["path"].removeprefix("/")
    if item["op"] == "remove":
        return [] if schema["properties"].get(name) else [f"patch removes {name!r}"]
    changed = {**schema, "required": []}
    return _wrong({name: item["value"]}, changed, _REQUESTS, f"patch {name}")


def answer_faults(exchange: Exchange) -> list[str]:
    """The parts of an answer that the description doesn't have; nothing if the request isn't described."""
    operation = operation_of(exchange.method, exchange.path, exact=False)
    if operation is None:
        return []
    responses, status = operation["responses"], str(exchange.status)
    found = responses.get(status) or responses.get(f"{status[0]}XX")
    if found is None:
        return [f"status {status}"]
    headers = {name.lower(): value for name, value in exchange.answer_headers.items()}
    content, kind = _resolved(found).get("content"), headers.get("content-type", "").partition(";")[0].strip()
    if content is None:
        return ["a body where none is described"] if exchange.answer_text else []
    if kind not in content:
        return [f"an answer of type {kind!r}"]
    value = json.loads(exchange.answer_text) if "json" in kind else exchange.answer_text
    parts = "fields" in dict(parse_qsl(urlsplit(exchange.url).query))
    faults = _wrong(value, content[kind]["schema"], _PARTS if parts else _ANSWERS, "answer")
    if kind == "application/vnd.connectwise.com+json" and not _VERSION.search(headers["content-type"]):
        faults.append("the answer names no version")
    return faults
