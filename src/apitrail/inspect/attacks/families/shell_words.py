"""The words of command lines: names that are only commands, commands that are ordinary words too, and those that look around."""

from __future__ import annotations

DISTINCT = frozenset(
    ("whoami", "ifconfig", "ipconfig", "uname", "netstat", "systeminfo", "tasklist", "taskkill", "hostname",
     "powershell", "pwsh", "bash", "zsh", "ksh", "csh", "tcsh", "wget", "curl", "nslookup", "ncat", "netcat", "nc",
     "socat", "telnet", "phpinfo", "lsb_release", "chmod", "chown", "useradd", "adduser", "usermod", "passwd",
     "groupadd", "sysinfo", "lsof", "lscpu", "dmesg", "iptables", "crontab", "mkfifo", "mknod", "busybox", "base32",
     "base64", "xxd", "hexdump", "gunzip", "bzcat", "zcat", "xzcat", "zstdcat", "egrep", "fgrep", "zgrep", "awk",
     "gawk", "mawk", "sed", "grep", "xargs", "perl", "ruby", "lua", "php", "python", "python2", "python3", "node",
     "nodejs", "java", "gcc", "tftp", "ftp", "scp", "sftp", "rsync", "ssh", "dig", "traceroute", "tracert", "nmap",
     "tcpdump", "arp", "getent", "printenv", "cmd", "wscript", "cscript", "mshta", "certutil", "bitsadmin", "regsvr32",
     "rundll32", "wmic", "schtasks", "regedit", "netsh", "icacls", "attrib", "findstr", "vssadmin", "invoke-expression",
     "invoke-webrequest", "iex", "iwr", "iwmi", "gwmi", "start-process", "reg", "sc", "xcopy", "robocopy", "bcdboot",
     "bcdedit", "setx", "dpkg", "apt-get", "aptitude", "yum", "apk", "rpm", "systemctl", "pkill", "killall", "nohup",
     "setsid", "rmdir", "mkdir", "mv", "chattr", "lsattr", "zipinfo", "bsdtar", "tac", "rev", "printf", "dd",
     "mysqldump", "psql", "docker", "kubectl", "shutdown", "reboot", "halt", "poweroff", "wevtutil", "lua5.3", "tclsh",
     "expect", "openssl", "pip", "pip3", "npm", "gem", "cpan", "nasm", "gdb", "strace", "ltrace")
)  # fmt: skip
"""Commands whose names are no ordinary words."""
ORDINARY = frozenset(
    ("id", "ls", "ps", "cat", "cp", "rm", "ln", "sh", "ash", "dash", "dir", "type", "sleep", "ping", "echo", "env",
     "set", "head", "tail", "more", "less", "sort", "cut", "find", "net", "who", "last", "time", "date", "test",
     "touch", "print", "kill", "file", "stat", "df", "du", "top", "mount", "tee", "tar", "zip", "unzip", "gzip",
     "strings", "which", "whereis", "locate", "alias", "eval", "exec", "source", "pwd", "host", "at", "view", "diff",
     "nl", "od", "vi", "vim", "ed", "ex", "nano", "split", "join", "paste", "ver", "vol", "del", "copy", "move",
     "start", "timeout", "ren", "watch", "command", "whatis", "users", "groups", "history", "route", "ss", "ip", "fold",
     "uniq", "wc", "man", "arch", "tree", "jobs", "free", "uptime", "sync", "service", "mail", "mutt", "sendmail", "cd",
     "true", "false", "htop", "lastlog")
)  # fmt: skip
"""Commands whose names are words of a language or of an interface as well."""
LOOKING = frozenset(
    ("sh", "id", "ls", "ps", "cat", "pwd", "env", "dir", "whoami", "uname", "who", "ifconfig", "ipconfig", "hostname",
     "sleep", "ping", "ver", "set", "netstat")
)  # fmt: skip
"""Commands that attackers try first, given nothing."""
