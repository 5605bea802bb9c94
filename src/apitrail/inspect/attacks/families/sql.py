"""SQL injection: places that a pattern finds, judged by the shape they give a query (CWE-89, API8:2023)."""

from __future__ import annotations

from apitrail.inspect.attacks.families import sql_shapes as shapes
from apitrail.inspect.attacks.signature import Signature

_GAP = r"(?:[\s\x00+(!~@-]|/\*[^*]*\*+/)*"
_KEY = (
    r"(?:or|and|xor|union|select|order|group|having|where|like|rlike|regexp|in|is|between|div|mod|not|as|into|procedure|limit"
    r"|waitfor|insert|create|drop|delete|update|alter|exec|except|intersect|sleep|pg_sleep)\b"
)
_VERB = (
    r"(?:select|insert|update|delete|drop|alter|create|truncate|replace|merge|grant|exec|execute|declare|set|shutdown|waitfor"
    r"|call|backup|copy|load|attach|handler|rename|print|begin)"
)


def _split(word: str) -> str:
    """A word whose letters something that an application takes out stands between."""
    return r"[\\\x22\x27+|,/*%^`<>-]*".join(word)


SIGNATURES: tuple[Signature, ...] = (
    Signature(
        "sql-breakout", "sqli", "breakout", rf"['\"`](?:[\s\x00+)%\d]|/\*[^*]*\*+/)*(?:{_KEY}|[;|&,=<>!^*/+#~-])",
        check=shapes.quoted,
        fires=("x' or 'a'='a", "bob'/**/and/**/length(name)>3-- -", '7") union all select null,null#',
               "n'; drop table t--", "admin'--"),
        silent=("it's 5 and not 6", "x == 'a' or y == 'b'", "O'Brien and sons", "the users' and admins' rights",
                "'a', 'b' and 'c'", "dogs' or cats' food"),
    ),
    Signature(
        "sql-number", "sqli", "breakout",
        rf"^(?:[\w.-]+=)?[ \t()+-]*(?:\d[\w.]*?(?:[\s\x00+)%]|/\*[^*]*\*+/)*|/\*[^*]*\*+/)?(?:{_KEY}|\|\||&&|[;,]"
        r"|[*/%^|-]?\w+\()",
        check=shapes.numbered,
        fires=("7 and ascii(substr(name,1,1))=80", "3) order by 12--", "-1 or id > 0", "5;drop table visits", "1 rlike sleep(3)"),
        silent=("3 or 4 people", "1, 2 and 3", "5 and a half", "10 in stock", "2 of 3 select"),
    ),
    Signature(
        "sql-tautology", "sqli", "tautology",
        rf"(?:(?:\b|\d)(?:or|and|xor|having|where|when|not)|\|\||&&){_GAP}(?:['\"][^'\"]*['\"]?|\xe2\x80[\x98-\x9d]|case\b|0x[0-9a-f]+|[\d.]+(?:e\d+)?|@@\w+|true|false|null"
        rf"|\w+{_GAP}\(|\w+\s*=\s*\w)",
        check=shapes.compared,
        fires=("x or 7=7", "a/**/or/**/0x41=0x41", "y and 'q' like 'q'", "b xor 2>1", "k and benchmark(9999999,md5(1))"),
        silent=("this or 7 more", "3 < 4 and 5 > 2", "see 3 and 4 = a triad", "salt and pepper", "or (both) of them"),
    ),
    Signature(
        "sql-union", "sqli", "union", r"union(?:[\s\x00+(@]|all|distinct|/\*[^*]*\*+/|\*/|/\*!\d*)*select",
        check=shapes.united,
        fires=("9 union select login, pass from staff", "x UNION/**/ALL/**/SELECT(1),2", "1 union distinct select @@version"),
        silent=("the union select committee met", "SELECT a FROM b UNION SELECT c FROM d", "student union selects a chair",
                "union all select hotels"),
    ),
    Signature(
        "sql-stacked", "sqli", "stacked", rf";(?:[\s\x00+;]|/\*[^*]*\*+/)*{_VERB}\b",
        check=shapes.stacked,
        fires=("1;drop table orders", "x; exec master..xp_cmdshell 'dir'", "1;declare @q varchar(99);set @q=0x41"),
        silent=("wait; select the best one", "a; delete from your list what you do not need", "let a = 1; delete b.c;",
                "Run:\n```\nCREATE TABLE a (b int); INSERT INTO a VALUES (1)\n```"),
    ),
    Signature(
        "sql-statement", "sqli", "statement", rf"^[ \t;(]*{_VERB}\b",
        check=shapes.whole,
        fires=("select name, pass from staff where id=1", "drop table orders;", "declare @q varchar(9)", "select @@version"),
        silent=("select the best offer from our shop", "update your profile", "drop us a line", "create a new table",
                "drop table lamp", "alter table height", "exec summary; report"),
    ),
    Signature(
        "sql-function", "sqli", "function",
        r"\b(?:extractvalue|updatexml|load_file|group_concat|wm_concat|xmltype|db_name|suser_s?name"
        r"|has_dbaccess|is_srvrolemember|pg_read_(?:binary_)?file|pg_ls_dir|lo_import|lo_export|dblink(?:_\w+)?|query_to_xml"
        r"|database_to_xml|load_extension|openrowset|openquery|opendatasource|fn_trace_gettable|fn_get_audit_file|httpuritype"
        r"|gtid_subset|gtid_subtract|name_const|make_set|crypt_key|regexp_substring|sys_eval|sys_exec|current_setting"
        r"|(?:utl_inaddr|utl_http|utl_tcp|utl_smtp|dbms_\w+|ctxsys\.drithsx|ordsys\.ord_dicom|user_lock)\.\w+)"
        r"(?:\s|/\*[^*]*\*+/)*\(",
        check=shapes.named,
        fires=("x-extractvalue(1,concat(0x7e,version()))", "utl_inaddr.get_host_name('a')"),
        silent=("you can use load_file(5) in the test to see what happens", "the make_set (2020) that we use"),
    ),
    Signature(
        "sql-delay-function", "sqli", "time",
        r"\b(?:pg_sleep(?:_for|_until)?|benchmark|randomblob|dbms_(?:pipe|lock|session)\.(?:receive_message|sleep)|user_lock\.sleep)"
        r"(?:\s|/\*[^*]*\*+/)*\(|\bselect\s+pg_sleep\b",
        check=shapes.named,
        fires=("pg_sleep(9)", "dbms_pipe.receive_message('a',9)", "1-benchmark(9999999,md5(1))"),
        silent=("you can use pg_sleep(5) in the test to see what happens", "the benchmark (2020) that we use"),
    ),
    Signature(
        "sql-procedure", "sqli", "procedure",
        r"\b(?:xp_(?:cmdshell|dirtree|fileexist|reg\w+|subdirs|availablemedia)|sp_(?:oacreate|"
        r"executesql|configure|addlogin|addsrvrolemember|makewebtask|password|msforeachtable|addextendedproc|start_job)|"
        r"execute\s+immediate)\b",
        check=shapes.named,
        fires=("master..xp_cmdshell 'whoami'", "exec sp_configure 'show advanced options',1"),
        silent=("you should never allow xp_cmdshell, please see the manual", "xp_points=5"),
    ),
    Signature(
        "sql-schema", "sqli", "schema",
        r"\b(?:information_schema(?:\s|/\*[^*]*\*+/|`)*\.|from\b[\s(]*(?:sysobjects|syscolumns|sysusers|sysdatabases|all_tables|all_users|"
        r"all_tab_columns|dba_\w+|user_tab\w+|sqlite_(?:temp_)?(?:master|schema)|pg_(?:catalog|user|shadow|tables|database|class)|"
        r"mysql\.(?:user|db)|v\$\w+|rdb\$\w+|msysobjects|master\.\.\w+|syscat\.\w+|sysibm\.\w+|sysmaster\w*))|\brdb\$(?:fields|types|functions)\b",
        check=shapes.named,
        fires=("x,(select table_name from information_schema.tables limit 1)", "(select count(*) from all_users)"),
        silent=("we read information_schema.tables to see which tables there are", "tables from all_the_world"),
    ),
    Signature(
        "sql-characters", "sqli", "encoded", r"n?ch(?:a)?r\s*\(\s*(?:\d+|0x[0-9a-f]+)\s*\)\s*(?:\|\||\+|,)\s*n?cha?r\s*\(", 0.85,
        fires=("char(115)+char(97)", "x=chr(65)||chr(66)||chr(67)"),
        silent=("char(20) name, char(30) city", "fromCharCode(65)"),
    ),
    Signature(
        "sql-delay", "sqli", "time", r"\bsleep\s*\(",
        check=shapes.delayed,
        fires=("sleep(9)", "(select(0)from(select(sleep(6)))v)", "if(1,sleep(3),0)"),
        silent=("await sleep(500);", "time.sleep(5)", "you can sleep (or not)"),
    ),
    Signature(
        "sql-waitfor", "sqli", "time", r"waitfor(?:\s|\+|/\*[^*]*\*+/)+(?:delay|time)\b(?:\s|\+|/\*[^*]*\*+/)*['\"@n]",
        check=shapes.named,
        fires=("1) waitfor delay '0:0:9' --", "x';waitfor/**/time/**/'23:00'"),
        silent=("waitfor delay is what you use in the server", "please waitfor delayed items"),
    ),
    Signature(
        "sql-split", "sqli", "encoded", _split("union") + r"\W+" + _split("select") + r"\b",
        check=shapes.split,
        fires=("un'+'ion sel'+'ect 1,2", 'uni\\",\\"on sel\\",\\"ect 1,2,3', "u/**/nion s/**/elect 1"),
        silent=("un ion sel ect", "the union selects"),
    ),
    Signature(
        "sql-xpath", "sqli", "xpath", r"['\"\w]\s*\)*\]\s*\|\s*(?:/+|\w+/+)(?:[*@\w]|\w+\()", 0.8,
        fires=("x'] | //* | a['", "1']|//staff/pass|b['"), silent=("a[0] | b", "[x] | / y"),
    ),
    Signature(
        "sql-scientific", "sqli", "encoded", r"\b\d+\.e(?:\(|\.\w)", 0.75,
        fires=("1.e(ascii(1))", "(7.e.users)"), silent=("1.e-5 and more", "file1.end.txt"),
    ),
    Signature(
        "sql-expression", "sqli", "tautology", r"^\(*(?:\w+\()?(?:\d+|'[^']*'|\"[^\"]*\")\)*\s*[<>=!]",
        check=shapes.reckoned,
        fires=("(81=91)*91", "iif(4=5,1,1/0)", "'a'<>'b'"), silent=("5 = five", "12=", "<3 = heart", "'a' => 'b'"),
    ),
    Signature(
        "sql-versioned", "sqli", "comment", r"/\*!\d{5}|/\*!\s*(?:union|select|or|and|from|where|sleep|order)\b", 0.8,
        fires=("1/*!50000union*/ x", "a /*!select*/ b"), silent=("/*! jQuery v3 */", "/* or */"),
    ),
)  # fmt: skip
