# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The manual steps for an instance whose API creates no keys. PRIVATE to this collection."""

from __future__ import annotations

import typing as t

from .pair import KeyPair
from .request import KeyRequest


def manual_key_steps(
    request: KeyRequest, rejected: t.Sequence[KeyPair], inbox: str, replaced: KeyPair | None
) -> list[str]:
    """One sentence each. ``rejected`` pairs no longer log in; ``inbox`` is where the user puts the new pair;
    ``replaced`` is the pair that still works, if any."""
    into = f" into {inbox}" if inbox else ""
    steps = [
        f"Open System > Members > API Members > {request.member}, tab API Keys.",
        *(f"Delete the key {pair.public_key} if it exists: it no longer logs in." for pair in rejected),
        f'Click +, enter the description "{request.description}", and click Save.',
        f"Copy both keys{into} before you leave the page: the private key is shown only once.",
    ]
    if replaced:
        steps.append(
            f"Run again to verify and store the new pair. Leave the key {replaced.public_key} as it is until then; the"
            " run says when to delete it."
        )
    return steps
