"""Content credentials by the C2PA standard: signed manifests inside PNG files, without a network.

The keys and certificates are made on the spot and kept nowhere, so no program trusts them: what
they show is how the standard behaves.
"""

import io
import json
from datetime import UTC, datetime, timedelta
from functools import cache

# what C2PA calls a picture that a trained network made
MADE_BY_A_MODEL = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"


def add_credentials(data: bytes, title: str) -> bytes:
    """The PNG file with a signed manifest: what it is called, and that a model made it."""
    import c2pa

    chain, key = _identity()
    actions = [{"action": "c2pa.created", "digitalSourceType": MADE_BY_A_MODEL}]
    manifest = {
        "title": title,
        "format": "image/png",
        "claim_generator_info": [{"name": "course", "version": "1"}],
        "assertions": [{"label": "c2pa.actions", "data": {"actions": actions}}],
    }
    who = c2pa.C2paSignerInfo(alg=b"es256", sign_cert=chain, private_key=key, ta_url=None)
    file = io.BytesIO()
    with c2pa.Signer.from_info(who) as signer, c2pa.Builder(json.dumps(manifest)) as builder:
        builder.sign(signer, "image/png", io.BytesIO(data), file)
    return file.getvalue()


def read_credentials(data: bytes) -> tuple[str, list[str]]:
    """What a verifier says of a PNG file.

    Returns:
        The verdict: ``"Valid"``, ``"Trusted"``, ``"Invalid"``, or ``"none"`` for a file without
        credentials; and the verifier's remarks, such as ``"signingCredential.untrusted"``.
    """
    import c2pa

    try:
        with c2pa.Reader("image/png", io.BytesIO(data)) as reader:
            told = json.loads(reader.json())
    except c2pa.C2paError.ManifestNotFound:
        return "none", []
    remarks = [status["code"] for status in told.get("validation_status", [])]
    return told["validation_state"], sorted(set(remarks))


@cache
def _identity() -> tuple[bytes, bytes]:
    """A chain of two certificates and the signer's key, new in every session, as PEM."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    root, leaf = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    pem = serialization.Encoding.PEM
    chain = [
        _certificate("signer", leaf, "root", root),
        _certificate("root", root, "root", root, authority=True),
    ]
    key = leaf.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return b"".join(one.public_bytes(pem) for one in chain), key


def _certificate(subject: str, key, issuer: str, issuers_key, authority: bool = False):
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    def name(text):
        parts = [(x509.NameOID.COMMON_NAME, text), (x509.NameOID.ORGANIZATION_NAME, "course")]
        return x509.Name([x509.NameAttribute(kind, value) for kind, value in parts])

    now = datetime.now(UTC)
    uses = dict.fromkeys(
        ["content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
         "encipher_only", "decipher_only"], False,
    )  # fmt: skip
    uses |= {"digital_signature": True, "key_cert_sign": authority, "crl_sign": authority}
    made = x509.CertificateBuilder(
        name(issuer), name(subject), key.public_key(), x509.random_serial_number(),
        now - timedelta(days=1), now + timedelta(days=365),
    )  # fmt: skip
    own, above = key.public_key(), issuers_key.public_key()
    made = made.add_extension(x509.BasicConstraints(authority, None), critical=True)
    made = made.add_extension(x509.KeyUsage(**uses), critical=True)
    made = made.add_extension(x509.SubjectKeyIdentifier.from_public_key(own), critical=False)
    made = made.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(above), critical=False
    )
    if not authority:
        purpose = x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.EMAIL_PROTECTION])
        made = made.add_extension(purpose, critical=False)
    return made.sign(issuers_key, hashes.SHA256())
