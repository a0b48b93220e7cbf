"""Why a request about secrets is refused."""

from docchain.platform.errors import Conflict, Invalid, NotFound, Refusal, Stale


class SecretNotFound(NotFound):
    code = "secret_not_found"
    title = "There is no such secret"


class SecretNameTaken(Conflict):
    code = "secret_name_taken"
    title = "There is a secret of this name"


class SecretChanged(Stale):
    code = "secret_changed"
    title = "The secret was changed since you read it"


class TooManySecrets(Conflict):
    code = "too_many_secrets"
    title = "The workspace has as many secrets as it may have"


class SecretNotFor(Invalid):
    code = "secret_not_for_host"
    title = "The secret must not be sent there"


class SecretUnreadable(Refusal):
    code = "secret_unreadable"
    title = "The secret cannot be opened"
    status = 500


class VaultWithoutKey(Refusal):
    code = "vault_without_key"
    title = "There is no key to seal secrets with"
    status = 503

    def __init__(self) -> None:
        super().__init__(
            "Nothing is encrypted here, and no master key is set.",
            hint="Set DOCCHAIN_ENCRYPTION_KEY, DOCCHAIN_ENCRYPTION_KEY_FILE or DOCCHAIN_ENCRYPTION_KMS_COMMAND.",
        )
