# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes the domain logic, one small thing at a time, and shows the changes that no test notices.

    python tools/measure/mutants.py                       all of plugins/module_utils/_domain, half an hour
    python tools/measure/mutants.py compare.py levels.py  some of it

Works on copies of the checkout below build/mutants, one for each processor. cosmic-ray makes the changes; it gets an
environment of its own there. What is known to make no difference is in mutants_known.txt, with the reason.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import typing as t
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import checkout

HOME = checkout.ROOT / "build" / "mutants"
DOMAIN = Path("plugins/module_utils/_domain")
TESTS = ("tests/unit/domain", "tests/unit/audit")
KNOWN = Path(__file__).with_name("mutants_known.txt")
COSMIC_RAY = "cosmic-ray>=8.4,<9"
# X | Y is a type here, and an annotation isn't run; one other operator in the place of one is enough
LEFT_OUT = (
    r"core/ReplaceBinaryOperator_BitOr_.*",
    r"core/ReplaceBinaryOperator_(Add|Sub)_(?!Add|Sub).*",
    r"core/ReplaceUnaryOperator_.*_Invert",
    # short texts and small numbers are one object in CPython: nothing can tell `is` from `==` by them
    r"core/ReplaceComparisonOperator_(Eq|NotEq)_Is(Not)?",
)
CONFIG = """\
[cosmic-ray]
module-path = {paths}
timeout = 60.0
excluded-modules = []
test-command = "{python} -m pytest -x -q -p no:cacheprovider -p no:xdist {tests}"

[cosmic-ray.distributor]
name = "local"

[cosmic-ray.filters.operators-filter]
exclude-operators = {left_out}
"""


class Survivor(t.NamedTuple):
    """A change that no test noticed: its place, and the lines before and after."""

    file: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.file}: {self.before} -> {self.after}"


def main() -> int:
    names = sys.argv[1:] or [path.name for path in sorted((checkout.ROOT / DOMAIN).glob("*.py"))]
    bin_folder = cosmic_ray()
    workers = min(os.cpu_count() or 1, len(names))
    shares = [names[number::workers] for number in range(workers)]
    running = [start(number, share, bin_folder) for number, share in enumerate(shares)]
    survivors: list[Survivor] = []
    total = 0
    for folder, process in running:
        if process.wait():
            raise SystemExit(f"cosmic-ray ended with {process.returncode} in {folder}")
        tried, survived = results(folder, bin_folder)
        total += tried
        survivors += survived
    known = {line.rpartition("  # ")[0] for line in KNOWN.read_text().splitlines() if line and not line.startswith("#")}
    new = [survivor for survivor in survivors if str(survivor) not in known]
    print(f"{total} changes, {total - len(survivors)} noticed, {len(survivors) - len(new)} known to make no difference")
    for survivor in new:
        print(f"not noticed: {survivor}")
    return 1 if new else 0


def cosmic_ray() -> Path:
    """The folder of its commands."""
    folder = HOME / "venv"
    if not (folder / "bin" / "cosmic-ray").exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(folder / "bin" / "pip"), "install", "--quiet", COSMIC_RAY], check=True)
    return folder / "bin"


def start(number: int, names: list[str], bin_folder: Path) -> tuple[Path, subprocess.Popen[bytes]]:
    """A copy of the checkout, to try the changes to these files one after another."""
    folder = HOME / str(number)
    shutil.rmtree(folder, ignore_errors=True)
    tree = checkout.copy_to(folder)
    config = CONFIG.format(
        paths=json.dumps([str(DOMAIN / name) for name in names]),
        python=sys.executable,
        tests=" ".join(TESTS),
        left_out=json.dumps(LEFT_OUT),
    )
    (tree / "mutants.toml").write_text(config, encoding="utf-8")
    session = ["mutants.toml", "session.sqlite"]
    subprocess.run([str(bin_folder / "cosmic-ray"), "init", *session], cwd=tree, check=True)
    subprocess.run([str(bin_folder / "cosmic-ray"), "baseline", "mutants.toml"], cwd=tree, check=True)
    subprocess.run([str(bin_folder / "cr-filter-operators"), "session.sqlite", "mutants.toml"], cwd=tree, check=True)
    return tree, subprocess.Popen([str(bin_folder / "cosmic-ray"), "exec", *session], cwd=tree)


def results(tree: Path, bin_folder: Path) -> tuple[int, list[Survivor]]:
    """The number of changes tried, and the changes that no test noticed."""
    dumped = subprocess.run(
        [str(bin_folder / "cosmic-ray"), "dump", "session.sqlite"], cwd=tree, check=True, capture_output=True, text=True
    ).stdout
    tried, survivors = 0, []
    for item, result in (json.loads(line) for line in dumped.splitlines()):
        if result is None or result["worker_outcome"] == "skipped":
            continue
        tried += 1
        if result["test_outcome"] == "survived":
            survivors.append(survivor(item["mutations"][0]["module_path"], result["diff"]))
    return tried, survivors


def survivor(path: str, diff: str) -> Survivor:
    """The changes of a unified diff, on one line."""
    lines = [line for line in diff.splitlines() if not line.startswith(("---", "+++"))]
    before, after = (" ".join(line[1:].strip() for line in lines if line.startswith(sign)) for sign in "-+")
    return Survivor(Path(path).name, before, after)


if __name__ == "__main__":
    sys.exit(main())
