# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host says of a vendor in variables of its own, such as rewst_role_name. PRIVATE to this collection."""

from __future__ import annotations

import typing as t


def own_values(
    vendor: str, names: t.Iterable[str], variables: t.Mapping[str, t.Any], templar: t.Any
) -> dict[str, t.Any]:
    """{name: value} of the variables ``<vendor>_<name>``, with their templates filled in; None where there is none."""
    found = {name: variables.get(f"{vendor}_{name}") for name in names}
    return {name: None if value is None else templar.template(value) for name, value in found.items()}
