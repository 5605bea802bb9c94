"""Entries of gateways, mail servers and devices at the edge of a network, which strangers ask every server for.

They follow from the manuals of the products and what vendors' advisories say, and count only where the server has not what was
asked for.
"""

from __future__ import annotations

from apitrail.inspect.attacks.families.product_paths import of_path
from apitrail.inspect.attacks.signature import Signature

SIGNATURES: tuple[Signature, ...] = (
    Signature(
        "product-gateway", "scanner", "product",
        r"/(?:vpn/(?:index\.html|js/|media/|pluginlist\.xml|tmindex|images/)|logon/logonpoint|citrix/(?:\w*web|xenapp|pnagent"
        r"|receiver)|nf/auth/|menu/(?:ss|neo|stapp|guiw)$"
        r"|epa/(?:epa|scripts)|pcidss/report|cgi/samlauth|api/v2/monitor/(?:system|license)"
        r"|dana/(?:home|fb|js)|dana-(?:cached|admin|ws)/|global-protect/|ssl-vpn/(?:prelogin|login|hipreport|getconfig)"
        r"|php/login\.php|esp/cms|tmui/|my\.(?:policy$|logon\.php)|mgmt/(?:tm|shared)/|vdesk/|xui/common|webvpn\.html"
        r"|ccm(?:admin|user)/|level/\d\d?/exec|exec/show/|dataservice/(?:client/(?:server|token)|settings/client"
        r"|system/device)|sonicui/|__api__/|nacagent"
        r"|spog/"
        r"|userportal/webpages|webconsole/(?:webpages|controller)|auth\.fcgi|wgcgi|ztp/|zywall|clients/mycrl|sslvpn_logon"
        r"|api/v1/cav/client|vpnsvc/connect|__session_start__|__auth__|webfig/|forms/dologin|screens/(?:frameset|wms/)"
        r"|svpn/|por/login_psw"
        r"|exchange/\w+@|ews/(?:exchange|services)\.|mapi/(?:nspi|emsmdb)|oab/|rpc/rpcproxy|exchweb/"
        r"|zimlet/|res/i18nmsg|webmail/basic|mewebmail|worldclient\.dll|documentum/upload)"
        r"|^/(?:(?:owa|zimbra(?:admin)?)/?$|remote/(?:login(?:check)?$|saml/)|(?:sslvpn|unauth|winbox)/|(?:powershell/?"
        r"|h/search)$)",
        check=of_path, absent=True,
        fires=("/vpn/index.html", "/logon/LogonPoint/index.html", "/remote/login", "/remote/logincheck", "/dana-cached/hc/x",
               "/global-protect/login.esp",
               "/tmui/login.jsp", "/my.policy", "/mgmt/tm/sys", "/level/15/exec/-/sh/run", "/owa/", "/ews/exchange.asmx",
               "/zimbraAdmin/", "/webfig/"),
        silent=("/api/remote/login/7", "/vpn", "/vpn/servers", "/exchange/rates", "/exchange", "/api/owasp", "/mgmt/users",
                "/h/searches"),
    ),
    Signature(
        "product-device", "scanner", "product",
        r"/(?:isapi/(?:system|security|streaming|psia|event|image|custom)|psia/|onvif-http|goform/|hnap1?(?:/|$)|jnap/"
        r"|apply(?:_sec|_abstract)?\.cgi"
        r"|start_apply\.htm|userrpm/|rpc2(?:_login)?$|current_config/(?:passwd|account)|doc/page/(?:login|config)\.|axis-(?:cgi"
        r"|release|media)/"
        r"|view/(?:viewer_index|index|view)\.shtml|mjpg/video|videostream\.(?:cgi|asf)|get_status\.cgi"
        r"|decoder_control\.cgi"
        r"|camera_control\.cgi|get_params\.cgi|img/(?:snapshot\.cgi|main\.cgi|video\.(?:mjpeg|asf))|nphmotionjpeg"
        r"|webcapture\.jpg"
        r"|tmpfs/(?:auto|snap)\.jpg|hi3510|dvr/cmd|dvr(?:dvs)?\.(?:htm|cab)|device\.rsp|picsdesc\.xml|wanip(?:cn"
        r"|conn)\w*\.xml|rootdesc\.xml"
        r"|gatedesc\.xml|igd(?:upnp|desc)|ssdp/device-desc\.xml|cdr\.cgi|currentsetting\.htm|stssys\.htm"
        r"|hp/device/|devmgmt/"
        r"|presentation/(?:advanced|html)|web/guest/|general/status\.html|webman/(?:index|info|login|3rdparty)"
        r"|webapi/(?:query|entry|auth|authentication)\.cgi"
        r"|module/api\.php|tos/index\.php|web/restapi|guest/s/default|api/s/default/|debuginfo\.htm"
        r"|passwordrecovered\.cgi|unauth\.cgi|authentication\.cgi|diagnostic\.php|tools_admin\.|html/(?:ssmp|amp|bbsp)/"
        r"|asp/getrandcount"
        r"|api/webserver/sestokinfo|getpage\.lua|menu_?view\.gch|template\.gch|start\.ghtml|webpages/login\.html"
        r"|main_login\.asp"
        r"|get_webdavinfo\.asp|appget\.cgi|weblogin\.htm|hndunblock\.cgi|tmunblock\.cgi|rpauth\.html|romfile\.cfg|rom-0$"
        r"|backupsettings\.conf"
        r"|config\.(?:bin|xgi)|cgi/conf\.bin|portal/portal\.mwsl|portal0000\.htm|css/miniweb|scgi-bin/|boaform"
        r"|login\.(?:cgi|htm|asp|rsp)$|system\.ini$|system_log\.cgi|upgrade_handle\.php|adv,/|cgi/(?:login|index|info|status"
        r"|admin)\.cgi"
        r"|airos\.cgi|evox/about|(?:spa|sep)[0-9a-f]{3,16}\.(?:cfg|xml|cnf\.xml))|\w\.gch$|^/(?:(?:shell|snapshot\.(?:cgi"
        r"|jpg))$|luci(?:/|$)|(?:onvif|wcgi|tr-?069|cwmp)/)",
        check=of_path, absent=True,
        fires=("/ISAPI/System/deviceInfo", "/onvif/device_service", "/goform/webLogin", "/HNAP1", "/RPC2_Login",
               "/doc/page/login.asp",
               "/axis-cgi/jpg/image.cgi", "/img/snapshot.cgi", "/webman/index.cgi", "/webapi/query.cgi", "/rom-0", "/luci/",
               "/login.cgi", "/SEP001122334455.cnf.xml", "/shell"),
        silent=("/sdk", "/inform", "/cameras/7/snapshot.jpg", "/api/onvif/discover", "/api/devices", "/login", "/login.html",
                "/information", "/shells", "/snapshot", "/cameras/7/snapshots",
                "/sdks", "/web/guests",
                "/api/s/7"),
    ),
)  # fmt: skip
"""Gateways and mail; routers, cameras, telephones, printers and storage."""
