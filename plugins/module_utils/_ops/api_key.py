# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cw_api_key: an API member has a working key pair, stored as requested. PRIVATE to this collection."""

from __future__ import annotations

import time
import typing as t
from dataclasses import dataclass, field

from .._client import errors
from .._client.login import pair_problems
from .._domain.matrix import MatrixError, Permission, parse_rows
from .._domain.names import same_name
from .._keys.document import describe_age, utc_now
from .._keys.pair import KeyInfo, KeyPair, KeyStatus
from .._keys.ports import Keys, NoStore, PairInbox, PairStore
from .._keys.request import KeyRequest, KeyResult
from .._keys.rest import RestKeys
from .._keys.workflow import ensure_present, preview
from .._resources.records import Record, Recorded
from . import arguments
from .context import Context, Params, Result, Watched, line_diff, wait_until
from .credentials_store import store_spec


def argument_spec() -> arguments.Spec:
    return {
        **arguments.connection_spec(),
        "member": {"type": "str", "required": True},
        "description": {"type": "str"},
        "state": {"type": "str", "choices": ["present", "rotated", "absent"], "default": "present"},
        "max_age": {"type": "float"},
        "keep_old_for": {"type": "float", "default": 0},
        "keep_end": {"type": "bool", "default": False},
        "at_once": {"type": "bool", "default": False},
        "pair_public_key": {"type": "str", "no_log": False},
        "pair_private_key": {"type": "str", "no_log": True},
        "pair_file": {"type": "path"},
        "credentials_file": {"type": "path"},
        "vault_id": {"type": "str"},
        **store_spec(),
        "return_private_key": {"type": "bool", "default": False, "no_log": False},
        "force": {"type": "bool", "default": False},
        "owner_confirmed": {"type": "bool", "default": False},
        "key_id": {"type": "int", "no_log": False},
        **arguments.permissions_spec(),
        **arguments.handover_spec(),
    }


@dataclass(frozen=True)
class Ours:
    """What an integration knows of its member and keys.

    ``member_id`` is that of the member it created; ``public_keys`` are those of its pairs. ``restores``: replace a
    stored pair that no longer works; ``how_to_replace`` tells the user how to request that, and ``how_to_confirm`` how
    to confirm the owner of a pair. ``refused`` are the keys that the instance refused to retire before, with the
    reason. ``check`` is called before a key is created; it raises Refused.
    """

    member_id: int | None = None
    public_keys: frozenset[str] = frozenset()
    restores: bool = False
    how_to_replace: str = "set force: true"
    how_to_confirm: str = "set owner_confirmed: true"
    refused: t.Mapping[str, str] = field(default_factory=dict)
    check: t.Callable[[], None] = lambda: None


def run(
    params: Params,
    context: Context,
    store: PairStore | None = None,
    hand_in: PairInbox | None = None,
    known: Record | None = None,
    ours: Ours | None = None,
) -> Result:
    """Run the operation, with the pair in ``store``; without one, the playbook stores it.

    ``known`` is the member as just read, if it is active. Returns what the module documents under RETURN. Raises
    InputError before the first request, and CwError.
    """
    store, ours = store or NoStore(), ours or Ours()
    permissions, recorded = _permissions(params), Recorded(ours.member_id)
    keys = RestKeys(
        context.client, context.scrubber, params["member"], permissions, params["unlisted"], known, recorded
    )
    problems = input_problems(params, store)
    if problems:
        raise errors.InputError(problems)
    if params["state"] == "absent":
        return _absent(params, context, keys, store, ours)
    done = _present(params, context, keys, store, hand_in, ours)
    if done.pair and params["return_private_key"]:
        context.secret_results["private_key"] = done.pair.private_key
    return _result(done, params, context, store)


HALVES = "pair_public_key and pair_private_key form one pair: set both"


def input_problems(params: Params, store: PairStore) -> list[str]:
    """Problems of the options, found before the first request."""
    problems = _absent_problems(params, store) if params["state"] == "absent" else _present_problems(params, store)
    if params["state"] == "rotated":
        problems += _rotated_problems(params, store)
    return problems


def _absent_problems(params: Params, store: PairStore) -> list[str]:
    if store.place or any(params[name] for name in ("key_id", "pair_public_key", "description")):
        return []
    return ["to select the key to retire, set key_id, pair_public_key, description, credentials_file or store"]


def _present_problems(params: Params, store: PairStore) -> list[str]:
    problems = []
    if bool(params["pair_public_key"]) != bool(params["pair_private_key"]):
        problems.append(HALVES)
    problems += pair_problems(params["pair_public_key"] or "", params["pair_private_key"] or "", "pair_")
    verify_only = params["pair_public_key"] or params["pair_file"]
    if not (verify_only or store.place or params["return_private_key"]):
        problems.append(
            "a new private key is shown only once: set credentials_file or store, or return_private_key to store it"
            " yourself"
        )
    if not verify_only and not params["description"]:
        problems.append("description is required to create a key")
    return problems


def _rotated_problems(params: Params, store: PairStore) -> list[str]:
    problems = [
        f"{option} can't be negative" for option in ("max_age", "keep_old_for") if (params.get(option) or 0) < 0
    ]
    given = [option for option in ("max_age", "keep_old_for") if params.get(option)]
    if params.get("at_once") and given:
        problems.append(f"at_once stops every other key now: leave out {' and '.join(given)}")
    if params.get("max_age") is None and not params.get("at_once"):
        problems.append("max_age is required with state rotated: the age in days at which a pair is replaced, or 0")
    if not store.place:
        problems.append("state rotated reads the old pair and stores the new one: set credentials_file or store")
    if params["force"]:
        problems.append("force is for state present; with state rotated, max_age 0 creates another key now")
    return problems


def _permissions(params: Params) -> list[Permission] | None:
    if params["permissions"] is None:
        return None
    try:
        return parse_rows(params["permissions"])
    except MatrixError as exc:
        raise errors.InputError(exc.problems) from None


def _present(
    params: Params, context: Context, keys: Keys, store: PairStore, hand_in: PairInbox | None, ours: Ours
) -> KeyResult:
    def guard(what: str, is_ours: bool) -> None:
        context.identity.guard_member(params["member"], what, is_ours)
        ours.check()

    supplied = None
    if params["pair_public_key"] and params["pair_private_key"]:
        supplied = KeyPair(params["pair_public_key"].strip(), params["pair_private_key"].strip())
        context.scrubber.add_login(context.client.connection.company, supplied.public_key, supplied.private_key)
    at_once = bool(params["state"] == "rotated" and params.get("at_once"))
    request = KeyRequest(
        instance=context.instance,
        member=params["member"],
        description=params["description"] or "",
        supplied=supplied,
        own_public_key=context.client.connection.public_key,
        guard=guard,
        force=params["force"],
        replace_dead=params["force"] or at_once or _replaces_now(params) or ours.restores,
        how_to_replace=ours.how_to_replace,
        how_to_confirm=ours.how_to_confirm,
        owner_confirmed=bool(params.get("owner_confirmed")),
        wait_timeout=0 if at_once else params["wait_timeout"],
        rotate=params["state"] == "rotated",
        max_age=params.get("max_age") or 0.0,
        keep_old_for=params.get("keep_old_for") or 0.0,
        keep_end=params.get("keep_end") or False,
        at_once=at_once,
        settle_timeout=context.client.connection.settle_timeout,
    )
    if not store.place and supplied is None and hand_in is None:
        existing = _existing(keys, request, context)
        if existing:
            return existing
    if context.check_mode:
        return preview(keys, store, request, hand_in, context.warn)
    return ensure_present(keys, store, request, hand_in, context.warn, _waiter(params, context), context.progress)


def _replaces_now(params: Params) -> bool:
    return bool(params["state"] == "rotated" and not params["max_age"] and not params["keep_old_for"])


def _waiter(params: Params, context: Context) -> t.Callable[[t.Callable[[], bool], str], bool]:
    def wait(done: t.Callable[[], bool], line: str) -> bool:
        context.progress(f"{line}, up to {params['wait_timeout']:.0f} s")
        started = time.monotonic()
        finished = wait_until(
            done,
            params["wait_timeout"],
            params["wait_interval"],
            context.client.budget,
            lambda seconds: context.watch(Watched((), seconds)),
        )
        context.progress(f"{'done' if finished else 'not done'} after {time.monotonic() - started:.0f} s")
        return finished

    return wait


def _existing(keys: Keys, request: KeyRequest, context: Context) -> KeyResult | None:
    """If the playbook stores the pair, an active key with this description means that it has the pair already."""
    existing = keys.status().described(request.description)
    if not existing or request.force:
        return None
    context.warn(
        f"API member {request.member!r} on {request.instance} already has a key {request.description!r}"
        f" (public key {existing[0].public_key}); its private key can't be read again."
        " Set force: true to create another, then retire this one."
    )
    return KeyResult(key_id=existing[0].key_id)


def _result(done: KeyResult, params: Params, context: Context, store: PairStore) -> Result:
    pair = done.pair
    result: Result = {
        "changed": done.changed,
        "public_key": pair.public_key if pair else None,
        "key_id": done.key_id,
        "stored_in": store.place or None,
        "fingerprint": pair.fingerprint if pair else None,
        "proof": done.proof.as_result() if pair and not done.unverified else None,
        "unverified": done.unverified or None,
        "rotated": done.rotated,
        "stopped": done.stopped,
        "undecided": context.check_mode and done.undecided,
        "previous_public_key": pair.previous[0].public_key if pair and pair.previous else None,
        **describe_age(pair or KeyPair("", ""), utc_now()),
        "pending": done.pending,
        "reason": done.reason or None,
        "diff": line_diff(f"API key on {context.instance}", done.lines),
    }
    if done.pending and params["on_unwritable"] == "fail":
        result["failed"] = True
        result["msg"] = (
            f"Key {params['description']!r} of API member {params['member']!r} on {context.instance} needs manual"
            f" steps: {' '.join(done.pending)} Reason: {done.reason.rstrip('.')}. Then run again."
        )
    return result


def _listed(info: KeyInfo) -> Result:
    return {"id": info.key_id, "public_key": info.public_key, "description": info.description, "active": info.active}


def _absent(params: Params, context: Context, keys: Keys, store: PairStore, ours: Ours) -> Result:
    stored = store.load()
    if store.place and stored is None:
        raise errors.InputError([f"{store.place} doesn't exist, so it is unknown which key to retire"])
    pairs = [stored, *stored.previous] if stored else []
    public_keys = [params["pair_public_key"]] if params["pair_public_key"] else [pair.public_key for pair in pairs]

    def selected(info: KeyInfo) -> bool:
        if params["key_id"] is not None:
            return bool(info.key_id == params["key_id"])
        if public_keys:
            return info.public_key in public_keys
        return bool(params["description"] and same_name(info.description, params["description"]))

    status = keys.status()
    chosen = [info for info in status.keys if info.active and selected(info)]
    if not ours.public_keys:
        record = store.record()
        ours = Ours(record.member_id if record else None, frozenset(pair.public_key for pair in pairs))
    _guard_retired(chosen, status, params, context, ours)
    reports = params["on_unwritable"] == "report"
    left = {} if context.check_mode else _retire(chosen, keys, ours, reports)
    retired = [info for info in chosen if info.key_id not in left]
    if public_keys and not chosen and any(not info.public_key for info in status.keys):
        raise errors.Refused(
            f"{context.instance} lists the keys of {params['member']!r} without their public keys, so key"
            f" {_shown(public_keys, params)} can't be identified. Set key_id."
        )
    result: Result = {
        "changed": bool(retired),
        "retired": [_listed(info) for info in retired],
        "pending": [],
        "reason": status.reason or None,
        "diff": line_diff(
            f"API keys of {params['member']} on {context.instance}",
            [(f"key {info.public_key} ({info.description})", "active", "retired") for info in retired],
        ),
    }
    if left:
        names = ", ".join(info.public_key or f"of id {info.key_id}" for info in chosen if info.key_id in left)
        result.update(_by_hand(params, context, names, next(iter(left.values()))))
        result["not_retired"] = {f"key {key_id}": why for key_id, why in left.items()}
    if not status.offered and status.member_id is not None:
        alive = [pair for pair in pairs if not pair.private_key or keys.login(pair).logs_in]
        if alive or not pairs:
            name = ", ".join(pair.public_key for pair in alive) or _shown(public_keys, params)
            result.update(_by_hand(params, context, name, status.reason))
    return result


def _shown(public_keys: t.Sequence[str], params: Params) -> str:
    """Keys in a message. The option pair_public_key may hold the private key by mistake, so it isn't shown."""
    return "of pair_public_key" if params["pair_public_key"] else ", ".join(public_keys)


def _retire(chosen: t.Sequence[KeyInfo], keys: Keys, ours: Ours, reports: bool) -> dict[int, str]:
    """Retire the keys. Returns {key id: reason} for those that the instance refuses; earlier refusals aren't retried.

    Raises the refusal instead, unless this run ``reports``.
    """
    left: dict[int, str] = {}
    for info in chosen:
        before = ours.refused.get(f"key {info.key_id}")
        try:
            if before is None:
                keys.retire(info.key_id)
        except (errors.NotOffered, errors.NotKept, errors.Rejected) as exc:
            if not reports:
                raise
            before = str(exc)
        if before is not None:
            left[info.key_id] = before
    return left


def _guard_retired(
    chosen: t.Sequence[KeyInfo], status: KeyStatus, params: Params, context: Context, ours: Ours
) -> None:
    """Raises Refused if a key to retire may be the automation's own."""
    own = context.client.connection.public_key
    for info in chosen:
        if info.public_key == own:
            raise errors.Refused(
                f"Key {own} (id {info.key_id}) of {params['member']!r} on {context.instance} is the automation's own:"
                " retiring it would lock the automation out. Name the integration's own member and key."
            )
    if not chosen:
        return
    is_ours = ours.member_id is not None and ours.member_id == status.member_id
    are_named = all(info.public_key in ours.public_keys for info in chosen)
    names = ", ".join(f"{info.public_key or 'of id'} {info.key_id}" for info in chosen)
    context.identity.guard_member(params["member"], f"key {names} would be retired", is_ours or are_named)


def _by_hand(params: Params, context: Context, public_keys: str, reason: str) -> Result:
    name = public_keys or params["description"] or params["key_id"]
    step = (
        f"Open System > Members > API Members > {params['member']}, tab API Keys, and delete the key {name}."
        " Making the member inactive (cw_api_member, state absent) stops all of its keys at once."
    )
    result: Result = {"pending": [step]}
    if params["on_unwritable"] == "fail":
        result["failed"] = True
        result["msg"] = f"A key on {context.instance} must be deleted by hand: {step} Reason: {reason.rstrip('.')}."
    return result
