# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way in through a module's own process. PRIVATE to this collection."""

from __future__ import annotations

import typing as t

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from .._client.client import Client
from .._client.connection import may_be_a_key
from .._client.third_party import REQUESTS_IMPORT_ERROR
from .context import Result
from .run import execute


def run(operation: t.Any) -> None:
    """Run an operation (a Python module with argument_spec and run) and end the process."""
    module = AnsibleModule(argument_spec=operation.argument_spec(), supports_check_mode=True)
    client_id = str(module.params.get("client_id") or "").strip()
    if len(client_id) > 7 and may_be_a_key(client_id):
        module.no_log_values.add(client_id)  # -vvv shows all options
    if REQUESTS_IMPORT_ERROR:
        module.fail_json(msg=missing_required_lib("requests"), exception=REQUESTS_IMPORT_ERROR)
    result = execute(operation.run, module.params, module.check_mode, module._diff, Client)
    _finish(module, result)


def _finish(module: AnsibleModule, result: Result) -> None:
    for warning in result.pop("warnings", []):
        module.warn(warning)
    if result.pop("failed", False):
        module.fail_json(**result)
    module.exit_json(**result)
