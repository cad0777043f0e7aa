# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs an operation in the task's own process on the controller. PRIVATE to this collection.

This takes a tenth of the time of starting a module, and the items of a loop share one session: a task's worker process
runs all items, then ends, and everything stored here ends with it. The task's connection and ``become`` aren't used.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import typing as t

from ansible import context
from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import filter_loader, test_loader
from ansible.utils.display import Display

from ..module_utils._client.client import Client
from ..module_utils._client.connection import Connection
from ..module_utils._client.deadline import Budget
from ..module_utils._client.errors import InputError
from ..module_utils._client.profile import Profile
from ..module_utils._client.proxy import secrets_of
from ..module_utils._client.scrub import Scrubber
from ..module_utils._client.third_party import REQUESTS_IMPORT_ERROR
from ..module_utils._domain.shown import shown, shown_all
from ..module_utils._domain.vendor import misread
from ..module_utils._ops import run as runner
from ..module_utils._ops.arguments import CONNECTION, shape_problems
from ..module_utils._ops.context import Context, Params, Result
from . import _one_pair, _profile
from ._journal import NAME, FileJournal, who
from ._variables import (
    NotAsked,
    Variables,
    declared,
    extra_variables,
    is_on_awx,
    keeps_files,
    why_untemplated,
)

display = Display()

# Loaded here, in the process that forks the workers: else each worker loads all Jinja plugins again, which takes longer
# than its requests.
test_loader.get("ansible.builtin.defined")
filter_loader.get("ansible.builtin.default")

# Standard output belongs to callbacks, and some of them print JSON. Asked here, in the process that has the terminal:
# newer versions of Ansible take it away from their workers.
_PERSON_WATCHES = sys.stderr is not None and sys.stderr.isatty()

_LOGIN = ("site", "company", "public_key", "private_key", "private_key_file")
_MASK = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
_clients: dict[Connection, Client] = {}


def shared_client(connection: Connection, scrubber: Scrubber) -> Client:
    """One session for each instance and key pair within this process."""
    if connection not in _clients:
        _clients[connection] = Client(connection, scrubber)
    client = _clients[connection]
    client.trace = _trace if display.verbosity >= 3 else None
    return client


def _trace(line: str) -> None:
    display.vvv(shown(line))


def _show(line: str) -> None:
    display.display(shown(line))


def show_progress(line: str) -> None:
    """Show a line to the person at a terminal, if there is one."""
    if _PERSON_WATCHES:
        display.display(shown(line), stderr=True)


def _without_secrets(spec: t.Mapping[str, t.Any], args: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The arguments, with Ansible's own mask for those that are never shown."""
    masked = {}
    for name, value in args.items():
        about = spec.get(name) or {}
        if about.get("no_log") and value:
            value = _MASK
        elif about.get("options") and isinstance(value, dict):
            value = _without_secrets(about["options"], value)
        masked[name] = value
    return masked


class OperationAction(ActionBase):  # type: ignore[misc]
    """The action plugin of a module: set ``spec`` and ``operation``."""

    _supports_check_mode = True
    _supports_async = False
    _requires_connection = False

    _given_args: dict[str, t.Any] | None = None
    _budget: Budget | None = None  # the time that this task may take on its instance

    takes_pair = False  # whether a pair that a person hands in is used
    one_of: t.Sequence[str] = ()  # options of which exactly one is needed

    def spec(self) -> dict[str, t.Any]:
        raise NotImplementedError

    def operation(self, params: Params, context: Context) -> Result:
        raise NotImplementedError

    def noted(self, reason: str) -> dict[str, t.Any]:
        """Further fields of the result of a task that was refused before it began."""
        return {}

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """The result as it may be shown: its texts hold names and messages of an instance."""
        task_vars = self._task_vars = task_vars or {}
        given = self._task.args = self._given_args or self._task.args
        try:
            found: dict[str, t.Any] = shown_all(self._run(tmp, task_vars))
            return found
        finally:
            # Ansible gives a task's arguments to every callback; those that are tried again are these
            self._given_args, self._task.args = given, _without_secrets(self.spec(), given)

    def _run(self, tmp: t.Any, task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        try:
            super().run(tmp, task_vars)
            self._refuse_shared_pair(task_vars)
            self._check_surroundings()
            self._budget = self._time_for(task_vars)
            with self.environment():
                return self.run_here(self.validated(task_vars), task_vars)
        except _one_pair.SharedPair as exc:
            error = runner.meaning(exc)
            return {"failed": True, "changed": False, "msg": str(exc), "error": error, **self.noted(str(exc))}
        except AnsibleActionFail as exc:
            # a result, as from a module: raised, it would pass by failed_when
            return {"failed": True, "changed": False, "msg": str(exc)}

    def _check_surroundings(self) -> None:
        if self._task.delegate_to and self._connection.transport != "local":
            raise AnsibleActionFail(
                "This collection runs only on the controller, so the task can't be delegated to"
                f" {self._task.delegate_to}. Remove delegate_to. To reach an instance through another network, set"
                " cw_proxy for its host, or use an SSH tunnel or an instance group of AWX."
            )
        if REQUESTS_IMPORT_ERROR:
            raise AnsibleActionFail(
                "The Python that runs Ansible lacks the library requests. Run:"
                f" {sys.executable} -m pip install 'requests>=2.31'"
            )

    def _time_for(self, task_vars: t.Mapping[str, t.Any]) -> Budget:
        try:
            seconds = Variables(task_vars, self._templar.template).value("fleet_instance_timeout")
        except NotAsked as exc:
            raise AnsibleActionFail(str(exc)) from None
        if not seconds > 0:  # asked so, this refuses "not a number" too
            raise AnsibleActionFail("fleet_instance_timeout must be more than 0 seconds.")
        return Budget(seconds)

    def _from_inventory(self, task_vars: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        """The connection as the inventory has it, for the options that the task doesn't give.

        The login is one thing: a task that gives any of it means no other part of the inventory's, else the
        keys of one instance could go to another.
        """
        given = set(self._task.args)
        if given & set(_LOGIN):
            given.update((*_LOGIN, "own_member"))
        wanted = [name for name in CONNECTION if f"cw_{name}" in task_vars and name not in given]
        spec = self.spec() if wanted else {}
        found = {name: self._inventory_value(f"cw_{name}", task_vars) for name in wanted if name in spec}
        return {name: value for name, value in found.items() if value is not None}

    def _inventory_value(self, variable: str, task_vars: t.Mapping[str, t.Any]) -> t.Any:
        try:
            value = self._templar.template(task_vars[variable])
            if value == task_vars.get("omit"):  # 2.18 has a text for it
                return None
        except AnsibleError as exc:
            if type(exc).__name__ == "AnsibleValueOmittedError":  # from 2.19 on
                return None
            why = why_untemplated(variable, task_vars[variable], exc)
            raise AnsibleActionFail(f"The inventory variable {variable} can't be read: {why}") from None
        wrong = misread(variable, value) if declared()[variable]["type"] in ("str", "path") else ""
        if wrong:
            raise AnsibleActionFail(f"{wrong}.")
        return value

    def _refuse_shared_pair(self, task_vars: dict[str, t.Any]) -> None:
        """Before any request: a pair that a person hands in is for one vendor on one host."""
        given = extra_variables(self._loader)
        extra = [name for name in _one_pair.HALVES if name in given]
        if not extra and not (self.takes_pair and any(name in task_vars for name in _one_pair.HALVES)):
            return
        values = {
            name: self._inventory_value(name, task_vars) if name in task_vars else None for name in _one_pair.HALVES
        }
        host = str(task_vars["inventory_hostname"])
        _one_pair.check(host, values, extra, [], task_vars, self.takes_pair)

    def run_here(self, params: dict[str, t.Any], task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        return self.execute(self.operation, params)

    def execute(self, operation: runner.Operation, params: Params, vendor: str = "") -> Result:
        """An operation over the session that this process shares; what it writes is in the host's journal."""
        journals: list[FileJournal] = []

        def make_client(connection: Connection, scrubber: Scrubber) -> Client:
            client = shared_client(connection, scrubber)
            journals.append(self._journal(connection, scrubber, vendor))
            client.journal = journals[0]
            client.profile = self._profile(connection)
            return client

        result = runner.execute(
            operation,
            params,
            check_mode=self._task.check_mode,
            diff_mode=self._task.diff,
            make_client=make_client,
            progress=show_progress,
            budget=self._budget,
        )
        result.setdefault("warnings", []).extend(lost for journal in journals for lost in journal.lost)
        return result

    def _profile(self, connection: Connection) -> Profile | None:
        """What a first contact learned about this instance; None if nothing is known."""
        try:
            folder = str(Variables(self._task_vars, self._templar.template).value("cw_output_dir"))
        except NotAsked as exc:
            raise InputError([str(exc).rstrip(".")]) from None
        return _profile.read(folder, str(self._task_vars["inventory_hostname"]), connection.instance).profile

    def _journal(self, connection: Connection, scrubber: Scrubber, vendor: str) -> FileJournal:
        variables = Variables(self._task_vars, self._templar.template)
        host = str(self._task_vars["inventory_hostname"])
        on_awx = is_on_awx(self._task_vars)
        try:
            folder = str(variables.value("onboard_output_dir")) if keeps_files(self._task_vars, variables) else ""
        except NotAsked as exc:
            raise InputError([str(exc).rstrip(".")]) from None
        about = {
            "who": who(self._task_vars),
            "playbook": " ".join(map(str, context.CLIARGS.get("args") or ())),
            "host": host,
            "instance": connection.instance,
            "vendor": vendor,
        }
        path = os.path.join(folder, host, NAME) if folder else ""
        return FileJournal(folder, path, about, scrubber, _show if on_awx else None)

    def validated(self, task_vars: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        """The task's options and the inventory's, checked and converted, as plain data.

        They never go back into the task: callbacks may show its arguments.
        """
        spec = self.spec()
        args = {**self._from_inventory(task_vars), **self._task.args}
        problems = shape_problems(spec, args)
        if problems:
            raise AnsibleActionFail(str(InputError(problems)))
        groups = [self.one_of] if self.one_of else None
        result = ArgumentSpecValidator(spec, mutually_exclusive=groups, required_one_of=groups).validate(args)
        if result.error_messages:
            scrubber = Scrubber()
            scrubber.add(*(str(args.get(name) or "") for name in ("private_key", "pair_private_key")))
            scrubber.add(*secrets_of(args.get("proxy")))
            raise AnsibleActionFail(scrubber.text("; ".join(result.error_messages)))
        return t.cast("dict[str, t.Any]", json.loads(json.dumps(result.validated_parameters, default=str)))

    @contextlib.contextmanager
    def environment(self) -> t.Iterator[None]:
        """The task's ``environment`` holds here as it would for a module."""
        wanted: dict[str, t.Any] = {}
        self._compute_environment_string(wanted)
        before = {name: os.environ.get(name) for name in wanted}
        os.environ.update({str(name): str(value) for name, value in wanted.items()})
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value
