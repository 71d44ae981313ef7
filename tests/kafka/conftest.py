"""A broker that a test may stop and start again, with listeners for people who must prove who they are."""

from __future__ import annotations

import socket
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pipeline.settings import Kafka

IMAGE = "apache/kafka:4.3.1"
START_SECONDS = 180.0
AUTHORITY = "Test authority"
USER, PASSWORD = "desk", "correct horse"
LOGIN = f'username="{USER}" password="{PASSWORD}"'
PLAIN = f"org.apache.kafka.common.security.plain.PlainLoginModule required {LOGIN} user_{USER}="
SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule required;"


@dataclass(frozen=True)
class Broker:
    """A container with one broker: `open` for everybody, `secure` by TLS and password, `mutual` by a certificate."""

    container: str
    folder: Path
    open: int
    secure: int
    mutual: int

    @property
    def settings(self) -> Kafka:
        """For the open listener, topics of the caller's own."""
        return Kafka(brokers=f"localhost:{self.open}", prefix=f"t{uuid.uuid4().hex[:10]}.", partitions=3)

    def stop(self) -> None:
        """Kills it."""
        _docker("kill", self.container)

    def start(self) -> None:
        """Starts it again with what it had; returns once it listens."""
        _docker("start", self.container)
        self.wait()

    def wait(self) -> None:
        """Returns once it listens."""
        end = time.monotonic() + START_SECONDS
        while True:
            try:
                socket.create_connection(("localhost", self.open), 1).close()
                return
            except OSError:
                assert time.monotonic() < end, _docker("logs", self.container)
            time.sleep(0.2)


@pytest.fixture(scope="session")
def broker(
    tmp_path_factory: pytest.TempPathFactory, docker: str, free_ports: Callable[[int], list[int]]
) -> Iterator[Broker]:
    """The broker, for the tests of this folder."""
    folder = tmp_path_factory.mktemp("certificates")
    _certificates(folder)
    folder.chmod(0o755)
    for parent in folder.parents:
        if parent.name.startswith("pytest"):
            parent.chmod(0o755)
    one = Broker(f"wire-test-{uuid.uuid4().hex[:10]}", folder, *free_ports(3))
    (controller,) = free_ports(1)
    listeners = {"PLAINTEXT": one.open, "SECURE": one.secure, "MUTUAL": one.mutual}
    environment = {
        "LISTENERS": ",".join([*_at("", listeners), f"CONTROLLER://:{controller}"]),
        "ADVERTISED_LISTENERS": ",".join(_at("localhost", listeners)),
        "CONTROLLER_QUORUM_VOTERS": f"1@localhost:{controller}",
        "LISTENER_SECURITY_PROTOCOL_MAP": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SECURE:SASL_SSL,MUTUAL:SSL",
        "AUTO_CREATE_TOPICS_ENABLE": "false",
        "SSL_KEYSTORE_TYPE": "PEM",
        "SSL_KEYSTORE_LOCATION": "/certificates/broker.pem",
        "SSL_TRUSTSTORE_TYPE": "PEM",
        "SSL_TRUSTSTORE_LOCATION": "/certificates/ca.pem",
        "LISTENER_NAME_MUTUAL_SSL_CLIENT_AUTH": "required",
        "LISTENER_NAME_SECURE_SASL_ENABLED_MECHANISMS": "PLAIN,SCRAM-SHA-512",
        "LISTENER_NAME_SECURE_PLAIN_SASL_JAAS_CONFIG": f'{PLAIN}"{PASSWORD}";',
        "LISTENER_NAME_SECURE_SCRAM___SHA___512_SASL_JAAS_CONFIG": SCRAM,
    }
    given = [part for name, value in environment.items() for part in ("-e", f"KAFKA_{name}={value}")]
    _docker(
        "run", "--detach", "--network", "host", "--name", one.container,
        "--volume", f"{folder}:/certificates:ro", *given, IMAGE,
    )  # fmt: skip
    try:
        one.wait()
        yield one
    finally:
        _docker("rm", "--force", "--volumes", one.container)


def _at(host: str, listeners: dict[str, int]) -> list[str]:
    return [f"{name}://{host}:{port}" for name, port in listeners.items()]


def _docker(*arguments: str) -> str:
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def _certificates(folder: Path) -> None:
    """An authority, and in its name a broker and a client: `ca.pem`, `broker.pem` (key and certificate), `client.pem`,
    `client.key`."""
    now = datetime.now(UTC)
    authority = ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, AUTHORITY)])

    def signed(name: str, key: ec.EllipticCurvePrivateKey, is_authority: bool) -> bytes:
        usage = x509.KeyUsage(
            digital_signature=True, key_cert_sign=is_authority, crl_sign=is_authority, content_commitment=False,
            key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
        )  # fmt: skip
        hosts = x509.SubjectAlternativeName(
            [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
        )
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=2))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()), critical=False
            )
        )
        if not is_authority:
            builder = builder.add_extension(hosts, critical=False)
        return builder.sign(authority, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    def written(key: ec.EllipticCurvePrivateKey) -> bytes:
        return key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    (folder / "ca.pem").write_bytes(signed(AUTHORITY, authority, True))
    for name in ("broker", "client"):
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = signed(name, key, False)
        if name == "broker":
            (folder / "broker.pem").write_bytes(written(key) + certificate)
        else:
            (folder / "client.pem").write_bytes(certificate)
            (folder / "client.key").write_bytes(written(key))
