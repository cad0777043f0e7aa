# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which folders outlive a job of AWX."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.msp.connectwise.plugins.plugin_utils._persistence import Mount, reason_not_persistent

JOB = {"AWX_HOST": "https://awx.example.com", "JOB_ID": "7", "AWX_ISOLATED_DATA_DIR": "/runner/artifacts/7"}
# as a job's container has them: the first hides nothing, the last lies over the one before it
MOUNTS = [
    Mount("/", "overlay"),
    Mount("/runner", "xfs"),
    Mount("/keys", "nfs4"),
    Mount("/keys/scratch", "tmpfs"),
    Mount("/hidden", "xfs"),
    Mount("/hidden", "tmpfs"),
]


@pytest.mark.parametrize(
    ("folder", "why"),
    [
        ("/runner/project/credentials/acme", "it is in the job's own folder"),
        ("/runner", "it is in the job's own folder"),
        ("/home/runner/credentials", "it is in the container itself"),
        ("/runner-of-another/credentials", "it is in the container itself"),
        ("/keys/acme", ""),
        ("/keys", ""),
        ("/keys/scratch/acme", "it is on a tmpfs"),
        ("/hidden/acme", "it is on a tmpfs"),
    ],
)
def test_folders_of_a_job(folder: str, why: str) -> None:
    assert reason_not_persistent(folder, JOB, MOUNTS) == why


def test_jobs_folder_that_is_a_mount_of_its_own() -> None:
    """The job's folder is lost whatever it is on."""
    job = {**JOB, "AWX_ISOLATED_DATA_DIR": "/keys/awx_7_x/artifacts/7"}
    assert reason_not_persistent("/keys/awx_7_x/project", job, MOUNTS) == "it is in the job's own folder"
    assert reason_not_persistent("/keys/credentials", job, MOUNTS) == ""


@pytest.mark.parametrize("missing", ["AWX_HOST", "JOB_ID"])
def test_no_job_of_awx(missing: str) -> None:
    """From a terminal, and in ansible-navigator, the folder is the user's own."""
    assert reason_not_persistent("/runner/project", {name: JOB[name] for name in JOB if name != missing}, MOUNTS) == ""


def test_links_are_followed(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/keys")
    assert reason_not_persistent(str(tmp_path / "link" / "acme"), JOB, MOUNTS) == ""


def test_mounts_of_this_machine(tmp_path: Path) -> None:
    (tmp_path / "artifacts").mkdir()
    job = {**JOB, "AWX_ISOLATED_DATA_DIR": str(tmp_path / "artifacts" / "7")}
    assert reason_not_persistent(str(tmp_path / "project"), job) == "it is in the job's own folder"
    assert reason_not_persistent("/", job) == "it is in the container itself"
    assert reason_not_persistent("/proc", job) == ""
