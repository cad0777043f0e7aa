# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs an operation for an action plugin: client, errors as results, masked secrets. PRIVATE to this collection."""

from __future__ import annotations

import textwrap
import traceback
import typing as t

from .._client import errors
from .._client.client import Client
from .._client.connection import Connection, connection_from_params
from .._client.deadline import Budget
from .._client.proxy import secrets_of
from .._client.scrub import Scrubber
from .._domain.shown import shown_lines
from .context import Context, Params, Result

Operation = t.Callable[[Params, Context], Result]
ClientFactory = t.Callable[[Connection, Scrubber], Client]


def execute(
    operation: Operation,
    params: Params,
    check_mode: bool,
    diff_mode: bool,
    make_client: ClientFactory = Client,
    progress: t.Callable[[str], None] | None = None,
    budget: Budget | None = None,
) -> Result:
    """Run the operation and return its result, scrubbed. Raises nothing: a failure sets ``failed`` and ``msg``.

    ``budget`` is the time left for this instance, across operations.
    ``warnings`` is a list of sentences for the caller to show; ``requests`` counts the requests sent.
    """
    scrubber = Scrubber()
    scrubber.add(params.get("private_key"), params.get("pair_private_key"), *secrets_of(params.get("proxy")))
    context: Context | None = None
    before, accepted = {"read": 0, "written": 0, "retried": 0}, 0
    try:
        connection = connection_from_params(params)
        scrubber.add_login(connection.company, connection.public_key, connection.private_key)
        client = make_client(connection, scrubber)
        client.budget = budget
        if budget:
            budget.restore()
        before, accepted = client.counts.as_result(), client.counts.accepted
        context = _context(client, scrubber, check_mode, params, progress)
        try:
            result = operation(params, context)
        except (errors.Rejected, errors.InputError):
            # An object that exists, or that an option names, may be on a page that wasn't read. So may what this run
            # wrote.
            if client.counts.accepted > accepted or not client.finds_more():
                raise
            context = _context(client, scrubber, check_mode, params, progress)
            result = operation(params, context)
    except errors.CwError as exc:
        result = {**_done_before(context), **failure(exc)}
    except Exception as exc:  # any other error's text must be scrubbed too
        trace = shown_lines("".join(traceback.format_exception(type(exc), exc, exc.__traceback__)))
        result = {
            "failed": True,
            "msg": f"Internal error in msp.connectwise (please report it): {type(exc).__name__}: {exc}",
            "exception": textwrap.indent(trace, "  "),  # so that no text in it starts a log line
        }
    if not diff_mode:
        result.pop("diff", None)
    if context:
        after = context.client.counts.as_result()
        result["requests"] = {name: after[name] - before[name] for name in after}
        result["warnings"] = context.warnings
        # a failure after an accepted write has still changed something
        result.setdefault("changed", context.client.counts.accepted > accepted)
    result.setdefault("requests", dict.fromkeys(before, 0))
    result.setdefault("changed", False)
    clean: Result = scrubber.clean(result)
    if context:
        clean.update(context.secret_results)
    return clean


def _context(
    client: Client,
    scrubber: Scrubber,
    check_mode: bool,
    params: Params,
    progress: t.Callable[[str], None] | None,
) -> Context:
    context = Context(client, scrubber, check_mode, own_member=params.get("own_member") or "")
    if progress:
        context.progress = lambda line: progress(scrubber.text(line))
    if not client.connection.validate_certs and client.connection.site.root.startswith("https://"):
        context.warn(
            "cw_validate_certs is false: certificates aren't checked, so another server could pose as the instance and"
            " get the keys. For a certificate of your own authority, set cw_ca_path instead."
        )
    return context


def _done_before(context: Context | None) -> Result:
    """What was done before a failure. ``changed: false`` is left out: only the requests show that."""
    partial = context.partial if context else {}
    return {name: value for name, value in partial.items() if name != "changed" or value}


class Failure(t.Protocol):
    """An exception with the scope and the transience of a CwError."""

    @property
    def scope(self) -> str: ...

    @property
    def transient(self) -> bool: ...


def meaning(exc: Failure) -> Result:
    """The ``error`` of a result: ``kind``, ``scope`` and ``transient``."""
    return {"kind": type(exc).__name__, "scope": exc.scope, "transient": exc.transient}


def failure(exc: errors.CwError) -> Result:
    """``failed``, ``msg`` and ``error``; ``problems`` for options that can't be used."""
    error = meaning(exc)
    result: Result = {"failed": True, "msg": str(exc), "error": error}
    if isinstance(exc, errors.InputError):
        result["problems"] = exc.problems
    if isinstance(exc, errors.RequestFailed):
        error.update(
            instance=exc.instance,
            method=exc.method,
            path=exc.path,
            status=exc.status,
            code=exc.code,
            message=exc.detail,
            fields=exc.fields,
        )
    return result
