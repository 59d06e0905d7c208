"""A certificate authority for one run on one machine, the server's certificate, and node keys."""

import datetime
import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.hazmat.primitives.serialization import PublicFormat as Public
from cryptography.x509.oid import NameOID

DAYS = 7
SERVER_KEY = "server.key"


def write_server(folder: Path, host: str = "127.0.0.1") -> None:
    """Write ``ca.pem``, ``server.pem`` and ``server.key`` for a server at an IP address.

    The certificate holds on the server's own machine too.
    """
    addresses = [ipaddress.ip_address(each) for each in sorted({host, "127.0.0.1"})]
    authority_key, server_key = (ec.generate_private_key(ec.SECP384R1()) for _ in range(2))
    authority_name = _name("creditweb federation")
    authority = _builder(authority_name, authority_name, authority_key).add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    )
    server = (
        _builder(_name(host), authority_name, server_key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName(
                [*map(x509.IPAddress, addresses), x509.DNSName("localhost")]
            ),
            critical=False,
        )
    )
    for name, builder in (("ca", authority), ("server", server)):
        signed = builder.sign(authority_key, hashes.SHA384())
        (folder / f"{name}.pem").write_bytes(signed.public_bytes(Encoding.PEM))
    _write_private(
        folder / SERVER_KEY,
        server_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    )


def write_node_key(folder: Path) -> None:
    """Write ``node.key`` and ``node.pub``: by it the SuperLink knows a branch's SuperNode."""
    key = ec.generate_private_key(ec.SECP384R1())
    _write_private(
        folder / "node.key",
        key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()),
    )
    public = key.public_key().public_bytes(Encoding.OpenSSH, Public.OpenSSH)
    (folder / "node.pub").write_bytes(public + b"\n")


def _write_private(path: Path, content: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(content)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(days=DAYS))
    )
