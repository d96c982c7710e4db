"""Makes the certificates of the tests: `python make.py ../keys/p256.pkcs8.pem .` with PyPI `cryptography`.

Every leaf is for the same key, so that one signature fits them all. Nothing here is used outside of tests.
"""

import datetime
import pathlib
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LEAF_KEY = serialization.load_pem_private_key(pathlib.Path(sys.argv[1]).read_bytes(), None)
FOLDER = pathlib.Path(sys.argv[2])
EXTENSIONS = {
    "email": lambda text: x509.RFC822Name(text),
    "uri": lambda text: x509.UniformResourceIdentifier(text),
}


def name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def year(number):
    return datetime.datetime(number, 1, 1)


def certificate(subject, key, issuer, issuer_key, begins, ends, ca=None, usage=("sign",), purposes=("code",), names=()):
    built = x509.CertificateBuilder().subject_name(name(subject)).issuer_name(name(issuer)).public_key(key)
    built = built.serial_number(x509.random_serial_number()).not_valid_before(year(begins)).not_valid_after(year(ends))
    built = built.add_extension(x509.BasicConstraints(ca is not None, ca if ca is not None and ca >= 0 else None), True)
    if usage is not None:
        built = built.add_extension(
            x509.KeyUsage("sign" in usage, False, False, False, "agree" in usage, "ca" in usage, False, False, False), True
        )
    known = {"code": ExtendedKeyUsageOID.CODE_SIGNING, "server": ExtendedKeyUsageOID.SERVER_AUTH,
             "any": ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}
    if purposes:
        built = built.add_extension(x509.ExtendedKeyUsage([known[purpose] for purpose in purposes]), False)
    if names:
        built = built.add_extension(x509.SubjectAlternativeName([EXTENSIONS[kind](text) for kind, text in names]), False)
    return built.sign(issuer_key, None if isinstance(issuer_key, ed25519.Ed25519PrivateKey) else hashes.SHA256())


def write(file, *certificates):
    pem = (one.public_bytes(serialization.Encoding.PEM) for one in certificates)
    (FOLDER / file).write_bytes(b"".join(pem))


def authority(subject, key, begins, ends, issuer=None, issuer_key=None, length=-1, purposes=()):
    return certificate(subject, key.public_key(), issuer or subject, issuer_key or key, begins, ends, length, ("ca",), purposes)


root_key = ec.generate_private_key(ec.SECP384R1())
middle_key = ec.generate_private_key(ec.SECP256R1())
root = authority("Root", root_key, 2020, 2050)
middle = authority("Middle", middle_key, 2020, 2045, "Root", root_key, 0)
write("root.pem", root)

PEOPLE = [("email", "signer@example.com")]


def leaf(file, subject="Signer", begins=2022, ends=2032, key=None, chain=None, issuer="Middle", issuer_key=None, **more):
    more.setdefault("names", PEOPLE)
    key = key or LEAF_KEY.public_key()
    made = certificate(subject, key, issuer, issuer_key or middle_key, begins, ends, **more)
    write(file, made, *([middle] if chain is None else chain))


leaf("good.pem")
leaf("uri.pem", names=[("uri", "https://example.com/ci"), ("email", "second@example.com")])
leaf("common-name.pem", names=())
leaf("issuers-name.pem", subject="Middle")
leaf("no-key-usage.pem", usage=None)
leaf("no-purpose.pem", purposes=())
leaf("server.pem", purposes=("server",))
leaf("any-purpose.pem", purposes=("any",))
leaf("key-agreement.pem", usage=("agree",))
leaf("authority.pem", ca=-1, usage=("sign", "ca"))
leaf("authority-alone.pem", ca=-1, usage=("sign", "ca"), chain=[])
leaf("authority-ended.pem", ca=-1, usage=("sign", "ca"), begins=2021, ends=2022)
leaf("authority-no-purpose.pem", ca=-1, usage=("sign", "ca"), purposes=())
leaf("ended.pem", begins=2021, ends=2022)
leaf("future.pem", begins=2040, ends=2041)
leaf("no-middle.pem", chain=[])
leaf("rsa.pem", key=rsa.generate_private_key(65537, 2048).public_key())
leaf("ed25519.pem", key=ed25519.Ed25519PrivateKey.generate().public_key())
leaf("other-key.pem", key=ec.generate_private_key(ec.SECP256R1()).public_key())

stranger_key = ec.generate_private_key(ec.SECP256R1())
leaf("stranger.pem", issuer_key=stranger_key, chain=[authority("Middle", stranger_key, 2020, 2045)])
leaf("forged.pem", issuer_key=stranger_key)
leaf("authority-stranger.pem", ca=-1, issuer_key=stranger_key, chain=[authority("Middle", stranger_key, 2020, 2045)])
leaf("authority-forged.pem", ca=-1, issuer_key=stranger_key)

deep_key = ec.generate_private_key(ec.SECP256R1())
deep = authority("Deep", deep_key, 2020, 2045, "Middle", middle_key)
leaf("too-long.pem", issuer="Deep", issuer_key=deep_key, chain=[deep, middle])
leaf("authority-too-long.pem", ca=-1, issuer="Deep", issuer_key=deep_key, chain=[deep, middle])

plain = certificate("Plain", stranger_key.public_key(), "Middle", middle_key, 2020, 2045)
leaf("leaf-as-authority.pem", issuer="Plain", issuer_key=stranger_key, chain=[plain, middle])
leaf("authority-under-leaf.pem", ca=-1, issuer="Plain", issuer_key=stranger_key, chain=[plain, middle])

early_key = ec.generate_private_key(ec.SECP256R1())
early = authority("Early", early_key, 2020, 2024, "Root", root_key)
leaf("middle-ended.pem", issuer="Early", issuer_key=early_key, chain=[early])
leaf("authority-middle-ended.pem", ca=-1, issuer="Early", issuer_key=early_key, chain=[early])

web_key = ec.generate_private_key(ec.SECP256R1())
web = authority("Web", web_key, 2020, 2045, "Root", root_key, purposes=("server",))
leaf("web-authority.pem", issuer="Web", issuer_key=web_key, chain=[web])
leaf("authority-web.pem", ca=-1, issuer="Web", issuer_key=web_key, chain=[web])

old_key = rsa.generate_private_key(65537, 3072)
write("ended-root.pem", authority("Old", old_key, 2010, 2023))
leaf("under-ended-root.pem", issuer="Old", issuer_key=old_key, chain=[])
