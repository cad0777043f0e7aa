# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module cw_onboard, which always runs on the controller; see its documentation."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import sys
import typing as t
from dataclasses import replace

from ansible import constants
from ansible import context as command_line

from ..module_utils._client.connection import Connection
from ..module_utils._domain.shown import yaml_scalar
from ..module_utils._domain.vendor import Integration
from ..module_utils._keys.document import time_text, utc_now
from ..module_utils._keys.ports import StoreError
from ..module_utils._keys.record import Record
from ..module_utils._keys.store import DocumentStore
from ..module_utils._ops import arguments, credentials, integration, onboard
from ..module_utils._ops.context import Context, Params, Result
from ..module_utils._ops.outcome import Outcome, failed
from ..plugin_utils import _command, _delivery, _one_pair, _profile, _vendors
from ..plugin_utils._action import show_progress
from ..plugin_utils._asked import asked_to_restore, confirms_owner, refuse_internal
from ..plugin_utils._onboarding import Onboarding, Wanted, Watch
from ..plugin_utils._own_files import InTheWay
from ..plugin_utils._settings import Settings, is_folder_name, read_settings
from ..plugin_utils._stores import make_place
from ..plugin_utils._variables import NotAsked, Variables, declared, extra_variables, is_on_awx, keeps_files
from . import cw_api_key

# Read here, in the process that forks the workers: else each worker reads all of them again.
_vendors.names()
declared()


class ActionModule(cw_api_key.ActionModule):
    spec = staticmethod(onboard.argument_spec)
    one_of = ("vendors", "integration")

    def _refuse_shared_pair(self, task_vars: dict[str, t.Any]) -> None:
        """Deferred to ``_check_pair``: once the vendors are known, each gets an outcome."""

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> Result:
        result = super().run(tmp, task_vars)
        if result.get("failed") and "results" not in result and self._task.args.get("on_incomplete") == "report":
            return {**result, "failed": False, "results": {}, "down": result["msg"], "copies": []}
        return result

    def run_here(self, params: dict[str, t.Any], task_vars: dict[str, t.Any]) -> Result:
        host = str(task_vars["inventory_hostname"])
        variables = Variables(task_vars, self._templar.template)
        chosen, refused = self._integrations(params, variables)
        self._folder = _vendors.folder_of(variables) if chosen else ""
        outcomes = {vendor: failed(_vendors.product(vendor, self._folder), "", why) for vendor, why in refused.items()}
        try:
            _check_folders(host, *(each.vendor for each in chosen))
            settings = read_settings(variables)
            self._check_pair(host, settings, [each.vendor for each in chosen], task_vars)
            extra = extra_variables(self._loader)
            refuse_internal(extra)
            restore = asked_to_restore(extra)
            if params["adopt_member"]:
                chosen = [self._adopted(host, each, params) for each in chosen]
        except (NotAsked, _one_pair.SharedPair, _Failed) as exc:
            down = f"Nothing was changed. {exc}" if isinstance(exc, NotAsked) else str(exc)
            outcomes.update({each.vendor: failed(each.product, each.member_identifier, down) for each in chosen})
            return self._result(params, outcomes, None, down)
        wanted = Wanted(
            state=params["state"],
            max_age=params["max_age"],
            keep_old_for=params["keep_old_for"],
            keep_end=params["keep_end"],
            at_once=params["at_once"],
            adopt=bool(params["adopt_member"]),
            restore=restore,
            owner_confirmed=confirms_owner(extra),
            keep_offboarded=params["keep_offboarded"],
        )
        tools = _Tools(self, params, host, settings, task_vars, keeps_files=keeps_files(task_vars, variables))
        tools.profiles = str(variables.value("cw_output_dir"))
        run = Onboarding(host, settings, wanted, tools, is_on_awx(task_vars))
        outcomes.update(run.run(chosen))
        run.wrote_files = run.wrote_files or tools.wrote_files
        for each in chosen if params["adopt_member"] else ():
            outcomes[each.vendor]["adopted"] = self._kept_lines(host, each)
        return {**self._result(params, outcomes, run, run.down), "copies": list(tools.copies.values())}

    def _integrations(self, params: Params, variables: Variables) -> tuple[list[Integration], dict[str, str]]:
        own = params["integration"]
        if not own:
            names = list(dict.fromkeys(params["vendors"] or ()))
            found = _vendors.integrations(names, variables)
            return found.integrations, found.refused
        filled = {
            "product": own["product"] or own["vendor"],
            "member_name": own["member_name"] or own["member_identifier"],
            "permissions": own["permissions"] or [],
            "customize": own["customize"] or [],
        }
        return [Integration(**{**own, **filled})], {}

    def _check_pair(self, host: str, settings: Settings, vendors: list[str], task_vars: dict[str, t.Any]) -> None:
        values = dict(zip(_one_pair.HALVES, (settings.public_key, settings.private_key)))
        given = extra_variables(self._loader)
        extra = [name for name in _one_pair.HALVES if name in given]
        _one_pair.check(host, values, extra, vendors, task_vars, True)

    def _adopted(self, host: str, own: Integration, params: Params) -> Integration:
        chosen: list[onboard.Adopted] = []  # not in the result, where names are masked and shown

        def choose(_params: Params, context: Context) -> Result:
            chosen.append(onboard.adopted(host, params["adopt_member"], own.role_name, params, context))
            return {}

        result = self.execute(choose, params)
        if result.get("failed"):
            raise _Failed(result["msg"])
        [found] = chosen
        self._why = found.why
        return dataclasses.replace(
            own,
            member_identifier=found.member,
            member_name=found.name,
            structure_level=found.structure_level,
            role_name=found.role,
        )

    def _kept_lines(self, host: str, own: Integration) -> list[str]:
        """The variables to add to the inventory, so that later runs find the same member and role."""
        options = ("member_identifier", "member_name", "structure_level", "role_name")
        role = f"security role {own.role_name}"
        role = f"gets {role}, since {self._why}" if self._why else f"keeps {role}"
        return [
            f"{own.member_identifier} of {host} keeps its name, and {role}.",
            "Add these lines to the host in the inventory, so that later runs find the same member and role:",
            *(f"{own.vendor}_{option}: {yaml_scalar(getattr(own, option))}" for option in options),
        ]

    def _result(
        self, params: Params, outcomes: dict[str, Outcome], run: Onboarding | None = None, down: str = ""
    ) -> Result:
        results = {vendor: outcomes[vendor] for vendor in dict.fromkeys(params["vendors"] or outcomes)}
        reasons = [_said(outcome) for outcome in results.values() if outcome.get("reason")]
        result: Result = {
            "changed": any(outcome["changed"] for outcome in results.values()) or bool(run and run.wrote_files),
            "results": results,
            "down": down,
            "copies": [],
            "requests": run.requests if run else {"read": 0, "written": 0, "retried": 0},
            "warnings": run.warnings if run else [],
        }
        if run and self._task.diff and run.diff:
            result["diff"] = run.diff
        if reasons and params["on_incomplete"] == "fail":
            result.update(failed=True, msg=" ".join(dict.fromkeys(reasons)))
        return result


def _check_folders(*names: str) -> None:
    """Raises NotAsked if the name of a host or vendor can't be a folder name."""
    for name in names:
        if not is_folder_name(name):
            raise NotAsked(
                f"{name!r} can't be a folder name, and key pairs and worksheets need one. Rename it."
            )


class _Failed(Exception):
    """A request before the first vendor failed; the text is for the user."""


@dataclasses.dataclass
class _Tools:
    """What onboarding needs from Ansible; see ``Tools`` in ``_onboarding.py``."""

    action: ActionModule
    params: Params
    host: str
    settings: Settings
    task_vars: dict[str, t.Any]
    copies: dict[str, Result] = dataclasses.field(default_factory=dict)
    company: str = ""  # as in the login; a result may have it masked
    keeps_files: bool = True
    wrote_files: bool = False
    pages: dict[str, str] = dataclasses.field(default_factory=dict)  # the deliveries of new pairs, by vendor
    profiles: str = ""  # the folder of the instances' profiles
    instance: str = ""  # as profiles name it

    @property
    def check_mode(self) -> bool:
        return bool(self.action._task.check_mode)

    def integrate(self, own: Integration, options: t.Mapping[str, t.Any], watch: Watch | None = None) -> Result:
        params = arguments.filled(integration.argument_spec(), self.params, options)

        def operation(_params: Params, context: Context) -> Result:
            context.watch = watch or context.watch
            connection = context.client.connection
            self.company, self.instance = connection.company, connection.instance
            with contextlib.closing(self._place(own)) as place:
                store = cw_api_key.document_store(place, connection, own.member_identifier)
                result = integration.run(params, context, store, self.action.hand_in(params))
                public_key = result["outcome"].get("public_key")
                if self._copies and public_key and (store.record() or Record()).copied != public_key:
                    self._add_copy(own)
                self._deliver(own, result, context, store)
                return {**result, "role_page": context.role_page}

        result = self.action.execute(operation, params, own.vendor)
        if own.vendor in self.pages and "outcome" in result:
            # not above: what an operation returns is masked, and a path may hold a masked word
            result["outcome"]["delivery"] = self.pages[own.vendor]
        return result

    @property
    def _copies(self) -> bool:
        return bool(self.settings.copy_tasks) and not self.check_mode and self.params["state"] != "absent"

    def _add_copy(self, own: Integration) -> None:
        store = self.settings.store_of(self.host, own.vendor)
        found = {"vendor": own.vendor, "product": own.product, "member": own.member_identifier}
        self.copies[own.vendor] = {**found, "store": store, "tasks": self.settings.copy_tasks}

    def command(self, vendor: str) -> str:
        return _command.onboarding(sys.argv, self.host, vendor)

    def tell(self, line: str) -> None:
        show_progress(line)

    def _deliver(self, own: Integration, result: Result, context: Context, store: DocumentStore) -> None:
        """Write the delivery of a new pair next to the worksheet; offboarding removes it."""
        outcome = result["outcome"]
        root = self.settings.output_dir if self.keeps_files else os.path.join(constants.DEFAULT_LOCAL_TMP, "handover")
        place = _delivery.Place(root, self.host, own.vendor, self.check_mode)
        try:
            if self.params["state"] == "absent":
                diffs = place.remove()
            elif outcome.get("public_key"):
                diffs = self._bring(own, outcome, context.client.connection, store, place)
            else:
                return
        except (InTheWay, OSError, StoreError) as exc:
            what = f"{place.page} can't be written: {exc.strerror}." if isinstance(exc, OSError) else str(exc)
            context.warn(f"{what} That page says where to enter the new pair in {own.product}.")
            return
        if diffs:
            self.wrote_files = True
            result["diff"] = [*(result.get("diff") or []), *diffs]

    def _bring(
        self, own: Integration, outcome: Outcome, connection: Connection, store: DocumentStore, place: _delivery.Place
    ) -> list[t.Any]:
        record, public_key = store.record() or Record(), str(outcome["public_key"])
        new = record.delivered != public_key and not self.check_mode
        known = {
            "member": own.member_identifier,
            "company": connection.company,
            "api_host": connection.site.host,
            "web_host": self.settings.web_host or connection.site.web_host,
            "public_key": public_key,
        }
        store_options = self.settings.chosen_store(self.host, own.vendor)
        command, said = _delivery.show_command(store_options, command_line.CLIARGS)
        until = outcome.get("retire_after")
        found = _delivery.document(
            _vendors.delivery(own.vendor, self.action._folder),
            known,
            self.host,
            own.vendor,
            own.product,
            stored_in=store.place,
            since=time_text(utc_now()) or "",
            command=command,
            no_command=said,
            old_key=f"The old key works until {until}: give the product this pair before then." if until else "",
        )
        diffs = place.bring(found, new)
        if new:
            self.wrote_files = True
            self.pages[own.vendor] = place.page
            store.write_record(replace(store.record() or Record(), delivered=public_key))
        return diffs

    def is_fill_confirmed(self) -> bool:
        return _profile.is_fill_confirmed(self.profiles, self.host, self.instance)

    def confirm_fill(self) -> None:
        _profile.confirm_fill(self.profiles, self.host, self.instance, time_text(utc_now()) or "")

    def put_away(self, own: Integration) -> str | None:
        options = {"member": own.member_identifier, "company": self.company, "state": self.settings.stored_pair}
        with contextlib.closing(self._place(own)) as place:
            result = credentials.converge(place, options, self.check_mode, utc_now())
        return (result["archived_in"] or "") if result["changed"] else None

    def _place(self, own: Integration) -> t.Any:
        return make_place(self.settings.chosen_store(self.host, own.vendor), self.action, self.task_vars)


def _said(outcome: Outcome) -> str:
    page = outcome.get("worksheet")
    then = f" Worksheet: {page}. Then run this playbook again to verify and continue." if page else ""
    return f"{outcome['reason']}{then}"
