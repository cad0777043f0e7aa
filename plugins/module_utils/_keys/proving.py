# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a pair logs in. PRIVATE to this collection."""

from __future__ import annotations

import time

from .pair import KeyPair, Proof
from .ports import Keys

LOGIN_PAUSE = 2.0  # seconds before the one repetition of a refused login


def login_twice(keys: Keys, pair: KeyPair) -> Proof:
    """For what follows from a refusal: what is refused once may be a fault that passes."""
    proof = keys.login(pair)
    if proof.logs_in:
        return proof
    time.sleep(LOGIN_PAUSE)
    return keys.login(pair)
