"""What only stands behind a server: metadata of a cloud, services that answer nobody outside."""

from __future__ import annotations

import re

from apitrail.inspect.attacks.success.answer import Answer
from apitrail.inspect.attacks.success.attempt import Attempt
from apitrail.inspect.attacks.success.evidence import Evidence

_METADATA = tuple(
    re.compile(pattern, re.MULTILINE)
    for pattern in (
        r"\"AccessKeyId\"\s{0,4}:\s{0,4}\"[A-Z0-9]{16,40}\"",
        r"\"SecretAccessKey\"\s{0,4}:\s{0,4}\"[^\"\n]{8,200}\"",
        r"^ami-id\r?\n(?:[\w./-]{1,60}\r?\n){1,30}",
        r"^(?:dynamic\r?\n)?meta-data/?\r?\n(?:user-data)?",
        r"\"instanceId\"\s{0,4}:\s{0,4}\"i-[0-9a-f]{8,17}\"",
        r"\"accountId\"\s{0,4}:\s{0,4}\"\d{12}\"",
        r"\"access_token\"\s{0,4}:\s{0,4}\"ya29\.[^\"\n]{8,200}\"",
        r"^(?:attributes/|instance/|project/|disks/|service-accounts/)\r?\n(?:[\w./-]{1,60}\r?\n){1,30}",
        r"\"azEnvironment\"\s{0,4}:\s{0,4}\"Azure",
        r"\"vmId\"\s{0,4}:\s{0,4}\"[0-9a-fA-F-]{36}\"",
        r"\"droplet_id\"\s{0,4}:\s{0,4}\d",
        r"\"(?:compartmentId|availabilityDomain)\"\s{0,4}:\s{0,4}\"[^\"\n]{3,200}\"",
        r"^(?:ASIA|AKIA)[A-Z0-9]{16}$",
    )
)
_SERVICES = tuple(
    re.compile(pattern, re.MULTILINE)
    for pattern in (
        r"-ERR (?:unknown command|wrong number of arguments|Protocol error|operation not permitted)|-NOAUTH Authentication"
        r"|-DENIED Redis",
        r"^redis_version:\d",
        r"\"lucene_version\"\s{0,4}:|You Know, for Search",
        r"^(?:green|yellow|red)\s{1,9}(?:open|close)\s{1,9}\S{1,100}\s",
        r"^SSH-[12]\.\d{1,2}-\w",
        r"^220[ -]\S{1,100} (?:E?SMTP|FTP)|^220[ -][^\n\x00]{0,60}(?:FTP|ESMTP)",
        r"mysql_native_password|caching_sha2_password|Host '[^'\n]{1,100}' is not allowed to connect to this (?:MySQL|MariaDB)",
        r"^STAT (?:pid|uptime|version|curr_connections) ",
        r"\"(?:ApiVersion|MinAPIVersion)\"\s{0,4}:\s{0,4}\"1\.\d{2}\"",
        r"\"kind\"\s{0,4}:\s{0,4}\"(?:PodList|NodeList|SecretList|NamespaceList|APIVersions|APIResourceList|APIGroupList)\"",
        r"\"etcdserver\"\s{0,4}:|\"Datacenter\"\s{0,4}:\s{0,4}\"|\"rabbitmq_version\"\s{0,4}:"
        r"|\"couchdb\"\s{0,4}:\s{0,4}\"Welcome\"",
        r"^# HELP \w{3,60} "
        r"|\"propertySources\"\s{0,4}:\s{0,4}\[|\"_links\"\s{0,4}:\s{0,4}\{\"self\"\s{0,4}:\s{0,4}\{\"href\"\s{0,4}:\s{0,4}\"[^\"\n]{1,100}actuator",
        r"<title>(?:Welcome to nginx!|Apache2? (?:Ubuntu|Debian) Default Page|Apache Tomcat|Dashboard \[Jenkins\]|Server Status"
        r"|Apache Status"
        r"|phpMyAdmin|Grafana|Kibana|Solr Admin|RabbitMQ Management|Consul by HashiCorp)",
        r"^It looks like you are trying to access MongoDB over HTTP",
    )
)
_EXPOSED = (
    (re.compile(r"actuator|/env|/heapdump|/configprops", re.IGNORECASE), re.compile(r"\"(?:propertySources"
        r"|activeProfiles)\"\s{0,4}:\s{0,4}\[")),
    (re.compile(r"phpinfo|info\.php|test\.php", re.IGNORECASE), re.compile(r"<title>(?:PHP \d[\d.]{0,12}\S{0,40} - )?phpinfo\(\)"
        r"|PHP Version \d{1,2}\.\d")),
    (re.compile(r"server-status|server-info", re.IGNORECASE), re.compile(r"Apache Server (?:Status|Information) for")),
    (re.compile(r"debug/(?:vars|pprof)", re.IGNORECASE), re.compile(r"\"memstats\"\s{0,4}:\s{0,4}\{"
        r"|Types of profiles available:")),
    (re.compile(r"solr", re.IGNORECASE), re.compile(r"\"solr-spec-version\"\s{0,4}:")),
    (re.compile(r"\.svn|\.hg|\.ds_store", re.IGNORECASE), re.compile(r"\A\d{1,2}\n\ndir\n|\AMercurial|svn:special")),
    (re.compile(r"\.sql|dump|backup", re.IGNORECASE), re.compile(r"^-- (?:MySQL|MariaDB|PostgreSQL) (?:database )?dump"
        r"|^CREATE TABLE [`\"\w]", re.MULTILINE)),
    (re.compile(r"\.zip|\.tar|\.t?gz|\.rar|\.7z|backup", re.IGNORECASE), re.compile(r"\APK\x03\x04|\ARar!\x1a")),
    (re.compile(r"console|werkzeug", re.IGNORECASE), re.compile(r"Interactive Console</h1>|EVALEX ?= ?true")),
)  # fmt: skip
"""Pages that are meant for nobody outside, by their paths and what only they say."""

_CLOUD = re.compile(r"169\.254|metadata|100\.100\.100\.200|192\.0\.0\.192|fd00:ec2|2852039166|0xa9fe|0251\.|latest/|user-data"
    r"|computeMetadata",
                    re.IGNORECASE)  # fmt: skip


def metadata(attempt: Attempt, answer: Answer) -> Evidence | None:
    """What the cloud tells a machine of itself."""
    if answer.status >= 400 or not (_CLOUD.search(attempt.text) or attempt.finding.type == "ssrf"):
        return None
    return _first("cloud_metadata", _METADATA, attempt, answer)


def service(attempt: Attempt, answer: Answer) -> Evidence | None:
    """How a service greets or refuses."""
    return _first("internal_service", _SERVICES, attempt, answer)


def exposed(attempt: Attempt, answer: Answer) -> Evidence | None:
    """A page for insiders at the path that was tried."""
    if answer.status >= 300:
        return None
    pairs = (page for path, page in _EXPOSED if path.search(attempt.text))
    return _first("exposed_page", tuple(pairs), attempt, answer)


def _first(kind: str, patterns: tuple[re.Pattern[str], ...], attempt: Attempt, answer: Answer) -> Evidence | None:
    for pattern in patterns:
        found = answer.find(kind, pattern, lambda match: not attempt.sent.says(match[0]), names=True)
        if found:
            return found
    return None
