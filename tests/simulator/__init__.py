# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A stateful simulator of the ConnectWise Manage REST API, for tests without a live server.

It is meant to be at least as strict as the real service: where the behaviour of the real one is not
known, the harder answer is chosen.  Docstrings grade each behaviour as "published API" (the published
OpenAPI description), "recorded answer" (a body that was seen on the wire) or "guess".
"""

from .server import Handle, Simulator

__all__ = ["Handle", "Simulator"]
