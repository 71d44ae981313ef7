"""IMAP, against Dovecot (Debian's `dovecot-imapd`)."""

from __future__ import annotations

import getpass
import grp
import os
import pwd
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Desk

DOVECOT = shutil.which("dovecot") or "/usr/sbin/dovecot"
pytestmark = pytest.mark.skipif(not Path(DOVECOT).exists(), reason="needs Debian's dovecot-imapd")

NITF = b"""<?xml version="1.0" encoding="utf-8"?><nitf><head><title>Ferry late again</title><docdata>
<doc-id id-string="harbour-7"/><date.issue norm="20260310T100000Z"/></docdata></head><body><body.head><hedline>
<hl1>Ferry late again</hl1></hedline></body.head><body.content><p>The ferry came late again on Tuesday.</p>
</body.content></body></nitf>"""

CONFIGURATION = """
base_dir = {0}/run
state_dir = {0}/state
log_path = {0}/log
protocols = imap
mail_location = maildir:{0}/mail
first_valid_uid = 0
{owners}
ssl_cert = <{certificate}
ssl_key = <{key}
ssl = yes
disable_plaintext_auth = no
passdb {{
  driver = passwd-file
  args = {0}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={0}/home
}}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    address = 127.0.0.1
    port = {port}
  }}
  inet_listener imaps {{
    address = 127.0.0.1
    port = {tls}
    ssl = yes
  }}
}}
"""


class Box:
    """A mailbox on a running server."""

    def __init__(self, folder: Path, port: int, tls: int) -> None:
        self.port, self.tls = port, tls
        self.new = folder / "mail" / "new"
        self.number = 0

    def put(self, message: EmailMessage | bytes) -> None:
        """A message arrives."""
        self.number += 1
        path = self.new / f"{1_773_000_000 + self.number}.{self.number}.host"
        path.write_bytes(bytes(message))
        path.chmod(0o666)


def free() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


ROOT = os.getuid() == 0
"""Dovecot wants other users for its parts then, and their folder where they may go."""


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="dovecot-"))
    yield made
    shutil.rmtree(made)


@pytest.fixture
def box(folder: Path, certificate: Mapping[str, Path], desk: Desk) -> Iterator[Box]:
    mine = f"default_login_user = {getpass.getuser()}\ndefault_internal_user = {getpass.getuser()}"
    person = pwd.getpwnam("nobody") if ROOT else pwd.getpwuid(os.getuid())
    for name in ("run", "state", "home", "mail/new", "mail/cur", "mail/tmp"):
        (folder / name).mkdir(parents=True)
    if ROOT:
        folder.chmod(0o755)
        for path in (folder / "mail", *(folder / "mail").iterdir(), folder / "home"):
            shutil.chown(path, person.pw_uid, person.pw_gid)
    found = Box(folder, free(), free())
    text = CONFIGURATION.format(
        folder,
        owners="" if ROOT else f"{mine}\ndefault_internal_group = {grp.getgrgid(os.getgid()).gr_name}",
        uid=person.pw_uid,
        gid=person.pw_gid,
        port=found.port,
        tls=found.tls,
        **certificate,
    )
    (folder / "conf").write_text(text)
    (folder / "users").write_text(f"desk:{{PLAIN}}{desk.environment['SECRET']}::::::\n")
    process = subprocess.Popen([DOVECOT, "-F", "-c", str(folder / "conf")], stderr=subprocess.PIPE)
    try:
        for _ in range(200):
            assert process.poll() is None, (process.stderr or open(os.devnull)).read()  # noqa: SIM115, PTH123
            with socket.socket() as one:
                if one.connect_ex(("127.0.0.1", found.port)) == 0:
                    break
            time.sleep(0.02)
        desk.tls = ssl.create_default_context(cafile=str(certificate["certificate"]))
        yield found
    finally:
        process.terminate()
        process.communicate()


def mail(subject: str, text: str = "Pilot boats lay in the harbour on Tuesday.", **more: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "desk@meridian.example", "wire@news.example", subject
    message["Date"], message["Message-ID"] = (
        "Tue, 10 Mar 2026 10:00:00 +0000",
        f"<{subject.replace(' ', '-')}@x>",
    )
    message.set_content(text)
    return message


def test_each_message_is_taken_once_the_oldest_first_and_stays_unread(desk: Desk, box: Box) -> None:
    box.put(mail("Ferry late again"))
    box.put(mail("Bridge shut at noon"))
    desk.listed(f"imaps://desk@localhost:{box.tls}")
    assert desk.visit() == "works"
    assert desk.delivered() == ["Ferry late again", "Bridge shut at noon"]
    box.put(mail("Crane falls over"))
    desk.visit()
    desk.visit()
    assert desk.delivered()[2:] == ["Crane falls over"]
    assert not [path for path in (box.new.parent / "cur").iterdir() if "S" in path.name.rpartition(",")[2]]


def test_a_wire_document_that_is_attached_is_the_story_and_not_the_mail_around_it(
    desk: Desk, box: Box
) -> None:
    message = mail("Your story of today", "Please find today's story attached.")
    message.add_attachment(NITF, maintype="application", subtype="octet-stream", filename="harbour.xml")
    message.add_attachment(b"\x89PNG\r\n\x1a\n", maintype="image", subtype="png", filename="logo.png")
    box.put(message)
    desk.listed(f"imap://desk@localhost:{box.port}/INBOX")
    assert desk.visit() == "works"
    assert desk.rows() == [("Ferry late again", "desk", "nitf")]


def test_a_text_attached_to_a_mail_is_a_story_beside_it(desk: Desk, box: Box) -> None:
    message = mail("Bridge shut at noon")
    message.add_attachment(
        "Crane falls over\n\nA crane fell over in the harbour on Tuesday.\n", filename="crane.txt"
    )
    box.put(message)
    desk.listed(f"imaps://desk@localhost:{box.tls}")
    desk.visit()
    assert desk.rows() == [("Bridge shut at noon", "desk", "rfc822"), ("Crane falls over", "desk", "text")]


@pytest.mark.parametrize(("taken", "left"), [("delete", 0), ("move", 1)])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_killed_process_loses_nothing_and_takes_nothing_twice(
    desk: Desk, box: Box, moment: str, taken: str, left: int
) -> None:
    box.put(mail("Ferry late again"))
    desk.listed(f"imaps://desk@localhost:{box.tls}", f'taken = "{taken}"')
    desk.crash = moment
    desk.visit()
    desk.visit()
    assert desk.visit() == "works"
    assert desk.delivered() == ["Ferry late again"]
    assert not list((box.new.parent / "cur").iterdir())
    assert len(list((box.new.parent / ".done").glob("[cn]*/*"))) == left


def test_a_mail_larger_than_allowed_is_a_dead_letter_once(desk: Desk, box: Box) -> None:
    box.put(mail("Far too long", "x" * 60 + "\n" + ("y" * 60 + "\n") * 4_000))
    box.put(mail("Ferry late again"))
    desk.listed(f"imaps://desk@localhost:{box.tls}")
    desk.visit()
    desk.visit()
    assert desk.delivered() == ["Ferry late again"]
    assert len(desk.dead()) == 1


def test_troubles_are_told_and_never_the_password(desk: Desk, box: Box) -> None:
    desk.listed(f"imaps://desk@localhost:{box.tls}/Nowhere")
    assert "failing" in desk.visit()
    desk.environment["SECRET"] = "wrong boat"
    desk.listed(f"imaps://desk@localhost:{box.tls}")
    told = desk.visit()
    assert "failing" in told
    assert "boat" not in told
    desk.tls = ssl.create_default_context()
    desk.listed(f"imap://desk@localhost:{box.port}")
    assert "certificate is not trusted" in desk.visit()
