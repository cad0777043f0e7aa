# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Flask application: find the instance, check the caller, run the route, play faults, keep the log."""

from __future__ import annotations

import base64
import binascii
import copy
import hmac
import json
import re
import time
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, request

from . import api_integrators, api_members, api_roles, control, errors, habits, paging, wire
from .api_lookups import company_info
from .conditions import paths_of
from .faults import PAGE, SPOILED, Fault, spoiled, take
from .routing import Call, Created, check_rights, find
from .state import ApiKey, Instance, Member

Registry = dict[str, Instance]
ACTION = "simulator.action"  # what the server does to the connection instead of, or after, answering
_API = re.compile(r"^/(?P<codebase>[^/]+/)apis/3\.0(?P<path>/.*)$", re.IGNORECASE)
_LOGIN = re.compile(r"^/login/companyinfo/(?P<company>[^/]+)/?$", re.IGNORECASE)
_VERSION = re.compile(r"application/vnd\.connectwise\.com\+json\s*;\s*version\s*=\s*([^,;\s]*)", re.IGNORECASE)
LONGEST_URL = 2000
ALIAS = "v4_6_release/"
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

# importing them registers their routes
ROUTE_FILES = (api_integrators, api_members, api_roles)


def create_app(registry: Registry) -> Flask:
    """The application over a dict of instances by company."""
    app = Flask(__name__)
    app.register_blueprint(control.blueprint(registry))

    @app.route("/", defaults={"_path": ""}, methods=METHODS)
    @app.route("/<path:_path>", methods=METHODS)
    def dispatch(_path: str) -> Response:
        return _dispatch(registry)

    return app


def _dispatch(registry: Registry) -> Response:
    """Send a request to the part that answers it."""
    login = _LOGIN.match(request.path)
    if login:
        return _company(registry, login["company"])
    api = _API.match(request.path)
    if not api:
        return _json(404, errors.no_endpoint().body)
    company, _public, _private = _credentials()
    instance = registry.get(company.casefold())
    if instance is None:
        cloud = any(item.options.bad_login_status == 404 for item in registry.values())
        return _failure(errors.bad_login(404 if cloud else 401) if company else errors.no_credentials())
    return _played(instance, api["path"], lambda: _answer(instance, api["codebase"], api["path"]))


def _company(registry: Registry, company: str) -> Response:
    """/login/companyinfo: no credentials; an unknown company is 200 with null (recorded)."""
    instance = registry.get(company.casefold())
    if instance is None:
        return _json(200, None)
    path = f"/login/companyinfo/{company}"
    return _played(instance, path, lambda: _json(200, company_info(instance, request.host)))


def _credentials() -> tuple[str, str, str]:
    """(company, public key, private key) from Basic auth; empty texts when there are none."""
    scheme, _blank, blob = request.headers.get("Authorization", "").partition(" ")
    try:
        text = base64.b64decode(blob, validate=True).decode() if scheme.lower() == "basic" else ""
    except (binascii.Error, UnicodeDecodeError):
        text = ""
    user, _colon, private = text.partition(":")
    company, _plus, public = user.partition("+")
    return company, public, private


def _answer(instance: Instance, codebase: str, path: str) -> Response:
    """Everything between the door and the answer; errors become their answers."""
    try:
        call = _authenticated(instance, codebase)
        version = _accepted_version(instance)
        canned = habits.canned(instance.options, request.method, path, call.own)
        if canned:
            return Response(canned.text, canned.status, content_type=f"{canned.kind}; charset=utf-8")
        with instance.carrying_out(request.method):
            item, arguments = find(instance, request.method, path)
            check_rights(call, item)
            _check_media_type()
            return _success(item.handler(call, *arguments), call, path, version)
    except errors.ApiError as exc:
        return _failure(exc)


def _authenticated(instance: Instance, codebase: str) -> Call:
    """Check address, clientId, key pair and member, in that order (the order is a guess)."""
    if len(request.url) > LONGEST_URL:
        raise errors.ApiError(414, text="Request-URI Too Large")
    if codebase.casefold() != instance.options.codebase.casefold() and not _is_alias(instance, codebase):
        raise errors.no_endpoint()
    client_id = request.headers.get("clientId") or request.args.get("clientId", "")  # the second is reported
    if not hmac.compare_digest(client_id.encode(), instance.client_id.encode()):
        raise errors.no_client_id()
    member, key = _login(instance)
    base = f"{request.host_url.rstrip('/')}/{codebase}apis/3.0"
    return Call(instance, member, key, dict(request.args.items()), request.get_data(as_text=True), base)


def _is_alias(instance: Instance, codebase: str) -> bool:
    """Whether it is the name that works whatever the codebase is, as long as it does."""
    if codebase.casefold() != ALIAS or not instance.options.alias:
        return False
    last = instance.options.alias_dies_after
    return last is None or instance.next_id("alias") <= last


def _login(instance: Instance) -> tuple[Member, ApiKey]:
    """The member a key pair belongs to; inactive keys and members fail like wrong ones."""
    _company, public, private = _credentials()
    store = instance.visible()
    for key in store.keys.values():
        same = hmac.compare_digest(key.public.encode(), public.encode())
        if same & hmac.compare_digest(key.private.encode(), private.encode()):
            member = store.members.get(key.member_id)
            if member and not member.inactive and not key.inactive:
                return member, key
    raise errors.bad_login(instance.options.bad_login_status)


def _accepted_version(instance: Instance) -> str:
    """The API version asked for; the newest without one."""
    accept = request.headers.get("Accept", "")
    match = _VERSION.search(accept)
    if not match:
        if "version" in accept.lower():
            raise errors.bad_version(request.base_url, "0.0")
        return instance.options.api_version
    asked = match[1].strip('"')
    if not instance.options.accepts(asked):
        raise errors.bad_version(request.base_url, asked if re.fullmatch(r"\d+\.\d+", asked) else "0.0")
    return asked


def _check_media_type() -> None:
    """A body must say that it is JSON (guess)."""
    if request.method in ("POST", "PUT", "PATCH") and "json" not in (request.mimetype or ""):
        raise errors.ApiError(415, {"code": "ConnectWiseApi", "message": "The media type is not supported."})


def _success(result: Any, call: Call, path: str, version: str) -> Response:
    """Turn what a route returns into an answer."""
    headers: dict[str, str] = {}
    instance = call.instance
    status, body = 200, result
    if result is None:
        return Response(status=204, headers={"api-current-version": instance.options.api_version})
    if isinstance(result, paging.Listing):
        forward = instance.options.forward_only and request.headers.get("pagination-type") == "forward-only"
        cap = habits.page_cap(instance.options, path)
        body, headers = paging.answer(result, call.query, call.base + path.rstrip("/"), forward, cap)
    elif isinstance(result, Created):
        place = call.base.partition("://")[2] + result.path
        status, body, headers = (
            201,
            result.body,
            {"Location": f"http://{place}"},
        )  # http even over TLS (recorded)
    elif call.query.get("fields"):
        body = paging.only_fields(result, paths_of([result]), call.query["fields"])
    body = body if instance.options.nulls else wire.present(body)
    headers["api-current-version"] = instance.options.api_version
    return _json(status, body, headers, f"application/vnd.connectwise.com+json; version={version}")


def _json(status: int, body: Any, headers: dict[str, str] | None = None, kind: str = "application/json") -> Response:
    text = json.dumps(body, ensure_ascii=False)
    return Response(text, status=status, headers=headers, content_type=f"{kind}; charset=utf-8")


def _failure(error: errors.ApiError) -> Response:
    if error.body is None:
        return Response(error.text, status=error.status, content_type="text/plain; charset=utf-8")
    return _json(error.status, error.body)


def _played(instance: Instance, path: str, answer: Callable[[], Response]) -> Response:
    """Answer a request, or play the fault that is due; either way write the log."""
    request.get_data()
    with instance.lock:
        fault = take(instance.faults, request.method, path)
        entry = _log(instance, path, fault)
    if fault and fault.kind == "delay" and not fault.late:
        time.sleep(fault.seconds)
    with instance.lock:
        response = _faulty(instance, fault, answer) if fault else answer()
        entry["status"] = None if fault and fault.kind == "reset" else response.status_code
    if fault and fault.kind == "delay" and fault.late:
        time.sleep(fault.seconds)
    if instance.options.latency:
        time.sleep(instance.options.latency)
    return response


def _log(instance: Instance, path: str, fault: Fault | None) -> dict[str, Any]:
    """A new entry of the log, in the order of arrival; its status is filled in with the answer."""
    text = request.get_data(as_text=True)
    try:
        body = json.loads(text) if text else None
    except ValueError:
        body = text
    entry = {
        "seq": instance.next_id("log"),
        "method": request.method,
        "path": path,
        "query": dict(request.args.items()),
        "body": body,
        "public_key": _credentials()[1] or None,
        "accept": request.headers.get("Accept"),
        "user_agent": request.headers.get("User-Agent"),
        "fault": fault.kind if fault else None,
        "status": None,
    }
    instance.log.append(entry)
    return entry


def _faulty(instance: Instance, fault: Fault, answer: Callable[[], Response]) -> Response:
    """The answer a fault gives, and what it does to the connection."""
    if fault.kind == "reset":
        request.environ[ACTION] = "reset"
        return Response(status=500)
    if fault.kind in ("lost", "truncate"):
        request.environ[ACTION] = "reset" if fault.kind == "lost" else "truncate"
        return answer()
    if fault.kind == "silent":
        kept = copy.deepcopy(instance.store)
        response = answer()
        instance.store = kept
        return response
    if fault.kind == "delay":
        return answer()
    if fault.kind in SPOILED:
        return _spoiled(fault, answer())
    if fault.process:
        answer()
    return _made_up(fault)


def _spoiled(fault: Fault, response: Response) -> Response:
    response.set_data(spoiled(fault, response.get_data(as_text=True)))
    if fault.kind == "mistyped":
        response.content_type = "text/html; charset=utf-8"
    return response


def _made_up(fault: Fault) -> Response:
    """An answer that has nothing to do with the request."""
    if fault.kind == "html":
        return Response(fault.text or PAGE, fault.status or 502, fault.headers, content_type="text/html")
    if fault.kind == "empty":
        return Response(b"", fault.status or 200, fault.headers, content_type="application/json")
    if fault.kind == "redirect":
        return Response(b"", fault.status or 302, {**fault.headers, "Location": fault.location})
    if fault.text is not None:
        return Response(fault.text, fault.status or 500, fault.headers, content_type="text/plain")
    status = fault.status or 500
    refusal = {"code": "ConnectWiseApi", "message": "The request was refused on demand."} if status >= 400 else None
    return _json(status, refusal if fault.json is None else fault.json, fault.headers)
