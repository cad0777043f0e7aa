# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sentences of worksheets, each once, for HTML and Markdown. PRIVATE to this collection.

The sentences are Markdown with ``{names}``. Values come from instances and inventories, so none is trusted: each is
shown literally, as neither markup nor a new line.
"""

from __future__ import annotations

import functools
import re
import typing as t

from markupsafe import Markup, escape

from ...module_utils._domain.shown import shown
from .._report.markdown import escape as escape_markdown

SENTENCES: t.Mapping[str, str] = {
    "left": "These manual steps are left because REST can't do them. The rest is automated.",
    "instance": "Company {company}, `{api}`.",
    # while a run waits
    "follows": (
        "A run is waiting until {until}, and this page follows it: {seen} of {all} levels are set on the instance, last"
        " checked {updated}."
    ),
    "over": "The run that updated this page has ended. Run the playbook again to verify what you did since then.",
    "seen": "Set: {level}",
    "wrong": "Is {level}, should be {wanted}",
    "others": "Also set, but not listed",
    "set_back": "Set these back unless somebody needs them:",
    "other": "{module} / {function}, {verb}: is {level}, should be {wanted}",
    "nothing_left": (
        "Done. A run has verified every step of this worksheet. The next run removes this page."
    ),
    # titles
    "sheet": "{product} on {instance}",
    "fleet": "Worksheets of all instances",
    "levels": "Security role {role}",
    "list": "{function} of {role}",
    "member": "API member {member}",
    "key": "API key",
    "next": "Next",
    # levels
    "set_levels": (
        "Open **System > Security Roles > {role}**. Set these levels and leave all others as they are, then save."
    ),
    "keeps_role": (
        "Until these levels are set, API member {member} keeps security role {keeps_role}, so that the integration"
        " keeps working. The next run of the playbook then assigns {role} to the member."
    ),
    "unoffered": "Not offered by this instance",
    "leave_them": (
        "Security role {role} should have these levels too, but this instance doesn't seem to offer them. If your"
        " page has the box, set it; if not, leave it. Never choose a higher level instead."
    ),
    "unoffered_cell": "{module} / {function}, {verb}: {wanted} ({reason})",
    # the script that fills the page in
    "fill": "Fill in the levels with a script (experimental)",
    "fill_first": (
        "The script hasn't been tried on this instance yet, so it sets only **one row** of {role}. Check it, press"
        " Save, and run the playbook again. Once a run has read that row back, the worksheet has a script for the rest."
    ),
    "fill_rest": (
        "The script sets the levels in {rows} rows of {role}. It doesn't press Save: compare the levels with this"
        " worksheet, then press Save yourself."
    ),
    "fill_how": (
        "Drag this link to your bookmarks bar, open the page of the security role in ConnectWise, and click the"
        " bookmark. Nothing happens until you press its button there. Don't click the link here: this page doesn't"
        " run it."
    ),
    "fill_link": "Fill in {product} on {instance}",
    "fill_text": "What the link runs",
    "fill_alone": "Fill in its levels with a script",
    # Customize lists
    "customize": (
        "Open **System > Security Roles > {role}** and click **customize** next to {module} / {function}."
    ),
    "disallow_some": (
        "Move everything to **Allow access to these**, then move only these to **Disallow access to these**:"
    ),
    "disallow_none": "Move everything to **Allow access to these**.",
    "allow_some": (
        "Move everything to **Disallow access to these**, then move only these back to **Allow access to these**:"
    ),
    "allow_none": "Move everything to **Disallow access to these**. Leave **Allow access to these** empty.",
    "confirm": (
        "REST can neither set nor read this list, so confirm it once it is set: run the playbook for this instance and"
        " vendor with `-e onboard_confirmed=true`, or add `{vendor}` to the list `cw_confirmed` of host {host} in the"
        " inventory."
    ),
    "confirm_awx": (
        "REST can neither set nor read this list, so confirm it once it is set: launch the job template"
        " **ConnectWise verify** for host {host}, and choose `{vendor}` under **Customize lists are set**."
    ),
    # the member
    "email": (
        "Open **System > Members > API Members > {member}** and enter an email address, or set `cw_email` in the"
        " inventory. {why}"
    ),
    "excluded_boards": (
        "Open **System > Members > API Members > {member}** and exclude service boards, or list them in"
        " `{vendor}_excluded_boards` in the inventory. {why}"
    ),
    # what comes after
    "verify": (
        "Run the playbook again to verify these steps. A run that is still waiting continues by itself. Once nothing"
        " is left, the worksheet is removed."
    ),
    "verify_awx": (
        "Approve the workflow that is waiting for these steps, or launch the job template **ConnectWise verify** for"
        " {vendor} on host {host}."
    ),
    "type": "To verify only this worksheet, run:",
    # all sheets of a fleet
    "counts": "{open} open, {done} done, as of {generated}.",
    "since": "Open since {since}, last checked {verified}.",
    "done": "Done. The run of {done} found no manual steps left.",
    "alone": "Open this worksheet on its own page",
}

# what a vendor can require of a member; each has its sentence
MEMBER_NEEDS = ("email", "excluded_boards")

# what a person types, pastes or looks for
LABELS = {
    "role": "Security role",
    "member": "API member",
    "key_description": "Description of the key",
    "pair_file": "File for both keys",
    "web": "Log in at",
}

_MOMENT = re.compile(r"\A(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\dZ\Z")


class Writer:
    """Writes sentences for one format. ``value`` escapes any value in a template."""

    def say(self, name: str, **values: t.Any) -> Markup:
        """The sentence of this name, with its values. Raises KeyError for an unknown name or a missing value."""
        raise NotImplementedError

    def value(self, value: t.Any) -> Markup:
        raise NotImplementedError

    def time(self, moment: str) -> Markup:
        raise NotImplementedError


class Html(Writer):
    def say(self, name: str, **values: t.Any) -> Markup:
        text = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", str(escape(SENTENCES[name])))
        text = re.sub(r"`(.+?)`", r"<code>\1</code>", text)
        return Markup(text).format(**{key: self.value(value) for key, value in values.items()})

    def value(self, value: t.Any) -> Markup:
        return value if isinstance(value, Markup) else _as_html(str(value))

    def time(self, moment: str) -> Markup:
        return Markup('<time datetime="{}">{}</time>').format(self.value(moment), self.value(_readable(moment)))


class Markdown(Writer):
    def say(self, name: str, **values: t.Any) -> Markup:
        text = re.sub(r"`\{(\w+)\}`", lambda match: self._braces(values[match[1]]), SENTENCES[name])
        return Markup(text.format(**{key: self.value(value) for key, value in values.items()}))

    def value(self, value: t.Any) -> Markup:
        return value if isinstance(value, Markup) else _as_markdown(str(value))

    def time(self, moment: str) -> Markup:
        return self.value(_readable(moment))

    def code(self, value: str) -> Markup:
        """A code span for copying. Nothing can be escaped in one, so a value that would end it is shown as text."""
        unfit = not value or "`" in value or value != " ".join(value.split()) or not value.isprintable()
        return self.value(value) if unfit else Markup(f"`{value}`")

    def _braces(self, value: str) -> str:
        return self.code(value).replace("{", "{{").replace("}", "}}")


@functools.lru_cache(maxsize=4096)  # a fleet has few names, repeated often
def _as_html(text: str) -> Markup:
    return escape(shown(text))


@functools.lru_cache(maxsize=4096)
def _as_markdown(text: str) -> Markup:
    # some characters aren't markup in their place: leave them, so paths and names stay readable in the plain file
    text = re.sub(r"(?<=\w)\\_(?=\w)", "_", escape_markdown(text))
    text = re.sub(r"&#38;(?!#?\w+;)", "&", text)
    # white space next to a mark would disable it
    return Markup(re.sub(r"\A\s|\s\Z", lambda match: f"&#{ord(match[0])};", text))


def _readable(moment: str) -> str:
    return _MOMENT.sub(r"\1 \2 UTC", moment)
