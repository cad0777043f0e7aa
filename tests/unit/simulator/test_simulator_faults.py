# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every kind of fault, the log, and the control plane."""

from __future__ import annotations

import json
import pathlib
import socket
import subprocess
import sys
import threading
import time

import pytest
import requests

INFO, ROLES = "/system/info", "/system/securityroles"


def test_status(api, published):
    published.fault("status", status=429, headers={"Retry-After": "3"}, json={"error": "ConnectWiseAPI"})
    response = api("GET", INFO)
    assert (response.status_code, response.headers["Retry-After"]) == (429, "3")
    assert response.json() == {"error": "ConnectWiseAPI"}
    assert api("GET", INFO).status_code == 200


def test_status_with_text(api, published):
    published.fault("status", status=500, text="oops")
    assert api("GET", INFO).text == "oops"


@pytest.mark.parametrize("status", [502, 503, 200])
def test_html(api, published, status):
    published.fault("html", status=status)
    response = api("GET", INFO)
    assert response.status_code == status
    assert response.headers["Content-Type"].startswith("text/html")
    assert "<html" in response.text


def test_reset_comes_before_processing(api, published):
    published.fault("reset", method="POST")
    with pytest.raises(requests.ConnectionError, match="reset"):
        api("POST", ROLES, json={"name": "New"})
    assert published.role("New") is None
    assert published.log[-1]["status"] is None
    assert api("POST", ROLES, json={"name": "New"}).status_code == 201


def test_lost_comes_after_processing(api, published):
    published.fault("lost", method="POST")
    with pytest.raises(requests.ConnectionError, match="reset"):
        api("POST", ROLES, json={"name": "New"})
    assert published.role("New")
    assert published.log[-1]["status"] == 201


def test_truncate(api, published):
    published.fault("truncate")
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        api("GET", INFO)
    assert api("GET", INFO).status_code == 200


def test_spoiled_answers_are_carried_out(api, published):
    whole = api("GET", ROLES).json()
    published.fault("cut")
    with pytest.raises(requests.exceptions.JSONDecodeError):
        api("GET", ROLES).json()
    published.fault("mistyped")
    mistyped = api("GET", ROLES)
    assert (mistyped.headers["Content-Type"].partition(";")[0], mistyped.json()) == ("text/html", whole)
    published.fault("unknown")
    for theirs, ours in zip(api("GET", ROLES).json(), whole, strict=True):
        assert set(ours) < set(theirs) and set(ours["_info"]) < set(theirs["_info"])
        assert all(theirs[name] == value for name, value in ours.items() if name != "_info")
    published.fault("altered", method="POST", alter=lambda text: text.replace("New", "Old").encode())
    assert api("POST", ROLES, json={"name": "New"}).json()["name"] == "Old"
    assert published.role("New")
    with pytest.raises(ValueError, match="alter"):
        published.fault("altered")


class Clock:
    """Stands in for the simulator's clock: whoever sleeps does so until the test lets go."""

    def __init__(self):
        self.slept = []
        self.asleep, self.awake = threading.Event(), threading.Event()

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.asleep.set()
        assert self.awake.wait(60)


@pytest.fixture(name="clock")
def _clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr("simulator.app.time", clock)
    yield clock
    clock.awake.set()


@pytest.mark.parametrize("late", [False, True])
def test_delay(api, published, clock, late):
    published.fault("delay", seconds=0.3, late=late)
    with pytest.raises(requests.Timeout):
        api("POST", ROLES, json={"name": "Slow"}, timeout=0.1)
    assert clock.asleep.wait(60) and clock.slept == [0.3]
    assert bool(published.role("Slow")) is late
    clock.awake.set()
    wait_for(lambda: published.log[-1]["status"] == 201)
    assert published.role("Slow")


def wait_for(condition):
    """Wait as long as it takes; a minute means never."""
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "it never came about"
        time.sleep(0.01)


def test_silent(wide, extended):
    row = wide.row(64, "Sales", "Opportunity")
    path = f"/system/securityRoles/64/settings/{row['id']}"
    body = [{"op": "replace", "path": "addLevel", "value": "All"}]
    extended.fault("silent", method="PATCH")
    response = wide("PATCH", path, json=body)
    assert (response.status_code, response.json()["addLevel"]) == (200, "All")
    assert wide.row(64, "Sales", "Opportunity") == row
    assert wide("PATCH", path, json=body).json()["addLevel"] == "All"
    assert extended.levels("Technician")[("Sales", "Opportunity")]["add"] == "All"


@pytest.mark.parametrize("process", [False, True])
def test_empty(api, published, process):
    published.fault("empty", process=process)
    response = api("POST", ROLES, json={"name": "New"})
    assert (response.status_code, response.content) == (200, b"")
    assert bool(published.role("New")) is process


def test_redirect(api, published):
    published.fault("redirect", location="https://elsewhere.invalid/login")
    response = api("GET", INFO)
    assert (response.status_code, response.headers["Location"]) == (302, "https://elsewhere.invalid/login")


def test_where_and_how_often(api, published):
    published.fault("status", status=503, method="get", path=r"/SecurityRoles/\d+$", after=1, times=2)
    seen = [api("GET", f"{ROLES}/63").status_code for _round in range(5)]
    assert seen == [200, 503, 503, 200, 200]
    assert api("GET", ROLES).status_code == 200
    published.fault("status", times=None)
    assert {api("GET", INFO).status_code for _round in range(4)} == {500}
    published.clear_faults()
    assert api("GET", INFO).status_code == 200


def test_fault_at_the_login_page(api, published):
    published.fault("html", path="companyinfo")
    assert requests.get(f"{api.site}/login/companyinfo/acme", timeout=5).status_code == 502


def test_unknown_kind(published):
    with pytest.raises(ValueError, match="fault kind"):
        published.fault("flood")


def test_latency(sim, tools, clock):
    clock.awake.set()
    api = tools.client(sim.add_instance("slow", latency=0.05))
    assert api("GET", INFO).status_code == 200
    assert clock.slept == [0.05]


def test_an_instance_without_latency_or_delay_never_sleeps(api, clock):
    assert api("GET", INFO).status_code == 200
    assert clock.slept == []


def test_kept_alive_calls_wait_for_nothing(api, monkeypatch):
    """One connection, one write for each answer, and no waiting for more: else each call takes some 40 ms."""
    written = []
    write = socket.SocketIO.write

    def noted(self, data):
        written.append((self._sock, bytes(data)))
        return write(self, data)

    monkeypatch.setattr(socket.SocketIO, "write", noted)
    answers = [api("GET", INFO) for _round in range(3)]
    assert [data.partition(b"\r\n\r\n")[2] for _connection, data in written] == [answer.content for answer in answers]
    (connection,) = {connection for connection, _data in written}
    assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0


def test_log(api, published):
    published.clear_log()
    api("POST", f"{ROLES}/", json={"name": "New"})
    api("GET", ROLES, params={"page": 2})
    api("POST", ROLES, data="no json", headers={"Content-Type": "application/json"})
    first, second, third = published.log
    assert (first["method"], first["path"], first["status"]) == ("POST", f"{ROLES}/", 201)
    assert first["body"] == {"name": "New"}
    assert first["public_key"] == published.connection["public_key"]
    assert (second["query"], second["seq"]) == ({"page": "2"}, first["seq"] + 1)
    assert (third["body"], third["status"]) == ("no json", 400)
    assert published.connection["private_key"] not in repr(published.log)


def test_two_clients_at_once_make_one_role(api, published, tools):
    answers: list[int] = []

    def make():
        answers.append(tools.client(published)("POST", ROLES, json={"name": "Race"}).status_code)

    threads = [threading.Thread(target=make) for _round in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [201] + [400] * 7


def test_stopped_simulator_lets_go(tools):
    from simulator import Simulator

    with Simulator() as sim:
        api = tools.client(sim.add_instance("acme"))
        assert api("GET", INFO).status_code == 200
    with pytest.raises(requests.ConnectionError):
        api("GET", INFO)


def test_tls(tools):
    from simulator import Simulator

    with Simulator(tls=True) as sim:
        api = tools.client(sim.add_instance("acme"))
        assert api.site.startswith("https://")
        assert api("GET", INFO, verify=sim.ca_path).status_code == 200
        made = api("POST", ROLES, json={"name": "New"}, verify=sim.ca_path)
        assert made.headers["Location"].startswith("http://")
        with pytest.raises(requests.exceptions.SSLError):
            api("GET", INFO)
        sim.instances["acme"].faults.clear()
        host, port = api.site.removeprefix("https://").split(":")
        with socket.create_connection((host, int(port))):  # a client that never speaks holds up nobody
            assert api("GET", INFO, verify=sim.ca_path).status_code == 200


@pytest.mark.parametrize("kind", ["reset", "lost", "truncate"])
def test_broken_connections_over_tls(tools, kind):
    from simulator import Simulator

    with Simulator(tls=True) as sim:
        handle = sim.add_instance("acme")
        handle.fault(kind)
        api = tools.client(handle)
        with pytest.raises(requests.RequestException):
            api("GET", INFO, verify=sim.ca_path)
        assert api("GET", INFO, verify=sim.ca_path).status_code == 200


class Control:
    """The control plane of one instance."""

    def __init__(self, sim, company):
        self.url = f"{sim.url}/_control/instances/{company}"

    def __call__(self, method, path, body=None):
        return requests.request(method, self.url + path, json=body, timeout=5)


@pytest.fixture(name="control")
def _control(sim, extended):
    return Control(sim, "globex")


def test_control_makes_an_instance(sim):
    options = {
        "company": "made",
        "edition": "extended",
        "rename_functions": {"System / My Company": "Our Company"},
    }
    connection = requests.post(f"{sim.url}/_control/instances", json=options, timeout=5).json()
    assert set(connection) == {"site", "company", "public_key", "private_key", "client_id"}
    assert connection["site"] == sim.url
    state = requests.get(f"{sim.url}/_control/instances/made/state", timeout=5).json()
    assert "System / Our Company" in state["roles"][0]["levels"]
    bad = requests.post(f"{sim.url}/_control/instances", json={"company": "x", "edition": "y"}, timeout=5)
    assert bad.status_code == 400


def test_control_log_and_faults(control, wide):
    assert control("POST", "/faults", {"kind": "status", "status": 503}).status_code == 200
    assert wide("GET", INFO).status_code == 503
    control("POST", "/faults", {"kind": "status", "times": None})
    control("DELETE", "/faults")
    assert wide("GET", INFO).status_code == 200
    assert [entry["status"] for entry in control("GET", "/log").json()] == [503, 200]
    control("DELETE", "/log")
    assert control("GET", "/log").json() == []
    assert control("POST", "/faults", {"kind": "flood"}).status_code == 400
    assert control("POST", "/faults", {"kind": "reset", "colour": 1}).status_code == 400


def test_control_does_what_a_person_does(control, extended, tools):
    cells = [{"module": "System", "function": "My Account", "verb": "edit", "level": "My"}]
    assert control("POST", "/admin/levels", {"role": "Technician", "cells": cells}).status_code == 200
    assert extended.levels("Technician")[("System", "My Account")]["edit"] == "My"
    chosen = {"role": "Technician", "function": "System / Table Setup", "mode": "allow", "items": ["A / B"]}
    assert control("POST", "/admin/customise", chosen).status_code == 200
    role = next(r for r in control("GET", "/state").json()["roles"] if r["name"] == "Technician")
    assert role["customised"] == {"System / Table Setup": {"mode": "allow", "items": ["A / B"]}}
    pair = control("POST", "/admin/keys", {"member": "backupvendor", "description": "x"}).json()
    client = tools.client(extended, public_key=pair["public_key"], private_key=pair["private_key"])
    assert client("GET", INFO).status_code == 200
    control("POST", f"/admin/keys/{pair['id']}/retire")
    assert client("GET", INFO).status_code == 401
    control("PATCH", "/admin/members/backupvendor", {"role": "Technician", "inactive": True})
    member = extended.member("backupvendor")
    assert (member["securityRole"]["name"], member["inactiveFlag"]) == ("Technician", True)
    cells[0]["level"] = "Mine"
    assert control("POST", "/admin/levels", {"role": "Technician", "cells": cells}).status_code == 400
    assert pair["private_key"] not in control("GET", "/state").text


def test_control_is_for_known_instances(sim):
    assert requests.get(f"{sim.url}/_control/instances/nobody/state", timeout=5).status_code == 404


def test_command():
    tests = pathlib.Path(__file__).resolve().parents[2]
    command = [sys.executable, "-m", "simulator", "--instance", "acme", "--instance", "globex:extended"]
    with subprocess.Popen(command, cwd=tests, stdout=subprocess.PIPE, text=True) as process:
        try:
            line = json.loads(process.stdout.readline())
            first, second = line["instances"]
            assert (first["company"], second["company"]) == ("acme", "globex")
            found = requests.get(f"{line['url']}/login/companyinfo/globex", timeout=5).json()
            assert found["CompanyName"] == "globex"
            assert (
                requests.get(f"{line['url']}/_control/instances/globex/state", timeout=5).json()["edition"]
                == "extended"
            )
        finally:
            process.terminate()
