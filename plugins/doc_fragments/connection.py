# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the options that every module shares."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  site:
    description:
      - Host of the instance, such as V(na.myconnectwise.net), its C(api-) form, an on-premises host, or a full URL with
        a port.
      - The address of the REST API is derived from it. Plain C(http) is only accepted for a loopback address.
      - If not set, the inventory variable C(cw_site) is used, else the environment variable E(CW_SITE).
    type: str
    required: true
  company:
    description:
      - The company id that you enter to log in to ConnectWise.
      - If not set, the inventory variable C(cw_company) is used, else the environment variable E(CW_COMPANY).
    type: str
    required: true
  public_key:
    description:
      - Public half of the automation's own key pair.
      - If not set, the inventory variable C(cw_public_key) is used, else the environment variable E(CW_PUBLIC_KEY).
    type: str
    required: true
  private_key:
    description:
      - Private half of the automation's own key pair.
      - If neither this nor O(private_key_file) is set, the inventory variables C(cw_private_key) and
        C(cw_private_key_file) are used, else the environment variables E(CW_PRIVATE_KEY) and E(CW_PRIVATE_KEY_FILE).
    type: str
  private_key_file:
    description:
      - A file on the controller that holds only the private key.
      - O(private_key) takes precedence.
    type: path
  client_id:
    description:
      - The client id (a GUID) that ConnectWise issues for an integration at developer.connectwise.com.
      - If not set, the inventory variable C(cw_client_id) is used, else the environment variable E(CW_CLIENT_ID).
    type: str
    required: true
  api_version:
    description:
      - API version to request. Lower it for an older instance.
      - If not set, the inventory variable C(cw_api_version) is used, else the environment variable E(CW_API_VERSION).
    type: str
    default: "2025.1"
  validate_certs:
    description:
      - Whether to require a valid certificate. If turned off, any server that answers in place of the instance gets the
        keys.
      - If not set, the inventory variable C(cw_validate_certs) is used, else the environment variable
        E(CW_VALIDATE_CERTS).
    type: bool
    default: true
  ca_path:
    description:
      - A bundle of certificates to trust, for an instance whose certificate comes from an authority of your own.
      - If not set, the inventory variable C(cw_ca_path) is used, else the environment variable E(CW_CA_PATH).
    type: path
  timeout:
    description:
      - Seconds to wait for a response to begin or to continue. Each attempt ends after twice that time.
      - If not set, the inventory variable C(cw_timeout) is used, else the environment variable E(CW_TIMEOUT).
    type: float
    default: 30
  retries:
    description:
      - How often to retry a failed request that is safe to repeat. The pauses grow, unless the instance sets them with
        C(Retry-After). A request that creates something is never repeated blindly.
      - If not set, the inventory variable C(cw_retries) is used, else the environment variable E(CW_RETRIES).
    type: int
    default: 4
  settle_timeout:
    description:
      - Seconds to wait until the instance shows what was written (a role, levels, a member, a key, a deletion), polling
        with growing pauses. Whatever isn't visible by then is reported, and the next run continues from there.
      - A run that writes nothing doesn't wait.
      - If not set, the inventory variable C(cw_settle_timeout) is used, else the environment variable
        E(CW_SETTLE_TIMEOUT).
    type: float
    default: 10
  probe_undocumented:
    description:
      - Whether to try routes that no published version of the API documents (writing levels, creating keys).
      - If they aren't tried, or the instance doesn't offer them, this work becomes manual steps.
      - If not set, the inventory variable C(cw_probe_undocumented) is used, else the environment variable
        E(CW_PROBE_UNDOCUMENTED).
    type: bool
    default: true
  proxy:
    description:
      - Proxy for all requests to the instance, such as V(http://proxy.example.com:3128),
        V(https://user:password@proxy.example.com:3128) or V(socks5h://127.0.0.1:1080). With C(socks5h), the proxy
        resolves the name of the instance. Percent-encode special characters of user and password.
      - It takes precedence over E(HTTPS_PROXY) and E(NO_PROXY), which apply only if no proxy is set here.
      - If not set, the inventory variable C(cw_proxy) is used, else the environment variable E(CW_PROXY).
    type: str
  own_member:
    description:
      - Identifier of the member that O(public_key) belongs to. Only needed if the instance doesn't name it.
      - The automation's own member, its security role and its keys are never changed. If neither the instance nor this
        option identifies that member, changes to existing members and roles are refused.
      - If not set, the inventory variable C(cw_own_member) is used, else the environment variable E(CW_OWN_MEMBER).
    type: str
requirements:
  - requests >= 2.31
  - PySocks, only for a O(proxy) that begins with C(socks5h)
notes:
  - The inventory variables are those of the host that the task runs for. The login (O(site), O(company), O(public_key)
    and the private key) is taken from them only as a whole, so not at all if the task sets any part of it.
  - The task always runs on the controller, whatever connection and C(become) say. C(delegate_to) another machine is
    refused.
"""
