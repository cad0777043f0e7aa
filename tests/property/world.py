# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Instances and runs for the properties, and the number of cases to try.

Without FUZZ the cases are the same each time, so that a build can't fail by chance. FUZZ=20 tries 20 times as many, at
random: what fails is printed so that it can be tried again.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from types import ModuleType
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.msp.connectwise.plugins.module_utils._ops import arguments, run
from ansible_collections.msp.connectwise.plugins.module_utils._ops.context import Context, Params, Result
from hypothesis import HealthCheck, Phase, settings
from simulator import Simulator
from simulator.catalogue import functions
from simulator.server import Handle

FACTOR = float(os.environ.get("FUZZ") or 0)
KEPT = (
    "Security Roles", "Member Maintenance", "My Company", "Table Setup", "Company Maintenance", "Contacts",
    "Service Tickets", "Time Entry", "Opportunity", "Project Headers",
)  # fmt: skip
_numbers = itertools.count(1)


def cases(number: int) -> settings:
    """The settings of a property, with the number of cases to try in each build."""
    phases = tuple(Phase) if FACTOR else (Phase.explicit, Phase.generate, Phase.shrink)
    return settings(
        max_examples=max(1, int(number * (FACTOR or 1))),
        derandomize=not FACTOR,
        database=None,
        deadline=None,
        phases=phases,
        print_blob=bool(FACTOR),
        suppress_health_check=list(HealthCheck),
    )


def small_instance(simulator: Simulator, kept: tuple[str, ...] = KEPT, **options: Any) -> Handle:
    """A new instance with only a few functions, so that many can be created."""
    name = f"property{next(_numbers)}"
    dropped = [f"{function.module} / {function.name}" for function in functions() if function.name not in kept]
    return simulator.add_instance(name, **{"edition": "extended", "without_functions": dropped, **options})


def perform(operation: ModuleType, args: dict[str, Any], check_mode: bool = False) -> Result:
    """Run an operation as its module would. Refused options are returned as ``refused``."""
    problems = arguments.shape_problems(operation.argument_spec(), args)
    if problems:
        return {"failed": True, "refused": problems}
    checked = ArgumentSpecValidator(operation.argument_spec()).validate(args)
    if checked.error_messages:
        return {"failed": True, "refused": list(checked.error_messages)}
    return run.execute(_runner(operation), checked.validated_parameters, check_mode, diff_mode=True)


def _runner(operation: ModuleType) -> Callable[[Params, Context], Result]:
    runner: Callable[[Params, Context], Result] = operation.run
    return runner


def assert_clear(result: Result) -> None:
    """Assert a correct result, or a failure that says what is wrong, but no internal error."""
    if not result.get("failed"):
        return
    if "refused" in result:
        assert all(str(text).strip() for text in result["refused"])
        return
    assert "exception" not in result, result["exception"]
    assert len(result["msg"]) > 20 and "Traceback" not in result["msg"], result["msg"]
    # refused by rule, options that can't be used, or a request that failed; or work that is left to a person
    assert result.get("error", {}).get("kind") or result.get("pending"), result
