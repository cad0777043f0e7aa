# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Works through the vendors of one instance, one after the other. PRIVATE to this collection.

A vendor that fails gets an outcome, and the next one follows, unless the cause is the instance itself.
"""

from __future__ import annotations

import os
import typing as t
from dataclasses import dataclass, field

from ..module_utils._client.errors import CwError
from ..module_utils._client.site import parse_site
from ..module_utils._domain.vendor import Integration, list_name
from ..module_utils._domain.wording import counted
from ..module_utils._keys.document import utc_now
from ..module_utils._ops.context import Watched
from ..module_utils._ops.outcome import UNDECIDED, Outcome, failed, levels_and_key
from ._own_files import InTheWay
from ._settings import Settings
from ._worksheet import fill
from ._worksheet.files import PARTS, Worksheet, Written
from ._worksheet.live import following

Result = t.Dict[str, t.Any]
Watch = t.Callable[[Watched], None]


@dataclass(frozen=True)
class Wanted:
    """The target of a run: ``state`` is present, rotated or absent. Ages are in days."""

    state: str = "present"
    max_age: float | None = None
    keep_old_for: float = 0
    keep_end: bool = False
    at_once: bool = False
    adopt: bool = False
    restore: bool = False
    owner_confirmed: bool = False
    keep_offboarded: bool = False


class Tools(t.Protocol):
    """What the action plugin provides, since only it has Ansible's loader, vault and templar."""

    @property
    def check_mode(self) -> bool:
        """Whether nothing may be written."""

    def integrate(
        self, integration: Integration, options: t.Mapping[str, t.Any], watch: Watch | None = None
    ) -> Result:
        """The result of cw_integration with these options.

        ``watch`` is called with what the instance shows while the run waits for manual steps.
        """

    def command(self, vendor: str) -> str:
        """The command that continues with one vendor."""

    def tell(self, line: str) -> None:
        """Show a line to the person at the terminal."""

    def is_fill_confirmed(self) -> bool:
        """Whether the fill script is known to work on this instance."""

    def confirm_fill(self) -> None:
        """Record in the instance's profile that it works. Raises InTheWay and OSError."""

    def put_away(self, integration: Integration) -> str | None:
        """Archive or remove the stored pair. Returns its archive ("" if removed, None if unchanged). Raises CwError."""


@dataclass
class Onboarding:
    """``run`` works through the integrations of ``host``.

    ``down``: why the instance can't be used; ``down_at``: the product that failed first because of it;
    ``wrote_files``: whether a worksheet was written or removed; ``fills_all``: whether the fill script works here.
    """

    host: str
    settings: Settings
    wanted: Wanted
    tools: Tools
    on_awx: bool = False
    down: str = ""
    down_at: str = ""
    wrote_files: bool = False
    fills_all: bool = False
    diff: list[t.Any] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    requests: dict[str, int] = field(default_factory=lambda: {"read": 0, "written": 0, "retried": 0})

    def run(self, integrations: t.Sequence[Integration]) -> dict[str, Outcome]:
        """{vendor: its outcome}."""
        outcomes = {}
        for integration in integrations:
            if self.down:
                reason = f"Not tried: every vendor of this instance would fail as {self.down_at} did."
                outcomes[integration.vendor] = failed(integration.product, integration.member_identifier, reason)
            else:
                outcomes[integration.vendor] = self._one(integration)
        return outcomes

    def _one(self, integration: Integration) -> Outcome:
        result = self._integrate(integration)
        if result.get("failed"):
            return self._failed(integration, result)
        worksheet = self._worksheet(integration)
        if result["outcome"]["state"].endswith(UNDECIDED):
            return t.cast(Outcome, result["outcome"])  # what a worksheet would list isn't known yet
        if not self._is_open(result, worksheet):
            return t.cast(Outcome, result["outcome"])
        if self.wanted.state == "absent" and self.settings.stored_pair != "kept":
            try:
                self._put_away(integration, result)
            except CwError as exc:
                return t.cast(Outcome, {**result["outcome"], "state": "failed", "reason": str(exc)})
        written = self._write(worksheet, integration, result)
        if isinstance(written, Written) and self._waits(result):
            before = result["outcome"]
            self.tools.tell(f"{self.host}: open the worksheet {written.page}. It follows what you do on the instance.")
            asked, result = result, self._integrate(integration, self._watch(worksheet, integration, result))
            if result.get("failed"):
                self._write(worksheet, integration, asked)
                return self._failed(integration, result)
            outcome = result["outcome"]
            outcome["changed"] = before["changed"] or outcome["changed"]
            outcome["levels_set"] = before["levels_set"] + outcome["levels_set"]
            written = self._write(worksheet, integration, result, was_watched=True)
        return self._finished(integration, result, written)

    def _watch(self, worksheet: Worksheet, integration: Integration, result: Result) -> Watch:
        """A watch that updates the worksheet's page with what the instance shows."""
        sheet, since = self._sheet(integration, result), utc_now()
        tried = sheet["fill"]

        def watch(seen: Watched) -> None:
            levels = [change.as_dict() for change in seen.levels]
            page = fill.page_now(result.get("role_page") or {}, levels)
            self._confirm_fill(tried, page, sheet)
            now = following(sheet, levels, since, utc_now(), seen.seconds, self.settings.handover_interval)
            worksheet.show({**now, "fill": self._fill(page, sheet)})

        return watch

    def _integrate(self, integration: Integration, watch: Watch | None = None) -> Result:
        settings, wanted = self.settings, self.wanted
        options = {
            "state": wanted.state,
            "security_role": integration.role_name,
            "manage_role": integration.manage_role,
            "permissions": integration.permissions,
            "member": integration.member_identifier,
            "name": integration.member_name,
            "structure_level": integration.structure_level,
            **settings.member,
            "key_description": integration.key_description,
            "max_age": wanted.max_age,
            "keep_old_for": wanted.keep_old_for,
            "keep_end": wanted.keep_end,
            "at_once": wanted.at_once,
            "pair_file": None if self.on_awx else settings.inbox(self.host, integration.vendor),
            "pair_public_key": settings.public_key,
            "pair_private_key": settings.private_key,
            "on_unwritable": "report",
            "adopt": wanted.adopt,
            "restore": wanted.restore,
            "owner_confirmed": wanted.owner_confirmed,
            "keep_offboarded": wanted.keep_offboarded,
            "wait_timeout": settings.handover_timeout if watch else 0,
            "wait_interval": settings.handover_interval,
            "product": integration.product,
            "customize": [dict(each) for each in integration.customize],
            "excluded_boards": integration.excluded_boards,
            "confirmed": settings.confirms(integration.vendor),
        }
        given = {name: each for name, each in options.items() if each is not None}
        result = self.tools.integrate(integration, given, watch)
        if "unconfirmed" in result.get("outcome", ()):
            _note_wishes(result, integration)
        for name, count in result.get("requests", {}).items():
            self.requests[name] += count
        self.warnings += [warning for warning in result.get("warnings", ()) if warning not in self.warnings]
        self.diff += result.get("diff") or []
        return result

    def _failed(self, integration: Integration, result: Result) -> Outcome:
        if (result.get("error") or {}).get("scope") == "instance":
            self.down, self.down_at = result["msg"], integration.product
        known = result.get("outcome") or failed(integration.product, integration.member_identifier, "")
        return t.cast(Outcome, {**known, "state": "failed", "reason": self._here(result["msg"], integration)})

    def _here(self, text: str, integration: Integration) -> str:
        """A sentence of an operation, with the names of host and vendor filled in."""
        return text.replace("<host>", self.host).replace("<vendor>", integration.vendor)

    def _is_open(self, result: Result, worksheet: Worksheet) -> bool:
        """Whether anything is left to do besides recording the outcome."""
        return (
            not result["finished"]
            or self.wanted.state == "absent"
            or bool(result["outcome"].get("unconfirmed") or result["outcome"].get("member_needs"))
            or worksheet.exists
        )

    def _put_away(self, integration: Integration, result: Result) -> None:
        archived_in = self.tools.put_away(integration)
        if archived_in is not None:
            result["outcome"].update(archived_in=archived_in or None, changed=True)

    def _worksheet(self, integration: Integration) -> Worksheet:
        # In AWX a survey takes the pair, since nobody can reach a file in the job. A pair that stays stored keeps its
        # file too.
        wanted = self.settings.stored_pair != "kept" if self.wanted.state == "absent" else not self.on_awx
        inbox = self.settings.inbox(self.host, integration.vendor) if wanted else ""
        return Worksheet(self.settings.output_dir, self.host, integration.vendor, inbox, self.tools.check_mode)

    def _write(
        self, worksheet: Worksheet, integration: Integration, result: Result, was_watched: bool = False
    ) -> Written | str:
        """Bring the worksheet to the remaining steps. Returns a sentence if it can't be written."""
        try:
            if self.wanted.state == "absent":
                written = worksheet.remove()
            else:
                knows = ("key_steps",) if self.wanted.state == "rotated" else PARTS
                key = (result.get("key") or {}).get("public_key")
                sheet = self._sheet(integration, result)
                if self._confirm_fill(worksheet.tried(), result.get("role_page") or {}, sheet):
                    sheet["fill"] = self._fill(result["role_page"], sheet)
                written = worksheet.bring(sheet, knows, key, was_watched)
        except InTheWay as exc:
            return str(exc)
        except OSError as exc:
            return f"{exc.filename or worksheet.root} can't be written: {exc.strerror or exc}."
        self.wrote_files = self.wrote_files or written.changed
        self.warnings += written.warnings
        self.diff += written.diff
        return written

    def _sheet(self, integration: Integration, result: Result) -> Result:
        levels, steps = levels_and_key(result)
        key, outcome = result.get("key") or {}, result["outcome"]
        replaced = key.get("public_key") if self.wanted.state == "rotated" and steps else None
        if steps and self.on_awx:
            steps = [
                *steps,
                f"Launch the job template ConnectWise hand in a key for {integration.vendor} on {self.host}, and enter"
                " both keys in its survey.",
            ]
        instance = result.get("instance") or {}
        sheet = {
            "company": instance.get("company", ""),
            "api": instance.get("api", ""),
            "product": integration.product,
            "role": integration.role_name,
            "member": integration.member_identifier,
            "key_description": integration.key_description,
            "levels": levels,
            "not_offered": (result.get("role") or {}).get("not_offered") or [],
            "keeps_role": outcome.get("keeps_role") or "",
            "customize": [dict(each) for each in integration.customize if list_name(each) in outcome["unconfirmed"]],
            "member_needs": {need: integration.member_needs[need] for need in outcome.get("member_needs") or ()},
            "key_steps": steps,
            "pair_file": "" if self.on_awx else os.path.realpath(self.settings.inbox(self.host, integration.vendor)),
            "web": self._web(instance.get("api", "")),
            "command": "" if self.on_awx else self.tools.command(integration.vendor),
            "on_awx": self.on_awx,
            # AWX gives each job its own address
            "templates": f"{os.environ['AWX_HOST']}/#/templates" if self.on_awx and "AWX_HOST" in os.environ else "",
            # the steps of a rotation are done once another pair is stored
            "replaces": None if key.get("previous_public_key") else replaced,
        }
        return {**sheet, "fill": self._fill(result.get("role_page") or {}, sheet) if levels else None}

    def _fill(self, page: Result, sheet: Result) -> fill.Job | None:
        """The job of the fill script; None if it is off, or if the host of the pages isn't known."""
        about = self._about(page, sheet)
        if not self.settings.fill_helper or not about["host"]:
            return None
        return fill.job(page, self.fills_all or self.tools.is_fill_confirmed(), **about)

    def _about(self, page: Result, sheet: Result) -> dict[str, str]:
        host = self._web_host(sheet["api"])
        return {"instance": self.host, "company": sheet["company"], "host": host, "role": page.get("role", "")}

    def _confirm_fill(self, tried: t.Any, page: Result, sheet: Result) -> bool:
        """Whether the row that was tried first reads back as wanted. Then records it, and the script fills the rest."""
        if self.fills_all or self.tools.check_mode or not self.settings.fill_helper:
            return False
        self.fills_all = fill.is_confirmed(tried, page, **self._about(page, sheet))
        if self.fills_all:
            try:
                self.tools.confirm_fill()
            except (InTheWay, OSError) as exc:
                self.warnings.append(f"The profile can't record that the fill script works on this instance: {exc}")
        return self.fills_all

    def _web(self, api: str) -> str:
        """Address where people log in; empty if unknown."""
        is_known = self.settings.web_host or api.startswith("https://")
        return f"https://{self._web_host(api)}" if is_known else ""

    def _web_host(self, api: str) -> str:
        return self.settings.web_host or (parse_site(api).web_host if api else "")

    def _waits(self, result: Result) -> bool:
        return self.settings.handover == "wait" and not self.tools.check_mode and any(levels_and_key(result))

    def _finished(self, integration: Integration, result: Result, written: Written | str) -> Outcome:
        outcome: Outcome = result["outcome"]
        left = any(levels_and_key(result))
        fails = self.settings.handover != "report" and not self.tools.check_mode
        reasons = [self._by_hand(integration, result) if left and fails else "" if left else result["reason"]]
        if isinstance(written, str):
            reasons.append(written)
        elif not self.tools.check_mode:
            outcome["worksheet"] = written.page
        outcome["reason"] = self._here(" ".join(reason for reason in reasons if reason), integration)
        return outcome

    def _by_hand(self, integration: Integration, result: Result) -> str:
        levels, steps = levels_and_key(result)
        member = integration.member_identifier
        to_do = []
        if levels:
            to_do.append(f"set {counted(len(levels), 'level')} of security role {integration.role_name}")
        if steps and (result["key"] or {}).get("previous_public_key"):
            to_do.append(f"delete the old key of API member {member}")
        elif steps and result["outcome"].get("stopped"):
            to_do.append(f"create a new key for API member {member}, which is inactive until then")
        elif steps:
            to_do.append(f"create a key for API member {member}")
        keeps = result["outcome"].get("keeps_role")
        kept = f" {member} keeps security role '{keeps}' until these levels are set." if keeps else ""
        return f"{integration.product} on {self.host} needs manual steps: {' and '.join(to_do)}.{kept}"


def _note_wishes(result: Result, integration: Integration) -> None:
    """Add what the vendor requires of the member and is missing, and an identifier that ConnectWise can't take."""
    member = (result.get("member") or {}).get("member")
    if member:
        result["outcome"]["member_needs"] = [need for need in integration.member_needs if not member.get(need)]
        result["outcome"]["asked_identifier"] = integration.asked_identifier if result["member"]["changed"] else ""
