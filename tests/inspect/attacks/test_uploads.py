"""Files that a server would run or a browser would take for a page, told from ordinary ones."""

from __future__ import annotations

import io
import zipfile

import pytest
from tests.inspect.attacks.sending import MULTIPART, checked, kinds, sent, with_file
from tests.pointing import FORM

from apitrail.model.exchange import Exchange
from timing import cost

pytestmark = pytest.mark.rows("A1.2")

DANGEROUS_NAMES = (
    "x.php", "x.pHtMl", "x.jpg.php5", "x.php.jpg", "x.php.", "x.php%00.png", "x.asp;.jpg", "x.aspx::$DATA", "x.jspx", "x.shtml",
    ".htaccess", "web.config", "a/.user.ini", "../../var/www/a.txt", "..\\\\a.txt", "/etc/cron.d/x", "a.png%00",
)  # fmt: skip
ORDINARY_NAMES = (
    "report.final.pdf", "photo.jpeg", "jquery.min.js", "notes.txt", "my.php-notes.txt", "archive.tar.gz", "Rechnung 12.05.2024.docx",
    "script.py", "page.html", "data.json", "a..b.txt", "php.ini.md", "logo (1).png", "x.phpx.txt", "server.cer", "/home/anna/a.png",
)  # fmt: skip


def slipping() -> bytes:
    """An archive with a member outside its folder."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as packed:
        packed.writestr("../../x", "a")
    return written.getvalue()


CONTENTS: tuple[tuple[str, bytes, str], ...] = (
    ("a.png", b"<?php system($_GET[0]);?>", "image/png"),
    ("a.gif", b"GIF89a;<?php eval($_POST['a']); ?>", "image/gif"),
    ("a.jpg", b"\xff\xd8\xff\xe0" + b"x" * 20_000 + b"<?=`$_GET[0]`?>", "image/jpeg"),
    ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='a(1)'/>", "image/svg+xml"),
    ("a.svg", b"<svg><script>a(1)</script></svg>", "text/plain"),
    ("a.png", b"<script>a(1)</script>", "image/png"),
    ("a.txt", b'<%@ page import="java.io.*" %><% Runtime.getRuntime().exec(request.getParameter("c")); %>', "text/plain"),
    ("a.zip", slipping(), "application/zip"),
)
ORDINARY_CONTENTS: tuple[tuple[str, bytes, str], ...] = (
    ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><path d='M0 0'/></svg>", "image/svg+xml"),
    ("photo.jpeg", b"\xff\xd8\xff" + bytes(range(256)) * 40, "image/jpeg"),
    ("notes.txt", b"We use PHP (<?php echo 1; ?>) on the site", "text/plain"),
    ("main.js", b"function f(){return `a`}", "text/javascript"),
    ("page.html", b"<html><script>a(1)</script></html>", "text/html"),
)


@pytest.mark.parametrize("name", DANGEROUS_NAMES)
def test_names_that_a_server_would_run(name: str) -> None:
    """A name by which a server runs a file, or puts it elsewhere, is seen."""
    assert kinds(with_file(name)) == {"file_upload"}


@pytest.mark.parametrize("name", ORDINARY_NAMES)
def test_ordinary_names(name: str) -> None:
    """Names of documents, pictures and programs of no server are nothing."""
    assert not kinds(with_file(name))


@pytest.mark.parametrize(("name", "content", "kind"), CONTENTS)
def test_contents_that_are_not_what_they_are_called(name: str, content: bytes, kind: str) -> None:
    """Code in a picture, script in a drawing, members outside of an archive are seen."""
    assert kinds(with_file(name, content, kind)) == {"file_upload"}


@pytest.mark.parametrize(("name", "content", "kind"), ORDINARY_CONTENTS)
def test_ordinary_contents(name: str, content: bytes, kind: str) -> None:
    """Pictures, pages and notes about code are nothing."""
    assert not kinds(with_file(name, content, kind))


def test_commands_of_drawing_programs() -> None:
    """A picture that is a program for the one who draws it runs code."""
    assert kinds(with_file("a.mvg", b"push graphic-context\nfill 'url(https://h.example/\"|id\")'\npop graphic-context")) == {
        "rce"
    }
    assert kinds(with_file("a.jpg", b"%!PS\nmark /OutputFile (%pipe%id) currentdevice putdeviceprops")) == {"rce"}


def test_names_in_the_other_notation() -> None:
    """A name in the notation for other alphabets, and one without quotes, count as well."""
    for name in ("filename*=UTF-8''x%2Ephp", "filename=x.php", 'filename = "x.php'):
        body = f"--b\r\ncontent-disposition: form-data; {name}\r\n\r\nx\r\n--b--"
        assert kinds(sent(headers=MULTIPART, body=body)) == {"file_upload"}, name


@pytest.mark.parametrize(
    ("exchange", "expected"),
    [
        (sent("PUT", "/shell.jsp", body="<% out.println(1); %>"), {"file_upload"}),
        (sent("PUT", "/x.jsp/"), {"file_upload"}),
        (sent("MOVE", "/a.txt", headers=(("destination", "http://h.example/a.php"),)), {"file_upload"}),
        (sent("PUT", "/objects/photo.jpg", body="x"), set()),
        (sent("PUT", "/users/1", body="{}"), set()),
        (sent("PUT", "/shop/register.jsp", headers=FORM, body="a=1"), set()),
    ],
)
def test_files_that_are_put(exchange: Exchange, expected: set[str]) -> None:
    """A script that is put or moved to where a server runs it is seen."""
    assert kinds(exchange) == expected


@pytest.mark.parametrize(
    "piece",
    [
        b"content-disposition: x; filename=a\r\n\r\n",
        b'filename="',
        b"content-disposition:",
        b"\r\n--",
        b"<?php ",
        b"PK\x03\x04",
        b"push graphic-context ",
    ],
)
def test_hostile_bodies_take_no_time(piece: bytes) -> None:
    """A megabyte is looked through in a moment, whatever it is made of."""
    head = b"--b\r\ncontent-disposition: form-data; filename=a.png\r\n\r\n"
    exchange = sent(headers=MULTIPART, body=head + piece * (1_000_000 // len(piece)))
    assert cost(lambda: checked(exchange), below=0.5) < 0.5
