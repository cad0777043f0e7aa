# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All objects of the kit, in the order in which AWX needs them. PRIVATE to this collection."""

from __future__ import annotations

import typing as t

from .._variables import NotAsked
from . import workflows
from .awx import Awx, AwxError, Object
from .described import NO_GALAXY, NOTIFICATION_SECRETS, Described, Entry, refuse_own_image
from .objects import SECRET, Objects, Thing

# what the kit's own lists say of a template; everything else is a field of AWX
_OURS = ("name", "description", "playbook", "survey", "ask", "credentials", "notify", "extra_vars", "nodes")
_PROMPTS = (
    "limit", "job_type", "diff_mode", "verbosity", "inventory", "variables", "credential", "forks", "job_slice_count"
)  # fmt: skip
_OF_WORKFLOW = ("limit", "inventory", "variables")


class Kit:
    """One run over one AWX. ``notes`` are sentences for the report."""

    def __init__(self, awx: Awx, described: Described, check_mode: bool) -> None:
        self.awx, self.described, self.check_mode = awx, described, check_mode
        self.objects = Objects(awx, check_mode)
        self.notes: list[str] = []
        self.templates: dict[str, Thing] = {}
        self._own: dict[str, t.Any] = {}

    def bring(self) -> None:
        """Everything. Raises NotAsked before anything is changed, and Unusable."""
        there = self._check()
        described, bring = self.described, self.objects.bring
        self.organization = there or bring("organizations", described.organization, {})
        self._own = {"organization": self.organization}
        types = {
            each["name"]: bring("credential_types", each["name"], {name: each[name] for name in each if name != "name"})
            for each in described.credential_types
        }
        attached_galaxy = self._galaxy()
        self.environment = self._environment()
        self.project = self._project(attached_galaxy)
        self.credentials = [self._credential(each, types) for each in described.credentials]
        self.credentials += [self._existing("credentials", name) for name in described.attached]
        self.inventory = self._inventory()
        self.notifications = [self._notification(each) for each in described.notifications]
        for each in described.job_templates:
            self.templates[each["name"]] = self._job_template(each)
        for each in described.workflows:
            self.templates[each["name"]] = self._workflow(each)
        for each in described.schedules:
            self._schedule(each)

    # what must exist

    def _check(self) -> Thing | None:
        """The organization; None if it doesn't exist. Raises NotAsked with all that is missing."""
        described = self.described
        found = self.objects.find("organizations", described.organization)
        organization = Thing("organizations", described.organization, found) if found else None
        if organization:
            self.objects.things.append(organization)
        self._own = {"organization": organization or Thing("organizations", described.organization)}
        lacking = []
        if not described.project_url and not self.objects.find("projects", described.project, self._own):
            lacking.append(f"the project {described.project} (or give awx_setup_project_url)")
        if not described.image and not self._visible("execution_environments", described.environment):
            lacking.append(f"the execution environment {described.environment} (or give awx_setup_image)")
        wanted = [("credentials", each, "") for each in described.attached]
        wanted += [("credentials", described.project_credential, "")] if described.project_credential else []
        wanted += [("notification_templates", each["name"], " (or give its type and configuration)")
                   for each in described.notifications if "type" not in each]  # fmt: skip
        for path, name, how in wanted:
            if not self._visible(path, name):
                lacking.append(f"the {path[:-1].replace('_', ' ')} {name}{how}")
        if lacking:
            raise NotAsked(
                f"AWX lacks {', '.join(lacking)}, or doesn't show it to this user, in the organization"
                f" {described.organization}. Create it in AWX, and run this again."
            )
        if not described.image:
            found = self._visible("execution_environments", described.environment) or {}
            if found.get("managed"):
                raise NotAsked(
                    f"{described.environment} is AWX's own execution environment: choose another"
                    " (awx_setup_execution_environment), or give awx_setup_image."
                )
            refuse_own_image(found["image"])
        return organization

    def _visible(self, path: str, name: str) -> Object | None:
        """The object of that name which this organization may use: its own, else a global one."""
        found = self.objects.find(path, name, self._own)
        if found is None and path in ("credentials", "execution_environments"):
            found = next(iter(self.awx.all(path, name=name, organization__isnull="true")), None)
        return found

    def _existing(self, path: str, name: str) -> Thing:
        return Thing(path, name, self._visible(path, name) or {})

    # what templates need

    def _galaxy(self) -> bool:
        """Whether the organization got a Galaxy credential by this run: without one, AWX installs no collection."""
        organization, name = self.organization, self.described.galaxy
        if organization.lost:
            return False
        there = self.awx.all(f"organizations/{organization.id}/galaxy_credentials") if organization.id else []
        if there:
            return False
        without = f"The organization {organization.label} has no Galaxy credential, so AWX installs no collection"
        if name == NO_GALAXY:
            self.notes.append(f"{without}: jobs have only those of the execution environment.")
            return False
        credential = self._existing("credentials", name)
        if credential.id is None:
            why = f"AWX doesn't show this user the credential {name}. {without}, and jobs fail unless the execution"
            why += " environment has the collection. A system administrator has to attach it to the organization"
            self.objects.leave(organization, why, lost=False)
            return False
        return self.objects.attach(organization, "galaxy_credentials", [credential])

    def _environment(self) -> Thing:
        name, image = self.described.environment, self.described.image
        if not image:
            return self._existing("execution_environments", name)
        return self.objects.bring("execution_environments", name, {"image": image}, self._own)

    def _project(self, attached_galaxy: bool) -> Thing:
        described = self.described
        if not described.project_url:
            found = self.objects.find("projects", described.project, self._own)
            project = Thing("projects", described.project, found or {})
        else:
            fields = {
                "description": "Playbooks that call those of the collection msp.connectwise",
                "scm_type": "git",
                "scm_url": described.project_url,
                "scm_branch": described.project_branch,
                "scm_update_on_launch": True,
            }
            if described.project_credential:
                fields["credential"] = self._existing("credentials", described.project_credential)
            project = self.objects.bring("projects", described.project, fields, self._own)
        self._playbooks: list[str] = []
        if project.lost or self.check_mode:
            return project
        try:
            self._sync_project(project, attached_galaxy)
        except AwxError as exc:
            self.objects.leave(project, f"its files can't be fetched: {self.objects.why('projects', exc)}")
        return project

    def _sync_project(self, project: Thing, at_once: bool) -> None:
        """Update the project if its files may be old. Raises AwxError and Unusable."""
        known = self.awx.ask("GET", f"projects/{project.id}")
        running = (known.get("summary_fields") or {}).get("current_update")
        if running:  # AWX starts one itself for a new address
            self.awx.wait(f"project_updates/{running['id']}")
            known = self.awx.ask("GET", f"projects/{project.id}")
        wanted = {each["playbook"] for each in self.described.job_templates}
        self._playbooks = self.awx.ask("GET", f"projects/{project.id}/playbooks")
        if not known["scm_type"] or (running and known["status"] == "successful"):
            return
        if at_once or known["status"] != "successful" or wanted - set(self._playbooks):
            self.awx.wait(self.awx.ask("POST", f"projects/{project.id}/update", {})["url"])
            self._playbooks = self.awx.ask("GET", f"projects/{project.id}/playbooks")

    def _credential(self, entry: Entry, types: t.Mapping[str, Thing]) -> Thing:
        kind = types.get(entry["type"])
        if kind is None:
            kind = Thing("credential_types", entry["type"], self.objects.find("credential_types", entry["type"]) or {})
        # AWX doesn't show secrets, so whether they are still right can't be seen
        where = {**self._own, "credential_type": kind}
        made = self.objects.bring("credentials", entry["name"], {}, where, at_first={"inputs": entry["inputs"]})
        if self.described.update_credentials and made.state == "unchanged" and made.id:
            self._write(made, {"inputs": entry["inputs"]})
        return made

    def _write(self, thing: Thing, fields: Object) -> None:
        """Write what can't be compared."""
        try:
            if not self.check_mode:
                self.awx.ask("PATCH", f"{thing.path}/{thing.id}", fields)
            self.objects.note(thing, list(fields), {}, fields)
        except AwxError as exc:
            self.objects.leave(thing, self.objects.why(thing.path, exc), lost=False)

    def _inventory(self) -> Thing:
        described = self.described
        fields = {"description": "One host is one instance of ConnectWise PSA"}
        inventory = self.objects.bring("inventories", described.inventory, fields, self._own)
        if not described.inventory_path:
            return inventory
        source = self.objects.bring(
            "inventory_sources",
            f"{described.project} inventory",
            {
                "description": "The inventory in the project",
                "source": "scm",
                "source_project": self.project,
                "source_path": described.inventory_path,
                # AWX's own has neither this collection nor an ansible-core that reads all that it may use
                "execution_environment": self.environment,
                "overwrite": True,
                "overwrite_vars": True,
                "update_on_launch": True,
            },
            {"inventory": inventory},
        )
        if not source.lost and not self.check_mode:
            self._sync_inventory(inventory, source)
        return inventory

    def _sync_inventory(self, inventory: Thing, source: Thing) -> None:
        """Slices need the hosts before the first job, and a mistake in the inventory shows here."""
        try:
            if source.state == "unchanged" and source.data.get("status") == "successful":
                return
            self.awx.wait(self.awx.ask("POST", f"inventory_sources/{source.id}/update", {})["url"])
            if not self.awx.ask("GET", f"inventories/{inventory.id}")["total_hosts"]:
                self.notes.append(
                    f"The inventory {inventory.label} has no hosts. Put your instances into"
                    f" {self.described.inventory_path} of the project, push, and run this again."
                )
        except AwxError as exc:
            self.objects.leave(source, f"it can't be synced: {self.objects.why(source.path, exc)}", lost=False)

    def _notification(self, entry: Entry) -> Thing:
        if "type" not in entry:
            return self._existing("notification_templates", entry["name"])
        configuration = dict(entry["configuration"])
        made = self.objects.bring(
            "notification_templates",
            entry["name"],
            {},
            self._own,
            at_first={"notification_type": entry["type"], "notification_configuration": configuration},
        )
        if made.state != "unchanged" or not made.id:
            return made
        secrets = [name for name in NOTIFICATION_SECRETS if configuration.get(name)]
        if self.described.update_credentials and secrets:
            self._write(made, {"notification_configuration": configuration})
            return made
        kept = {**configuration, **dict.fromkeys(secrets, SECRET)}
        try:
            self.objects.change(made, {"notification_configuration": kept})
        except AwxError as exc:
            self.objects.leave(made, self.objects.why(made.path, exc), lost=False)
        return made

    # templates

    def _job_template(self, entry: Entry) -> Thing:
        described = self.described
        playbook = entry["playbook"]
        fields: Object = {
            "description": entry.get("description", ""),
            "project": self.project,
            "playbook": playbook,
            "inventory": self.inventory,
            "execution_environment": self.environment,
            "job_type": "run",
            "extra_vars": {**described.extra_vars, **(entry.get("extra_vars") or {})},
            **dict.fromkeys(("limit", "job_tags", "skip_tags"), ""),
            "forks": 0,
            "job_slice_count": 1,
            "timeout": 0,
            "allow_simultaneous": False,
            "survey_enabled": "survey" in entry,
            **{f"ask_{name}_on_launch": name in (entry.get("ask") or []) for name in _PROMPTS},
            **{name: value for name, value in entry.items() if name not in _OURS},
        }
        if not self.check_mode and not self.project.lost and playbook not in self._playbooks:
            thing = Thing("job_templates", entry["name"])
            self.objects.things.append(thing)
            why = f"the project {self.project.label} has no playbook {playbook}: copy awx/project again, and push"
            return self.objects.leave(thing, why)
        thing = self._template("job_templates", entry, fields)
        others = [self._existing("credentials", str(name)) for name in entry.get("credentials") or []]
        self.objects.attach(thing, "credentials", [*self.credentials, *others])
        self._notify(thing, entry)
        return thing

    def _workflow(self, entry: Entry) -> Thing:
        fields = {
            "description": entry.get("description", ""),
            "inventory": self.inventory,
            "limit": "",
            "extra_vars": entry.get("extra_vars") or {},
            "survey_enabled": "survey" in entry,
            **{f"ask_{name}_on_launch": name in (entry.get("ask") or []) for name in _OF_WORKFLOW},
            **{name: value for name, value in entry.items() if name not in _OURS},
        }
        thing = self._template("workflow_job_templates", entry, fields)
        if not thing.lost:
            workflows.bring_nodes(self.objects, thing, entry["nodes"], self._named, self.described.approval_timeout)
        self._notify(thing, entry)
        return thing

    def _template(self, path: str, entry: Entry, fields: Object) -> Thing:
        # the organization of a job template is that of its project, and can't be set
        own, among = ({}, self._own) if path == "job_templates" else (self._own, {})
        thing = self.objects.bring(path, entry["name"], fields, own, among=among)
        if thing.lost:
            return thing
        wanted = self.described.survey(entry)
        try:
            there = self.awx.ask("GET", f"{path}/{thing.id}/survey_spec") if thing.id else {}
            if wanted and there != wanted:
                if not self.check_mode:
                    self.awx.ask("POST", f"{path}/{thing.id}/survey_spec", wanted)
                self.objects.note(thing, ["survey"], {"survey": there}, {"survey": wanted})
        except AwxError as exc:
            self.objects.leave(thing, f"its survey: {self.objects.why(path, exc)}", lost=False)
        return thing

    def _notify(self, thing: Thing, entry: Entry) -> None:
        for event in entry.get("notify") or []:
            self.objects.attach(thing, f"notification_templates_{event}", self.notifications)

    def _named(self, name: str) -> Thing:
        """A template by its name: of this run, else one that is there."""
        if name in self.templates:
            return self.templates[name]
        for path in ("job_templates", "workflow_job_templates"):
            found = self.objects.find(path, name, self._own)
            if found:
                return Thing(path, name, found)
        return Thing("job_templates", name, lost=True)

    def _schedule(self, entry: Entry) -> None:
        template = self._named(entry["template"])
        wanted: Object = {
            "description": entry.get("description", ""),
            "rrule": entry["rrule"],
            "extra_data": entry.get("extra_data") or {},
            "job_type": entry.get("job_type"),
            "limit": entry.get("limit"),
        }
        # one that waits for a person to switch it on is left as that person wants it
        waits = entry.get("off_at_first", False)
        switch = {"enabled": not waits and entry.get("enabled", True)}
        self.objects.bring(
            "schedules",
            entry["name"],
            wanted if waits else {**wanted, **switch},
            {"unified_job_template": template},
            at_first=switch,
        )
