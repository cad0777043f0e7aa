# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares strategies and forks for many converged instances: PYTHONPATH=tests python benchmarks/strategies.py"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import contenders
import yaml
from contenders import OURS, Place
from measure import run
from world import World

ROOT = Path(__file__).resolve().parent.parent
STRATEGIES = ("linear", "free", "host_pinned")


def main() -> int:
    options = _options()
    print("| Strategy | Forks | ms | Wall | CPU |\n|---|--:|--:|--:|--:|")
    for latency in options.latency:
        with World(options.instances, latency / 1000) as world, tempfile.TemporaryDirectory() as folder:
            place = Place(Path(folder), options.checkout.resolve(), 20)
            place.prepare(world.hosts)
            run(contenders.command(OURS, "onboard", place), place.checkout)
            for strategy in options.strategies:
                for forks in options.forks:
                    place = Place(Path(folder), options.checkout.resolve(), forks)
                    command = contenders.command(OURS, "onboard", place)
                    command[1] = _with_strategy(place, command[1], strategy)
                    result = run(command, place.checkout)
                    print(f"| {strategy} | {forks} | {latency} | {result.wall:.1f} | {result.cpu:.1f} |", flush=True)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--instances", type=int, default=100)
    parser.add_argument("--latency", type=_numbers, default=[20, 100], help="milliseconds added to each answer")
    parser.add_argument("--forks", type=_numbers, default=[2, 5, 10, 20, 50])
    parser.add_argument("--strategies", type=lambda text: text.split(","), default=list(STRATEGIES))
    parser.add_argument("--checkout", type=Path, default=ROOT)
    return parser.parse_args()


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def _with_strategy(place: Place, playbook: str, strategy: str) -> str:
    """A copy of the playbook under another strategy; its roles are found by their full names."""
    plays = yaml.safe_load((place.checkout / playbook).read_text(encoding="utf-8"))
    for play in plays:
        play["strategy"] = f"ansible.builtin.{strategy}"
    path = place.folder / f"{strategy}.yml"
    path.write_text(yaml.safe_dump(plays), encoding="utf-8")
    return str(path)


if __name__ == "__main__":
    sys.exit(main())
