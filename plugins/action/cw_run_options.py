# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module cw_run_options, which always runs on the controller; see its documentation."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleError, AnsiblePromptInterrupt, AnsiblePromptNoninteractive
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ..module_utils._ops import run_options
from ..plugin_utils._asked import (
    NotAsked,
    extra_variables,
    first_given,
    is_blank,
    need_target_and_vendor,
    refuse_internal,
    vendor_names,
    words,
)

display = Display()

# what decided once, from anywhere, whether a run onboards or takes off
_GONE = ("cw_state", "onboard_state")
_SHOWN = 10
_ONBOARD = "Say which to onboard, such as -e vendor=rewst or -e vendor=rewst,hudu."
_ROTATE = "Say whose keys to rotate, such as -e vendor=rewst or -e vendor=rewst,hudu."
_OFFBOARD = "Say which to take off, such as -e vendor=rewst."

Result = t.Dict[str, t.Any]


class ActionModule(ActionBase):  # type: ignore[misc]
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> Result:
        super().run(tmp, task_vars)
        _result, params = self.validate_argument_spec(argument_spec=run_options.argument_spec())
        self._vars = task_vars or {}
        self._extra = extra_variables(self._loader)
        self._products: t.Mapping[str, str] = params["products"]
        read: t.Callable[[], Result] = getattr(self, f"_{params['purpose']}")
        try:
            return {"changed": False, "vendors": [], "max_age": None, "keep_old_for": None, **read()}
        except NotAsked as exc:
            return {"failed": True, "changed": False, "msg": f"Nothing was changed. {exc}"}

    def _any(self) -> Result:
        refuse_internal(self._extra)
        for name in _GONE:
            where = self._hosts_with(name)
            if where:
                raise NotAsked(
                    f"The variable {name} is set for {where}, and no variable takes an integration off. Remove it; to"
                    " take one off, run the playbook offboard.yml: ansible-playbook msp.connectwise.offboard"
                    " -e target=HOST -e vendor=VENDOR."
                )
        return {}

    def _hosts_with(self, name: str) -> str:
        """Where a variable is set, in a few words; empty where it is set nowhere."""
        if not is_blank(self._extra.get(name)):
            return f"all hosts (-e {name}=...)"
        everyone = self._vars["hostvars"]
        found = [host for host in self._hosts() if not is_blank(everyone.raw_get(host).get(name))]
        if not found:
            return "" if is_blank(self._vars.get(name)) else "this play"
        return ", ".join(found[:_SHOWN]) + (f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else "")

    def _onboard(self) -> Result:
        vendors = self._known(self._value("vendor"), _ONBOARD)
        if not vendors:
            raise NotAsked(self._say("No vendor was named.", _ONBOARD))
        return {"vendors": vendors}

    def _rotate(self) -> Result:
        max_age = first_given(self._value("rotate_max_age"), self._value("cw_max_key_age"), 90)
        keep = first_given(self._value("rotate_keep_old_for"), self._value("cw_keep_old_key_for"), 7)
        if self._now():
            max_age = keep = 0
        if _is_zero(max_age) and _is_zero(keep):
            need_target_and_vendor("A rotation that stops the old keys at once needs", self._extra_value)
        vendors = self._known(self._value("vendor"), _ROTATE)
        if not vendors:
            inventory = self._value("cw_vendors")
            if inventory is None or (isinstance(inventory, str) and not inventory.strip()):
                host = self._vars["inventory_hostname"]
                problem = f"No vendor was named, and the inventory names none for {host} (cw_vendors)."
                raise NotAsked(self._say(problem, _ROTATE))
            vendors = self._known(words(inventory), _ROTATE)
        return {"vendors": vendors, "max_age": max_age, "keep_old_for": keep}

    def _now(self) -> bool:
        """Whether ``-e rotate_now=true`` was given."""
        value = self._extra_value("rotate_now")
        if is_blank(value):
            return False
        try:
            now = boolean(value, strict=True)
        except TypeError:
            raise NotAsked(f"rotate_now has to be true or false, and not {value!r}.") from None
        for name in ("rotate_max_age", "rotate_keep_old_for"):
            given = self._extra_value(name)
            if now and not is_blank(given) and not _is_zero(given):
                raise NotAsked(f"rotate_now=true and {name}={given} contradict each other. Give one of them.")
        return bool(now)

    def _offboard(self) -> Result:
        self._any()
        need_target_and_vendor("Taking integrations off needs", self._extra_value)
        vendors = self._known(self._extra_value("vendor"), _OFFBOARD)
        hosts = self._hosts()
        meant = words(self._extra_value("offboard_hosts"))
        if meant:
            self._compare(meant, hosts)
        elif not self._task.check_mode:
            self._ask([str(self._products[vendor]) for vendor in vendors], hosts)
        return {"vendors": vendors}

    def _compare(self, meant: list[str], hosts: list[str]) -> None:
        if set(meant) != set(hosts):
            raise NotAsked(
                f"offboard_hosts names {', '.join(meant)}, and target matches {', '.join(hosts)}. They have to be the"
                " same hosts: correct whichever is wrong."
            )

    def _ask(self, products: list[str], hosts: list[str]) -> None:
        """Ask at the terminal. Raises NotAsked where the answer isn't yes, or where there is no terminal."""
        end = f"{', '.join(products)} will stop working on {_counted(hosts)}: {', '.join(hosts)}."
        try:
            if any(name in self._vars for name in ("awx_job_id", "tower_job_id")):
                raise AnsiblePromptNoninteractive  # a job has a terminal, and nobody sits at it
            answer = display.prompt_until(f"{end}\nType yes to take it off:")
        except AnsiblePromptNoninteractive:
            raise NotAsked(
                f"{end} There is no terminal to ask whether that is meant. If it is, run the same command with"
                f" -e offboard_hosts={','.join(hosts)}."
            ) from None
        except AnsiblePromptInterrupt:
            answer = b""
        if answer.decode(errors="replace").strip().lower() != "yes":
            raise NotAsked("The answer wasn't yes.")

    def _known(self, value: t.Any, how: str) -> list[str]:
        """The vendors that a value names. Raises NotAsked where one isn't known."""
        try:
            names = vendor_names(value)
        except NotAsked as exc:
            raise NotAsked(self._say(str(exc), how)) from None
        unknown = [name for name in names if name not in self._products]
        if unknown:
            raise NotAsked(self._say(f"There is no role for {', '.join(unknown)}.", how))
        return names

    def _say(self, problem: str, how: str) -> str:
        return f"{problem} {how} There are: {', '.join(self._products)}."

    def _hosts(self) -> list[str]:
        return [str(host) for host in self._vars["ansible_play_hosts_all"]]

    def _value(self, name: str) -> t.Any:
        return self._filled(name, self._vars.get(name))

    def _extra_value(self, name: str) -> t.Any:
        return self._filled(name, self._extra.get(name))

    def _filled(self, name: str, value: t.Any) -> t.Any:
        try:
            return self._templar.template(value)
        except AnsibleError as exc:
            raise NotAsked(f"The variable {name} can't be read: {exc}") from None


def _is_zero(value: t.Any) -> bool:
    try:
        return float(value) == 0
    except (TypeError, ValueError):
        return False  # the module that takes it says what is wrong


def _counted(hosts: t.Sequence[str]) -> str:
    return f"{len(hosts)} instance{'' if len(hosts) == 1 else 's'}"
