# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the simulator: ``python -m simulator --port 8808 --instance acme --instance globex:extended``."""

from __future__ import annotations

import argparse
import json

from .server import Simulator


def main() -> None:
    """Print one line of JSON, {url, ca_path, instances: [connection]}, then serve."""
    parser = argparse.ArgumentParser(prog="simulator", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--tls", action="store_true", help="speak TLS; the line names the authority to trust")
    parser.add_argument(
        "--instance",
        action="append",
        default=[],
        metavar="COMPANY[:EDITION]",
        help="may be given more than once",
    )
    arguments = parser.parse_args()
    simulator = Simulator(port=arguments.port, tls=arguments.tls)
    connections = []
    for text in arguments.instance:
        company, _colon, edition = text.partition(":")
        connections.append(simulator.add_instance(company, edition=edition or "published").connection)
    line = {"url": simulator.url, "ca_path": simulator.ca_path, "instances": connections}
    print(json.dumps(line), flush=True)
    try:
        simulator.serve()
    except KeyboardInterrupt:
        pass
    finally:
        simulator.stop()


if __name__ == "__main__":
    main()
