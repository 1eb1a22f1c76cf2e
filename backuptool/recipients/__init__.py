r"""Recipients may open a bundle. A host that has only their public keys cannot open its own old backups.

Each bundle has a random passphrase of its own, sealed for each recipient with RSA-OAEP (RFC 8017, 7.1; sha256 twice):
    openssl pkeyutl -decrypt -inkey identity.pem -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256 \
        -pkeyopt rsa_mgf1_md:sha256 -in passphrase.sealed.1 -out passphrase.txt
Whoever has the public key can seal: who made a bundle is only said by its signature (signature.py).
"""

from backuptool.recipients.identity import Identity, new_identity, read_identity
from backuptool.recipients.recipient import Recipient, new_passphrase, read_recipient, read_recipients, seal

__all__ = [
    "Identity", "Recipient", "new_identity", "new_passphrase", "read_identity", "read_recipient", "read_recipients",
    "seal",
]  # fmt: skip
