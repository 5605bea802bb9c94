"""Addresses of naming services, databases and management beans that make the one who connects run code (CWE-502, CWE-917)."""

from __future__ import annotations

from apitrail.inspect.attacks.families.wording import prose
from apitrail.inspect.attacks.signature import Check, Signature
from apitrail.inspect.attacks.values import Value


def _unless_prose(sure: float) -> Check:
    def check(value: Value, _start: int, _end: int) -> float:
        return 0.0 if prose(value.text) else sure

    return check


SIGNATURES: tuple[Signature, ...] = (
    Signature(
        "connection-naming", "rce", "jndi",
        r"\bservice:jmx:(?:rmi|iiop|jmxmp)|\bjndi:(?:ldaps?|rmi|dns|iiop|corba|nis|nds|http)|\b(?:rmi|iiop|iiopname"
        r"|corbaname|corbaloc|jnp|t3s?)://?[\w.\[-]",
        check=_unless_prose(0.85),
        fires=("service:jmx:rmi:///jndi/rmi://h.example:1099/jmxrmi", "rmi://h.example/Object", "corbaname:iiop://h",
            "iiop://h.example:900/x"),
        silent=("confirmi: no", "The registry of rmi://host/name is what the client asks for when it is started by us",
            "jndi: a name"),
    ),
    Signature(
        "connection-database", "rce", "jdbc",
        r"\bjdbc:\w+:[^\s\"']*(?:autodeserialize\s*=|allowloadlocalinfile\s*=\s*t|allowurlinlocalinfile"
        r"|queryinterceptors|statementinterceptors"
        r"|detectcustomcollations|socketfactory(?:arg)?\s*=|sslfactory\s*=|loggerfile\s*=|init\s*=\s*(?:create"
        r"|runscript|drop)|runscript\s+from"
        r"|clientrerouteserverlistjndiname|enable_load_extension)|\bjdbc:h2:[^\s]*;[^\n]*(?:create\s+(?:alias|trigger)"
        r"|runscript|init\s*=)",
        check=_unless_prose(0.9),
        fires=(
            "jdbc:mysql://h.example:3306/a?autoDeserialize=true&queryInterceptors=x.Y",
            "jdbc:h2:mem:test;MODE=MSSQLServer;INIT=RUNSCRIPT FROM 'http://h.example/x.sql'",
            "jdbc:postgresql://h/a?socketFactory=a.B&socketFactoryArg=http://h.example/x",
        ),
        silent=("jdbc:postgresql://db.example:5432/shop?sslmode=require", "jdbc:mysql://db.example/shop?useSSL=true",
            "jdbc:h2:mem:test;DB_CLOSE_DELAY=-1"),
    ),
    Signature(
        "connection-broker", "rce", "broker",
        r"\bbrokerconfig\s*=\s*xbean:|\bxbean:https?:|\bvm://[\w-]*\?\S*brokerconfig|\bjndiloginmodule\b"
        r"|\bsasl\.jaas\.config\b[^\n]*jndi"
        r"|\bldaploginmodule\b[^\n]*provider\.url|\bnaming\.provider\.url\b|java\.naming\.(?:provider|factory)",
        check=_unless_prose(0.9),
        fires=(
            "static:(vm://localhost?brokerConfig=xbean:http://h.example/x.xml)",
            'com.sun.security.auth.module.JndiLoginModule required user.provider.url="ldap://h.example/x"',
        ),
        silent=("brokerConfig=local", "sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required"),
    ),
    Signature(
        "connection-beans", "rce", "jmx",
        r"/jolokia/(?:exec|write)/|\b(?:reloadbyurl|jvmtiagentload|compilerdirectivesadd|getmbeansfromurl"
        r"|addconnector)\b|\bjavax\.management\.loading:type=mlet"
        r"|\bcom\.sun\.management:type=diagnosticcommand\b|\"mbean\"\s*:[^}\x00]*\"type\"\s*:\s*\"exec\""
        r"|\"type\"\s*:\s*\"exec\"[^}\x00]*\"mbean\"",
        check=_unless_prose(0.85),
        fires=("/jolokia/exec/java.lang:type=Memory/gc", '{"type":"exec","mbean":"com.sun.management:type=DiagnosticCommand"}',
            "x!/reloadByURL/http:"),
        silent=('{"type":"read","mbean":"java.lang:type=Memory"}', "/jolokia/read/java.lang:type=Memory", "reload by url"),
    ),
)  # fmt: skip
