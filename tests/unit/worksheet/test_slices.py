# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several AWX jobs end at once on slices of one fleet: the page in their folder has the results of each."""

from __future__ import annotations

import json
import multiprocessing
import os
import time
import types

import pytest
from ansible_collections.msp.connectwise.plugins.action import cw_run_report
from ansible_collections.msp.connectwise.plugins.plugin_utils._files import locked
from ansible_collections.msp.connectwise.plugins.plugin_utils._worksheet import fleet
from pages.sheets import make_sheet, put, results

SLICES, HOSTS = 6, 120
FINISHED = "2026-11-01T10:00:00Z"


def share(number):
    return [f"client{host:03}" for host in range(HOSTS) if host % SLICES == number]


def end_of_job(folder, number, start):
    """What a job does at its end: each of its hosts has a worksheet, and the page gets them."""
    done = {host: {"rewst": "handed over"} for host in share(number)}
    start.wait()
    for host in done:
        put(folder, make_sheet(host))
    with locked(str(folder)):
        fleet.write(str(folder), fleet.collect(str(folder), results(FINISHED, **done), 14), check_mode=False)


def test_no_slice_loses_what_another_found(tmp_path):
    context = multiprocessing.get_context("fork")
    start = context.Event()
    jobs = [context.Process(target=end_of_job, args=(tmp_path, number, start)) for number in range(SLICES)]
    for job in jobs:
        job.start()
    start.set()
    for job in jobs:
        job.join()
        assert job.exitcode == 0
    page = json.loads((tmp_path / "worksheets.json").read_text())
    assert {each["host"]: each["state"] for each in page["sheets"]} == {
        host: "open" for number in range(SLICES) for host in share(number)
    }


@pytest.mark.parametrize(("days", "stays"), [(13, True), (15, False)])
def test_what_slices_wrote_goes_after_some_days(tmp_path, days, stays):
    task = types.SimpleNamespace(args={}, check_mode=False, diff=False, async_val=0)
    action = cw_run_report.ActionModule(task, None, None, None, None, None)
    action._check_mode = False
    folder = tmp_path / "jobs" / "7" / "8"
    folder.mkdir(parents=True)
    (folder / "results.json").write_text('{"format": "msp.connectwise.fleet_results"}')
    (folder / "failed.hosts").write_text("acme\n")
    (folder / "mine.txt").write_text("mine")
    other = tmp_path / "jobs" / "7" / "9"
    other.mkdir()
    (other / "results.json").write_text("[]")  # somebody else's
    then = time.time() - days * 86400
    for file in (folder / "results.json", other / "results.json"):
        os.utime(file, (then, then))
    action._forget(str(tmp_path), 14)
    assert (folder / "results.json").exists() == (folder / "failed.hosts").exists() == stays
    assert (folder / "mine.txt").exists() and (other / "results.json").exists()
