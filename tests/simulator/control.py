# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The control plane below /_control/: instances, log, faults, and what a person does on the pages.

JSON, without credentials, answered to loopback addresses only.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, jsonify, request

from . import seed, wire
from .faults import Fault
from .state import Instance, Member, Role, now

Registry = dict[str, Instance]


def connection(instance: Instance, site: str) -> dict[str, str]:
    """What a client needs to connect: site, company, public_key, private_key, client_id."""
    if instance.own_key is None:
        raise ValueError("the instance has no key")
    return {
        "site": site,
        "company": instance.company,
        "public_key": instance.own_key.public,
        "private_key": instance.own_key.private,
        "client_id": instance.client_id,
    }


def levels(instance: Instance, role: Role) -> dict[tuple[str, str], dict[str, str | None]]:
    """{(module, function) as shown: {verb: level}}."""
    return {instance.display(row.function): dict(row.levels) for row in role.settings}


def member_state(instance: Instance, member: Member) -> dict[str, Any]:
    """An API member as it is on the wire, with its keys (public halves)."""
    keys = [wire.key(key) for key in instance.member_keys(member.id)]
    return {**wire.api_member(instance, member), "licenseClass": member.license_class, "keys": keys}


def state(instance: Instance) -> dict[str, Any]:
    """Everything an instance holds, without private keys."""
    with instance.lock:
        return {
            "company": instance.company,
            "edition": instance.options.edition,
            "roles": [{**wire.role(role), **_role_rows(instance, role)} for role in instance.store.roles.values()],
            "members": [member_state(instance, member) for member in instance.store.members.values()],
        }


def _role_rows(instance: Instance, role: Role) -> dict[str, Any]:
    rows = {" / ".join(name): verbs for name, verbs in levels(instance, role).items()}
    custom = {" / ".join(key): {"mode": c.mode, "items": c.items} for key, c in role.customised.items()}
    return {"levels": rows, "customised": custom}


def need_role(instance: Instance, name: str) -> Role:
    """A role by name, or an error."""
    role = instance.find_role(name)
    if role is None:
        raise ValueError(f"no role {name!r}")
    return role


def need_member(instance: Instance, identifier: str) -> Member:
    """A member by identifier, or an error."""
    member = instance.find_member(identifier)
    if member is None:
        raise ValueError(f"no member {identifier!r}")
    return member


def set_member(instance: Instance, identifier: str, role: str | None = None, inactive: bool | None = None) -> None:
    """Change a member as a person does in the pages."""
    member = need_member(instance, identifier)
    if role is not None:
        member.refs["securityRole"] = need_role(instance, role).id
    if inactive is not None:
        member.inactive, member.inactive_date = inactive, now() if inactive else None
    member.updated, member.updated_by = now(), "admin1"


def blueprint(registry: Registry) -> Blueprint:
    """The routes."""
    pages = Blueprint("control", __name__, url_prefix="/_control")

    def chosen(company: str) -> Instance:
        return registry.get(company.casefold()) or abort(404)

    @pages.before_request
    def _loopback_only() -> None:
        if request.remote_addr not in ("127.0.0.1", "::1"):
            abort(403)

    @pages.errorhandler(ValueError)
    @pages.errorhandler(TypeError)
    @pages.errorhandler(KeyError)
    def _wrong(exc: Exception) -> tuple[Response, int]:
        return jsonify(error=str(exc)), 400

    @pages.post("/instances")
    def _create() -> Response:
        options = dict(_body())
        instance = seed.build(options.pop("company"), **options)
        registry[instance.company.casefold()] = instance
        return jsonify(connection(instance, request.host_url.rstrip("/")))

    @pages.get("/instances/<company>/state")
    def _state(company: str) -> Response:
        return jsonify(state(chosen(company)))

    @pages.get("/instances/<company>/log")
    def _log(company: str) -> Response:
        instance = chosen(company)
        with instance.lock:
            return jsonify(instance.log)

    @pages.delete("/instances/<company>/log")
    def _clear_log(company: str) -> Response:
        chosen(company).log.clear()
        return jsonify({})

    @pages.post("/instances/<company>/clock")
    def _clock(company: str) -> Response:
        chosen(company).clock.advance(_body()["seconds"])
        return jsonify({})

    @pages.post("/instances/<company>/faults")
    def _fault(company: str) -> Response:
        chosen(company).faults.append(Fault(**_body()))
        return jsonify({})

    @pages.delete("/instances/<company>/faults")
    def _clear_faults(company: str) -> Response:
        chosen(company).faults.clear()
        return jsonify({})

    _admin_routes(pages, chosen)
    return pages


def _body() -> dict[str, Any]:
    body = request.get_json(force=True)
    if not isinstance(body, dict):
        raise TypeError("an object is required")
    return body


def _admin_routes(pages: Blueprint, chosen: Any) -> None:
    """What a person does in the pages."""

    @pages.post("/instances/<company>/admin/levels")
    def _levels(company: str) -> Response:
        instance, body = chosen(company), _body()
        with instance.lock:
            seed.set_levels(instance, need_role(instance, body["role"]), body["cells"])
        return jsonify({})

    @pages.post("/instances/<company>/admin/customise")
    def _customise(company: str) -> Response:
        instance, body = chosen(company), _body()
        with instance.lock:
            role = need_role(instance, body["role"])
            seed.customise(instance, role, body["function"], body["mode"], body["items"])
        return jsonify({})

    @pages.post("/instances/<company>/admin/keys")
    def _make_key(company: str) -> Response:
        instance, body = chosen(company), _body()
        with instance.lock:
            key = seed.add_key(instance, need_member(instance, body["member"]), body["description"])
        return jsonify(id=key.id, public_key=key.public, private_key=key.private)

    @pages.post("/instances/<company>/admin/keys/<int:key_id>/retire")
    def _retire_key(company: str, key_id: int) -> Response:
        instance = chosen(company)
        with instance.lock:
            instance.store.keys[key_id].inactive = True
        return jsonify({})

    @pages.patch("/instances/<company>/admin/members/<identifier>")
    def _member(company: str, identifier: str) -> Response:
        instance, body = chosen(company), _body()
        with instance.lock:
            set_member(instance, identifier, **body)
        return jsonify({})
