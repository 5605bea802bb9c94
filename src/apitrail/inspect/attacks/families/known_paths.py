"""Paths of products by which their widely exploited flaws are reached; an API of one's own has none of them.

They follow from what vendors' advisories and the catalogue of known exploited vulnerabilities of CISA say of each flaw. Often the
path is all that an access log shows, since the payload was in the body.
"""

from __future__ import annotations

from apitrail.inspect.attacks.signature import Signature
from apitrail.inspect.attacks.values import Value


def _of_path(value: Value, _start: int, _end: int) -> float:
    return 0.8 if value.place == "path" and not value.steps else 0.0


SIGNATURES: tuple[Signature, ...] = (
    Signature(
        "known-path-collaboration", "cve", "known-path",
        r"/(?:json/setup-restore(?:-local|-progress)?\.action|setup/setupadministrator(?:-start)?\.action"
        r"|pages/(?:createpage-entervariables|doenterpagevariables)\.action|template/aui/text-inline\.vm"
        r"|plugins/servlet/oauth/users/icon-uri|service/extension/(?:backup/mboximport|clientuploader)|zimbraadmin/public/jsp"
        r"|_layouts/1\d/toolpane\.aspx|autodiscover/autodiscover\.json@|ecp/[a-z]\.js$|setup/setup-s/|app/rest/users/id:1/tokens"
        r"|securityrealm/user/admin/descriptorbyname)",
        check=_of_path, silent=("/setup/setupadministrator.action", "/pages/create"),
    ),
    Signature(
        "known-path-gateway", "cve", "known-path",
        r"/(?:tmui/login\.jsp/|mgmt/tm/util/bash|mgmt/shared/authn/login|vpns/(?:portal|cfg|services)|gwtest/formssso"
        r"|\+csco[etu]\+/|webui/logoutconfirm\.html|webui_wsma_https?|dana/(?:meeting|html5acc)|dana-ws/"
        r"|api/v1/(?:totp/user-backup-code|license/keys-status)/|mifs/(?:aad|asfv3)/api|php/(?:ztp_gate|utils/createremoteapp)"
        r"|api/v2/cmdb/system/admin|clients/mycrl|cgi-bin/jarrewrite\.sh|ztp/cgi-bin/handler|remote/hostcheck_validate)",
        check=_of_path, silent=("/tmui/login.jsp", "/api/v1/license"),
    ),
    Signature(
        "known-path-device", "cve", "known-path",
        r"/(?:hedwig\.cgi|getcfg\.php|currentsetting\.htm|cgi-bin/(?:nas_sharing\.cgi|luci/;stok=|mainfunction\.cgi|viewlog\.asp)"
        r"|sdk/weblanguage$|goform/(?:set|form|ate)|soap\.cgi|picsdesc\.xml|ctrlt/deviceupgrade|tmunblock\.cgi"
        r"|photo/p/api/album\.php|onvif-http/snapshot|device\.rsp)",
        check=_of_path, silent=("/sdk/weblanguages-of-the-world", "/getcfg.phps"),
    ),
    Signature(
        "known-path-server", "cve", "known-path",
        r"/(?:functionrouter$|webtools/control/(?:xmlrpc|programexport|forgotpassword|viewhandler)"
        r"|developmentserver/metadatauploader|ctc/servlet|cfide/(?:adminapi|componentutils|administrator)"
        r"|cf_scripts/scripts/ajax/ckeditor|fileupload/toolsany|guestaccess\.aspx|moveitisapi/|setupwizard\.aspx/"
        r"|sitecore/shell/clientbin|ui/vropspluginui/rest/services/uploadova|analytics/telemetry/ph/api"
        r"|catalog-portal/ui/oauth/verify|htmlawed/htmlawedtest\.php|remote_agent\.php|ajax/(?:render/widget_|api/hook/decodearguments)"
        r"|restapi/logoncustomization|mics/services/|samlauthentication/assertion|public/plugins/[\w-]+/\.\./)",
        check=_of_path, silent=("/functionrouter/docs", "/guestaccess"),
    ),
)  # fmt: skip
"""Products that teams work with, gateways and remote access, devices, and servers of applications."""
