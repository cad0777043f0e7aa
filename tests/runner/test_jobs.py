# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The jobs of AWX's templates, run through ansible-runner's transmit, worker and process as AWX runs them."""

from __future__ import annotations

import base64
import json
import secrets
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.msp.connectwise.plugins.plugin_utils._surveys import survey as survey_of
from playbooks.controller import active_keys, cells, do_worksheet, granted, matrix, writes
from playbooks.test_secrets import echoes, odd_secret
from simulator.server import Handle

from .awx import AWX, Awx, Credential, Finished, Job
from .leaks import Secrets

NewInstance = Callable[..., Handle]
REWST = cells(matrix("rewst")["permissions"])
OPTIONS = {"verbosity", "diff", "check", "fact_cache", "limit", "forks", "slice_number", "slice_count", "workflow"}
LOCAL = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}


class Template:
    """A job template of ``awx/job_templates.yml``, with an inventory, credentials and a vault password."""

    def __init__(self, awx: Awx, kept: Path, name: str = "ConnectWise onboard") -> None:
        self.awx = awx
        self.use(name)
        self.vault_password = secrets.token_urlsafe(24)
        # the folder is mounted into the container; only a person knows that it stays
        self.variables: dict[str, Any] = {
            **LOCAL, "cw_credentials_dir": str(kept / "credentials"), "cw_credentials_persistent": True
        }  # fmt: skip
        self.hosts: dict[str, dict[str, Any]] = {}
        self.credentials: list[Credential] = []

    def play(self, playbook: str) -> Template:
        """A playbook of the project without a survey."""
        self._definition = {"playbook": playbook, "survey": None}
        return self

    def use(self, name: str) -> Template:
        """Another template with the same inventory and credentials."""
        self._definition = next(one for one in definition("job_templates") if one["name"] == name)
        return self

    def add(self, host: str, instance: Handle) -> None:
        """A host of a fleet: its variables have all of the connection, the private key in a vault."""
        vault = VaultLib([("default", VaultSecret(self.vault_password.encode()))])
        variables: dict[str, Any] = {f"cw_{name}": value for name, value in instance.connection.items()}
        variables["cw_private_key"] = {"__ansible_vault": vault.encrypt(variables["cw_private_key"]).decode()}
        self.hosts[host] = variables

    def job(self, inherited: dict[str, Any] | None = None, **launch: Any) -> Job:
        """``launch``: options and answers to the survey. ``inherited``: artifacts of an earlier node."""
        options = {name: launch.pop(name) for name in OPTIONS if name in launch}
        survey = self._definition["survey"]
        return Job(
            self._definition["playbook"],
            {"hosts": self.hosts, "vars": self.variables},
            extra_vars={**(inherited or {}), **(answered(survey, launch) if survey else launch)},
            credentials=self.credentials,
            vault_passwords={"": self.vault_password},
            **options,
        )

    def launch(self, inherited: dict[str, Any] | None = None, **launch: Any) -> Finished:
        return self.awx.run(self.job(inherited, **launch))


def definition(name: str) -> Any:
    return yaml.safe_load((AWX / f"{name}.yml").read_text())


def answered(survey: str, answers: dict[str, Any]) -> dict[str, Any]:
    """Extra variables: the survey's defaults, and answers over them, refused as AWX refuses them."""
    questions = {question["variable"]: question for question in survey_of(survey, str(AWX))["spec"]}
    assert set(answers) <= set(questions), f"the survey {survey} doesn't ask for {set(answers) - set(questions)}"
    defaults = {
        name: question["default"]
        for name, question in questions.items()
        if "default" in question and question["type"] != "multiselect"  # its default is a text, which AWX drops
    }
    known = defaults | answers
    for name, question in questions.items():
        assert name in known or not question["required"], f"the survey {survey} needs an answer for {name}"
        if "choices" in question and name in known:
            assert set([known[name]] if isinstance(known[name], str) else known[name]) <= set(question["choices"])
    return known


def of_one(awx: Awx, kept: Path, instance: Handle, name: str = "ConnectWise onboard", **inputs: str) -> Template:
    """The host has no variables of its own: a credential of AWX has the connection."""
    fields = ("site", "company", "public_key", "private_key", "client_id")
    template = Template(awx, kept, name)
    template.hosts["globex"] = {}
    template.credentials = [
        Credential("connectwise_instance", {**{name: str(instance.connection[name]) for name in fields}, **inputs})
    ]
    return template


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A folder outside of the container, mounted into it."""
    folder = tmp_path / "mounted"
    folder.mkdir()
    return folder


def test_onboard(awx: Awx, new_instance: NewInstance, kept: Path) -> None:
    instance = new_instance(edition="extended")
    template = of_one(awx, kept, instance)
    before = instance.state
    check = template.launch(vendor=["rewst"], check=True).expect()
    assert "globex: Rewst: would be converged" in check.flat
    assert instance.state == before
    first = template.launch(vendor=["rewst"]).expect()
    assert first.changed("globex") > 0
    assert granted(instance, "Rewst API") == REWST
    assert len(active_keys(instance, "Rewst")) == 1
    assert (kept / "credentials" / "globex" / "rewst.yml").read_bytes().startswith(b"$ANSIBLE_VAULT;")
    assert first.artifacts["cw_worksheets"] == {}
    instance.clear_log()
    second = template.launch(vendor=["rewst"]).expect()
    assert second.changed("globex") == 0
    assert writes(instance) == []


def test_project_and_home_are_left_alone(awx: Awx, new_instance: NewInstance, kept: Path) -> None:
    """AWX's copy of the project may be read-only, and HOME too, as long as Ansible itself has a place."""
    template = of_one(awx, kept, new_instance(edition="extended"))
    places = {"HOME": "/proc/nowhere", "ANSIBLE_HOME": str(kept / "ansible")}
    finished = awx.run(template.job(vendor=["rewst"]), **places).expect()
    before, after = (
        {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        for folder in (finished.controller_dir / "project", finished.worker_dir / "project")
    )
    assert before and after == before


def test_workflow_with_handover(awx: Awx, new_instance: NewInstance, kept: Path) -> None:
    """Onboard, hand in a key, verify: the worksheet comes back as an artifact, and later nodes get it."""
    instance = new_instance(edition="published", private_key=odd_secret())
    template = of_one(awx, kept, instance)
    first = template.launch(vendor=["rewst"], onboard_handover="report").expect()
    assert "globex: Rewst: handed over" in first.flat
    sheet = first.artifacts["cw_worksheets"]["globex"]["rewst"]
    assert (sheet["product"], sheet["role"], sheet["member"]) == ("Rewst", "Rewst API", "Rewst")
    assert {(cell["module"], cell["function"], cell["verb"]): cell["should_be"] for cell in sheet["levels"]} == REWST
    assert "survey" in sheet["key_steps"][-1]
    assert "\n# Rewst on globex\n" in sheet["text"]
    assert first.artifacts["cw_worksheets_left_out"] == []

    do_worksheet(instance, sheet)
    public_key, private_key = instance.make_key("Rewst", "Rewst API")
    hand_in = template.use("ConnectWise hand in a key").launch(
        vendor="rewst", target="globex", onboard_public_key=public_key, onboard_private_key=private_key,
        verbosity=4, fact_cache=True,
    ).expect()  # fmt: skip
    assert "globex: Rewst: converged" in hand_in.flat
    assert "the key logs in as Rewst, matrix exact" in hand_in.flat
    assert hand_in.artifacts["cw_worksheets"] == {}
    verify = template.use("ConnectWise verify").launch(first.artifacts, vendor=["rewst"]).expect()
    assert verify.changed("globex") == 0
    found = Secrets()
    found.add_instance(instance)
    found.add("vault password", template.vault_password)
    assert not found.leaks(first, hand_in, verify, beside=(kept,))


def test_verify_is_red_while_something_is_left(awx: Awx, new_instance: NewInstance, kept: Path) -> None:
    """The worksheet comes back all the same."""
    template = of_one(awx, kept, new_instance(edition="published"), "ConnectWise verify")
    finished = template.launch(vendor=["rewst"]).expect("failed")
    assert "globex: Rewst: handed over" in finished.report and "needs manual steps" in finished.report
    assert "Then launch this job template again" in finished.report
    assert finished.artifacts["cw_worksheets"]["globex"]["rewst"]["levels"]


def test_wrong_pair_in_the_survey(awx: Awx, new_instance: NewInstance, kept: Path) -> None:
    instance = new_instance(edition="published")
    template = of_one(awx, kept, instance)
    template.launch(vendor=["rewst"]).expect()
    public_key, _right = instance.make_key("Rewst", "Rewst API")
    wrong = odd_secret()
    finished = template.use("ConnectWise hand in a key").launch(
        vendor="rewst", target="globex", onboard_public_key=public_key, onboard_private_key=wrong, verbosity=4
    ).expect("failed")
    assert "The supplied pair doesn't log in" in finished.report
    assert not (kept / "credentials" / "globex" / "rewst.yml").exists()
    found = Secrets()
    found.add_instance(instance)
    found.add_pair("wrong pair", instance.connection["company"], public_key, wrong)
    assert not found.leaks(finished, beside=(kept,))


def test_key_that_would_be_lost(awx: Awx, new_instance: NewInstance, kept: Path) -> None:
    """The default folder is in the project, which is gone when the job ends: refused before anything is changed."""
    instance = new_instance(edition="extended")
    template = of_one(awx, kept, instance)
    del template.variables["cw_credentials_dir"], template.variables["cw_credentials_persistent"]
    finished = template.launch(vendor=["rewst"]).expect("failed")
    assert finished.report.count("is gone when this AWX job ends") == 1
    assert "it is in the job's own folder" in finished.report and "cw_credentials_persistent" in finished.report
    assert writes(instance) == []


def test_audit(awx: Awx, new_instance: NewInstance, kept: Path) -> None:
    instance = new_instance(edition="extended")
    template = of_one(awx, kept, instance)
    template.launch(vendor=["rewst"]).expect()
    instance.set_levels("Rewst API", {"Finance / Agreements": {"delete": "All"}})
    template.use("ConnectWise audit")
    finished = template.launch().expect()
    report = finished.artifacts["cw_audit"]
    assert report["summary"]["instances"] == 1
    assert report["summary"]["excess"] == 1
    (finding,) = [one for one in report["findings"] if one["rule"] == "excess"]
    assert (finding["instance"], finding["member"]) == ("globex", "Rewst")
    assert f"https://awx.example.com/#/jobs/playbook/{finished.job.number}/output" in finished.flat
    template.variables["cw_output_dir"] = str(kept / "handover")
    gate = template.launch(audit_fail_on="excess").expect("failed")
    assert any("Finance / Agreements" in message for message in gate.failures())
    assert gate.artifacts["cw_audit"]["summary"]["excess"] == 1
    assert "The job's output and artifacts stay" not in gate.flat
    assert (kept / "handover" / "audit" / "audit.html").is_file()


def test_wrong_key(awx: Awx, new_instance: NewInstance, kept: Path) -> None:
    instance = new_instance(edition="extended")
    wrong = odd_secret()
    finished = of_one(awx, kept, instance, private_key=wrong).launch(vendor=["rewst"], verbosity=4).expect("failed")
    assert instance.connection["company"] in finished.report and finished.report.count("401") == 1
    assert "key" in finished.report
    assert writes(instance) == []
    found = Secrets()
    found.add_pair("wrong key", instance.connection["company"], instance.connection["public_key"], wrong)
    assert not found.leaks(finished, beside=(kept,))


def test_slices_side_by_side(awx: Awx, new_instance: NewInstance, kept: Path) -> None:
    """Two jobs of one workflow at once, each with every second host; one place for the pairs, and one for the files."""
    template = Template(awx, kept).play("site.yml")
    fleet = {f"brand{number}": new_instance(edition="extended") for number in range(6)}
    left = {f"left{number}": new_instance(edition="published") for number in range(2)}
    for host, instance in {**fleet, **left}.items():
        template.add(host, instance)
    vendors = ["rewst", "hudu"]
    template.variables |= {"cw_vendors": vendors, "cw_output_dir": str(kept / "handover")}
    for workflow in (7, 8):
        jobs = [template.job(slice_number=number, slice_count=2, workflow=workflow) for number in (1, 2)]
        with awx.start(jobs[0]) as one, awx.start(jobs[1]) as other:
            halves = [one.finish().expect("failed"), other.finish().expect("failed")]
        assert not halves[0].hosts & halves[1].hosts
        assert halves[0].hosts | halves[1].hosts == {*fleet, *left}
        done = [host for host in fleet for half in halves if half.changed(host)]
        assert done == (list(fleet) if workflow == 7 else [])
        for half in halves:
            own = kept / "handover" / "jobs" / str(workflow) / str(half.job.number)
            results = json.loads((own / "results.json").read_text())
            assert {each["instance"] for each in results["instances"]} == half.hosts
            assert set((own / "handed_over.hosts").read_text().split()) == half.hosts & set(left)
            assert half.artifacts["fleet_result"]["results"] == str(own / "results.json")
        page = json.loads((kept / "handover" / "worksheets.json").read_text())
        assert {each["host"] for each in page["sheets"]} == set(left)
        assert page["counts"]["open"] == len(left) * len(vendors)
    for host, instance in fleet.items():
        assert [len(active_keys(instance, matrix(vendor)["member_identifier"])) for vendor in vendors] == [1, 1]
        files = {path.name for path in (kept / "credentials" / host).iterdir()}
        assert files == {f"{vendor}.yml{ending}" for vendor in ("rewst", "hudu") for ending in ("", ".record")}


def test_nightly_fleet(awx: Awx, new_instance: NewInstance, kept: Path) -> None:
    """site.yml: one instance is done, one handed over, one down; all three are told of, and the job is red."""
    template = Template(awx, kept).play("site.yml")
    fleet = {"works": new_instance(edition="extended"), "hands-over": new_instance(edition="published")}
    down = new_instance(edition="extended")
    down.fault("status", method="GET", path="", status=503, times=None)
    for host, instance in {**fleet, "down": down}.items():
        template.add(host, instance)
    template.variables |= {"cw_vendors": ["rewst"], "cw_retries": 0}
    finished = template.launch().expect("failed")
    assert f"https://awx.example.com/#/jobs/playbook/{finished.job.number}/output" in finished.report
    assert finished.report.count("cw_output_dir isn't set") == 1
    result = finished.artifacts["fleet_result"]
    assert (result["failed"], result["handed_over"]) == (["down"], ["hands-over"])
    assert result["counts"]["converged"] == 1
    assert set(finished.artifacts["cw_worksheets"]) == {"hands-over"}
    assert len(finished.artifacts["cw_worksheets"]["hands-over"]["rewst"]["levels"]) == len(REWST)


@pytest.mark.parametrize("verbosity", [0, 4])
def test_secrets_of_a_fleet(awx: Awx, new_instance: NewInstance, kept: Path, verbosity: int) -> None:
    """Instances that work, hand over, and fail with an answer that holds the login, in one job."""
    template = Template(awx, kept)
    broken = {
        "rights": ("GET", "mySecurity$", 401),
        "role": ("POST", "securityroles$", 400),
        "member": ("POST", "apiMembers$", 500),
        "key": ("POST", "apiKeys$", 400),
    }
    fleet = {
        "works": new_instance(edition="extended", private_key=odd_secret()),
        "hands-over": new_instance(edition="published", private_key=odd_secret()),
    }
    for host, (method, path, status) in broken.items():
        fleet[host] = new_instance(edition="extended", private_key=odd_secret())
        kind = {"json": echoes(fleet[host])["json"]} if status == 400 else {"text": echoes(fleet[host])["text"]}
        fleet[host].fault("status", method=method, path=path, status=status, times=None, **kind)
    for host, instance in fleet.items():
        template.add(host, instance)
    template.variables["cw_retries"] = 0
    finished = template.launch(
        vendor=["rewst"], verbosity=verbosity, diff=verbosity > 0, fact_cache=True
    ).expect("failed")
    found = Secrets()
    found.add("vault password", template.vault_password)
    for instance in fleet.values():
        found.add_instance(instance)
    assert len(active_keys(fleet["works"], "Rewst")) == 1
    assert finished.hosts == set(fleet)
    assert "********" in finished.stdout
    assert not found.leaks(finished, beside=(kept,))


def test_search_finds_what_it_searches_for(awx: Awx, new_instance: NewInstance, kept: Path) -> None:
    instance = new_instance(edition="extended")
    finished = of_one(awx, kept, instance).launch(vendor=["rewst"]).expect()
    found = Secrets()
    found.add_instance(instance)
    assert not found.leaks(finished, beside=(kept,))
    connection = instance.connection
    login = f"{connection['company']}+{connection['public_key']}:{connection['private_key']}"
    leaking = finished.artifact_dir / "job_events" / "0-leak.json"
    for leak in (
        connection["private_key"],
        base64.b64encode(login.encode()).decode(),
        urllib.parse.quote(connection["private_key"], safe=""),
        login.encode().hex(),
    ):
        leaking.write_text(json.dumps({"stdout": f"x{leak}y"}))
        assert any("0-leak.json" in line for line in found.leaks(finished, beside=(kept,)))
