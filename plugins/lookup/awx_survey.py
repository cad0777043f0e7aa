# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lookup awx_survey; see its documentation."""

from __future__ import annotations

DOCUMENTATION = r"""
name: awx_survey
short_description: A survey for a job template of AWX
version_added: 1.0.0
author: msp.connectwise contributors (@msp-connectwise)
description:
  - Builds a survey from a file C(surveys.yml), which lists the variables to ask for. The text, type, choices and
    default of a question come from this collection, so the choices of vendors are always current and include your own
    lists.
options:
  _terms:
    description: Names of surveys in the file.
    required: true
    type: list
    elements: str
  folder:
    description: The folder of C(surveys.yml).
    required: true
    type: path
  vendor_dir:
    description: The folder with vendor lists of your own. Defaults to the variable C(cw_vendor_dir).
    type: path
"""

EXAMPLES = r"""
- name: Show the questions of a survey
  ansible.builtin.debug:
    msg: "{{ lookup('msp.connectwise.awx_survey', 'onboard', folder='awx').spec }}"
"""

RETURN = r"""
_raw:
  description: Surveys, each with C(name), C(description) and C(spec), as the option C(survey_spec) of
    C(awx.awx.job_template) takes them.
  type: list
  elements: dict
  sample: [{name: Onboard integrations, description: "", spec: [{variable: vendor, type: multiselect}]}]
"""

import os
import typing as t

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from ..module_utils._domain.shown import shown
from ..plugin_utils import _vendors
from ..plugin_utils._surveys import SurveyError, survey
from ..plugin_utils._variables import NotAsked, Variables


class LookupModule(LookupBase):  # type: ignore[misc]
    def run(
        self, terms: t.Sequence[str], variables: dict[str, t.Any] | None = None, **kwargs: t.Any
    ) -> list[dict[str, t.Any]]:
        self.set_options(var_options=variables, direct=kwargs)
        given = self.get_option("vendor_dir")
        host = Variables(variables or {}, lambda value: self._templar.template(value))
        try:
            vendors = _vendors.names(os.path.realpath(given) if given else _vendors.folder_of(host))
            return [survey(str(term), str(self.get_option("folder")), vendors) for term in terms]
        except (SurveyError, OSError, NotAsked, _vendors.MatrixFileError) as exc:
            raise AnsibleLookupError(shown(f"The survey can't be made: {exc}")) from None
