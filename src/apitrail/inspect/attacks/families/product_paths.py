"""Entries of products for content, applications and data, which strangers ask every server for.

They follow from the manuals of the products. An owner may really have one of them, so they count only where the server has not
what was asked for.
"""

from __future__ import annotations

from apitrail.inspect.attacks.signature import Signature
from apitrail.inspect.attacks.values import Value

LEFTOVER_DEPTH = 3
"""Slashes of the longest path in which a file is one that developers left."""


def of_path(value: Value, _start: int, _end: int) -> float:
    """The path of a product that the server evidently has not."""
    return 0.75 if value.place == "path" and not value.steps else 0.0


def _shallow(value: Value, start: int, end: int) -> float:
    """A file near the root: deeper ones are the contents of repositories."""
    return of_path(value, start, end) if value.text.count("/") <= LEFTOVER_DEPTH else 0.0


SIGNATURES: tuple[Signature, ...] = (
    Signature(
        "product-content", "scanner", "product",
        r"/(?:wp-(?:cron|signup|trackback|comments-post|links-opml|settings|load|mail|activate|blog-header|atom|rss2?)\.php"
        r"|wlwmanifest\.xml|wp-json/(?:$|wp/v2/|oembed/)|administrator/(?:index\.php|manifests/|components/|language/|logs/)"
        r"|api/index\.php/v1/(?:config|users)|components/com_\w|language/en-gb/en-gb\.|plugins/system/debug/"
        r"|sites/(?:default|all)/(?:files/|settings\.php|modules/|themes/|libraries/)|core/(?:install|authorize|update)\.php"
        r"|misc/drupal\.js"
        r"|core/misc/drupal|modules/(?:system|node|user)/\w+\.(?:info|module|css)|typo3(?:/(?:index\.php|install|sysext"
        r"|contrib)|conf/|temp/)"
        r"|magento_version|downloader/index\.php|app/etc/(?:local\.xml|env\.php)|skin/(?:adminhtml|install)/|js/mage/|rss/order/"
        r"|_vti_(?:pvt|cnf|txt|log)/|_vti_bin/(?:shtml\.exe|\w+\.asmx|client\.svc|listdata\.svc)|_catalogs/masterpage"
        r"|_layouts/(?:1\d/)?(?:viewlsts|settings|authenticate|userdisp|people|mobile|start)\b|_api/web/site(?:users|groups)"
        r"|sitecore/(?:login|admin|shell|service|api/ssc)|crx/(?:de|explorer|packmgr|repository)|system/console(?:$"
        r"|/(?:bundles|configmgr|status))"
        r"|libs/(?:granite|cq|dam|wcm|sling|foundation|opensocial|mcm|crx)/|bin/(?:querybuilder|crxde|wcm/|receive)"
        r"|etc/(?:replication|packages"
        r"|cloudservices|linkchecker)[./]|umbraco(?:/|$)|desktopmodules/|cms(?:pages|modules)/|episerver/"
        r"|bitrix/(?:admin|components|tools|templates|php_interface)|bitrix/\w+\.php|concrete/(?:js|css)/|modules/ps_\w"
        r"|index\.php/admin/|ajax/render/widget)"
        r"|^/(?:ghost|prestashop|opencart|moodle|mediawiki|dokuwiki|joomla|wordpress|drupal|magento|vbulletin"
        r"|phpbb\d?"
        r"|vtigercrm|sugarcrm|suitecrm|dolibarr|glpi|owncloud|nextcloud)/?$|\w\.(?:infinity|tidy)\.json",
        check=of_path, absent=True,
        fires=("/wp-cron.php", "/blog/wp-includes/wlwmanifest.xml", "/administrator/index.php", "/sites/default/files/x",
               "/typo3/index.php", "/magento_version", "/_vti_pvt/service.pwd", "/_layouts/15/viewlsts.aspx", "/sitecore/login",
               "/crx/de/index.jsp", "/system/console/bundles", "/bin/querybuilder.json", "/umbraco/", "/bitrix/admin/"),
        silent=("/api/administrators/7", "/sites/7/settings", "/sites/default/settings", "/etc/packages-of-the-day",
                "/content/a.json", "/core/install",
                "/libs/react.js", "/_vti_bin/owssvr.dll", "/system/consoles", "/admin", "/node/1"),
    ),
    Signature(
        "product-database-page", "scanner", "product",
        r"/(?:php-?my-?admin(?:[\d._-][\w.-]*)?|_phpmyadmin|phpma|pma[\d_-]\w*|mysql-?(?:admin|manager)|sql-?(?:admin|manager"
        r"|web)"
        r"|db-?admin|mysqlmanager|web-?sql|phppg-?admin|pgadmin\d?|sqlbuddy|sqlitemanager|xampp|myadmin\d?|dbweb|webdb)(?:/|$)"
        r"|/(?:mysql|sql|db)/(?:admin|db-?admin|sqlmanager|mysqlmanager|web|phpmyadmin\d?|myadmin|webadmin|websql|webdb|sqladmin"
        r"|php-?myadmin|sql|sqlweb)/|/scripts/setup\.php|/adminer[\w.-]*\.php|/phpliteadmin\.php|/(?:mysql|sql)\.php$",
        check=of_path, absent=True,
        fires=("/phpMyAdmin-2.8.0/", "/mysqladmin/", "/db/websql/index.php", "/myadmin/scripts/setup.php", "/pgadmin4/",
               "/adminer-4.7.php"),
        silent=("/api/db/7", "/sql/queries", "/pma", "/databases/admin", "/docs/phpmyadministration", "/scripts/setup"),
    ),
    Signature(
        "product-script", "scanner", "product",
        r"/(?:eval-stdin\.php|think(?:php|/app)|public/index\.php$|_profiler/(?:phpinfo|empty|open|latest)|(?:app|frontend"
        r"|index)_dev\.php"
        r"|_wdt/|horizon/api/|laravel\.log|clockwork/app|(?:filemanager|tinymce\w*)/(?:\w+/){0,4}dialog\.php|ckfinder/|kcfinder/"
        r"|fckeditor/|elfinder|connector\.minimal\.php|server/php/(?:index\.php|upload\.class)|uploadify(?:\.php|/)"
        r"|(?:tim)?thumb\.php"
        r"|(?:c99|r57|wso\d*|b374k|alfa(?:new|shell|_data)?\d*|webshell|indoxploit|gel4y|priv8|marijuana|leaf(?:mailer"
        r"|phpmailer)?\d?"
        r"|cmd|shell\d+|wshell|jspspy|adminfuns|mini(?:shell)?|radio|bypass|xleet|xmlrpcs|wp_filemanager|upl|uploader|fm)"
        r"\.(?:php\d?|jspx?|aspx?|ashx)|(?:php-?info|infophp|php_info|php|phpversion|old_phpinfo|pinfo|phptest|info\d|test\d"
        r"|server_?info)\.php"
        r"|awstats(?:/|\.pl)|webalizer/|squirrelmail/|roundcube(?:mail)?/|rainloop/|webmail/(?:src|program|skins)/"
        r"|a2billing/|vicidial/|freepbx|elastix|admin/(?:config|ajax|index)\.php|recordings/(?:index\.php|misc/)|plesk-stat"
        r"|whm-server-status"
        r"|cgi-(?:sys|mod|win|exe|local|dos)/|scripts/(?:iisadmin|root\.exe|\.\.)|msadc/|iissamples/|_mem_bin/|phpunit/)",
        check=of_path, absent=True,
        fires=("/lib/phpunit/Util/PHP/eval-stdin.php", "/thinkphp/html/public/index.php", "/app_dev.php", "/_profiler/phpinfo",
               "/uploads/wso.php", "/php_info.php", "/kcfinder/browse.php", "/roundcube/", "/admin/config.php", "/cgi-sys/x"),
        silent=("/api/phpinfo", "/public/index.html", "/thumbs/1.jpg", "/command", "/admin/config", "/recordings/7",
                "/shell.html"),
    ),
    Signature(
        "product-server", "scanner", "product",
        r"/(?:host-manager/(?:html|text)|manager/(?:jmxproxy|serverinfo|deploy|list)$|examples/(?:jsp|servlets|websocket)/"
        r"|axis2?-admin|axis2/"
        r"|happyaxis\.jsp|axis/services/|admin-console/(?:login|index)|jbossws/|jbossmq-httpil|jbossass/|jexinv\d|zecmd"
        r"|console/(?:css|images"
        r"|framework|consolejndi|console\.portal|bea-helpsets|login/loginform)|bea_wls_|wls-cat/|uddiexplorer|ws_utc|consolehelp/"
        r"|em/(?:console|login)|management/weblogic|ibm/console|snoop(?:servlet|\.jsp)?$|wps/(?:my)?portal|wps/contenthandler"
        r"|asynchpeople|jnlpjars/|tcpslaveagentlistener|descriptorbyname/|computer/\(master\)|jenkins/(?:$|login|script|cli)"
        r"|nacos(?:/|$)"
        r"|druid/(?:indexer|coordinator|login|websession|sql)|solr/\w+/(?:select|config|dataimport|replication|debug)"
        r"|actuators?(?:/?$|/(?:auditevents|caches|conditions|flyway|hawtio|http(?:trace|exchanges)|integrationgraph"
        r"|liquibase|quartz|refresh"
        r"|restart|scheduledtasks|sessions|startup|sbom|features|hystrix|nacos|bus|dump|archaius|jolokia|autoconfig"
        r"|service-registry))"
        r"|(?:manage(?:ment)?|monitor(?:ing)?|admin|api|v1)/(?:heapdump|configprops|threaddump|httptrace|autoconfig|jolokia)"
        r"|(?:heapdump|configprops|threaddump|httptrace|autoconfig)(?:\.json)?$|hystrix(?:\.stream|-dashboard)"
        r"|struts2?-(?:showcase|blank|rest)"
        r"|webtools/control/main|cfide/|cfusion/|railo-context|lucee/admin|sap/(?:bc|public|admin)/|irj/(?:portal|go)"
        r"|webdynpro/|oa_html/|reports/rwservlet|isqlplus|xmlpserver/|analytics/saw\.dll|psigw/|oam/server|aspnet_client/|rdweb/"
        r"|certsrv/|adfs/(?:ls|probe|services)|reportserver/|zabbix\.php|graph_view\.php"
        r"|en-us/account/login|orion/login|goanywhere/|webinterface/(?:login|function)|session_login\.cgi"
        r"|password_change\.cgi|secure/(?:contactadministrators|managefilters|querycomponent|configureportalpages|setup)"
        r"|secure/dashboard\.jspa|rest/api/(?:2|latest)/(?:user/picker|serverinfo|dashboard)|mifs/|suite-api/|vsphere-client"
        r"|websso/saml2|ui/h5-vsan|sdk/vimservice|casa/nodes|webapps/bb-|seeyon/|yyoa/|servlet/~|ueditor/"
        r"|jeecg-boot/|xxl-job-admin|general/login_code|dubbo-admin|zentao/|harbor/sign-in)"
        r"|^/(?:solr/?$|services/server/info|(?:nagios(?:xi)?|zabbix|cacti|centreon|librenms|horde|weaver|psp)/?$)|\w\.nsf(?:/|$)",
        check=of_path, absent=True,
        fires=("/host-manager/html", "/axis2/axis2-admin/", "/bea_wls_deployment_internal/x", "/ibm/console/", "/jenkins/login",
               "/nacos/", "/druid/login.html", "/solr/", "/actuator", "/actuator/httptrace", "/heapdump", "/names.nsf",
               "/xxl-job-admin/toLogin", "/zabbix/", "/seeyon/test.js"),
        silent=("/actuator/health", "/actuator/info", "/actuator/prometheus", "/console", "/manager", "/api/solr",
                "/consoles/login",
                "/secure/users", "/api/trace", "/env", "/examples/7", "/management/users"),
    ),
    Signature(
        "product-data", "scanner", "product",
        r"^/(?:(?:_all/)?_search$|_cat(?:/|$)|_cluster/(?:health|state|settings|stats)|_nodes(?:/|$)|_all_dbs|_utils/"
        r"|_users/_all_docs|_aliases$"
        r"|_mappings?$|_snapshot|_plugin/|_node/|_membership$|app/kibana|kibana/|api/status/kibana"
        r"|(?:v1\.\d\d/)?(?:containers|images)/json|v[12]/_catalog|v2/(?:stats/leader|keys/coreos)"
        r"|v3/kv/range|version/etcd|api/v1/namespaces(?:$|/(?:default|kube-[\w-]+)/)|apis/(?:apps|batch|[\w.-]+\.k8s\.io)/v1"
        r"|runningpods/?$|containerlogs/|kubernetes-dashboard|k8s/api|v1/agent/(?:self|members)"
        r"|v1/catalog/datacenters|v1/kv/$|v1/sys/(?:seal-status|init|mounts)|minio/(?:bootstrap|admin|login|health)"
        r"|api/v1/status/(?:config|flags|tsdb"
        r"|runtimeinfo|buildinfo)"
        r"|api/datasources/proxy|ws/v1/cluster/(?:info|apps)|dfshealth\.(?:html|jsp)|webhdfs/v1|master-status$|rs-status$|jmx$"
        r"|v1/submissions/|jars/upload|jobmanager/|api/kernels|nbextensions/|airflow/|superset/welcome"
        r"|admin/(?:queues|topics|queuebrowse)\.jsp|zipkin/|hazelcast/|portainer/"
        r"|dns-query$)",
        check=of_path, absent=True,
        fires=("/_cat/nodes", "/_search", "/_cluster/health", "/v1.24/containers/json", "/containers/json", "/v2/_catalog",
               "/api/v1/namespaces", "/api/v1/namespaces/kube-system/secrets", "/v1/agent/self", "/_all_dbs",
               "/ws/v1/cluster/info", "/api/v1/status/config", "/jmx"),
        silent=("/search", "/api/_search", "/containers/7", "/v2/registry", "/api/v1/namespaces/team-a/members",
                "/v1/catalog/products",
                "/v1/keys", "/v2/keys", "/terminals/7", "/api/terminals", "/v2/images", "/api/v1/status", "/api/kernel"),
    ),
    Signature(
        "product-leftover", "scanner", "leftover",
        r"/(?:sftp(?:-config)?\.json|deployment-config\.json|ftpsync\.settings|ws_ftp\.(?:log|ini)|filezilla\.xml"
        r"|sitemanager\.xml"
        r"|recentservers\.xml|winscp\.ini|id_(?:dsa|ecdsa|ed25519)|(?:server|private|privatekey"
        r"|privkey|ssl|localhost"
        r"|key)\.(?:key|pem|pfx|p12)|terraform\.tfstate|terraform\.tfvars|ansible\.cfg|laravel\.log|npm-debug\.log"
        r"|yarn-error\.log|php_errors?\.log|error_log$|dump\.rdb|config\.(?:php|inc|inc\.php|ini|ya?ml|py|rb|toml)(?:[~._-]\w*)?$"
        r"|(?:configuration|settings|database|dbconfig|db_?connect(?:ion)?|conn(?:ect(?:ion)?)?|globals|parameters"
        r"|local)\.(?:php|inc|ini|ya?ml)"
        r"(?:[~._-]\w*)?$|(?:aws|s3)[-_.]?(?:config|credentials?|secrets?|keys?)?\.(?:json|ya?ml|php|env|ini)$"
        r"|sendgrid\w*\.(?:env|json)|serverless\.ya?ml"
        r"|wp-config|php\.ini$|user\.ini$|swagger/ui/index|global\.asax|machine\.config|connectionstrings\.config|_darcs/"
        r"|cvs/(?:root|entries)"
        r"|nginx\.conf$|httpd\.conf$|hibernate\.cfg\.xml|log4j2?\.(?:properties|xml)|jdbc\.properties|db\.properties"
        r"|config\.properties)|[\w-]\.env(?:\.\w+)?$"
        r"|^/(?:kubeconfig|authorized_keys|known_hosts|gemfile(?:\.lock)?|vagrantfile|jenkinsfile|procfile|requirements\.txt"
        r"|yarn\.lock|pnpm-lock\.yaml"
        r"|gruntfile\.js|gulpfile\.js"
        r"|webpack\.config\.js|phpunit\.xml(?:\.dist)?|bower\.json|pom\.xml|build\.gradle|go\.(?:mod|sum)|cargo\.(?:toml"
        r"|lock)|manage\.py|artisan"
        r"|makefile|changelog\.txt|upgrade\.txt|maintainers\.txt|install(?:\.(?:mysql|pgsql|sqlite))?\.txt|installer?\.php"
        r"|setup\.php"
        r"|install/index\.php|upgrade\.php|update\.php|debug\.log|errors?\.log|(?:db|database|data)\.sqlite3?)$",
        check=_shallow, absent=True,
        fires=("/sftp-config.json", "/WS_FTP.LOG", "/id_ed25519", "/server.key", "/terraform.tfstate", "/prod.env", "/config.php",
               "/includes/config.inc.php", "/configuration.php~", "/aws-credentials.json", "/Gemfile.lock", "/CHANGELOG.txt"),
        silent=("/v2/kubernetes/clusters/7/kubeconfig", "/repos/a/b/contents/config.py", "/config.json", "/api/config",
                "/settings", "/env.js", "/repos/a/requirements.txt", "/keys/7", "/changelog",
                "/api/database", "/docs/install/", "/sites/x/go.mod"),
    ),
)  # fmt: skip
"""Content, pages for databases, scripts, servers of applications and their consoles, stores of data, and what developers left."""
