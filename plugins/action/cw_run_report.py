# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module cw_run_report, which always runs on the controller; see its documentation."""

from __future__ import annotations

import contextlib
import glob
import json
import os
import re
import sys
import time
import typing as t

from ansible import __version__ as ansible_version
from ansible import constants, context
from ansible.plugins.action import ActionBase

from ..module_utils._domain.shown import json_text, shown, shown_all
from ..module_utils._domain.wording import counted
from ..module_utils._keys.document import time_text, utc_now
from ..module_utils._ops import run_report
from ..plugin_utils import _audit_run, _command, _delivery, _vendors
from ..plugin_utils._files import locked
from ..plugin_utils._hosts import left_out, yet_to_come
from ..plugin_utils._own_files import InTheWay, OwnFile, remove_all, write_all
from ..plugin_utils._report import run as report
from ..plugin_utils._variables import NotAsked, Variables, is_blank, is_on_awx, job_page, keeps_files
from ..plugin_utils._worksheet import fleet as worksheets

# where the playbooks register the result of cw_onboard
DONE = "onboard__done"
# AWX passes artifacts to each later node, and drops those of a task above 700,000 characters
_MOST_ARTIFACTS = 400_000

_RESULTS = rb'\{\s*"format": "msp\.connectwise\.fleet_results"'

Result = t.Dict[str, t.Any]


class ActionModule(ActionBase):  # type: ignore[misc]
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> Result:
        super().run(tmp, task_vars)
        _result, params = self.validate_argument_spec(argument_spec=run_report.argument_spec())
        self._vars = task_vars or {}
        self._check_mode = bool(self._task.check_mode)
        self._now = time_text(utc_now()) or ""
        checked = _plain(params["checked"])
        if params["purpose"] == "audit":
            return self._audit(checked)
        raw_get = self._vars["hostvars"].raw_get
        done = {host: _plain(raw_get(host).get(DONE) or {}) for host in checked["hosts"]}
        coming = yet_to_come(self._vars, done)
        checked["hosts"] = {host: asked for host, asked in checked["hosts"].items() if host not in coming}
        try:
            if params["purpose"] == "site":
                result = self._fleet(checked, done)
            elif params["purpose"] == "first_contact":
                result = self._contacts(checked, done)
            else:
                result = self._few(params["purpose"], checked, done)
        except NotAsked as exc:
            return {"failed": True, "changed": False, "msg": shown(exc)}
        if coming:
            result["lines"].append(f"{counted(len(coming), 'more host')} of this play to come")
        copying = [host for host, each in done.items() if each.get("copies")]
        left = [host for host in done if host in (*result["incomplete"], *copying)]
        said = {"lines": shown_all(result["lines"]), **_stats(result["stats"])}
        return {"changed": False, "open": left, "incomplete": result["incomplete"], **said}

    def _audit(self, checked: Result) -> Result:
        try:
            result = _audit_run.report(checked, self._vars, self._check_mode, bool(self._task.diff))
        except NotAsked as exc:
            return {"failed": True, "changed": False, "msg": shown(exc)}
        stats = result.pop("stats", {})
        variables = Variables(self._vars, self._templar.template)
        if is_on_awx(self._vars) and all(is_blank(variables.get(f"{name}_output_dir")) for name in ("audit", "cw")):
            result["lines"].append(self._gone("audit_output_dir"))
        return {"open": [], "incomplete": [], **shown_all(result), **_stats(stats)}

    def _few(self, purpose: str, checked: Result, done: t.Mapping[str, Result]) -> Result:
        incomplete = [host for host, asked in checked["hosts"].items() if not report.is_complete(asked, done[host])]
        lines = [*report.each_line(checked, done, self._check_mode, self._now), *(checked.get("left") or ())]
        stats = self._artifacts(done)
        if purpose == "offboard" and self._check_mode:
            hosts = list(checked["hosts"])
            first = checked["hosts"][hosts[0]]
            products = ", ".join(_vendors.product(vendor, first["vendor_dir"]) for vendor in first["vendors"])
            count = counted(len(hosts), "instance")
            lines.append(f"{products} would be taken off {count}: {', '.join(hosts)}")
            stats.update({"offboard_hosts": hosts} if self._is_taken() else {})
        lines += self._delivered(done, _delivery.BLOCKS)
        outcomes = [outcome for each in done.values() for outcome in (each.get("results") or {}).values()]
        if any(outcome["state"] == "handed over" for outcome in outcomes):
            lines += self._then()
        written = any(outcome.get("worksheet") or outcome.get("delivery") for outcome in outcomes)
        if written and not self._check_mode and not self._keeps_files():
            lines.append(self._gone("cw_output_dir"))
        return {"lines": lines, "incomplete": incomplete, "stats": stats}

    def _contacts(self, checked: Result, done: t.Mapping[str, Result]) -> Result:
        lines, incomplete = [], []
        for host, asked in checked["hosts"].items():
            came = done[host]
            if asked["problem"] or "statements" not in came:
                why = asked["problem"] or came.get("msg") or "not reached: the run ended early"
                lines.append(f"{host}: failed: {why}")
                incomplete.append(host)
                continue
            first, *others = came["lines"]
            report_in = "the report would be written to" if self._check_mode else "report:"
            lines += [f"{host}: {first}", *others, f"  {report_in} {came['paths']['page']}"]
            incomplete += [host] if came["problems"] else []
        found = [host for host, came in done.items() if "statements" in came]
        if found and not (checked["consent"]["member"] or is_on_awx(self._vars)):
            lines += self._look_closer(found[0], checked["consent"]["writes"])
        return {"lines": lines, "incomplete": incomplete, "stats": {}}

    def _look_closer(self, host: str, has_written: bool) -> list[str]:
        """The command of the next stage."""
        what = (
            "To try the rest, it needs an API member, which can only be deactivated afterwards. If you agree:"
            if has_written
            else "To try the rest, it needs a security role, which is deleted afterwards. If you agree:"
        )
        more = {"target": host, f"first_contact_{'member' if has_written else 'writes'}": "true"}
        return [what, _command.with_extra(sys.argv, more)]

    def _fleet(self, checked: Result, done: t.Mapping[str, Result]) -> Result:
        variables = Variables(self._vars, self._templar.template)
        run = {
            "started": checked["started"],
            "finished": self._now,
            "check_mode": self._check_mode,
            "limit": context.CLIARGS.get("subset") or "",
            "left_out": left_out(self._vars, list(map(str, self._vars["ansible_play_hosts_all"]))),
            "only": checked["only"],
            "ansible_version": ansible_version,
        }
        found = report.document(checked, done, run)
        most, width = variables.value("fleet_summary_lines"), variables.value("fleet_summary_width")
        lines = report.fleet_lines(found, most, width)
        folder = os.path.realpath(variables.value("fleet_output_dir"))
        failed, left = report.hosts_in(found, "failed"), report.hosts_in(found, "handed over")
        page = os.path.join(folder, "worksheets.html") if left and not self._check_mode else ""
        files = self._files(self._own_folder(folder))
        incomplete = [each["instance"] for each in found["instances"] if not each["complete"]]
        try:
            self._write(files, found, failed, left, checked)
            if not self._check_mode:
                days = variables.value("fleet_keep_done_days")
                self._forget(folder, days)
                with self._alone(folder):
                    worksheets.write(folder, worksheets.collect(folder, found, days), check_mode=False)
        except (InTheWay, OSError) as exc:
            where = getattr(exc, "filename", None) or folder
            said = f"{where} can't be written: {exc.strerror}." if isinstance(exc, OSError) else str(exc)
            return {"lines": [*lines, said], "incomplete": list(checked["hosts"]), "stats": {}}
        lines += self._delivered(done, 0)
        lines.append(f"results: {files['results'].path}")
        if page:
            lines += [f"worksheets: {page}", *self._then()]
        if not self._keeps_files():
            lines.append(self._gone("cw_output_dir"))
        short = {"counts": found["counts"], "failed": failed, "handed_over": left, "results": files["results"].path}
        stats = {"fleet_result": {**short, "worksheets": page}, **self._artifacts(done)}
        return {"lines": lines, "incomplete": incomplete, "stats": stats}

    def _own_folder(self, folder: str) -> str:
        """A workflow's job may be one of several slices, which don't see each other's hosts: each has its own."""
        workflow, job = (self._vars.get(f"awx_{name}_id") for name in ("workflow_job", "job"))
        return os.path.join(folder, "jobs", str(workflow), str(job)) if workflow and job else folder

    def _forget(self, folder: str, days: float) -> None:
        """Remove the files of workflow jobs that are older than so many days. Raises OSError."""
        root = os.path.realpath(folder)
        for results in glob.glob(os.path.join(glob.escape(root), "jobs", "*", "*", "results*.json")):
            with contextlib.suppress(FileNotFoundError):  # another slice was quicker
                if time.time() - os.lstat(results).st_mtime > days * 86400:
                    own = self._files(os.path.dirname(results))
                    remove_all((file._replace(root=root) for file in own.values()), check_mode=False)

    def _alone(self, folder: str) -> t.ContextManager[None]:
        """A lock for writing what sums up all files of the folder; several AWX jobs may do that at once."""
        return locked(folder) if is_on_awx(self._vars) else contextlib.nullcontext()

    def _keeps_files(self) -> bool:
        return keeps_files(self._vars, Variables(self._vars, self._templar.template))

    def _gone(self, name: str) -> str:
        return (
            f"This run's files are lost when this AWX job ends, since {name} isn't set. The job's output and artifacts"
            f" stay: {job_page(self._vars)}"
        )

    def _files(self, folder: str) -> dict[str, OwnFile]:
        """The files of a run. Check mode has its own names, so it doesn't overwrite the files of the last real run."""
        suffix = ".check" if self._check_mode else ""
        hosts = (rb"(\S+\n)*\Z", "a list of hosts")
        names = {
            "results": (f"results{suffix}.json", _RESULTS, "the results of a run"),
            "failed": (f"failed{suffix}.hosts", *hosts),
            "handed_over": (f"handed_over{suffix}.hosts", *hosts),
        }
        return {
            key: OwnFile(folder, os.path.join(folder, name), _begins(pattern), what)
            for key, (name, pattern, what) in names.items()
        }

    def _write(
        self, files: t.Mapping[str, OwnFile], found: Result, failed: list[str], left: list[str], checked: Result
    ) -> None:
        """Write the results, in check mode too: they don't change an instance. Raises InTheWay and OSError."""
        text = json_text(found, indent=1) + "\n"
        write_all({files["results"]: text}, check_mode=False)
        lists = {"failed": failed, "handed_over": left}
        for key, hosts in {name: self._still(files[name], lists, name, checked) for name in lists}.items():
            # Ansible takes an empty list as no limit at all
            if hosts:
                write_all({files[key]: "".join(f"{host}\n" for host in hosts)}, check_mode=False)
            else:
                remove_all([files[key]], check_mode=False)

    def _still(self, file: OwnFile, lists: t.Mapping[str, list[str]], name: str, checked: Result) -> list[str]:
        """The hosts to run again: those of this run, and those of earlier runs that this run didn't cover."""
        listed = (file.content() or b"").decode().split()
        everyone = {str(host) for host in (self._vars.get("groups") or {}).get("all", ())}
        # with fleet_only, a host may be listed for another vendor
        settled = set(lists["failed"] if checked["only"] else checked["hosts"])
        kept = [host for host in listed if host in everyone and host not in settled]
        return list(dict.fromkeys([*kept, *lists[name]]))

    def _delivered(self, done: t.Mapping[str, Result], most: int) -> list[str]:
        """The deliveries of this run's new pairs: in full if at most ``most``, else the path of their list."""
        if self._check_mode:
            return []
        pages = [(host, vendor, outcome["delivery"]) for host, vendor, outcome in _outcomes(done, "delivery")]
        variables = Variables(self._vars, self._templar.template)
        if not keeps_files(self._vars, variables):
            if len(pages) > most:
                return ["next steps for the new key pairs: see cw_deliveries in the artifacts of this job"]
            return [line for host, vendor, page in pages for line in _delivery_block(host, vendor, page)[:-1]]
        try:
            folder = variables.value("fleet_output_dir")
            listed = os.path.lexists(_delivery.fleet_page(folder))
            if listed or (pages and (len(pages) > most or not most)):
                with self._alone(folder):
                    _delivery.write_fleet(folder, check_mode=False)
                listed = os.path.lexists(_delivery.fleet_page(folder))
        except (NotAsked, InTheWay, OSError) as exc:
            return [f"The list of deliveries can't be written: {exc}", *(page for _host, _vendor, page in pages)]
        if len(pages) > most:
            where = f"next steps for the new key pairs: {_delivery.fleet_page(folder)}"
            return [where] if listed else [f"next steps: {page}" for _host, _vendor, page in pages]
        return [line for host, vendor, page in pages for line in _delivery_block(host, vendor, page)]

    def _then(self) -> list[str]:
        if is_on_awx(self._vars):
            return ["Then launch this job template again to verify and continue."]
        command, left_out = _command.again(sys.argv)
        more = ", with the extra variables that aren't shown here," if left_out else ""
        return [f"Then run this again{more} to verify and continue:", command]

    def _is_taken(self) -> bool:
        """Whether anything reads the custom stats of a run: AWX, ansible-runner, or a user who shows them."""
        shown: bool = constants.config.get_config_value("SHOW_CUSTOM_STATS")
        callback = constants.config.get_config_value("DEFAULT_STDOUT_CALLBACK")
        return is_on_awx(self._vars) or callback == "awx_display" or shown

    def _artifacts(self, done: t.Mapping[str, Result]) -> Result:
        """The worksheets and deliveries as artifacts: the files themselves are lost when an AWX job ends."""
        if not self._is_taken():
            return {}
        room = _MOST_ARTIFACTS
        found: Result = {}
        for field, name, read in (("worksheet", "cw_worksheets", _sheet), ("delivery", "cw_deliveries", _delivery_of)):
            files: dict[str, dict[str, t.Any]] = {}
            left_out = []
            for host, vendor, outcome in _outcomes(done, field):
                file = read(os.path.dirname(outcome[field]))
                room -= len(json.dumps(file))
                if room >= 0:
                    files.setdefault(host, {})[vendor] = file
                else:
                    left_out.append(f"{host}/{vendor}")
            found.update({name: files, f"{name}_left_out": left_out})
        return found


def _outcomes(done: t.Mapping[str, Result], field: str) -> list[tuple[str, str, Result]]:
    """(host, vendor, outcome) of those that have the field."""
    results = [(host, each.get("results") or {}) for host, each in done.items()]
    return [(host, vendor, each) for host, found in results for vendor, each in found.items() if each.get(field)]


def _delivery_block(host: str, vendor: str, page: str) -> list[str]:
    root = os.path.dirname(os.path.dirname(os.path.dirname(page)))
    found = _delivery.Place(root, host, vendor).read()
    said = _delivery.lines(found) if found else ["next steps"]
    return [said[0], *(f"  {line}" for line in [*said[1:], page])]


def _delivery_of(folder: str) -> Result:
    return _with_text(folder, "delivery")


def _sheet(folder: str) -> Result:
    sheet = _with_text(folder, "worksheet")
    levels = [{name: value for name, value in level.items() if name != "reason"} for level in sheet["levels"]]
    return {**sheet, "levels": levels}


def _with_text(folder: str, stem: str) -> Result:
    """A document as data, with the text of its page as ``text``."""
    with open(os.path.join(folder, f"{stem}.json"), encoding="utf-8") as file:
        found: Result = json.load(file)
    with open(os.path.join(folder, f"{stem}.md"), encoding="utf-8") as file:
        return {**found, "text": file.read()}


def _plain(value: t.Any) -> t.Any:
    """Plain data, without the tags that Ansible attaches to texts."""
    return json.loads(json.dumps(value, default=str))


def _stats(data: Result) -> Result:
    return {"ansible_stats": {"data": shown_all(data), "per_host": False, "aggregate": False}} if data else {}


def _begins(pattern: bytes) -> t.Callable[[bytes], bool]:
    return lambda content: re.match(pattern, content) is not None
