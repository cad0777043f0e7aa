# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of an audit over many hosts: one report, once the last of them was read. PRIVATE to this collection."""

from __future__ import annotations

import json
import sys
import typing as t

from ..module_utils._domain.audit_document import DocumentError
from ..module_utils._domain.catalogue import parse_catalogue
from ..module_utils._domain.matrix import MatrixError
from ..module_utils._domain.names import fold
from ..module_utils._domain.wording import counted
from . import _command, _vendors
from ._hosts import left_out, yet_to_come
from ._own_files import InTheWay
from ._report import audit_lines
from ._report.audit import covered, write
from ._variables import NotAsked, is_on_awx

# where the role audit registers the result of cw_audit_info
AUDITED = "audit_result"
_NOT_REACHED = "Not reached: the run ended early."
_NAMED = 10
_NOTHING_YET: t.Mapping[str, t.Any] = {
    "failures": [], "why": "", "summary": {}, "paths": {}, "partial": False, "bounds": {}, "changes": None
}  # fmt: skip

Result = t.Dict[str, t.Any]


def report(checked: Result, task_vars: t.Mapping[str, t.Any], check_mode: bool, diff: bool) -> Result:
    """The result of cw_run_report. Raises NotAsked if the report can't be made."""
    raw_get = task_vars["hostvars"].raw_get
    hosts = [str(host) for host in task_vars["ansible_play_hosts_all"]]
    done = {host: raw_get(host).get(AUDITED) or {} for host in hosts}
    coming = yet_to_come(task_vars, done)
    if coming:
        are = "is" if len(coming) == 1 else "are"
        said = f"{counted(len(coming), 'host')} {are} yet to come; the report follows the last batch."
        return {"changed": False, "lines": [said], **_NOTHING_YET}
    asked = checked["audit"]
    params = {
        **asked,
        "audits": [_audit(host, done[host], checked["hosts"][host]) for host in hosts],
        "left_out": left_out(task_vars, hosts, covered(asked["output_dir"]) or ()),
    }
    try:
        params["catalogue"] = _catalogue(checked["hosts"].values())
        document, result = write(params, check_mode, diff)
    except (DocumentError, MatrixError, _vendors.MatrixFileError) as exc:
        raise NotAsked(f"The report can't be created: {exc}.") from None
    except InTheWay as exc:
        raise NotAsked(str(exc)) from None
    except OSError as exc:
        raise NotAsked(f"The report can't be written to {asked['output_dir']}: {exc.strerror or exc}.") from None
    lines = audit_lines.lines(document, result, check_mode)
    if result["partial"]:
        lines += _partial(document, asked, is_on_awx(task_vars))
    why = audit_lines.gate(result["failures"], asked["fail_on"])
    return {**result, "lines": lines, "why": why, "stats": audit_lines.artifact(document, result)}


def _audit(host: str, done: Result, own: Result) -> Result:
    if done.get("audit"):
        return t.cast(Result, json.loads(json.dumps(done["audit"], default=str)))
    return {"name": host, "company": own["company"], "error": done.get("msg") or _NOT_REACHED}


def _catalogue(hosts: t.Iterable[Result]) -> list[Result]:
    """The vendors that any of the hosts was held against, each once."""
    found: dict[str, Result] = {}
    seen: set[tuple[t.Any, ...]] = set()
    for own in hosts:
        key = (*own["vendors"], None, own["vendor_dir"])
        if own["catalogue"]:
            entries = own["catalogue"]
        elif key not in seen:
            seen.add(key)
            matrices = _vendors.matrices(own["vendor_dir"], own["vendors"])
            entries = [_vendors.catalogue_entry(vendor, matrix) for vendor, matrix in matrices.items()]
        else:
            entries = []
        for entry in entries:
            found.setdefault(fold(str(entry.get("vendor"))), entry)
    parse_catalogue(list(found.values()))
    return list(found.values())


def _partial(document: Result, asked: Result, on_awx: bool) -> list[str]:
    names = document["left_out"]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    lines = [
        f"This run left out {', '.join(names[:_NAMED])}{more}, so the report of all instances in"
        f" {asked['output_dir']} wasn't replaced."
    ]
    if on_awx:
        return [*lines, "To replace it, launch this job template without a limit."]
    command, _more = _command.everywhere(sys.argv)
    return [*lines, "To replace it, run on all instances:", command]
