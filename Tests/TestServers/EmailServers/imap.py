"""Dovecot with one mailbox, of user `user` with password `secret`, over STARTTLS.

usage: imap.py DIRECTORY

Writes DIRECTORY/port and DIRECTORY/cert.pem and becomes Dovecot. Mail is put into DIRECTORY/home/Maildir/new.
"""

import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import sys

directory = pathlib.Path(sys.argv[1]).resolve()
is_root = os.getuid() == 0
owner = pwd.getpwnam("mail") if is_root else pwd.getpwuid(os.getuid())
internal, login = ("dovecot", "dovenull") if is_root else (owner.pw_name, owner.pw_name)
for name in ("new", "cur", "tmp"):
    (directory / "home/Maildir" / name).mkdir(parents=True)
for path in [directory / "home", *(directory / "home").rglob("*")]:
    os.chown(path, owner.pw_uid, owner.pw_gid)
directory.chmod(0o755)

subprocess.run(
    ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
     "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", directory / "key.pem", "-out", directory / "cert.pem"],
    check=True, capture_output=True)
with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]
(directory / "port").write_text(str(port))
(directory / "dovecot.conf").write_text(f"""
protocols = imap
listen = 127.0.0.1
base_dir = {directory}/run
state_dir = {directory}/state
log_path = /dev/stderr
default_internal_user = {internal}
default_internal_group = {'dovecot' if is_root else owner.pw_name}
default_login_user = {login}
first_valid_uid = {owner.pw_uid}
first_valid_gid = {owner.pw_gid}
ssl = required
ssl_cert = <{directory}/cert.pem
ssl_key = <{directory}/key.pem
ssl_dh =
mail_location = maildir:{directory}/home/Maildir
passdb {{
  driver = static
  args = user=user password=secret
}}
userdb {{
  driver = static
  args = uid={owner.pw_uid} gid={owner.pw_gid} home={directory}/home
}}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
""")
dovecot = shutil.which("dovecot", path=os.environ["PATH"] + ":/usr/sbin")
os.execv(dovecot, [dovecot, "-F", "-c", str(directory / "dovecot.conf")])
