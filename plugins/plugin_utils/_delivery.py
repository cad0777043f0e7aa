# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deliveries: where to enter a new key pair in the vendor's product, ready to copy. PRIVATE to this collection.

``delivery.md`` and ``delivery.json`` are next to the worksheet of one vendor on one instance; a fleet has one list.
None of them holds a private key; they have the command that shows it.
"""

from __future__ import annotations

import contextlib
import functools
import os
import shlex
import typing as t
from dataclasses import dataclass

from ..module_utils._domain.delivery import PRIVATE, VALUES, Delivery, Field
from ..module_utils._domain.shown import json_text
from ._own_files import Diff, OwnFile, remove_all, write_all
from ._worksheet import marks, pages

FORMAT, VERSION = "msp.connectwise.delivery", 1
FLEET_FORMAT = "msp.connectwise.fleet_deliveries"
KINDS = ("md", "json")
BLOCKS = 3  # the most deliveries that the end of a run shows; of more, it shows only the list's path

_FLEET_MARK = f"<!-- {FLEET_FORMAT} {VERSION} -->"
# of another run with the same pair in the same place
_STAYS = ("since", "command", "old_key")
_TEXTS = (
    "product", "company", "public_key", "stored_in", "since", "command", "no_command", "old_key", "source"
)  # fmt: skip

Document = t.Dict[str, t.Any]


def vault_options(cli: t.Mapping[str, t.Any]) -> list[str]:
    """The options of this run that unlock a vault, with absolute paths, for a command in any folder."""
    words: list[str] = []
    for each in cli.get("vault_ids") or ():
        label, at, source = str(each).rpartition("@")
        is_file = not source.startswith("prompt") and os.path.exists(source)
        words += ["--vault-id", f"{label}{at}{os.path.abspath(source)}" if is_file else str(each)]
    for path in cli.get("vault_password_files") or ():
        words += ["--vault-password-file", os.path.abspath(str(path)) if os.path.exists(str(path)) else str(path)]
    return [*words, *(["--ask-vault-password"] if cli.get("ask_vault_pass") else [])]


def show_command(store: t.Mapping[str, t.Any], cli: t.Mapping[str, t.Any]) -> tuple[str, str]:
    """The command that shows the private half in a store, and a remark about it.

    Without such a command, the remark says what to do. ``store`` as from chosen_store, ``cli`` Ansible's command line.
    """
    kind = store["type"]
    if kind == "vault_file":
        return shlex.join(["ansible-vault", "view", *vault_options(cli), os.path.abspath(store["path"])]), ""
    if kind == "plain_file":
        return shlex.join(["cat", os.path.abspath(store["path"])]), ""
    if kind == "hashi_vault":
        mount, path = store["mount"].strip("/"), store["path"].strip("/")
        words = ["bao", "kv", "get", f"-mount={mount}", f"-field={PRIVATE}", path]
        return shlex.join(words), "With HashiCorp Vault, use vault instead of bao."
    return "", (
        f"AWX never shows the private key of credential {store['name']}. Have a job template that uses it pass the key"
        " to the product. Or create a key by hand in ConnectWise, enter it in the product, and hand it in here too."
    )


def document(
    delivery: Delivery, known: t.Mapping[str, str], host: str, vendor: str, product: str, **about: str
) -> Document:
    """The delivery as data. ``known`` has a text for each of VALUES except the private half.

    ``about`` has ``stored_in``, ``since``, ``command``, ``no_command`` and ``old_key``.
    """
    return {
        **marks.head(FORMAT, VERSION, host, vendor),
        "product": product,
        "company": known["company"],
        "public_key": known["public_key"],
        "where": list(delivery.where),
        "fields": [_field(field, known) for field in delivery.fields],
        "others": [_field(Field(VALUES[name], (name,)), known) for name in delivery.unnamed],
        "after": list(delivery.after),
        "notes": list(delivery.notes),
        "source": delivery.source,
        **about,
    }


def _field(field: Field, known: t.Mapping[str, str]) -> Document:
    private = PRIVATE in field.values
    texts = [] if private else list(dict.fromkeys(known[name] for name in field.values))
    one_of_several = len(field.values) > 1 and len(texts) == 1
    return {
        "label": field.label,
        "texts": texts,
        PRIVATE: private,
        "optional": field.optional,
        "note": "" if one_of_several else field.note,  # all have the same value
    }


@dataclass(frozen=True)
class Place:
    """The files of one vendor's delivery below ``root``."""

    root: str
    host: str
    vendor: str
    check_mode: bool = False

    @property
    def page(self) -> str:
        return self._files()["md"].path

    def bring(self, found: Document, new: bool) -> list[Diff]:
        """Write the delivery if the pair is ``new``, or if it changed.

        Returns a diff for each change, but none for a new pair, which check mode can't predict. Raises InTheWay and
        OSError.
        """
        files = self._files()
        earlier = self.read()
        if earlier is None and not new:
            return []
        if earlier and all(earlier[name] == found[name] for name in ("public_key", "stored_in")):
            found = {**found, **{name: earlier[name] for name in _STAYS}}
        texts = {"json": json_text(found, indent=1) + "\n", "md": render(found)}
        diffs = self._of_page(write_all({files[kind]: texts[kind] for kind in KINDS}, self.check_mode))
        return [] if new else diffs

    def read(self) -> Document | None:
        """The document of the last run; None if there is none of ours, or a person deleted the page."""
        files = self._files()
        if files["md"].content() is None:
            return None
        return parse(files["json"].content() or b"", self.host, self.vendor)

    def remove(self) -> list[Diff]:
        """Raises OSError."""
        return self._of_page(remove_all(self._files().values(), self.check_mode))

    def _of_page(self, diffs: list[Diff]) -> list[Diff]:
        """The other file says the same."""
        return [diff for diff in diffs if diff["before_header"] == self.page] or diffs

    def _files(self) -> dict[str, OwnFile]:
        root = os.path.realpath(self.root)
        folder = os.path.join(root, self.host, self.vendor)
        what = f"a delivery of {self.vendor} on {self.host}"
        return {
            kind: OwnFile(
                root, os.path.join(folder, f"delivery.{kind}"), functools.partial(self._is_ours, kind), what
            )
            for kind in KINDS
        }

    def _is_ours(self, kind: str, content: bytes) -> bool:
        if kind == "json":
            return parse(content, self.host, self.vendor) is not None
        return marks.is_marked(content, marks.mark(FORMAT, VERSION, self.host, self.vendor))


def render(found: Document) -> str:
    """The page for a person, as Markdown."""
    line = marks.mark(FORMAT, VERSION, found["instance"], found["vendor"])
    return pages.page("delivery", "md", line, delivery=found)


def parse(content: bytes, host: str, vendor: str) -> Document | None:
    """The document of a file; None for one that isn't ours, or was edited until it can't be shown."""
    found = marks.parsed(content, marks.head(FORMAT, VERSION, host, vendor))
    return found if found is not None and _has_shape(found) else None


def _has_shape(found: Document) -> bool:
    fields = [found.get(name) for name in ("fields", "others")]
    return (
        all(isinstance(found.get(name), str) for name in _TEXTS)
        and all(marks.is_texts(found.get(name)) for name in ("where", "after", "notes"))
        and all(isinstance(each, list) and all(map(_is_field, each)) for each in fields)
    )


def _is_field(field: t.Any) -> bool:
    return (
        isinstance(field, dict)
        and all(isinstance(field.get(name), str) for name in ("label", "note"))
        and all(isinstance(field.get(name), bool) for name in (PRIVATE, "optional"))
        and marks.is_texts(field.get("texts"))
    )


def lines(found: Document) -> list[str]:
    """The same for the end of a run, and shorter."""
    where = f": {' > '.join(found['where'])}" if found["where"] else ""
    said = [f"next steps for {found['product']} on {found['instance']}{where}"]
    if not found["fields"]:
        where = "" if found["where"] else "its guide doesn't say where to enter the pair; "
        said.append(f"{where}it may ask for:")
    for field in found["fields"] or found["others"]:
        optional = " (optional)" if field["optional"] else ""
        text = _shown_value(found, field)
        note = f" ({field['note'].rstrip('.')})" if field["note"] and text else field["note"]
        said.append(f"  {field['label']}{optional}: {text}{note}".rstrip())
    if found["no_command"] and not found["command"]:
        said.append(found["no_command"])
    said += [f"then: {' '.join(found['after'])}"] if found["after"] else []
    said += [f"note: {' '.join(found['notes'])}"] if found["notes"] else []
    return said


def _shown_value(found: Document, field: Document) -> str:
    """What a person puts into the field, in words."""
    if not field[PRIVATE]:
        return " or ".join(field["texts"])
    more = f" ({found['no_command'].rstrip('.')})" if found["no_command"] else ""
    return f"to see it, run: {found['command']}{more}" if found["command"] else "see below"


def collect(folder: str) -> list[Document]:
    """The deliveries below a fleet's folder, by product and host. No link is followed."""
    root = os.path.realpath(folder)
    found = []
    for host in _folders(root):
        for vendor in _folders(os.path.join(root, host)):
            each = Place(root, host, vendor).read()
            if each:
                found.append(each)
    return sorted(found, key=lambda each: (each["product"].lower(), each["vendor"], each["instance"]))


def fleet_page(folder: str) -> str:
    return os.path.join(os.path.realpath(folder), "delivery.md")


def write_fleet(folder: str, check_mode: bool) -> list[Diff]:
    """Bring the list of a fleet to the deliveries below its folder. Raises InTheWay and OSError."""
    root, found = os.path.realpath(folder), collect(folder)
    file = OwnFile(root, fleet_page(folder), _is_fleet, "the deliveries of a fleet")
    if not found:
        return remove_all([file], check_mode)
    vendors: dict[str, list[Document]] = {}
    for each in found:
        vendors.setdefault(each["vendor"], []).append(each)
    return write_all({file: pages.page("deliveries", "md", _FLEET_MARK, vendors=list(vendors.values()))}, check_mode)


def _is_fleet(content: bytes) -> bool:
    return marks.is_marked(content, _FLEET_MARK)


def _folders(path: str) -> list[str]:
    with contextlib.suppress(FileNotFoundError, NotADirectoryError, PermissionError), os.scandir(path) as entries:
        return sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
    return []
