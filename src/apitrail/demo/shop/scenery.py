"""What attackers find behind the holes: made-up files, answers from inside, and the output of commands."""

from __future__ import annotations

PASSWD = """root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin
shop:x:1000:1000:Shop Service,,,:/srv/shop:/bin/bash
"""

FAKE_FILES = {
    "/srv/shop/files/manuals/tent.txt": "Two-person tent. Lay out the inner tent, cross the poles, clip from the middle.\n",
    "/srv/shop/files/manuals/turntable.txt": "Turntable. Place it level. Set the tracking force to 1.8 g.\n",
    "/srv/shop/files/terms.txt": "Terms of sale. You may send anything back within thirty days.\n" * 20,
    "/srv/shop/.env": "DATABASE_URL=postgres://shop:not-a-secret@db.internal/shop\nJWT_SECRET=made-up-for-the-demo\n",
    "/etc/passwd": PASSWD,
    "/etc/hosts": "127.0.0.1 localhost\n10.20.0.5 db.internal\n10.20.0.9 cache.internal\n",
}

FAKE_NETWORK = {
    "https://static.shop.example/img/100.jpg": "(a picture)",
    "http://169.254.169.254/latest/meta-data": "ami-id\nhostname\niam/\ninstance-id\nlocal-ipv4\npublic-keys/\n",
    "http://169.254.169.254/latest/meta-data/iam/security-credentials": "shop-web-role",
    "http://169.254.169.254/latest/meta-data/iam/security-credentials/shop-web-role": (
        '{"Code":"Success","Type":"AWS-HMAC","AccessKeyId":"ASIAEXAMPLEEXAMPLE00",'
        '"SecretAccessKey":"made/up/for/the/demo","Token":"none","Expiration":"2030-01-01T00:00:00Z"}'
    ),
    "http://127.0.0.1:9200/_cat/indices": "yellow open customers 1 1 403 0 1.1mb\nyellow open orders 1 1 600 0 2.3mb\n",
    "gopher://127.0.0.1:6379/_INFO": "# Server\nredis_version:7.2.4\nredis_mode:standalone\nos:Linux 6.1.0-18-amd64 x86_64\n",
    "file:///etc/passwd": PASSWD,
}

TEMPLATE_OBJECTS = {
    "config.items()": "dict_items([('DEBUG', False), ('TESTING', False), ('SECRET_KEY', 'made-up-for-the-demo')])",
    "''.__class__.__mro__": "(<class 'str'>, <class 'object'>)",
}

COMMANDS = {
    "id": "uid=33(www-data) gid=33(www-data) groups=33(www-data)\n",
    "whoami": "www-data\n",
    "uname -a": "Linux shop-web-1 6.1.0-18-amd64 #1 SMP Debian 6.1.76-1 x86_64 GNU/Linux\n",
    "cat /etc/passwd": PASSWD,
    "ls -la": "total 20\ndrwxr-xr-x 5 shop shop 4096 .\n-rw-r--r-- 1 shop shop  212 .env\ndrwxr-xr-x 3 shop shop 4096 app\n",
}
