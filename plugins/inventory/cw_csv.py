# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: cw_csv
short_description: One inventory host for each row of a CSV file
version_added: 1.0.0
author: msp.connectwise contributors (@msp-connectwise)
description:
  - Builds an inventory from a table that a team maintains or exports, such as a list of its ConnectWise PSA instances.
  - Each row is a host, and its cells are the host's variables. The names of the columns are in the first line that
    contains O(host_column); lines above it, and columns and rows without any text, are ignored.
  - Cells are data. A cell that looks like a template isn't evaluated, and a cell can't set a variable that is more than
    a plain value, such as one that names a file, a folder or a proxy.
  - A table that is encrypted by ansible-vault is decrypted with the vault passwords of the run.
  - All errors in the table are reported at once, with their lines and columns, and no host is added.
options:
  plugin:
    description: The name of this plugin, which marks the file as its configuration.
    type: str
    required: true
    choices: [msp.connectwise.cw_csv]
  file:
    description: The table. A relative path starts at the folder of this configuration.
    type: str
    required: true
  delimiter:
    description: Separator between cells. By default, the most frequent of comma, semicolon and tab in the header.
    type: str
  encoding:
    description: Encoding of the file. A byte order mark is ignored.
    type: str
    default: utf-8
  host_column:
    description: The column with the host names, or with the names that O(host_from=name) derives them from.
    type: str
    default: host
  host_from:
    description:
      - V(column) uses the cells of O(host_column) as they are.
      - V(name) takes them as company names and derives host names from them, so that C(Fabrikam Inc.) becomes
        C(fabrikam-inc) and C(Büro & Co) becomes C(buro-co). The variable C(cw_company_name) has the name from the
        table. Two names that would become the same host are refused.
    type: str
    choices: [column, name]
    default: column
  columns:
    description:
      - The variable that each column sets.
      - A column that isn't listed sets a variable only if its name is C(cw_vendors), C(cw_confirmed),
        C(cw_default_location), C(cw_default_department), C(cw_default_territory), C(cw_security_location),
        C(cw_time_zone) or C(cw_email). Other columns whose names begin with C(cw_) are refused until they are listed
        here, and all others are ignored, so that an export can't set anything by accident.
      - A column that is listed here can set one of the instance's other values, such as C(cw_site), C(cw_company),
        C(cw_public_key), C(cw_client_id) and C(cw_max_key_age), or an option of a vendor such as C(rewst_role_name).
      - A table can't set secrets, variables that name a file, a folder, tasks, a store or a proxy,
        C(cw_validate_certs), C(cw_own_member), permissions that are added to a matrix, or variables that aren't this
        collection's.
      - Map a column to an empty name to ignore it.
    type: dict
    default: {}
  lists:
    description: Variables whose cells are lists. Separate the items with commas, semicolons, bars or spaces.
    type: list
    elements: str
    default: [cw_vendors, cw_confirmed]
  group:
    description: The group that all hosts are added to.
    type: str
    default: connectwise
  group_columns:
    description:
      - Columns whose cells add the host to more groups. Separate several values with commas, semicolons or bars.
      - The group of the value C(North America) in the column C(Region) is named C(Region_North_America).
    type: list
    elements: str
    default: []
  vendor_folder:
    description:
      - The folder with vendor lists of your own, so that columns can set their options. The playbooks have it in
        C(cw_vendor_dir).
      - A relative path starts at the folder of this configuration.
    type: str
  skip_rows:
    description:
      - Rows to skip, as a C(column) with the text of its cell, or a list of texts. Case doesn't matter. A boolean
        stands for all words for it, so that V(false) skips C(no), C(No) and C(0).
      - An empty string skips the rows whose cell is empty.
    type: dict
    default: {}
notes:
  - An empty cell sets no variable, so that the value of a group applies.
  - Cells are strings. Columns whose variables contain C(password), C(private_key) or C(secret) are refused, because a
    table is no place for a secret. Store those in a vaulted file, in the environment or in a secret store, and refer to
    them in C(group_vars).
"""

EXAMPLES = r"""
# fleet.yml, next to fleet.csv and the folder group_vars
plugin: msp.connectwise.cw_csv
file: fleet.csv
host_column: Name
columns:
  Site: cw_site
  Company ID: cw_company
  Public key: cw_public_key
  Integrations: cw_vendors
  Location: cw_default_location
group_columns: [Region] # hosts of EMEA are in the group Region_EMEA
skip_rows: {Status: inactive}

# For a list of companies, whose hosts are fabrikam-inc, buro-co and so on:
# host_from: name
"""

import os
import re
import typing as t

from ansible.errors import AnsibleError, AnsibleParserError
from ansible.inventory.group import to_safe_group_name
from ansible.module_utils.parsing.convert_bool import BOOLEANS_FALSE, BOOLEANS_TRUE
from ansible.parsing.vault import is_encrypted
from ansible.plugins.inventory import BaseInventoryPlugin
from ansible.utils.display import Display

from ..module_utils._domain.names import lookalike
from ..module_utils._domain.shown import shown
from ..plugin_utils import _vendors
from ..plugin_utils._table import Row, Table, TableError, host_name, read_table, refusal

try:
    from ansible.template import trust_as_template
except ImportError:  # before 2.19 any text could be a template
    from ansible.utils.unsafe_proxy import wrap_var as _plain
else:
    del trust_as_template

    def _plain(value: t.Any) -> t.Any:
        return value


display = Display()

_PARSER_ERROR = 4  # Ansible's exit status for what it can't parse
_ITEMS = re.compile(r"[\s,;|]+")
_GROUPS = re.compile(r"[,;|]+")
_HOST = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*\Z")
_SHOWN = 20
_WORDS = {
    word: {str(each) for each in words if isinstance(each, str)}
    for word, words in ((True, BOOLEANS_TRUE), (False, BOOLEANS_FALSE))
}


class InventoryModule(BaseInventoryPlugin):  # type: ignore[misc]
    NAME = "msp.connectwise.cw_csv"

    def verify_file(self, path: str) -> bool:
        return super().verify_file(path) and path.endswith((".yml", ".yaml"))

    def parse(self, inventory: t.Any, loader: t.Any, path: str, cache: bool = True) -> None:
        """Ends the process if the table can't be used.

        After an exception, Ansible would try two other plugins, report that they can't read this file either, and with
        most settings continue without these hosts.
        """
        super().parse(inventory, loader, path, cache)
        try:
            self._parse(path)
        except AnsibleError as exc:
            display.error(str(exc), wrap_text=False)
            raise SystemExit(_PARSER_ERROR) from None

    def _parse(self, path: str) -> None:
        self._read_config_data(path)
        self._folder = os.path.dirname(os.path.abspath(path))
        place = self._beside(self.get_option("file"))
        try:
            table = read_table(self._text(place), self.get_option("delimiter"), self.get_option("host_column"))
        except TableError as exc:
            raise AnsibleParserError(f"{place} isn't a CSV file: {exc}.") from None
        self._faults, self._advice = table.faults, ""
        self._check_columns(table)
        variables = self._variables(table.columns)
        rows = self._kept(table) if self.get_option("host_column") in table.columns else []
        hosts = self._hosts(rows)
        groups = self._groups(hosts)
        if self._faults:
            raise AnsibleParserError(
                f"{place} can't be used, and none of its hosts was added:"
                f" {shown('; '.join(self._faults))}.{self._advice}"
            )
        self.inventory.add_group(self.get_option("group"))
        for host, row in hosts:
            self._add(host, row, variables)
        for group, members in groups.items():
            self.inventory.add_group(group)
            for host in members:
                self.inventory.add_child(group, host)

    def _beside(self, path: str) -> str:
        """A path of the configuration, relative to its folder."""
        return os.path.join(self._folder, os.path.expanduser(path))

    def _text(self, place: str) -> str:
        encoding = self.get_option("encoding")
        try:
            content, _as_is = self.loader._get_file_contents(place)  # decrypted, as group_vars are
            return str(content.decode(encoding)).removeprefix("\ufeff")
        except AnsibleError as exc:
            if _is_encrypted(place):
                raise AnsibleParserError(
                    f"{place} is encrypted by ansible-vault, and no vault password of this run decrypts it: give the"
                    " right one with --vault-password-file."
                ) from None
            why = getattr(exc.__cause__, "strerror", None) or exc
            raise AnsibleParserError(f"{place} can't be read: {why}") from None
        except LookupError:
            raise AnsibleParserError(f"There is no encoding {encoding!r}: correct the option encoding.") from None
        except UnicodeDecodeError:
            raise AnsibleParserError(f"{place} isn't {encoding}: name its encoding with the option encoding.") from None

    def _check_columns(self, table: Table) -> None:
        columns = table.columns
        lists = [self.get_option(name) for name in ("columns", "group_columns", "skip_rows")]
        wanted = dict.fromkeys([self.get_option("host_column"), *(name for names in lists for name in names)])
        missing = [name for name in wanted if name not in columns]
        self._faults += [f"there is no column {name!r}" for name in missing]
        if missing and columns:
            more = ", ..." if len(columns) > _SHOWN else ""
            self._faults[-1] += f" (there are: {', '.join(map(repr, columns[:_SHOWN]))}{more})"
        twice = sorted({name for name in columns if columns.count(name) > 1})
        self._faults += [f"column {name!r} appears twice" for name in twice]

    def _variables(self, columns: t.Sequence[str]) -> dict[str, str]:
        """{column: variable} of the columns whose cells set a variable."""
        named, found = self.get_option("columns"), dict[str, str]()
        vendors = self._vendors()
        for column in dict.fromkeys(columns):
            variable = str(named[column] or "") if column in named else column if column.startswith("cw_") else ""
            if not variable:
                continue
            why = refusal(variable, column in named, vendors)
            other = next((name for name, known in found.items() if known == variable), None)
            if why or other:
                self._faults.append(f"column {column!r} {why or f'is {variable}, and so is column {other!r}'}")
            found[column] = variable
        return found

    def _vendors(self) -> tuple[str, ...]:
        given = self.get_option("vendor_folder")
        folder = os.path.realpath(self._beside(given)) if given else ""
        try:
            return _vendors.names(folder)
        except _vendors.MatrixFileError as exc:
            raise AnsibleParserError(f"vendor_folder can't be used: {exc}.") from None

    def _kept(self, table: Table) -> list[Row]:
        """The rows that aren't skipped."""
        skipped = {}
        for column, given in self.get_option("skip_rows").items():
            values = given if isinstance(given, list) else [given]
            if not values or any(value is None or isinstance(value, (list, dict)) for value in values):
                self._faults.append(f"skip_rows must have a text or a list of texts for {column!r}")
            else:
                skipped[column] = set().union(*map(_matching, values))
        return [
            row for row in table.rows
            if not any(row.cells.get(column, "").casefold() in texts for column, texts in skipped.items())
        ]  # fmt: skip

    def _hosts(self, rows: t.Iterable[Row]) -> list[tuple[str, Row]]:
        column, makes = self.get_option("host_column"), self.get_option("host_from") == "name"
        seen: dict[str, tuple[str, int]] = {}
        found = []
        for row in rows:
            text, place = row.cells[column], f"line {row.line}, column {column!r}"
            host = host_name(text) if makes else text
            if not text:
                self._faults.append(f"line {row.line} has no name in column {column!r}")
                continue
            if not host:
                self._faults.append(f"{place}: {text!r} has no letter or digit to make a host name from")
            elif not _HOST.match(host):
                self._faults.append(f"{place}: {text!r} isn't a valid host name")
                self._advice = (
                    " A host name has only letters, digits, '.', '-' and '_'; host_from: name makes one from a"
                    " company's name."
                )
            elif host.casefold() in self._reserved():
                self._faults.append(f"{place}: {host!r} is the name of a group")
            elif host.casefold() in seen:
                like, line = seen[host.casefold()]
                same = f"is in line {line} already" if like == text else f"and {like!r} in line {line} are one host"
                self._faults.append(f"{place}: {text!r} {same}")
            seen.setdefault(host.casefold(), (text, row.line))
            found.append((host, row))
        return found

    def _reserved(self) -> set[str]:
        return {"all", "ungrouped", str(self.get_option("group")).casefold()}

    def _groups(self, hosts: t.Sequence[tuple[str, Row]]) -> dict[str, list[str]]:
        """{group: hosts} of the columns that name groups."""
        lines = {host.casefold(): row.line for host, row in hosts}
        seen: dict[str, tuple[str, str, int]] = {}
        found: dict[str, list[str]] = {}
        for host, row in hosts:
            for column in self.get_option("group_columns"):
                for value in filter(None, map(str.strip, _GROUPS.split(row.cells.get(column, "")))):
                    group = to_safe_group_name(f"{column}_{value}", force=True, silent=True)
                    place = f"line {row.line}, column {column!r}: {value!r}"
                    if lookalike(group) not in seen:
                        self._check_group(group, place, lines)
                    of, like, line = seen.setdefault(lookalike(group), (column, value, row.line))
                    if (of, like) != (column, value):
                        self._faults.append(f"{place} and {like!r} in line {line} are one group, {group}")
                    found.setdefault(group, []).append(host)
        return found

    def _check_group(self, group: str, place: str, lines: t.Mapping[str, int]) -> None:
        if group.casefold() in lines or group in self.inventory.hosts:
            where = f" in line {lines[group.casefold()]}" if group.casefold() in lines else ""
            self._faults.append(f"{place} would be the group {group}, which is the name of a host{where}")
        elif group.casefold() in self._reserved():
            self._faults.append(f"{place} would be the group {group}, which all hosts of the table are in")

    def _add(self, host: str, row: Row, variables: t.Mapping[str, str]) -> None:
        self.inventory.add_host(host, group=self.get_option("group"))
        if self.get_option("host_from") == "name":
            self.inventory.set_variable(host, "cw_company_name", _plain(row.cells[self.get_option("host_column")]))
        for column, variable in variables.items():
            text = row.cells[column]
            if text:
                value = list(filter(None, _ITEMS.split(text))) if variable in self.get_option("lists") else text
                self.inventory.set_variable(host, variable, _plain(value))


def _is_encrypted(place: str) -> bool:
    try:
        with open(place, "rb") as file:
            return bool(is_encrypted(file.read(100)))
    except OSError:
        return False


def _matching(value: t.Any) -> set[str]:
    """The texts of a cell, in lower case, that a value of skip_rows stands for."""
    if isinstance(value, bool):
        return _WORDS[value]
    whole = isinstance(value, float) and value.is_integer()
    return {str(value).strip().casefold(), *([str(int(value))] if whole else [])}
