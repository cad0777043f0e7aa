# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a pair logs in. PRIVATE to this collection."""

from __future__ import annotations

import time
import typing as t

from .._resources.settling import settled
from .pair import KeyPair, Proof
from .ports import Keys

PAUSES = (2.0, 4.0)  # seconds to wait before a refused login is tried again


def login_with_retry(keys: Keys, pair: KeyPair) -> Proof:
    """Log in, up to three times: three refusals prove that the key is gone or blocked, one may be a temporary error.

    ``keys.login`` checks each time that the instance answers the automation's own key.
    """
    proof = keys.login(pair)
    for pause in PAUSES:
        if proof.logs_in:
            break
        time.sleep(pause)
        proof = keys.login(pair)
    return proof


def login_of_new(keys: Keys, pair: KeyPair, seconds: float) -> Proof:
    """For a key that this run created: within ``seconds``, a refusal means that it isn't visible yet."""
    return t.cast(Proof, settled(lambda: keys.login(pair), seconds, lambda proof: proof.logs_in)[0])


def is_refused(keys: Keys, pair: KeyPair, seconds: float) -> bool:
    """Whether the login of a key that this run retired is refused within ``seconds``."""
    return settled(lambda: keys.login(pair), seconds, lambda proof: not proof.logs_in)[1]
