"""Secrets: credentials that steps and sources use, sealed, never read back."""

from docchain.features.secrets.errors import VaultWithoutKey
from docchain.features.secrets.house import Vault
from docchain.features.secrets.schemas import SecretName
from docchain.features.secrets.uses import User as SecretUser

__all__ = ["SecretName", "SecretUser", "Vault", "VaultWithoutKey"]
