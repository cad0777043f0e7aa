# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The outcomes of a run's integrations: one document, and the lines for people. PRIVATE.

The schema of the document is ``results.schema.json`` beside this file.
"""

from __future__ import annotations

import typing as t

from ...module_utils._domain.wording import counted
from ...module_utils._ops.outcome import UNDECIDED, first_of, functions_of
from .. import _vendors

FORMAT, VERSION = "msp.connectwise.fleet_results", 1
_NOT_REACHED = "Not reached: the run ended early."
_EITHER = "by REST if this instance allows it, else by hand"
_FIELDS = ("role", "member", "public_key", "stored_in")

Document = t.Dict[str, t.Any]


def document(checked: Document, done: t.Mapping[str, Document], run: Document) -> Document:
    """The results of all hosts.

    ``checked`` is the result of cw_run_check, ``done`` has that of cw_onboard by host, and ``run`` describes the
    run (started, finished, check_mode, limit, left_out, only, ansible_version).
    """
    instances = [_instance(host, asked, done.get(host) or {}) for host, asked in checked["hosts"].items()]
    everything = [each for instance in instances for each in instance["integrations"]]
    states = [each["state"].removeprefix("would be ") for each in everything]
    return {
        "format": FORMAT,
        "version": VERSION,
        "run": run,
        "counts": {
            "instances": len(instances),
            "instances_failed": sum(instance["state"] == "failed" for instance in instances),
            "integrations": len(everything),
            "converged": sum(state.startswith("converged") and state != UNDECIDED for state in states),
            "handed_over": states.count("handed over"),
            "failed": states.count("failed"),
            "changed": sum(each["changed"] for each in everything),
            **({"undecided": states.count(UNDECIDED)} if run["check_mode"] else {}),
        },
        "instances": instances,
    }


def _instance(host: str, asked: Document, done: Document) -> Document:
    problem = asked["problem"]
    results = {} if problem else done.get("results") or {}
    unreached = problem or done.get("msg") or _NOT_REACHED
    integrations = [
        _integration(vendor, results.get(vendor) or {}, unreached, asked.get("vendor_dir") or "")
        for vendor in asked["vendors"]
    ]
    states = [each["state"] for each in integrations]
    if problem or "failed" in states:
        state = "failed"
    else:
        open_or_foretold = [state for state in states if _is_handed_over(state)]
        open_or_foretold += [state for state in states if state.endswith(UNDECIDED)]
        open_or_foretold += [state for state in states if state.startswith("would be")]
        state = (open_or_foretold or ["converged" if states else "nothing to do"])[0]
    return {
        "instance": host,
        "site": asked["site"],
        "company": asked["company"],
        "state": state,
        "complete": not problem and not any(each["reason"] for each in integrations),
        "changed": any(each["changed"] for each in integrations),
        "problem": problem,
        "integrations": integrations,
    }


def _integration(vendor: str, outcome: Document, unreached: str, folder: str) -> Document:
    return {
        "vendor": vendor,
        "product": outcome.get("product") or _vendors.product(vendor, folder),
        "state": outcome.get("state", "failed"),
        "changed": bool(outcome.get("changed")),
        "reason": (outcome.get("reason") or "") if outcome else unreached,
        "worksheet": outcome.get("worksheet") or "",
        "delivery": outcome.get("delivery") or "",
        **{name: outcome.get(name) for name in _FIELDS},
        "kept_off": outcome.get("kept_off") or "",
        "new_functions": outcome.get("new_functions") or [],
        "levels_set": outcome.get("levels_set", 0),
        "levels_pending": outcome.get("levels_pending", 0),
        "levels_undecided": outcome.get("levels_undecided", 0),
        "key_undecided": bool(outcome.get("key_undecided")),
        "not_offered": outcome.get("not_offered") or [],
        "names": outcome.get("names") or "",
        "matrix": (outcome.get("proof") or {}).get("matrix"),
        "unverified": outcome.get("unverified") or [],
        "unconfirmed": outcome.get("unconfirmed") or [],
        "member_needs": outcome.get("member_needs") or [],
        "missing_rights": outcome.get("missing_rights") or [],
    }


def _is_handed_over(state: str) -> bool:
    return state.removeprefix("would be ") == "handed over"


def is_complete(asked: Document, done: Document) -> bool:
    """Whether a host counts as a success: every requested vendor has an outcome, and none has a reason."""
    results = done.get("results") or {}
    reached = all(vendor in results for vendor in asked["vendors"])
    return not asked["problem"] and reached and not any(outcome.get("reason") for outcome in results.values())


def hosts_in(found: Document, state: str) -> list[str]:
    """The hosts that are ``failed``, or ``handed over`` (or would be)."""
    return [each["instance"] for each in found["instances"] if each["state"].removeprefix("would be ") == state]


def each_line(checked: Document, done: t.Mapping[str, Document], check_mode: bool, now: str) -> list[str]:
    """The outcome of each integration of each host, for a run over a few hosts. ``now`` is a time as in outcomes."""
    lines: list[str] = []
    for host, asked in checked["hosts"].items():
        results = (done.get(host) or {}).get("results") or {}
        if asked["problem"]:
            lines.append(f"{host}: failed: {asked['problem']}")
            continue
        if not results and asked["vendors"]:
            lines.append(f"{host}: failed: {(done.get(host) or {}).get('msg') or _NOT_REACHED}")
        shared = {outcome.get("reason") for outcome in results.values()} if len(results) > 1 else set()
        same = next(iter(shared)) if len(shared) == 1 else None  # one reason for all vendors is shown once
        if same and all(outcome["state"] == "failed" for outcome in results.values()):
            products = ", ".join(outcome["product"] for outcome in results.values())
            lines += [f"{host}: {products}: failed", f"  {same}"]
            continue
        for vendor, outcome in results.items():
            lines += _outcome_lines(host, vendor, outcome, check_mode, now)
    return lines


def _outcome_lines(host: str, vendor: str, outcome: Document, check_mode: bool, now: str) -> t.Iterator[str]:
    changed = " (changed)" if outcome["changed"] and not check_mode else ""
    yield f"{host}: {outcome['product']}: {outcome['state']}{changed}"
    lines: t.Iterable[str] = ()
    if outcome.get("kept_off"):
        lines = [f"taken off on {outcome['kept_off']}; run the playbook onboard to bring it back"]
    elif outcome["state"] in ("offboarded", "would be offboarded"):
        lines = _offboarded_lines(outcome, check_mode)
    elif "role" in outcome:
        lines = _present_lines(host, vendor, outcome, check_mode, now)
    yield from (f"  {line}" for line in [*lines, *(outcome.get("adopted") or ())])
    if outcome.get("worksheet"):
        yield f"  worksheet: {outcome['worksheet']}"
    if outcome.get("reason"):
        yield f"  {outcome['reason']}"


def _offboarded_lines(outcome: Document, check_mode: bool) -> t.Iterator[str]:
    retired = ", ".join(key["public_key"] for key in outcome.get("retired") or ()) or "none"
    end = "would be inactive" if check_mode else "is inactive"
    member = f"stays active: {outcome['member_kept']}" if outcome.get("member_kept") else end
    yield f"keys retired: {retired}; member {outcome['member']} {member}"
    yield from outcome.get("left") or ()
    if outcome.get("refused"):
        yield "the stored pair was tried, and the instance refuses it"
    gone = "would be deleted, if the instance allows it" if check_mode else "gone"
    yield f"role {outcome['role']}: {'kept: ' + outcome['role_kept'] if outcome['role_kept'] else gone}"
    if outcome.get("archived_in"):
        yield f"key pair archived in {outcome['archived_in']}"


def _present_lines(host: str, vendor: str, outcome: Document, check_mode: bool, now: str) -> t.Iterator[str]:
    undecided = outcome.get("levels_undecided", 0)
    if outcome["levels_set"] or outcome["levels_pending"] or undecided or outcome["role_id"]:
        set_ = "would be set" if check_mode else "set by this run"
        levels = f"{outcome['levels_set']} levels {set_}, {outcome['levels_pending']} to set by hand"
        levels = f"{counted(undecided, 'level')} to set {_EITHER}" if undecided else levels
        created = f"id {outcome['role_id']}" if outcome["role_id"] else "not created yet"
        yield f"role {outcome['role']} ({created}): {levels}"
    if outcome.get("new_functions"):
        yield f"new in its matrix since the last run: {', '.join(outcome['new_functions'])}"
    if outcome.get("key_undecided"):
        yield f"member {outcome['member']}, {'new ' if outcome['public_key'] else ''}key to create {_EITHER}"
    elif outcome["public_key"]:
        yield f"member {outcome['member']}, key {outcome['public_key']}, stored in {outcome['stored_in']}"
    else:
        yield f"member {outcome['member']}, key not created yet"
    if outcome.get("stopped"):
        is_now = "would be made" if check_mode else "is"
        yield f"member {outcome['member']} {is_now} inactive, so no old key works; the new pair reactivates it"
    if outcome.get("rotated"):
        old = outcome.get("previous_public_key")
        was = f"; the old one is {old}" if old else ""
        yield f"the key {'would be' if check_mode else 'was'} replaced{was}"
        if not old and not check_mode:
            yield "the old key no longer works: give the product the new pair"
    if (outcome.get("retire_after") or "") > now:
        yield f"the old key works until {outcome['retire_after']}: give the product the new pair before then"
    if outcome.get("keeps_role"):
        yield (
            f"{outcome['member']} keeps security role '{outcome['keeps_role']}' until the levels of {outcome['role']}"
            " are set"
        )
    proof = outcome.get("proof") or {}
    if proof.get("logs_in"):
        whose = f" as {proof['member']}" if proof["member"] else ", member unverified"
        yield f"verified: the key logs in{whose}, matrix {proof['matrix']}"
    else:
        yield "not verified yet"
    if outcome.get("not_offered"):
        cells = first_of(outcome["not_offered"])
        yield f"not offered by this instance; skip it if your page has no such box: {cells}"
    if outcome.get("names"):
        yield outcome["names"]
    yield from (f"the automation's own key lacks permission: {right}" for right in outcome.get("missing_rights") or ())
    yield from (f"unverified: {what}" for what in outcome["unverified"])
    lists = outcome.get("unconfirmed") or ()
    if lists:
        it, it_is = ("it", "it is") if len(lists) == 1 else ("them", "they are")
        yield (
            f"{functions_of(lists)}: unverified, since REST can't read {it}. Once {it_is} set, confirm it once with"
            f" -e target={host} -e vendor={vendor} -e onboard_confirmed=true"
        )
    yield from _member_lines(vendor, outcome)


def _member_lines(vendor: str, outcome: Document) -> t.Iterator[str]:
    """What the vendor requires of the member and is missing."""
    member, product = outcome["member"], outcome["product"]
    needs = outcome.get("member_needs") or ()
    if "email" in needs:
        yield f"member {member} has no email address, and {product} requires one (see the worksheet): set cw_email"
    if "excluded_boards" in needs:
        yield (
            f"member {member} has access to all service boards, and {product} asks to exclude some: list them in"
            f" {vendor}_excluded_boards"
        )
    if outcome.get("asked_identifier"):
        yield (
            f"{product} asks for the identifier {outcome['asked_identifier']}, but ConnectWise takes 15 characters at"
            f" most: the member is named {member}"
        )


def fleet_lines(found: Document, most: int, width: int) -> list[str]:
    """What isn't complete, for a run over many hosts: counts, then at most ``most`` lines of ``width`` characters."""
    counts, check_mode = found["counts"], found["run"]["check_mode"]
    would = "would be " if check_mode else ""
    undecided = f" {counts['undecided']} would be one or the other," if counts.get("undecided") else ""
    lines = [
        f"{counted(counts['instances'], 'instance')}, {counted(counts['integrations'], 'integration')}:"
        f" {counts['converged']}"
        f" {'are or would be ' if check_mode else ''}converged, {counts['handed_over']} {would}handed over,"
        f"{undecided}"
        f" {counts['failed']} failed; {counts['changed']} {would}changed"
    ]
    details = list(_fleet_details(found, width))
    lines += details[:most]
    if len(details) > most:
        lines.append(f"and {len(details) - most} more: see the results")
    everything = [each for instance in found["instances"] for each in instance["integrations"]]
    lines += _grown(everything, would)
    limited = sum(bool(each["not_offered"]) for each in everything)
    if limited:
        lines.append(
            f"{counted(limited, 'integration')}: the instance doesn't offer every requested level (not_offered in the"
            " results)"
        )
    lacking = sum(bool(each["missing_rights"]) for each in everything)
    unconfirmed = sum(bool(each["unconfirmed"]) for each in everything)
    unverified = sum(bool(each["unverified"]) for each in everything)
    needs = sum(bool(each["member_needs"]) for each in everything)
    if lacking:
        what = counted(lacking, "integration")
        lines.append(f"{what}: the automation's own key lacks permissions (missing_rights in the results)")
    if unverified:
        what = counted(unverified, "integration")
        lines.append(f"{what}: not everything could be verified (unverified in the results)")
    if unconfirmed:
        lines.append(
            f"{counted(unconfirmed, 'integration')}: a Customize list is unverified, since REST can't read it (see"
            " the worksheets; cw_confirmed)"
        )
    if needs:
        lines.append(
            f"{counted(needs, 'integration')}: the vendor has more requirements for the API member (see the"
            " worksheets; member_needs in the results)"
        )
    return lines


def _grown(everything: t.Sequence[Document], would: str) -> t.Iterator[str]:
    """The vendors whose matrices have new functions, each once for all instances."""
    for product in dict.fromkeys(each["product"] for each in everything if each["new_functions"]):
        grown = [each for each in everything if each["product"] == product and each["new_functions"]]
        functions = ", ".join(dict.fromkeys(name for each in grown for name in each["new_functions"]))
        where = counted(len(grown), "instance")
        yield f"{product}: new in its matrix, and {would or 'now '}granted on {where}: {functions}"


def _fleet_details(found: Document, width: int) -> t.Iterator[str]:
    for instance in found["instances"]:
        if instance["problem"]:
            yield f"{instance['instance']}: failed: {_cut(instance['problem'], width)}"
    for instance in found["instances"]:
        failed = [each for each in instance["integrations"] if each["state"] == "failed" and not instance["problem"]]
        for reason in dict.fromkeys(each["reason"] for each in failed):
            products = ", ".join(each["product"] for each in failed if each["reason"] == reason)
            yield f"{instance['instance']}: {products}: failed: {_cut(reason, width)}"
    for instance in found["instances"]:
        undecided = [each for each in instance["integrations"] if each["state"].endswith(UNDECIDED)]
        if undecided:
            levels = sum(each["levels_undecided"] for each in undecided)
            keys = sum(each["key_undecided"] for each in undecided)
            products = ", ".join(each["product"] for each in undecided)
            yield (
                f"{instance['instance']}: {products}: {counted(levels, 'level')} and {counted(keys, 'key')} {_EITHER}"
            )
        left = [each for each in instance["integrations"] if _is_handed_over(each["state"])]
        if left:
            levels = sum(each["levels_pending"] for each in left)
            keys = sum(not each["public_key"] for each in left)
            products = ", ".join(each["product"] for each in left)
            either = sum(each["levels_undecided"] for each in left)
            more = f"; {counted(either, 'level')} {_EITHER}" if either else ""
            yield (
                f"{instance['instance']}: {products}: {left[0]['state']}: {counted(levels, 'level')} to set and"
                f" {counted(keys, 'key')} to create by hand{more}"
            )
    for instance in found["instances"]:
        for each in instance["integrations"]:
            if each["kept_off"]:
                yield (
                    f"{instance['instance']}: {each['product']}: offboarded: taken off on {each['kept_off']}; run"
                    " the playbook onboard to bring it back"
                )


def _cut(text: str, width: int) -> str:
    """A long reason without its middle, since its end says what to do."""
    half = width // 2
    if len(text) <= width + 5:
        return text
    return f"{text[:half].rsplit(' ', 1)[0]} ... {text[-half:].split(' ', 1)[-1]}"
