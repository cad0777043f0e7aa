# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds the collection and checks it as Galaxy does on import; a warning counts as a failure.

ansible-test and ansible-lint are left out, since `make check` runs both itself.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from release import build_artifact

SETTINGS = """\
[galaxy-importer]
CHECK_CHANGELOG = True
CHECK_REQUIRED_TAGS = True
REQUIRE_V1_OR_GREATER = True
RUN_ANSIBLE_DOC = True
RUN_ANSIBLE_LINT = False
RUN_ANSIBLE_TEST = False
"""


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        artifact = build_artifact.build(place / "dist")
        (place / "settings.cfg").write_text(SETTINGS)
        command = [sys.executable, "-m", "galaxy_importer.main", str(artifact)]
        variables = {**os.environ, "GALAXY_IMPORTER_CONFIG": str(place / "settings.cfg")}
        done = subprocess.run(command, cwd=place, env=variables, capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    found = [line for line in said.splitlines() if line.startswith(("WARNING", "ERROR", "CRITICAL"))]
    if done.returncode or found or "Importer processing completed successfully" not in said:
        print("\n".join(found) or said)
        return 1
    print("Galaxy would take it.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
