# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Installs the locks as make does, with every pip that users have, each time into a new environment.

    python tools/release/installs.py                every pip, on every Python that takes it
    python tools/release/installs.py --python 3.11  a part of it
    python tools/release/installs.py --pip 23.2.1 --pip newest

It uses the package index, so that packages published after the locks were written could interfere. A Python
that isn't on the machine is skipped and reported; with --strict, that is a failure.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from check import test_matrix

import checkout

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
# what the Pythons and the distributions bring, with the Pythons that it runs on
PIPS = {
    "22.3.1": ("3.11",),
    "23.0.1": ("3.11",),
    "23.2.1": ("3.11", "3.12"),
    "newest": PYTHONS,
}
# the targets of the Makefile, in this order in one environment: the second adds to the first
STEPS = ("demo-environment", "environment")
# stands in for PYTHON: make's own environment, but with the pip that is tried
WITH_PIP = """\
#!/bin/sh
{python} "$@" || exit
case "$*" in "-m venv "*) .venv/bin/python -m pip install --quiet --disable-pip-version-check {pip} ;; esac
"""


def main() -> int:
    options = arguments()
    failed, left_out = [], []
    for version in options.python or PYTHONS:
        base = test_matrix.interpreter(version)
        for pip in [pip for pip in options.pip or PIPS if version in PIPS[pip]]:
            what = f"Python {version}, pip {pip}"
            if base is None:
                left_out.append(what)
            elif not installs(what, base, pip):
                failed.append(what)
    return test_matrix.outcome(failed, left_out, options.strict)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--python", action="append", choices=PYTHONS, help="only this Python")
    parser.add_argument("--pip", action="append", choices=PIPS, help="only this pip")
    parser.add_argument("--strict", action="store_true", help="fail if a supported Python is missing")
    return parser.parse_args()


def installs(what: str, base: Path, pip: str) -> bool:
    """Whether all steps succeed in a new copy of the checkout."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "checkout"
        for name in checkout.files():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(checkout.ROOT / name, tree / name)
        python = Path(folder) / "python3"
        wanted = "--upgrade pip" if pip == "newest" else f"pip=={pip}"
        python.write_text(WITH_PIP.format(python=base, pip=wanted))
        python.chmod(0o755)
        for step in STEPS:
            begun = time.monotonic()
            ended = run(["make", f"PYTHON={python}", step], tree)
            took = f"{time.monotonic() - begun:.0f} s"
            if ended.returncode:
                print(f"{what}: {step} FAILED, {took}\n{ended.stdout}", flush=True)
                return False
            print(f"{what}: {step} ok, {took}, {packages(tree)}", flush=True)
    return True


def packages(tree: Path) -> str:
    """The version of pip that was used, and what it installed."""
    listed = run([str(tree / ".venv" / "bin" / "python"), "-m", "pip", "list", "--format", "freeze"], tree).stdout
    lines = [line for line in listed.splitlines() if "==" in line]
    (pip,) = [line.partition("==")[2] for line in lines if line.startswith("pip==")]
    return f"{len(lines)} packages with pip {pip}"


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command as in a new terminal, without the settings of this make or of another environment."""
    left_out = ("MAKE", "MFLAGS", "PYTHON", "VIRTUAL_ENV")
    variables = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    return subprocess.run(
        command, cwd=folder, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )


if __name__ == "__main__":
    sys.exit(main())
