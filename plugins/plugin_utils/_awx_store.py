# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stores a pair in a credential of AWX or Automation Controller. PRIVATE to this collection.

It uses the client of the collection awx.awx, in this process: no private key is ever in the arguments of a module or
in a file. AWX never returns a secret, so jobs can use a stored pair, but nothing can read it back. What isn't secret
and has no field is JSON in the credential's description.
"""

from __future__ import annotations

import importlib
import json
import typing as t

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import lookup_loader
from ansible.utils.display import Display

from ..module_utils._domain.shown import shown
from ..module_utils._keys.document import FIELDS, OWNER, check
from ..module_utils._keys.ports import StoreError
from ._leased_note import LeasedNotePlace, Note

COLLECTION = "awx.awx"
_INSTALL = (
    f"{{}} needs the collection {COLLECTION} on the controller. Run: ansible-galaxy collection install {COLLECTION}."
    " Nothing was changed."
)
_HEAD = "Written by msp.connectwise; don't edit the rest: "
_SECRET = "private_key"

display = Display()


class Controller:
    """The API of AWX, with the address and login that awx.awx is configured with (CONTROLLER_HOST...).

    What is given as ``login`` wins: host, oauth_token, username, password, verify_ssl, as the lookup controller_api
    calls them.
    """

    needed_for = "The store awx_credential"

    def __init__(self, action: ActionBase, task_vars: t.Mapping[str, t.Any], **login: t.Any) -> None:
        install = _INSTALL.format(self.needed_for)
        try:
            lookup = lookup_loader.get(f"{COLLECTION}.controller_api", loader=action._loader, templar=action._templar)
            api = importlib.import_module(f"ansible_collections.{COLLECTION}.plugins.module_utils.controller_api")
        except (AnsibleError, ImportError) as exc:
            raise StoreError(f"{install} ({exc})") from None
        if lookup is None:
            raise StoreError(install)
        lookup.set_options(var_options=dict(task_vars), direct=login)
        client = api.ControllerAPIModule
        given = {name: lookup.get_option(short) for short, name in client.short_params.items()}
        self._client = client(
            argument_spec={},
            direct_params={name: value for name, value in given.items() if value is not None},
            error_callback=_fail,
            warn_callback=_warn,
        )

    def request(self, method: str, endpoint: str, data: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """The answer's body. Raises StoreError."""
        answer = self._client.make_request(method, endpoint, **({"data": data} if data is not None else {}))
        if answer["status_code"] >= 400:
            raise StoreError(f"AWX answered {answer['status_code']} to {method} {endpoint}: {_said(answer)}")
        return dict(answer.get("json") or {})

    def close(self) -> None:
        """End the login, if a name and a password created one."""
        self._client.logout()


def _warn(said: str) -> None:
    display.warning(shown(said))


def _fail(**told: t.Any) -> t.NoReturn:
    raise StoreError(f"AWX can't be used: {told.get('msg')}")


def _said(answer: dict[str, t.Any]) -> str:
    body = answer.get("json")
    if isinstance(body, dict):
        return "; ".join(f"{name}: {text}" for name, text in body.items())
    return "no reason given"


class AwxCredential(LeasedNotePlace):
    """One credential, by its name and organization."""

    readable = False

    def __init__(self, controller: Controller, options: t.Mapping[str, t.Any]) -> None:
        super().__init__()
        self._controller = controller
        self._name, self._organization = options["name"], options["organization"]
        self._type = options["credential_type"]
        self.lease = options["lease"]
        self.place = f"AWX credential {self._name}"
        self._records: dict[str, dict[str, t.Any]] = {}

    def close(self) -> None:
        self._controller.close()

    def exists(self) -> bool:
        credential = self._find()
        return credential is not None and bool(credential["inputs"].get("public_key"))

    def document(self) -> dict[str, t.Any] | None:
        credential = self._find()
        if credential is None or not credential["inputs"].get("public_key"):
            return None
        inputs = {name: credential["inputs"].get(name) for name in FIELDS if name != _SECRET}
        about = {name: value for name, value in _about(credential).items() if name not in ("note", "record")}
        return check({**about, **inputs}, self.place, readable=False)

    def write(self, document: t.Mapping[str, t.Any]) -> None:
        credential = self._find()
        about = {"made": document.get("made"), "retire_after": document.get("retire_after")}
        former = [{name: pair[name] for name in pair if name != _SECRET} for pair in document.get("previous") or []]
        there = _about(credential) if credential else {}
        beside = {name: there.get(name) for name in ("note", "record")}
        description = _described({**about, "previous": former, **beside})
        if document.get(_SECRET):
            others = credential["inputs"] if credential else {}  # what isn't given is wiped
            inputs = {**others, **{name: document[name] for name in FIELDS}}
            self._save(credential, {"description": description, "inputs": inputs})
            return
        if credential is None or credential["inputs"].get("public_key") != document["public_key"]:
            raise StoreError(f"{self.place} can't be given a pair without its private key.")
        self._save(credential, {"description": description})

    def remove(self) -> None:
        """The record of what there was stays, in a credential without a pair."""
        credential = self._find()
        if credential:
            self._controller.request("DELETE", f"credentials/{credential['id']}")
            self._keep_record(_about(credential).get("record"))

    def archive(self, stamp: str, check_mode: bool) -> str:
        """Rename the credential: it stays encrypted in AWX, and what uses it keeps it."""
        credential = self._find()
        target = f"{self._name} (archived {stamp})"
        if credential and not check_mode:
            self._save(credential, {"name": target})
            self._keep_record(_about(credential).get("record"))
        return f"AWX credential {target}"

    def record(self) -> dict[str, t.Any] | None:
        credential = self._find()
        record = _about(credential).get("record") if credential else None
        return record if isinstance(record, dict) else None

    def write_record(self, record: t.Mapping[str, t.Any]) -> None:
        self._save_beside("record", dict(record))

    def remove_record(self) -> None:
        if self.record() is not None:
            self._save_beside("record", {})

    def _keep_record(self, record: t.Any) -> None:
        if isinstance(record, dict):
            self.write_record(record)

    def check_writable(self) -> None:
        self._only("organizations", self._organization)
        fields = {field["id"]: field for field in self._type_record()["inputs"].get("fields", [])}
        lacking = [name for name in FIELDS if name not in fields]
        if lacking:
            raise StoreError(f"AWX credential type {self._type} has no field {', '.join(lacking)}.")
        if not fields[_SECRET].get("secret"):
            raise StoreError(f"AWX credential type {self._type} doesn't say that its field {_SECRET} is secret.")
        credential = self._find()
        if credential:
            may = credential.get("summary_fields", {}).get("user_capabilities", {}).get("edit")
        else:
            actions = self._controller.request("OPTIONS", "credentials").get("actions")
            may = None if actions is None else "POST" in actions
        if may is False:  # if AWX doesn't say, the recovery note shows it: it is written before a key is created
            raise StoreError(f"AWX doesn't allow this user to write {self.place}. Nothing was changed.")

    def _load_note(self) -> Note | None:
        credential = self._find()
        return _about(credential).get("note") if credential else None

    def _save_note(self, note: Note) -> None:
        self._save_beside("note", note)

    def _save_beside(self, name: str, document: t.Mapping[str, t.Any]) -> None:
        """Write to the description; without a credential, create one that has no pair."""
        credential = self._find()
        about = _about(credential) if credential else {}
        changes: dict[str, t.Any] = {"description": _described({**about, name: document})}
        if credential is None:
            changes["inputs"] = {owner: document[owner] for owner in OWNER}
        self._save(credential, changes)

    def _remove_note(self) -> None:
        credential = self._find()
        if credential is None:
            return
        if not credential["inputs"].get("public_key") and not _about(credential).get("record"):
            self.remove()  # it was only created for the note
            return
        self._save(credential, {"description": _described({**_about(credential), "note": None})})

    def _save(self, credential: dict[str, t.Any] | None, changes: dict[str, t.Any]) -> None:
        if credential:
            self._controller.request("PATCH", f"credentials/{credential['id']}", changes)
            return
        organization = self._only("organizations", self._organization)["id"]
        owner = {"organization": organization, "credential_type": self._type_record()["id"]}
        self._controller.request("POST", "credentials", {"name": self._name, **owner, **changes})

    def _find(self) -> dict[str, t.Any] | None:
        owner = {"organization__name": self._organization, "credential_type__name": self._type}
        query = {"name": self._name, **owner}
        found = self._controller.request("GET", "credentials", query)["results"]
        if len(found) > 1:
            raise StoreError(f"AWX has {len(found)} credentials named {self._name!r}.")
        return {**found[0], "inputs": found[0].get("inputs") or {}} if found else None

    def _type_record(self) -> dict[str, t.Any]:
        return self._only("credential_types", self._type)

    def _only(self, endpoint: str, name: str) -> dict[str, t.Any]:
        if endpoint not in self._records:
            found = self._controller.request("GET", endpoint, {"name": name})["results"]
            if len(found) != 1:
                raise StoreError(f"AWX has no {endpoint.replace('_', ' ')[:-1]} {name!r} (or doesn't show it).")
            self._records[endpoint] = found[0]
        return self._records[endpoint]


def _about(credential: dict[str, t.Any]) -> dict[str, t.Any]:
    """What stands in the description; nothing of what a person wrote there."""
    text = str(credential.get("description") or "")
    try:
        about = json.loads(text[text.index("{") :])
    except ValueError:
        return {}
    return about if isinstance(about, dict) else {}


def _described(about: t.Mapping[str, t.Any]) -> str:
    return _HEAD + json.dumps({name: value for name, value in about.items() if value})
