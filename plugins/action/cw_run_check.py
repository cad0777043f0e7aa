# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module cw_run_check, which always runs on the controller; see its documentation."""

from __future__ import annotations

import functools
import os
import typing as t
from pathlib import Path

from ansible import context
from ansible.errors import AnsibleError, AnsiblePromptInterrupt, AnsiblePromptNoninteractive
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ..module_utils._domain.names import near_names
from ..module_utils._domain.shown import shown, shown_all
from ..module_utils._domain.wording import counted
from ..module_utils._keys.document import time_text, utc_now
from ..module_utils._ops import run_check
from ..plugin_utils import _audit_settings, _vendors
from ..plugin_utils._asked import GONE, check_names, need_target_and_vendor, vendor_names, words
from ..plugin_utils._core import check_core
from ..plugin_utils._due import Due, due_on, left_over
from ..plugin_utils._files import folder_obstacle
from ..plugin_utils._hosts import Host, collided, host_problems
from ..plugin_utils._settings import read_settings
from ..plugin_utils._variables import NotAsked, Variables, extra_variables, is_blank, is_on_awx, of_host

display = Display()

_SHOWN = 10
_OURS = Path(__file__).resolve().parents[2] / "playbooks"
_ONBOARD = "Name the vendors to onboard, such as -e vendor=rewst or -e vendor=rewst,hudu."
_ROTATE = "Name the vendors whose keys to rotate, such as -e vendor=rewst or -e vendor=rewst,hudu."
_OFFBOARD = "Name the vendors to offboard, such as -e vendor=rewst."
_MOVE = "Name the vendors whose pairs to move, such as -e vendor=rewst or -e vendor=rewst,hudu."
_ADOPT = "Give the vendor and the member: -e vendor=rewst -e adopt_member=OldRewst."

_WRITES_NEED = "first_contact_writes and first_contact_member work on one instance, so they need"
_NEW_PAIR_NEEDS = "cw_new_pair_file holds the pair of one instance, so it needs"
_MAY_WRITE = (
    "First contact reads from {host}. It can also create one security role there, change a level in it, and delete it,"
    " to learn what only writes show."
)
_MAY_ADD_MEMBER = (
    "It can also create one API member on {host}, with that role. ConnectWise can't delete members: it stays,"
    " inactive."
)

Result = t.Dict[str, t.Any]


class ActionModule(ActionBase):  # type: ignore[misc]
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> Result:
        super().run(tmp, task_vars)
        _result, self._params = self.validate_argument_spec(argument_spec=run_check.argument_spec())
        self._vars = task_vars or {}
        self._extra = extra_variables(self._loader)
        self._given = Variables(self._extra, self._templar.template)
        self._own = functools.cache(self._vars["hostvars"].raw_get)  # Ansible collects them again at each access
        try:
            check_core(self._vars)
            return {"changed": False, **self._checked(self._params["purpose"])}
        except NotAsked as exc:
            return {"failed": True, "changed": False, "msg": shown(f"Nothing was changed. {exc}")}

    def _checked(self, purpose: str) -> Result:
        if purpose == "audit":
            return self._audit()
        _refuse_tags()
        folders = self._folders
        known = [vendor for each in folders for vendor in (*_vendors.names(each), *_vendors.own(each))]
        check_names(self._extra, frozenset(known))
        self._refuse_gone()
        new_pair_file = self._given.value("cw_new_pair_file")
        if new_pair_file:
            need_one_host(_NEW_PAIR_NEEDS, self._given.get("target"), self._names())
        result: Result = {"started": time_text(utc_now()), "only": [], "hosts": {}, "problems": [], "left": []}
        if purpose == "any":
            return {**result, "new_pair_file": new_pair_file or ""}
        result["warnings"] = shown_all(_replacing(folders))
        if purpose == "offboard":
            need_target_and_vendor("Offboarding needs", self._given.get)
        if purpose == "site":
            result["only"] = self._only()
            self._check_output()
        read: t.Callable[[Variables, Host], None] = getattr(self, f"_{purpose}")
        hosts = [self._host(name, read, result["only"]) for name in self._names()]
        collided(hosts)
        if purpose == "rotate":
            result["left"] = shown_all(self._limit(hosts))
        if purpose == "offboard":
            self._consent(hosts[0])
        if purpose == "first_contact":
            result["consent"] = self._consented(hosts)
        result["hosts"] = {host.name: {**host.as_result(), "problem": shown(host.problem)} for host in hosts}
        found = [f"{host.name}: {host.problem}" for host in hosts if host.problem]
        found += [f"{host.name}: {why}" for host in hosts if not host.problem for why in host.refused.values()]
        return {**result, "problems": shown_all(found)}

    def _audit(self) -> Result:
        """Check an audit. The role audit may run in any play, so other variables aren't checked."""
        warnings = shown_all(_replacing(self._folders))
        run = _audit_settings.of_run(Variables(self._vars, self._templar.template))
        hosts = {}
        for name in self._names():
            variables = of_host(self._own(name), self._task, self._vars, self._loader)
            hosts[name] = _audit_settings.of_host(name, variables)
        result: Result = {"started": time_text(utc_now()), "only": [], "hosts": hosts, "problems": []}
        return {**result, "audit": run, "warnings": warnings}

    def _host(self, name: str, read: t.Callable[[Variables, Host], None], only: list[str]) -> Host:
        host = Host(name)
        try:
            variables = of_host(self._own(name), self._task, self._vars, self._loader)
            host.vendor_dir = _vendors.checked_folder(variables)
            host_problems(variables, host)
            read(variables, host)
            host.vendors = [vendor for vendor in host.vendors if not only or vendor in only]
            if not host.problems:
                host.refused = _vendors.integrations(host.vendors, variables).refused
        except NotAsked as exc:
            if self._params["purpose"] in ("onboard", "offboard", "adopt", "move"):
                raise  # the same for all hosts, and named by the user
            host.problems.append(str(exc))
        except AnsibleError as exc:
            host.problems.append(f"its variables can't be read: {exc}")
        return host

    @functools.cached_property
    def _folders(self) -> list[str]:
        """The folders with the user's own lists of all hosts, each once; "" stands for only the collection's lists.

        Raises NotAsked with every error in every file.
        """
        found = {"": None}
        problems: dict[str, None] = {}
        for name in self._names():
            own = self._own(name)
            if any("cw_vendor_dir" in source for source in (own, self._vars, self._extra)):
                try:
                    found[_vendors.checked_folder(of_host(own, self._task, self._vars, self._loader))] = None
                except NotAsked as exc:
                    problems[str(exc)] = None
        if problems:
            raise NotAsked(" ".join(problems))
        return list(found)

    def _refuse_gone(self) -> None:
        for name in GONE:
            where = self._hosts_with(name)
            if where:
                raise NotAsked(
                    f"The variable {name} is set for {where}, but no variable offboards an integration. Remove it. To"
                    " offboard one, run: ansible-playbook msp.connectwise.offboard -e target=HOST -e vendor=VENDOR."
                )

    def _hosts_with(self, name: str) -> str:
        """Where a variable is set, in a few words; empty if it isn't set."""
        if not is_blank(self._extra.get(name)):
            return f"all hosts (-e {name}=...)"
        found = [host for host in self._names() if not is_blank(self._own(host).get(name))]
        if not found:
            return "" if is_blank(self._vars.get(name)) else "this play"
        return ", ".join(found[:_SHOWN]) + (f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else "")

    def _check_output(self) -> None:
        folder = Variables(self._vars, self._templar.template).value("fleet_output_dir")
        obstacle = folder_obstacle(os.path.realpath(folder))
        if obstacle:
            raise NotAsked(
                f"The results of this run couldn't be written: {obstacle}. Make it a writable folder, or name"
                " another one (fleet_output_dir or cw_output_dir), and run again."
            )

    def _only(self) -> list[str]:
        asked = Variables(self._vars, self._templar.template).value("fleet_only")
        only = list(dict.fromkeys(word.lower() for word in words(asked)))
        known = {vendor for folder in self._folders for vendor in _vendors.names(folder)}
        unknown = [name for name in only if name not in known]
        if unknown:
            raise NotAsked(self._say(f"Unknown vendor: {', '.join(unknown)} (fleet_only).", "", sorted(known)))
        return only

    def _onboard(self, variables: Variables, host: Host) -> None:
        alias = self._params["vendor"]
        asked = variables.get("vendor")
        if alias and not is_blank(self._given.get("vendor")) and self._given.get("vendor") != alias:
            raise NotAsked(
                f"This playbook onboards {alias}, but -e vendor={self._given.get('vendor')} names another. Leave it"
                " out, or run the playbook onboard."
            )
        host.vendors = self._known(alias or asked, _ONBOARD, host)
        if not host.vendors:
            raise NotAsked(self._say("No vendor was named.", _ONBOARD, _vendors.names(host.vendor_dir)))

    def _adopt(self, variables: Variables, host: Host) -> None:
        host.vendors = self._known(variables.get("vendor"), _ADOPT, host)
        member = variables.get("adopt_member")
        if len(host.vendors) != 1 or is_blank(member):
            raise NotAsked(self._say("No vendor or member was named.", _ADOPT, _vendors.names(host.vendor_dir)))
        host.adopt_member = str(member)

    def _rotate(self, variables: Variables, host: Host) -> None:
        host.max_age, host.keep_old_for = (_days(variables, name) for name in ("rotate_max_age", "rotate_keep_old_for"))
        host.keep_end = is_blank(variables.get("rotate_keep_old_for"))
        host.at_once = self._now() or (host.max_age == 0 and host.keep_old_for == 0)
        if host.at_once:
            host.max_age = host.keep_old_for = 0
            need_target_and_vendor("A rotation that stops the old keys at once needs", self._given.get)
        host.vendors = self._asked_or_all(variables, host, _ROTATE)

    def _limit(self, hosts: t.Sequence[Host]) -> list[str]:
        """Remove the vendors whose keys rotate_at_most leaves for a later run from the hosts; one line for each.

        Raises NotAsked unless it is the same number for all hosts.
        """
        at_most: set[int | None] = set()
        due: list[Due] = []
        for host in hosts:
            if host.problems or host.at_once:  # all leaked keys are stopped
                continue
            variables = of_host(self._own(host.name), self._task, self._vars, self._loader)
            limit = variables.value("rotate_at_most")
            at_most.add(limit)
            if limit is not None:
                due += due_on(host, variables, self._loader)
        if at_most <= {None}:
            return []
        number = at_most.pop()
        if at_most or number is None or number < 0:
            raise NotAsked(
                "rotate_at_most must be one number, 0 or more, for all hosts of the run. Give it as an extra variable,"
                " such as -e rotate_at_most=5, or set it for all hosts."
            )
        left = left_over(due, number)
        for host in hosts:
            gone = {each.vendor for each in left if each.host == host.name}
            host.vendors = [vendor for vendor in host.vendors if vendor not in gone]
        return [f"{each} (rotate_at_most={number})" for each in left]

    def _asked_or_all(self, variables: Variables, host: Host, how: str) -> list[str]:
        """The named vendors, else all that the inventory names for the host. Raises NotAsked."""
        asked = self._known(variables.get("vendor"), how, host)
        if asked:
            return asked
        inventory = variables.get("cw_vendors")
        if inventory is None or (isinstance(inventory, str) and not inventory.strip()):
            problem = f"No vendor was named, and the inventory names none for {host.name} (cw_vendors)."
            raise NotAsked(self._say(problem, how, _vendors.names(host.vendor_dir)))
        return self._known(words(inventory), how, host)

    def _move(self, variables: Variables, host: Host) -> None:
        """The stores that the host's pairs move from and to. Raises NotAsked if they can't be moved."""
        source = variables.value("move_from")
        if not source:
            raise NotAsked(
                "Name the store that holds the pairs now, such as -e '{\"move_from\": {\"type\": \"vault_file\"}}'. The"
                " run moves them to the store in the inventory (cw_store, cw_credentials_dir)."
            )
        if source.get("type") == "awx_credential":
            raise NotAsked(
                "AWX never returns the private key of a credential, so no pair can be moved out of it. Create a new"
                " key by hand for each API member, and hand it in with the new store."
            )
        host.vendors = self._asked_or_all(variables, host, _MOVE)
        settings = read_settings(variables)
        for own in _vendors.integrations(host.vendors, variables).integrations:
            places = {
                "store": settings.moved_from(source, host.name, own.vendor),
                "to": settings.store_of(host.name, own.vendor),
            }
            host.moves.append({"vendor": own.vendor, "member": own.member_identifier, **places})

    def _now(self) -> bool:
        """Whether ``-e rotate_now=true`` was given."""
        value = self._given.get("rotate_now")
        if is_blank(value):
            return False
        try:
            now = boolean(value, strict=True)
        except TypeError:
            raise NotAsked(f"rotate_now must be true or false, not {value!r}.") from None
        for name in ("rotate_max_age", "rotate_keep_old_for"):
            given = self._given.get(name)
            if now and not is_blank(given) and not _is_zero(given):
                raise NotAsked(f"rotate_now=true and {name}={given} contradict each other. Give one of them.")
        return bool(now)

    def _site(self, variables: Variables, host: Host) -> None:
        # an empty list is an answer here
        asked = next((value for value in map(variables.get, ("fleet_vendors", "cw_vendors")) if value is not None), "")
        if isinstance(asked, str) and is_blank(asked):
            host.problems.append("cw_vendors is missing: name the vendors of this instance, or give an empty list")
        elif not isinstance(asked, str) and not (
            isinstance(asked, list) and all(isinstance(vendor, str) for vendor in asked)
        ):
            host.problems.append("cw_vendors must be a list of vendors")
        else:
            host.vendors = list(dict.fromkeys(word.lower() for word in words(asked)))
            known = _vendors.names(host.vendor_dir)
            unknown = [vendor for vendor in host.vendors if vendor not in known]
            if unknown:
                host.problems.append(_unknown(unknown, host.vendor_dir))

    def _offboard(self, variables: Variables, host: Host) -> None:
        host.vendors = self._known(self._given.get("vendor"), _OFFBOARD, host)

    def _consent(self, first: Host) -> None:
        """Raises NotAsked unless exactly these hosts were named, or a person answers yes. Check mode needs neither."""
        hosts = self._names()
        meant = words(self._given.get("offboard_hosts"))
        if meant and set(meant) != set(hosts):
            raise NotAsked(
                f"offboard_hosts names {', '.join(meant)}, but target matches {', '.join(hosts)}. Name the same hosts"
                " in both."
            )
        if not meant and not self._task.check_mode:
            self._ask([_vendors.product(vendor, first.vendor_dir) for vendor in first.vendors], hosts)

    def _ask(self, products: list[str], hosts: list[str]) -> None:
        """Ask at the terminal. Raises NotAsked if the answer isn't yes, or if there is no terminal."""
        end = f"{', '.join(products)} will stop working on {counted(len(hosts), 'instance')}: {', '.join(hosts)}."
        try:
            if is_on_awx(self._vars):
                raise AnsiblePromptNoninteractive  # a job has a terminal, but nobody is at it
            answer = display.prompt_until(f"{shown(end)}\nType yes to offboard:")
        except AnsiblePromptNoninteractive:
            raise NotAsked(
                f"{end} There is no terminal to confirm that. To confirm it, run the same command with"
                f" -e offboard_hosts={','.join(hosts)}."
            ) from None
        except AnsiblePromptInterrupt:
            answer = b""
        if answer.decode(errors="replace").strip().lower() != "yes":
            raise NotAsked("The answer wasn't yes.")

    def _first_contact(self, variables: Variables, host: Host) -> None:
        """The report and the profile are about the instance: there are no vendors to read."""

    def _consented(self, hosts: list[Host]) -> dict[str, bool]:
        """Which objects a first contact may create, by extra variables or a person's answers."""
        told = {name: self._flag(f"first_contact_{name}") for name in ("writes", "member")}
        if told["member"] and told["writes"] is False:
            raise NotAsked(
                "first_contact_member=true and first_contact_writes=false contradict each other. Give one of them."
            )
        if told["writes"] or told["member"]:
            need_one_host(_WRITES_NEED, self._given.get("target"), self._names())
        elif told["writes"] is None and len(hosts) == 1 and words(self._given.get("target")) and not hosts[0].problem:
            told["writes"] = not self._task.check_mode and self._says_yes(_MAY_WRITE.format(host=hosts[0].name))
            if told["writes"] and told["member"] is None:
                told["member"] = self._says_yes(_MAY_ADD_MEMBER.format(host=hosts[0].name))
        return {"writes": bool(told["writes"] or told["member"]), "member": bool(told["member"])}

    def _flag(self, name: str) -> bool | None:
        value = self._given.get(name)
        if is_blank(value):
            return None
        try:
            return bool(boolean(value, strict=True))
        except TypeError:
            raise NotAsked(f"{name} must be true or false, not {value!r}.") from None

    def _says_yes(self, question: str) -> bool:
        """Whether a person at a terminal types yes; False without a terminal."""
        if is_on_awx(self._vars):
            return False
        try:
            answer = display.prompt_until(f"{shown(question)}\nType yes to allow it; anything else skips it:")
        except (AnsiblePromptNoninteractive, AnsiblePromptInterrupt):
            return False
        return bool(answer.decode(errors="replace").strip().lower() == "yes")

    def _known(self, value: t.Any, how: str, host: Host) -> list[str]:
        """The vendors that a value names. Raises NotAsked for an unknown vendor or a partial list."""
        known = _vendors.names(host.vendor_dir)
        try:
            names = vendor_names(value)
        except NotAsked as exc:
            raise NotAsked(self._say(str(exc), how, known)) from None
        unknown = [name for name in names if name not in known]
        partial = [why for why in (_vendors.why_partial(name, host.vendor_dir) for name in unknown) if why]
        if partial:
            raise NotAsked(" ".join(partial))
        if unknown:
            near = near_names(unknown, known)
            meant = f" Did you mean {' or '.join(near)}?" if near else ""
            raise NotAsked(self._say(f"Unknown vendor: {', '.join(unknown)}.{meant}", how, known))
        return names

    def _say(self, problem: str, how: str, known: t.Iterable[str]) -> str:
        return " ".join(part for part in (problem, how, f"Known vendors: {', '.join(known)}.") if part)

    def _names(self) -> list[str]:
        return [str(host) for host in self._vars["ansible_play_hosts_all"]]


def _unknown(vendors: t.Sequence[str], folder: str) -> str:
    """Why the vendors of an inventory can't be onboarded, without a full stop."""
    partial = [why.rstrip(".") for why in (_vendors.why_partial(vendor, folder) for vendor in vendors) if why]
    if partial:
        return "; ".join(partial)
    near = near_names(vendors, _vendors.names(folder))
    meant = f" (did you mean {' or '.join(near)}?)" if near else ""
    return f"unknown vendor: {', '.join(vendors)}{meant}"


def _replacing(folders: t.Iterable[str]) -> list[str]:
    """A warning for each folder whose own lists replace some of the collection's."""
    found = ((folder, _vendors.replaced(folder)) for folder in folders)
    return [
        f"Your own list in {folder} replaces the collection's list of {', '.join(vendors)}."
        for folder, vendors in found if vendors
    ]


def need_one_host(what: str, target: t.Any, hosts: list[str]) -> None:
    """Raises NotAsked unless target was given and matches one host. ``what`` needs it."""
    if not words(target) or len(hosts) != 1:
        raise NotAsked(
            f"{what} target as an extra variable that matches one host. The run has {counted(len(hosts), 'host')}. Name"
            " one, such as -e target=acme."
        )


def _refuse_tags() -> None:
    """Raises NotAsked if one of our playbooks was started with tags: it would run nothing and seem to succeed."""
    tags = set(context.CLIARGS.get("tags") or ("all",))
    started = [str(playbook) for playbook in context.CLIARGS.get("args") or ()]
    ours = all(name.startswith("msp.connectwise.") or _OURS in Path(name).resolve().parents for name in started)
    if tags != {"all"} and started and ours:
        raise NotAsked(
            f"The playbooks of this collection have no tags, so with --tags {','.join(sorted(tags))} nothing would run."
            " Leave it out; vendor and fleet_only choose vendors, target and --limit choose hosts."
        )


def _days(variables: Variables, name: str) -> float:
    """Raises NotAsked for a number below 0: every key would be due, or none would ever be retired."""
    days: float = variables.value(name)
    if days < 0:
        raise NotAsked(f"{name} must be a number of days, 0 or more, not {days:g}.")
    return days


def _is_zero(value: t.Any) -> bool:
    try:
        return float(value) == 0
    except (TypeError, ValueError):
        return False  # the reader of the variable reports it
