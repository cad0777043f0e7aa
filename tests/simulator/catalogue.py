# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module functions that a security role can grant.

Names follow what vendors print when they copy the pages; rows marked ``guess`` only fill a module up to
the number of functions it is reported to have.  Which verbs a function lacks, and which functions offer
``My``, is a guess from the levels seen in use: no level that is known to be set somewhere is refused.
"""

from __future__ import annotations

from dataclasses import dataclass

VERBS = ("add", "edit", "delete", "inquire")
LEVELS = ("None", "My", "All")


@dataclass(frozen=True)
class Function:
    """One function as the catalogue knows it; ``module`` and ``name`` are the canonical key."""

    module: str
    name: str
    verbs: frozenset[str]
    my: bool = False
    report: bool = False
    customize: str | None = None

    @property
    def key(self) -> tuple[str, str]:
        """The canonical (module, name) pair."""
        return self.module, self.name

    def __deepcopy__(self, _memo: object) -> Function:
        """Itself: nothing of it changes."""
        return self


# One line per function: name | verbs (letters of AEDI, default all) | my | customise list.
# The identifiers of customise lists are those of the published API.
_CATALOGUE: dict[str, str] = {
    "Companies": """
        Company Maintenance
        Company/Contact Group Maintenance
        Configuration - Display Passwords
        Configurations | | | CompanyConfigurations
        Contacts
        CRM/Sales Activities | | my
        Import Contacts
        Manage Attachments | | my
        Management
        Notes
        Reports | | | CompanyReports
        Surveys
        Team Members
        Tracks
        UserCentric
    """,
    "Finance": """
        Accounting Interface
        Agreement Invoicing
        Agreement Sales
        Agreements | | | FinanceAgreements
        Billing Rate Maintenance
        Billing Reconciliation
        Billing View Time | AEI
        Company Finance
        Expense Reimbursements
        Financial Dashboard | AEI
        Invoice Approval
        Invoicing
        Reports | | | FinanceReports
    """,
    "Marketing": """
        ConnectWise Campaign
        Marketing Groups
        Marketing Management
        Marketing Reports | | | MarketingReports
    """,
    "Procurement": """
        Inventory Adjustments
        Inventory Transfers
        Product Billable Option
        Product Catalog
        Products
        Purchase Orders
        Purchase Orders (Aiso)
        Purchasing Demand
        Reports | | | ProcurementReports
        RMA
    """,
    "Project": """
        Close Project Tickets | AEI
        Close Projects
        Project Contacts
        Project Finance
        Project Headers
        Project Management
        Project Notes
        Project Phase
        Project Product
        Project Reports | | | ProjectReports
        Project Scheduling | | | ProjectScheduling
        Project Teams
        Project Templates
        Project Ticket - Dependencies
        Project Ticket Tasks
        Project Tickets
    """,
    "Sales": """
        Closed Opportunity
        Opportunity
        Opportunity Finance
        Reports | | | SalesReports
        Sales Dashboard | I
        Sales Funnel
        Sales Orders
        Sales Orders Finance
    """,
    "Service Desk": """
        Change Approvals
        Close Service Tickets
        Cloud Console
        Dispatch Portal
        Email Connector
        Knowledge Base
        Knowledge Base Approver
        Knowledge Base Creator
        Launch Remote Access
        Merge Tickets
        Print Service Signoff
        Reports | | | ServiceReports
        Resource Scheduling | | | ServiceResourceScheduling
        Service Dashboard | I
        Service Ticket - Dependencies
        Service Tickets | | my
        Service Tickets - Finance
        SLA Dashboard | I
        Ticket Templates
    """,
    "System": """
        API Reports
        Audit Trail
        Copy Columns
        Custom Menu Entry | | | SystemCustomMenuEntry
        Import
        Manage Hosted API | | | SystemManageHostedApi
        Mass Maintenance | | | SystemMassMaintenance
        Member Maintenance
        Member Maintenance - Finance
        My Account | | my | SystemMyAccount
        My Company
        Report Writer
        Security Roles
        Setup Integrations
        System Reports | | | SystemReports
        Table Setup | | | SystemTableSetup
    """,
    "Time & Expense": """
        Expense Approvals
        Expense Billable Option
        Expense Report Entry
        Reports | | | TimeAndExpenseReports
        Time Approval
        Time Entry | | my
        Time Entry Billable Option | | my
        Time Sheets
    """,
}

_LETTERS = {"A": "add", "E": "edit", "D": "delete", "I": "inquire"}


def _parse(module: str, line: str) -> Function:
    """Turn one catalogue line into a Function."""
    name, verbs, my, customize = ([part.strip() for part in line.split("|")] + ["", "", ""])[:4]
    return Function(
        module=module,
        name=name,
        verbs=frozenset(_LETTERS[letter] for letter in verbs or "AEDI"),
        my=my == "my",
        report="Reports" in name,
        customize=customize or None,
    )


def functions() -> list[Function]:
    """All functions in the order of the page: by module, then by name."""
    lines = ((m, line) for m, text in _CATALOGUE.items() for line in text.split("\n") if line.strip())
    return [_parse(module, line.strip()) for module, line in lines]
