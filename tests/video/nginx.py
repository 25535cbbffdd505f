"""The nginx of deploy/nginx, as a process of the test's own."""

import datetime
import ipaddress
import shutil
import signal
import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.support.databases import end, free_port, wait_until
from tests.support.servers import ROOT, Server

CONFIGURATION = ROOT / "deploy" / "nginx" / "creditor-meetings.conf"

_MAIN = """
daemon off;
worker_processes 2;
pid {place}/nginx.pid;
error_log {place}/error.log info;
{user}
events {{ worker_connections 1024; }}
http {{
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    access_log off;
    client_body_temp_path {place}/body;
    proxy_temp_path {place}/proxy;
    fastcgi_temp_path {place}/fastcgi;
    uwsgi_temp_path {place}/uwsgi;
    scgi_temp_path {place}/scgi;
    include {place}/creditor-meetings.conf;
}}
"""


@dataclass
class Nginx:
    """A running nginx in front of a server."""

    url: str
    plain_url: str
    tls: ssl.SSLContext
    place: Path

    def socket(self, path: str) -> str:
        """The address of a socket."""
        return self.url.replace("https", "wss", 1) + path


class RunningNginx:
    """Renders the configuration for a server, and runs nginx on it."""

    def __init__(self, server: Server, place: Path) -> None:
        program = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
        if program is None:
            pytest.fail("nginx is missing: apt-get install nginx-light")
        self._program = program
        self._place = place
        self._server = server
        self._plain, self._port = free_port(), free_port()

    def _rendered(self) -> str:
        text = CONFIGURATION.read_text()
        trust = ("max_fails=1 fail_timeout=5s", "max_fails=0")
        changes = {
            "    listen [::]:80;\n": "",
            "    listen [::]:443 ssl http2;\n": "",
            "listen 80;": f"listen 127.0.0.1:{self._plain};",
            "listen 443 ssl http2;": f"listen 127.0.0.1:{self._port} ssl http2;",
            **{
                f"    server 127.0.0.1:8001 {one};\n": "".join(
                    f"    server 127.0.0.1:{port} {one};\n" for port in self._server.ports
                )
                for one in trust
            },
            **{f"    server 127.0.0.1:8002 {one};\n": "" for one in trust},
            "meeting.example.org;  ": "127.0.0.1;  ",
            "https://$host$request_uri": f"https://$host:{self._port}$request_uri",
            "Host $host;": "Host $http_host;",
            "/etc/ssl/meeting.example.org/": f"{self._place}/",
            "/var/cache/nginx/": f"{self._place}/cache-",
            "/var/log/nginx/": f"{self._place}/",
            "/srv/creditor-meetings/static/": f"{self._server.installation.data_dir}/static/",
        }
        for old, new in changes.items():
            assert old in text, f"{CONFIGURATION.name} has no {old!r} any more"
            text = text.replace(old, new)
        return text

    def __enter__(self) -> Nginx:
        self._place.mkdir()
        _certificate(self._place)
        # A test that runs as root serves a directory that belongs to it alone.
        user = "user root;" if Path("/root").owner() == self._place.owner() else ""
        (self._place / "creditor-meetings.conf").write_text(self._rendered())
        main = self._place / "nginx.conf"
        main.write_text(_MAIN.format(place=self._place, user=user))
        self._process = subprocess.Popen(
            [self._program, "-c", str(main), "-p", str(self._place), "-e", "stderr"],
            stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        tls = ssl.create_default_context(cafile=str(self._place / "fullchain.pem"))
        made = Nginx(
            f"https://127.0.0.1:{self._port}", f"http://127.0.0.1:{self._plain}", tls, self._place
        )

        def ready() -> bool:
            assert self._process.poll() is None, (self._place / "error.log").read_text()
            try:
                return httpx.get(f"{made.url}/readyz", verify=tls).status_code == 200
            except httpx.TransportError:
                return False

        wait_until(ready, seconds=60, what="nginx", every=0.05)
        return made

    def __exit__(self, *error: object) -> None:
        end(self._process, signal.SIGTERM)


def _certificate(place: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a test")])
    now = datetime.datetime.now(datetime.UTC)
    host = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([host]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (place / "fullchain.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (place / "privkey.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
