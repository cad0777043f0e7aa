# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Estimates the time of the manual steps on the published API, by the keystroke-level model.

    python benchmarks/keystrokes.py            Rewst, and the median of all vendors

Nothing is measured: the operators' times are those of Card, Moran and Newell (1980), and the parts of each step are
listed here. How ConnectWise's page behaves is a guess: four combo boxes in a row, modules that open on a click.
"""

from __future__ import annotations

import statistics
import sys
from dataclasses import dataclass
from pathlib import Path

import yaml

ROLES = Path(__file__).resolve().parent.parent / "roles"
VERBS = ("add", "edit", "delete", "inquire")
# seconds: a key, pointing, a button down or up, a hand to the mouse or back, a thought, the page's answer
K, P, B, H, M, R = 0.28, 1.1, 0.1, 0.4, 1.35, 1.0
CLICK = P + 2 * B


@dataclass(frozen=True)
class Work:
    """Clicks and seconds."""

    clicks: int = 0
    seconds: float = 0.0

    def __add__(self, other: Work) -> Work:
        return Work(self.clicks + other.clicks, self.seconds + other.seconds)

    def __mul__(self, times: int) -> Work:
        return Work(self.clicks * times, self.seconds * times)


click, think, answer = Work(1, CLICK), Work(0, M), Work(0, R)
select_and_copy = Work(1, P + 2 * B + P) + Work(0, 2 * H + 2 * K)  # drag over the text, Ctrl-C
paste = click + Work(0, 2 * H + 2 * K)
set_level = click + click  # open the combo box, choose
look_at_row = think  # find the function's row on the page


def levels(functions: int, modules: int, cells: int) -> Work:
    """Open the role, set each level, save."""
    opened = (click + answer) * (2 + modules)
    return opened + look_at_row * functions + set_level * cells + click + answer


def key(copy: Work) -> Work:
    """Open the member, create the key, put both halves into the file for them. ``copy``: the description."""
    opened = (click + answer) * 4
    made = click + copy + paste + click + answer
    return opened + made + (select_and_copy + paste) * 2 + think + Work(0, 2 * K)


def by_ticks(functions: int, modules: int, cells: int) -> Work:
    """A worksheet with a box to tick for each level; then the command again."""
    again = think + Work(0, H + 2 * K) + answer
    return levels(functions, modules, cells) + click * cells + key(select_and_copy) + click * 3 + again


def by_live_page(functions: int, modules: int, cells: int) -> Work:
    """A page that follows the instance, with buttons to copy; the run continues automatically."""
    return levels(functions, modules, cells) + key(click)


def size(file: Path) -> tuple[int, int, int]:
    """Functions, modules and levels of a vendor's matrix."""
    matrix = yaml.safe_load(file.read_text(encoding="utf-8"))[f"{file.parent.parent.name}_matrix"]
    rows = matrix["permissions"]
    cells = sum(row.get(verb, "none") != "none" for row in rows for verb in VERBS)
    return len(rows), len({row["module"] for row in rows}), cells


def _matrices() -> list[Path]:
    """The data files of the vendors' roles; other roles have no file with that name."""
    return [file for file in sorted(ROLES.glob("*/vars/main.yml")) if "_matrix:" in file.read_text(encoding="utf-8")]


def main() -> int:
    sizes = {file.parent.parent.name: size(file) for file in _matrices()}
    median = tuple(int(statistics.median(each)) for each in zip(*sizes.values()))
    for name, found in (("rewst", sizes["rewst"]), ("median of all", median)):
        functions, modules, cells = found
        print(f"{name}: {cells} levels of {functions} functions in {modules} modules, and a key")
        for how, work in (("boxes to tick", by_ticks), ("live page", by_live_page)):
            done = work(functions, modules, cells)
            print(f"  {how}: {done.clicks} clicks, {done.seconds / 60:.1f} minutes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
