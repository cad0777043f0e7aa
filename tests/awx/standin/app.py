# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The API: one set of views for all collections, and a few views of single ones."""

from __future__ import annotations

import base64
import copy
import re
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask, Response, g, jsonify, request

from . import launches, rights, rules
from .resources import COMMON, RESOURCES, TEMPLATES, Field, Resource
from .rules import MASK, Refused, refuse
from .store import Object, Request, Store

VERSION = "24.6.1"
ROOT = "/api/v2"
_JOB_TYPES = {
    "projects": "project_update", "inventory_sources": "inventory_update", "job_templates": "job",
    "workflow_job_templates": "workflow_job", "workflow_approval_templates": "workflow_approval",
}  # fmt: skip
_PAGING = {"page", "page_size", "order_by"}
_OPEN = {f"{ROOT}/ping/", f"{ROOT}/", "/api/"}


def create_app(store: Store, page_size: int = 25) -> Flask:
    """The WSGI application over one store."""
    app = Flask("awx")
    app.url_map.strict_slashes = True
    views = Views(store, page_size)

    @app.before_request
    def _lock() -> None:
        store.lock.acquire()
        g.locked = True
        if request.path not in _OPEN:
            views.authenticate()

    @app.after_request
    def _log(response: Response) -> Response:
        response.headers["X-API-Product-Name"] = "AWX"
        response.headers["X-API-Product-Version"] = VERSION
        body = copy.deepcopy(request.get_json(silent=True))
        store.log.append(Request(request.method, request.path, dict(request.args), body, response.status_code))
        return response

    @app.teardown_request
    def _unlock(_error: BaseException | None) -> None:
        if g.pop("locked", False):
            store.lock.release()

    @app.errorhandler(Refused)
    def _refused(error: Refused) -> tuple[Response, int]:
        return jsonify(error.body), error.status

    @app.errorhandler(404)
    def _missing(_error: Exception) -> tuple[Response, int]:
        return jsonify({"detail": "The requested resource could not be found."}), 404

    def route(rule: str, view: Callable[..., Any], *methods: str) -> None:
        app.add_url_rule(ROOT + rule, f"{rule} {methods}", view, methods=list(methods), provide_automatic_options=False)

    route("/ping/", lambda: {"ha": False, "version": VERSION, "active_node": "awx-1", "instances": []}, "GET")
    route("/config/", lambda: {"version": VERSION, "license_info": {"license_type": "open"}}, "GET")
    route("/tokens/", views.new_token, "POST")
    route("/tokens/<int:number>/", lambda number: ("", 204), "DELETE")
    route("/unified_job_templates/", views.templates, "GET")
    route("/projects/<int:number>/playbooks/", views.playbooks, "GET")
    route("/projects/<int:number>/update/", views.update_project, "POST")
    route("/inventory_sources/<int:number>/update/", views.update_inventory, "POST")
    route("/job_templates/<int:number>/launch/", views.launch_job, "POST")
    route("/workflow_job_template_nodes/<int:number>/create_approval_template/", views.new_approval, "POST")
    route("/workflow_job_templates/<int:number>/launch/", views.launch_workflow, "POST")
    for path in ("job_templates", "workflow_job_templates"):
        for method, view in (("GET", views.survey), ("POST", views.set_survey), ("DELETE", views.no_survey)):
            app.add_url_rule(
                f"{ROOT}/{path}/<int:number>/survey_spec/", f"{path} survey {method}", view,
                methods=[method], defaults={"path": path}, provide_automatic_options=False,
            )  # fmt: skip
    known = "any(" + ",".join(RESOURCES) + ")"
    route(f"/<{known}:path>/", views.listed, "GET")
    route(f"/<{known}:path>/", views.create, "POST")
    route(f"/<{known}:path>/<int:number>/", views.detail, "GET")
    route(f"/<{known}:path>/<int:number>/", views.change, "PATCH", "PUT")
    route(f"/<{known}:path>/<int:number>/", views.delete, "DELETE")
    route(f"/<{known}:path>/", views.options, "OPTIONS")
    route(f"/<{known}:path>/<int:number>/", views.options, "OPTIONS")
    route(f"/<{known}:path>/<int:number>/<relation>/", views.members, "GET")
    route(f"/<{known}:path>/<int:number>/<relation>/", views.attach, "POST")
    return app


class Views:
    """The answer."""

    def __init__(self, store: Store, page_size: int) -> None:
        self.store, self.page_size = store, page_size

    def authenticate(self) -> None:
        """A known token or, for a new token, a known password."""
        scheme, _space, value = request.headers.get("Authorization", "").partition(" ")
        if scheme == "Bearer" and value in self.store.tokens:
            g.organization = self.store.administers.get(value)
            return
        if scheme == "Basic":
            user, _colon, password = base64.b64decode(value).decode().partition(":")
            if self.store.passwords.get(user) == password:
                return
        raise Refused({"detail": "Authentication credentials were not provided."}, 401)

    def new_token(self) -> tuple[Object, int]:
        token = secrets.token_urlsafe(24)
        self.store.tokens.add(token)
        return {"id": len(self.store.tokens), "token": token, "scope": "write"}, 201

    # what there is

    def listed(self, path: str) -> Object:
        seen = [each for each in self.store.objects[path].values() if rights.may_see(self.store, _who(), path, each)]
        return self._page([self._shown(path, each) for each in seen], path)

    def templates(self) -> Object:
        found = [self._shown(path, each) for path in TEMPLATES for each in self.store.objects[path].values()]
        return self._page(found, "unified_job_templates")

    def detail(self, path: str, number: int) -> Object:
        found = self._object(path, number)
        if path == "project_updates":
            self._advance(found)
        if path == "inventory_updates":
            self._advance_inventory(found)
        return self._shown(path, found)

    def options(self, path: str, number: int | None = None) -> Object:
        """The methods that are allowed here, and their fields."""
        writable = {
            name: {"type": each.kind, "required": each.required, "read_only": False}
            for name, each in RESOURCES[path].fields.items()
            if not each.read_only
        }
        method = "POST" if number is None else "PUT"
        return {"name": path, "renders": ["application/json"], "actions": {"GET": {}, method: writable}}

    def members(self, path: str, number: int, relation: str) -> Object:
        self._object(path, number)
        other = self._other(path, relation)
        numbers = self.store.members[(path, number, relation)]
        return self._page([self._shown(other, self.store.objects[other][each]) for each in numbers], other)

    def _object(self, path: str, number: int) -> Object:
        found = self.store.objects[path].get(number)
        if found is None:
            raise Refused({"detail": "No object matches the given query."}, 404)
        return found

    def _other(self, path: str, relation: str) -> str:
        other = RESOURCES[path].sublists.get(relation)
        if other is None:
            raise Refused({"detail": "The requested resource could not be found."}, 404)
        return other

    def _page(self, found: list[Object], path: str) -> Object:
        chosen = [each for each in found if _matches(each, path)]
        number, size = int(request.args.get("page", 1)), int(request.args.get("page_size", self.page_size))
        begin, end = (number - 1) * size, number * size
        if begin and begin >= len(chosen):
            raise Refused({"detail": "Invalid page."}, 404)

        def link(to: int) -> str:
            query = "&".join(f"{name}={value}" for name, value in request.args.items() if name != "page")
            return f"{request.path}?{query + '&' if query else ''}page={to}"

        return {
            "count": len(chosen),
            "next": link(number + 1) if end < len(chosen) else None,
            "previous": link(number - 1) if number > 1 else None,
            "results": chosen[begin:end],
        }

    def _shown(self, path: str, each: Object) -> Object:
        """An object as the API returns it: with its links, and without secrets."""
        resource = RESOURCES[path]
        url = f"{ROOT}/{path}/{each['id']}/"
        shown: Object = {"id": each["id"], "type": resource.type, "url": url}
        shown.update({name: copy.deepcopy(each[name]) for name in resource.fields if name not in ("user", "team")})
        related = {name: f"{url}{name}/" for name in resource.sublists}
        summary: Object = {}
        for name, described in resource.fields.items():
            target = self.store.get(described.to, each[name]) if described.kind == "reference" else None
            if target is None:
                continue
            where = self.store.path_of(target["id"]) if described.to == "unified_job_templates" else described.to
            related[name] = f"{ROOT}/{where}/{target['id']}/"
            summary[name] = {"id": target["id"], "name": target.get("name", "")}
            if described.to == "unified_job_templates":
                summary[name]["unified_job_type"] = _JOB_TYPES[where]
        if path == "credentials":
            kind = self.store.objects["credential_types"][each["credential_type"]]
            shown["inputs"].update(dict.fromkeys(rules.secrets_of(kind) & _filled(each["inputs"]), MASK))
        if path == "notification_templates":
            filled = _filled(each["notification_configuration"]) & {"password", "token"}
            shown["notification_configuration"].update(dict.fromkeys(filled, MASK))
        if path in ("job_templates", "workflow_job_templates"):
            related["survey_spec"] = f"{url}survey_spec/"
        if path == "projects":
            related.update(playbooks=f"{url}playbooks/", update=f"{url}update/")
            running = [
                update["id"]
                for update in self.store.objects["project_updates"].values()
                if update["project"] == each["id"] and update["status"] in ("pending", "running")
            ]
            if running:
                summary["current_update"] = {"id": running[-1], "status": "pending"}
        if path == "workflow_job_template_nodes":
            related["create_approval_template"] = f"{url}create_approval_template/"
            for name in ("success_nodes", "failure_nodes", "always_nodes"):
                shown[name] = list(self.store.members[(path, each["id"], name)])
        if path == "inventory_updates":
            done = each["status"] not in ("pending", "running")
            shown.update(finished="2026-01-01T00:00:00Z" if done else None, failed=each["status"] == "failed")
        if path == "project_updates":
            done = each["status"] not in ("pending", "running")
            project = self.store.objects["projects"].get(each["project"]) or {}
            shown.update(
                finished="2026-01-01T00:00:00Z" if done else None,
                failed=each["status"] == "failed",
                event_processing_finished=done,
                scm_revision=project.get("scm_revision", ""),
            )
        summary["user_capabilities"] = {
            "edit": not each.get("managed", False),
            "delete": not each.get("managed", False),
        }
        return {**shown, "related": related, "summary_fields": summary}

    # changes

    def create(self, path: str) -> tuple[Object, int]:
        if path in ("instance_groups", "users", "project_updates", "inventory_updates", "workflow_approval_templates"):
            raise Refused({"detail": 'Method "POST" not allowed.'}, 405)
        resource = RESOURCES[path]
        given = self._body()
        missing = [name for name, each in resource.fields.items() if each.required and given.get(name) in (None, "")]
        if missing:
            raise Refused({name: ["This field is required."] for name in missing})
        new = {name: copy.deepcopy(each.default) for name, each in resource.fields.items()}
        new.update(self._clean(resource, given, None))
        rights.check(self.store, _who(), path, new)
        if path == "workflow_job_template_nodes" and not new["identifier"]:
            new["identifier"] = secrets.token_hex(16)
        self._check(path, new, None, set(given))
        made = self.store.add(path, **new)
        if path == "projects" and made["scm_type"]:
            self._start_update(made)
        return self._shown(path, made), 201

    def change(self, path: str, number: int) -> Object:
        old = self._object(path, number)
        rights.check(self.store, _who(), path, old)
        given = self._body()
        new = {**copy.deepcopy(old), **self._clean(RESOURCES[path], given, old)}
        self._check(path, new, old, set(given))
        started = path == "projects" and any(new[name] != old[name] for name in ("scm_type", "scm_url", "scm_branch"))
        old.update(new)
        if started and old["scm_type"]:
            self._start_update(old)
        return self._shown(path, old)

    def delete(self, path: str, number: int) -> tuple[str, int]:
        found = self._object(path, number)
        if found.get("managed"):
            raise Refused({"detail": "Deletion not allowed for managed objects"}, 403)
        if path == "credential_types" and self.store.find("credentials", credential_type=number):
            raise Refused({"detail": "Credential types that are in use cannot be deleted"}, 403)
        self.store.remove(path, number)
        return "", 202 if path == "inventories" else 204

    def attach(self, path: str, number: int, relation: str) -> tuple[str, int]:
        owner = self._object(path, number)
        other = self._other(path, relation)
        body = self._body()
        rights.check(self.store, _who(), path, owner)
        if not isinstance(body.get("id"), int) or set(body) - {"id", "disassociate"}:
            raise Refused({"msg": '"id" field must be an integer.'})
        if body["id"] not in self.store.objects[other]:
            raise Refused({"detail": f"No {other} with id {body['id']}"})
        if not rights.may_see(self.store, _who(), other, self.store.objects[other][body["id"]]):
            raise rights.forbidden()
        numbers = self.store.members[(path, number, relation)]
        if body.get("disassociate"):
            numbers[:] = [each for each in numbers if each != body["id"]]
        elif body["id"] not in numbers:
            rules.attach(self.store, path, number, relation, body["id"])
            numbers.append(body["id"])
        return "", 204

    def _body(self) -> Object:
        body = request.get_json(silent=True)
        if not isinstance(body, dict):
            raise Refused({"detail": "JSON parse error - not a JSON object"})
        return body

    def _clean(self, resource: Resource, given: Object, old: Object | None) -> Object:
        """The fields to write, each with the right type."""
        cleaned: Object = {}
        for name, value in given.items():
            described = resource.fields.get(name)
            if described is None and name not in COMMON:
                raise refuse(name, f"{resource.type} has no such field")
            if described is None or described.read_only or (described.fixed and old):
                continue
            cleaned[name] = self._value(name, described, value)
        return cleaned

    def _value(self, name: str, described: Field, value: Any) -> Any:
        if value is None or (value == "" and described.kind == "reference"):
            if described.kind == "bool" and not described.nullable:
                return False
            if described.kind in ("text", "choice", "variables") and not described.nullable:
                return ""
            if described.nullable:
                return None
            raise refuse(name, "This field may not be null.")
        if described.kind == "reference":
            if not isinstance(value, int) or self.store.get(described.to, value) is None:
                raise refuse(name, f'Invalid pk "{value}" - object does not exist.')
        elif described.kind == "bool":
            if not isinstance(value, bool):
                raise refuse(name, f"{value} is not a valid boolean.")
        elif described.kind == "int":
            if not isinstance(value, int) or isinstance(value, bool):
                raise refuse(name, "A valid integer is required.")
        elif described.kind == "choice":
            if str(value) not in described.choices:
                raise refuse(name, f'"{value}" is not a valid choice.')
            return int(value) if str(value).isdigit() else value
        elif described.kind == "variables":
            return _variables(name, value)
        elif described.kind == "text" and not isinstance(value, str):
            raise refuse(name, "Not a valid string.")
        elif name == "name" and len(value) > 512:
            raise refuse(name, "Ensure this field has no more than 512 characters.")
        return copy.deepcopy(value)

    def _check(self, path: str, new: Object, old: Object | None, given: set[str]) -> None:
        checks: dict[str, Callable[[Store, Object, Object | None], None]] = {
            "credential_types": rules.credential_type,
            "credentials": rules.credential,
            "projects": rules.project,
            "inventory_sources": rules.inventory_source,
            "job_templates": rules.job_template,
            "execution_environments": rules.execution_environment,
            "notification_templates": rules.notification_template,
        }
        if path in checks:
            checks[path](self.store, new, old)
        if path == "schedules":
            rules.rrule(new["rrule"])
            rules.launch(self.store, new, given, required=True)
        if path == "workflow_job_template_nodes":
            rules.launch(self.store, new, given, required=False)
        unique = RESOURCES[path].unique
        twin = self.store.find(path, **{name: new[name] for name in unique}) if unique else None
        if twin is not None and twin is not old:
            names = ", ".join(unique)
            if unique == ("name",):
                title = RESOURCES[path].type.replace("_", " ").capitalize()
                raise Refused({"name": [f"{title} with this Name already exists."]})
            raise Refused({"__all__": [f"{RESOURCES[path].type} with this ({names}) combination already exists."]})

    # projects

    def _start_update(self, project: Object) -> Object:
        project["status"] = "pending"
        return self.store.add("project_updates", name=project["name"], status="pending", project=project["id"])

    def update_project(self, number: int) -> tuple[Object, int]:
        project = self._object("projects", number)
        if not project["scm_type"]:
            raise Refused({"detail": 'Method "POST" not allowed.'}, 405)
        return self._shown("project_updates", self._start_update(project)), 202

    def _advance(self, update: Object) -> None:
        """Each request for an update advances it one step; at its end, the project has the files of its repository."""
        if update["status"] == "pending":
            update["status"] = "running"
            return
        project = self.store.objects["projects"].get(update["project"])
        if update["status"] != "running" or project is None:
            return
        folder = self.store.repositories.get(project["scm_url"])
        update["status"] = project["status"] = "successful" if folder else "failed"
        if folder:
            project["scm_revision"] = _revision(folder)
            self.store.playbooks[project["id"]] = playbooks_of(folder)

    def playbooks(self, number: int) -> Response:
        self._object("projects", number)
        return jsonify(self.store.playbooks.get(number, []))

    def update_inventory(self, number: int) -> tuple[Object, int]:
        source = self._object("inventory_sources", number)
        rights.check(self.store, _who(), "inventory_sources", source)
        source["status"] = "pending"
        made = self.store.add("inventory_updates", name=source["name"], status="pending", inventory_source=number)
        return {**self._shown("inventory_updates", made), "inventory_update": made["id"]}, 202

    def _advance_inventory(self, update: Object) -> None:
        if update["status"] == "pending":
            update["status"] = "running"
            return
        source = self.store.objects["inventory_sources"].get(update["inventory_source"])
        if update["status"] != "running" or source is None:
            return
        project = self.store.objects["projects"].get(source["source_project"]) or {}
        folder = self.store.repositories.get(project.get("scm_url", ""))
        found = rules.hosts_of(folder / source["source_path"]) if folder else None
        update["status"] = source["status"] = "failed" if found is None else "successful"
        if found is not None:
            self.store.objects["inventories"][source["inventory"]]["total_hosts"] = len(found)

    # surveys, approvals

    def survey(self, path: str, number: int) -> Object:
        self._object(path, number)
        found = copy.deepcopy(self.store.surveys.get((path, number), {}))
        for question in found.get("spec", []):
            if question["type"] == "password" and question.get("default"):
                question["default"] = MASK
        return found

    def set_survey(self, path: str, number: int) -> tuple[str, int]:
        self._object(path, number)
        self.store.surveys[(path, number)] = rules.survey(copy.deepcopy(self._body()))
        return "", 200

    def no_survey(self, path: str, number: int) -> tuple[str, int]:
        self._object(path, number)
        self.store.surveys.pop((path, number), None)
        return "", 200

    def new_approval(self, number: int) -> tuple[Object, int]:
        node = self._object("workflow_job_template_nodes", number)
        given = self._body()
        if set(given) - {"name", "description", "timeout"}:
            raise refuse("detail", f"not fields of an approval: {sorted(given)}")
        if not given.get("name"):
            raise refuse("name", "This field is required.")
        made = self.store.add("workflow_approval_templates", **given)
        node["unified_job_template"] = made["id"]
        return self._shown("workflow_approval_templates", made), 201

    # launches

    def launch_job(self, number: int) -> tuple[Object, int]:
        template = self._object("job_templates", number)
        launches.check_slices(self.store, template, self._body())
        return {"job": number, "ignored_fields": {}}, 201

    def launch_workflow(self, number: int) -> tuple[Object, int]:
        template = self._object("workflow_job_templates", number)
        body = self._body()
        unknown = set(body) - {*launches.OF_WORKFLOW, "extra_vars"}
        if unknown:
            raise refuse(sorted(unknown)[0], "a launch of a workflow has no such field")
        launched, ignored = launches.workflow(self.store, template, body)
        self.store.launched.append(launched)
        return {"workflow_job": len(self.store.launched), "ignored_fields": ignored}, 201


def _matches(each: Object, path: str) -> bool:
    """Whether an object matches the query; several or__ are alternatives."""
    any_of: list[bool] = []
    results: list[bool] = []
    for name, wanted in request.args.items():
        if name in _PAGING:
            continue
        plain = name.removeprefix("or__")
        field_, _line, how = plain.partition("__")
        if path != "unified_job_templates" and field_ not in RESOURCES[path].fields and field_ not in COMMON:
            raise Refused({"detail": f"{RESOURCES[path].type} has no field named '{field_}'"})
        if how == "name":
            target = each["summary_fields"].get(field_) or {}
            results.append(target.get("name") == wanted)
            continue
        if how == "isnull":
            results.append((each.get(field_) is None) == (wanted == "true"))
            continue
        if how not in ("", "in", "exact", "iexact"):
            raise Refused({"detail": f"this stand-in has no filter '{how}'"})
        choices = wanted.split(",") if how == "in" else [wanted]
        actual = str(each.get(field_))
        found = actual.lower() == wanted.lower() if how == "iexact" else actual in choices
        (any_of if name.startswith("or__") else results).append(found)
    return all(results) and (any(any_of) if any_of else True)


def _who() -> int | None:
    """The organization that the caller administers; None for a system administrator."""
    organization: int | None = g.get("organization")
    return organization


def _filled(inputs: Object) -> set[str]:
    return {name for name, value in inputs.items() if value}


def _variables(name: str, value: Any) -> str:
    try:
        return rules.text_of(value)
    except ValueError as exc:
        raise refuse(name, str(exc)) from None


def playbooks_of(folder: Path) -> list[str]:
    """The files that AWX offers as playbooks of a project."""
    left_out = {"roles", "tasks", "group_vars", "host_vars"}
    found = []
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.suffix not in (".yml", ".yaml") or left_out & set(parts) or any(part.startswith(".") for part in parts):
            continue
        if rules.is_playbook(path.read_text(encoding="utf-8")):
            found.append("/".join(parts))
    return found


def _revision(folder: Path) -> str:
    """A value that changes with the files."""
    text = "".join(f"{path.name}{path.stat().st_mtime_ns}" for path in sorted(folder.rglob("*.yml")))
    return re.sub(r"\W", "", base64.b64encode(text.encode()).decode())[-40:]
