# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The nodes of a workflow and the links between them. PRIVATE to this collection."""

from __future__ import annotations

import typing as t

from .awx import AwxError, Object
from .objects import Objects, Thing

_NODES = "workflow_job_template_nodes"
_EDGES = ("success", "failure", "always")

Edge = t.Tuple[str, str, str]  # node, success, failure or always, the node that follows


def bring_nodes(
    objects: Objects, workflow: Thing, entries: t.Sequence[Object], named: t.Callable[[str], Thing], timeout: int
) -> None:
    """Bring the nodes to what is described, then their links. Raises Unusable."""
    nodes = {each["identifier"]: _node(objects, workflow, each, named, timeout) for each in entries}
    if any(node.lost for node in nodes.values()):
        objects.leave(workflow, "some of its nodes are missing, so the nodes aren't linked", lost=False)
        return
    try:
        _tie(objects, workflow, nodes, entries)
    except AwxError as exc:
        objects.leave(workflow, f"its nodes can't be linked: {objects.why(workflow.path, exc)}", lost=False)


def _node(
    objects: Objects, workflow: Thing, entry: Object, named: t.Callable[[str], Thing], timeout: int
) -> Thing:
    # a prompt that somebody set on a node by hand would be as wrong as on its template
    fields: Object = {
        "extra_data": entry.get("extra_data") or {},
        "job_type": entry.get("job_type"),
        "limit": entry.get("limit"),
    }
    if "template" in entry:
        fields["unified_job_template"] = named(entry["template"])
    label = f"{workflow.label}: {entry['identifier']}"
    where = {"workflow_job_template": workflow}
    node = objects.bring(_NODES, entry["identifier"], fields, where, label=label)
    if "approval" in entry and not node.lost:
        _approval(objects, node, entry, timeout)
    return node


def _approval(objects: Objects, node: Thing, entry: Object, timeout: int) -> None:
    wanted = {"name": entry["approval"], "description": entry.get("description", ""), "timeout": timeout}
    summary = (node.data.get("summary_fields") or {}).get("unified_job_template") or {}
    approval = Thing("workflow_approval_templates", node.label)
    try:
        if summary.get("unified_job_type") == "workflow_approval":
            approval.data = objects.awx.ask("GET", f"{approval.path}/{summary['id']}")
            objects.change(approval, wanted)
            return
        if not objects.check_mode:
            objects.awx.ask("POST", f"{_NODES}/{node.id}/create_approval_template", wanted)
        objects.note(node, ["approval"], {}, {"approval": wanted})
    except AwxError as exc:
        objects.leave(node, objects.why(_NODES, exc))


def _tie(objects: Objects, workflow: Thing, nodes: t.Mapping[str, Thing], entries: t.Sequence[Object]) -> None:
    """Link the nodes. Other links go first: AWX allows one link between two nodes, and never a circle.

    Links from or to a node that isn't described stay. Raises AwxError and Unusable.
    """
    names = {node.id: name for name, node in nodes.items() if node.id is not None}
    wanted = {
        (str(each["identifier"]), how, str(to)) for each in entries for how in _EDGES for to in each.get(how) or []
    }
    there: set[Edge] = {
        (name, how, names[number])
        for name, node in nodes.items()
        for how in _EDGES
        for number in node.data.get(f"{how}_nodes") or []
        if number in names
    }
    for begin, how, end in sorted(there - wanted):
        if not objects.check_mode:
            objects.awx.ask("POST", _list(nodes[begin], how), {"id": nodes[end].id, "disassociate": True})
    for begin, how, end in sorted(wanted - there):
        if not objects.check_mode:
            objects.awx.ask("POST", _list(nodes[begin], how), {"id": nodes[end].id})
    for begin in sorted({edge[0] for edge in there ^ wanted}):
        changed = sorted({how for name, how, _end in there ^ wanted if name == begin})
        sides = [sorted(f"{how}: {end}" for name, how, end in edges if name == begin) for edges in (there, wanted)]
        objects.note(nodes[begin], changed, {"followed by": sides[0]}, {"followed by": sides[1]})


def _list(node: Thing, how: str) -> str:
    return f"{_NODES}/{node.id}/{how}_nodes"
