# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulator of AWX's API: the objects that awx_setup.yml and the credential store work on.

    from awx.standin import AwxStandIn

    with AwxStandIn() as awx:
        awx.url, awx.token           # for CONTROLLER_HOST and CONTROLLER_OAUTH_TOKEN
        awx.credentials              # {name: the credential as AWX keeps it, secrets in clear}
        awx.log                      # every request so far
    awx.launch(workflow, ...)    # (the workflow at work, what of the launch was ignored)

Fields, their validation, filters, pages, masking and answers follow AWX 24.6.1. It is stricter in one way: a field that
AWX doesn't know is an error here, where AWX ignores it. Jobs aren't run: of a workflow that is launched, each step says
what AWX would give its job.
"""

from .server import AwxStandIn
from .store import Request

__all__ = ["AwxStandIn", "Request"]
