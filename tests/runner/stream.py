# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One end of ansible-runner's stream, called as AWX calls it: ``stream.py transmit|process PARAMETERS [RECORD]``.

AWX calls these two in its own process, with parameters that the command line doesn't have; only the worker is
started by its command. ``process`` keeps every status message in RECORD, and every event where ansible-runner does.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import ansible_runner


def transmit(parameters: dict[str, Any]) -> None:
    ansible_runner.interface.run(streamer="transmit", _output=sys.stdout.buffer, **parameters)


def process(parameters: dict[str, Any], record: Path) -> None:
    messages: list[dict[str, Any]] = []
    outcome = ansible_runner.interface.run(
        streamer="process",
        quiet=True,
        _input=sys.stdin.buffer,
        status_handler=lambda message, runner_config: messages.append(message),
        event_handler=lambda event: True,
        **parameters,
    )
    record.write_text(json.dumps({"status": outcome.status, "messages": messages}))


if __name__ == "__main__":
    given = json.loads(Path(sys.argv[2]).read_text())
    if sys.argv[1] == "transmit":
        transmit(given)
    else:
        process(given, Path(sys.argv[3]))
