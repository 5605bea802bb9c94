"""The words of SQL dialects: what each does to the shape of a query, the functions and tables that only attacks ask for."""

from __future__ import annotations

KINDS: dict[str, str] = {
    word: kind
    for kind, words in {
        "L": "or and xor && having",
        "|": "||",
        "=": "= == < > <= >= <> != <=> !~ ~*",
        "l": "like ilike rlike regexp glob between",
        "i": "is in similar sounds notnull isnull",
        "+": "+ - * / % ^ & | ~ << >> div mod :: := collate",
        "v": "true false",
        "1": "null default current_user session_user current_date current_timestamp sysdate systimestamp rownum unknown",
        "U": "union intersect except minus",
        "D": "all distinct distinctrow",
        "S": "select",
        "F": "from",
        "W": "where",
        "O": "order group",
        "B": "by",
        "I": "into",
        "J": "outfile dumpfile",
        "M": "limit offset fetch top",
        "P": "procedure",
        "A": "as",
        "C": "case when then else",
        "E": "exec execute call",
        "X": "declare",
        "Y": "set print",
        "Z": "shutdown waitfor",
        "V": "insert update delete drop alter create truncate replace merge grant revoke rename backup restore copy load attach "
        "handler reset vacuum do dbcc bulk reconfigure prepare deallocate kill",
        "T": "table database schema view function trigger user role login index sequence column extension language tablespace "
        "temporary temp",
        "!": "not binary any some exists",
    }.items()
    for word in words.split()
}
"""What a word or a sign is in the shape of a query: one letter of `sql_tokens.shape`."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


DELAYING = _words(
    """
    sleep benchmark pg_sleep pg_sleep_for pg_sleep_until dbms_lock.sleep dbms_session.sleep randomblob generate_series
    dbms_pipe.receive_message user_lock.sleep waitfor get_lock release_lock
    """
)
"""Functions that take time: each answer that comes late tells one bit."""

READING = _words(
    """
    extractvalue updatexml load_file make_set elt ord ascii bin hex unhex substring substr substrb mid left right lpad rpad
    concat concat_ws group_concat string_agg wm_concat listagg char chr nchar unichr convert cast xmltype xmlagg xmlquery
    xmlelement database version user schema_name db_name user_name suser_name suser_sname host_name object_id object_name
    col_name col_length system_user session_user current_user current_database current_schema has_dbaccess is_srvrolemember
    is_member ifnull nullif isnull nvl nvl2 decode coalesce iif if length len char_length bit_length strcmp instr position
    locate find_in_set row_count found_rows last_insert_id connection_id uuid md5 sha1 sha2 password encode compress
    uncompress quote repeat count min max sum avg floor rand random newid exp ln log power sqrt abs sign round json_extract
    json_keys json_array json_object row_to_json query_to_xml database_to_xml table_to_xml xpath xpath_exists pg_read_file
    pg_read_binary_file pg_ls_dir pg_stat_file lo_import lo_export lo_get dblink dblink_connect dblink_send_query
    current_setting set_config inet_server_addr inet_client_addr version_compile_os load_extension sqlite_version readfile
    writefile openrowset openquery opendatasource openxml xp_cmdshell xp_dirtree xp_fileexist xp_regread xp_subdirs
    sp_oacreate sp_executesql sp_configure sp_addlogin sp_makewebtask fn_trace_gettable fn_xe_file_target_read_file
    fn_get_audit_file utl_inaddr.get_host_address utl_inaddr.get_host_name utl_http.request utl_http.request_pieces
    utl_tcp.open_connection utl_smtp.open_connection httpuritype ctxsys.drithsx.sn ordsys.ord_dicom.getmappingxpath
    dbms_ldap.init dbms_xmlgen.getxml dbms_xmlquery.getxml dbms_utility.sqlid_to_sqlhash dbms_java.runjava
    dbms_java_test.funcall dbms_xmltranslations.extractxliff dbms_export_extension.get_domain_index_tables
    dbms_advisor.create_file sys_context sys_eval sys_exec sys_get crypt_key regexp_substring regexp_substr regexp_like if
    lower upper replace reverse translate to_char to_number st_latfromgeohash geometrycollection polygon multipoint linestring
    multilinestring multipolygon gtid_subset gtid_subtract name_const json_length interval bigint json_valid ast
    pointfromgeohash longfromgeohash
    """
)
"""Functions of SQL; in prose and programs many of these names mean something else."""

ONLY_SQL = _words(
    """
    pg_sleep pg_sleep_for pg_sleep_until dbms_lock.sleep dbms_session.sleep user_lock.sleep dbms_pipe.receive_message
    randomblob extractvalue updatexml load_file group_concat wm_concat xmltype db_name suser_name suser_sname has_dbaccess
    is_srvrolemember pg_read_file pg_read_binary_file pg_ls_dir pg_stat_file lo_import lo_export dblink dblink_connect
    query_to_xml database_to_xml load_extension openrowset openquery opendatasource xp_cmdshell xp_dirtree xp_fileexist
    xp_regread xp_subdirs sp_oacreate sp_executesql sp_configure sp_addlogin fn_trace_gettable fn_xe_file_target_read_file
    fn_get_audit_file utl_inaddr.get_host_address utl_inaddr.get_host_name utl_http.request utl_tcp.open_connection
    utl_smtp.open_connection httpuritype ctxsys.drithsx.sn dbms_ldap.init dbms_xmlgen.getxml dbms_utility.sqlid_to_sqlhash
    dbms_java.runjava dbms_java_test.funcall sys_eval sys_exec crypt_key regexp_substring gtid_subset gtid_subtract name_const
    benchmark dbms_xmltranslations.extractxliff dbms_export_extension.get_domain_index_tables sp_makewebtask make_set
    """
)
"""Functions that nothing but SQL has, and that a request has no reason to name."""

SCHEMA = _words(
    """
    information_schema pg_catalog pg_user pg_shadow pg_database pg_tables pg_class pg_stat_activity pg_authid pg_roles
    pg_namespace pg_largeobject sysobjects syscolumns sysusers sysdatabases syslogins sysprocesses sysxlogins sysservers
    master msdb tempdb all_tables all_tab_columns all_users all_objects dba_users dba_tables dba_role_privs dba_sys_privs
    user_tables user_tab_columns user_objects user_role_privs dual v$version v$session v$instance sqlite_master sqlite_schema
    sqlite_temp_master sysibm syscat sysmaster systables msysobjects msysaces mysql.user mysql.db mysql.innodb_table_stats
    domain.domains domain.tables domain.columns performance_schema innodb_table_stats user_users user_password
    """
)
"""Tables and schemas that describe the database itself."""
