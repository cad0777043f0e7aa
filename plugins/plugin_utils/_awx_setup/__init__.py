# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Brings AWX to what the folder awx describes. PRIVATE to this collection.

``described.py`` has what is wanted, ``awx.py`` asks and writes, ``objects.py`` brings one object to what is wanted,
``kit.py`` has all objects in their order.
"""

from __future__ import annotations
