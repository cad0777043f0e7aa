# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sphinx's settings for the documentation site. tools/generate/docs_site.py builds it; no network is needed."""

from __future__ import annotations

import typing as t

from docutils import nodes

project = "msp.connectwise"
author = "msp.connectwise contributors"
copyright = f"2026, {author}"
html_title = "msp.connectwise"

extensions = ["myst_parser", "sphinx_antsibull_ext", "sphinx_copybutton"]
exclude_patterns = ["static"]
source_suffix = {".rst": "restructuredtext", ".md": "markdown"}

# the headings that the pages link to, as a code forge names them
myst_heading_anchors = 4
myst_enable_extensions = ["fieldlist"]
copybutton_prompt_text = "$ "
copybutton_only_copy_prompt_lines = True

html_theme = "furo"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_copy_source = False
html_theme_options = {
    "source_repository": "https://github.com/msp-connectwise/msp.connectwise/",
    "light_css_variables": {"color-brand-primary": "#0b5cad", "color-brand-content": "#0b5cad"},
    "dark_css_variables": {"color-brand-primary": "#7ab8f5", "color-brand-content": "#7ab8f5"},
    "top_of_page_buttons": [],
}
# site.css has the colours, light and dark
antsibull_ext_color_scheme = "none"
pygments_style = "friendly"
pygments_dark_style = "github-dark"

#: What antsibull-docs links to in Ansible's own documentation, which isn't read while the site is built.
ANSIBLE = "https://docs.ansible.com/ansible/latest"
ANSIBLE_PAGES = {
    "action_plugins": f"{ANSIBLE}/plugins/action.html",
    "common_return_values": f"{ANSIBLE}/reference_appendices/common_return_values.html",
    "ansible_configuration_settings": f"{ANSIBLE}/reference_appendices/config.html",
}


def to_ansible(app: t.Any, env: t.Any, node: t.Any, content: t.Any) -> nodes.reference | None:
    """A link to Ansible's own documentation, for a label that isn't of this site."""
    url = ANSIBLE_PAGES.get(node.get("reftarget", ""))
    if url is None:
        return None
    return nodes.reference("", "", content, internal=False, refuri=url)


def add_vendor_search(app: t.Any, page: str, *_rest: t.Any) -> None:
    if page == "docs/vendors":
        app.add_js_file("vendors.js", loading_method="defer")


def setup(app: t.Any) -> None:
    app.connect("missing-reference", to_ansible)
    app.connect("html-page-context", add_vendor_search)
