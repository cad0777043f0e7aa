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
  - Makes an inventory of a table that a team keeps or exports, such as a list of its ConnectWise PSA instances.
  - The first row names the columns. Each other row is a host, and its cells are the host's variables.
  - Cells are data. A cell that looks like a template isn't evaluated.
  - All faults of the table are reported at once, with the numbers of their rows.
options:
  plugin:
    description: The name of this plugin, which marks the file as its configuration.
    type: str
    required: true
    choices: [msp.connectwise.cw_csv]
  file:
    description: The table. A relative path begins at the folder of this configuration.
    type: str
    required: true
  delimiter:
    description: What stands between two cells. By default whichever of comma, semicolon and tab the first row has most.
    type: str
  encoding:
    description: Encoding of the file. A byte order mark is left out.
    type: str
    default: utf-8
  host_column:
    description: The column with the names of the hosts.
    type: str
    default: host
  columns:
    description:
      - The variable that each column becomes.
      - A column that isn't listed becomes a variable of its own name if that begins with C(cw_). All others are left
        out, so that an export can't set what it isn't meant to.
    type: dict
    default: {}
  lists:
    description: Variables whose cells are lists, with commas, semicolons, bars or spaces between the items.
    type: list
    elements: str
    default: [cw_vendors, cw_confirmed]
  group:
    description: The group that all hosts are in.
    type: str
    default: connectwise
  group_columns:
    description: Columns whose cells name more groups, with the same characters between them.
    type: list
    elements: str
    default: []
  skip_rows:
    description: Rows to leave out, as C(column) and the text that its cell has there. Case doesn't matter.
    type: dict
    default: {}
notes:
  - An empty cell sets no variable, so that the value of a group holds.
  - Cells are texts. Columns whose variables say C(password), C(private_key) or C(secret) are refused, since a table is
    no place for a secret. Keep those in a vaulted file, in the environment or in a store, and refer to them in
    C(group_vars).
  - A column C(cw_proxy) takes the URL of each host's proxy, without user and password.
"""

EXAMPLES = r"""
# fleet.yml, beside fleet.csv and the folder group_vars
plugin: msp.connectwise.cw_csv
file: fleet.csv
host_column: Name
columns:
  Site: cw_site
  Company ID: cw_company
  Public key: cw_public_key
  Integrations: cw_vendors
  Location: cw_default_location
group_columns: [Region]
skip_rows: {Status: inactive}
"""

import csv
import os
import re
import typing as t

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin

try:
    from ansible.template import trust_as_template
except ImportError:  # before 2.19 any text could be a template
    from ansible.utils.unsafe_proxy import wrap_var as _plain
else:
    del trust_as_template

    def _plain(value: t.Any) -> t.Any:
        return value


_ITEMS = re.compile(r"[\s,;|]+")
_HOST = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*\Z")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_SECRET = re.compile(r"pass\Z|password|private_?key\Z|secret", re.IGNORECASE)

Row = t.Dict[str, str]


class InventoryModule(BaseInventoryPlugin):  # type: ignore[misc]
    NAME = "msp.connectwise.cw_csv"

    def verify_file(self, path: str) -> bool:
        return super().verify_file(path) and path.endswith((".yml", ".yaml"))

    def parse(self, inventory: t.Any, loader: t.Any, path: str, cache: bool = True) -> None:
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        table = os.path.join(os.path.dirname(os.path.abspath(path)), os.path.expanduser(self.get_option("file")))
        rows = list(self._rows(table))
        problems = self._problems(rows)
        if problems:
            raise AnsibleParserError(f"{table} can't be used, and no host of it was taken: {'; '.join(problems)}.")
        self.inventory.add_group(self.get_option("group"))
        for _number, row in rows:
            self._add(row)

    def _rows(self, table: str) -> t.Iterator[tuple[int, Row]]:
        """(number of the line, cells by column) of each row that isn't empty or to be skipped."""
        encoding = self.get_option("encoding")
        try:
            with open(table, encoding=re.sub(r"(?i)\Autf-?8\Z", "utf-8-sig", encoding), newline="") as file:
                first = file.readline()
                file.seek(0)
                delimiter = self.get_option("delimiter") or max(",;\t", key=first.count)
                reader = csv.DictReader(file, delimiter=delimiter, restkey="", restval="", strict=True)
                reader.fieldnames = [name.strip() for name in reader.fieldnames or []]
                yield from self._kept(reader)
        except OSError as exc:
            raise AnsibleParserError(f"{table} can't be read: {exc.strerror or exc}.") from None
        except UnicodeDecodeError:
            raise AnsibleParserError(f"{table} isn't {encoding}: say what it is with the option encoding.") from None
        except csv.Error as exc:
            raise AnsibleParserError(f"{table} isn't a CSV file: {exc}.") from None

    def _kept(self, reader: csv.DictReader[str]) -> t.Iterator[tuple[int, Row]]:
        skipped = {column: str(text).casefold() for column, text in self.get_option("skip_rows").items()}
        self._columns = list(reader.fieldnames or [])
        for cells in reader:
            extra = cells.pop("", None) if "" not in self._columns else None
            row = {column: (text or "").strip() for column, text in cells.items()}
            if not any(row.values()):
                continue
            if any(row.get(column, "").casefold() == text for column, text in skipped.items()):
                continue
            if isinstance(extra, list) and any(extra):
                row["\0extra"] = ", ".join(extra)
            yield reader.line_num, row

    def _problems(self, rows: list[tuple[int, Row]]) -> list[str]:
        """Everything that is wrong with the table."""
        columns, column = self._columns, self.get_option("host_column")
        wanted = [column, *self.get_option("columns"), *self.get_option("group_columns"), *self.get_option("skip_rows")]
        problems = [f"there is no column {name!r}" for name in dict.fromkeys(wanted) if name not in columns]
        problems += [f"column {name!r} is there twice" for name in sorted({c for c in columns if columns.count(c) > 1})]
        for name in columns:
            variable = self._variable(name)
            if variable and not _VARIABLE.match(variable):
                problems.append(f"column {name!r} is no name of a variable: name one in columns")
            elif variable and _SECRET.search(variable):
                problems.append(f"column {name!r} is to hold a secret, which belongs into a vaulted file or a store")
        if column not in columns:
            return problems
        return problems + self._row_problems(rows, column)

    def _row_problems(self, rows: list[tuple[int, Row]], column: str) -> list[str]:
        problems: list[str] = []
        seen: dict[str, int] = {}
        for number, row in rows:
            host = row[column]
            if "\0extra" in row:
                problems.append(f"line {number} has more cells than there are columns")
            if not host:
                problems.append(f"line {number} has no name in column {column!r}")
            elif not _HOST.match(host):
                problems.append(f"line {number}: {host!r} is no name of a host: letters, digits, '.', '-' and '_' only")
            elif host in seen:
                problems.append(f"line {number}: {host!r} is in line {seen[host]} already")
            seen.setdefault(host, number)
            if any("@" in text for name, text in row.items() if self._variable(name) == "cw_proxy"):
                problems.append(f"line {number}: cw_proxy holds a password, which belongs in a vaulted file or a store")
        return problems

    def _variable(self, column: str) -> str:
        """The variable that a column becomes; empty for none."""
        named = self.get_option("columns")
        if column in named:
            return str(named[column] or "")
        return column if column.startswith("cw_") else ""

    def _add(self, row: Row) -> None:
        host = row[self.get_option("host_column")]
        self.inventory.add_host(host, group=self.get_option("group"))
        for column in self.get_option("group_columns"):
            for name in filter(None, _ITEMS.split(row[column])):
                self.inventory.add_child(self.inventory.add_group(self._sanitize_group_name(name)), host)
        for column, text in row.items():
            variable = self._variable(column)
            if variable and text:
                value = list(filter(None, _ITEMS.split(text))) if variable in self.get_option("lists") else text
                self.inventory.set_variable(host, variable, _plain(value))
