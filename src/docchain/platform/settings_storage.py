"""What the operator may choose of where data is kept, and how content is protected there."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr

from docchain.platform.settings_concerns import Concern, also


class StorageSettings(Concern):
    """Where data is kept."""

    data_dir: Path = Field(Path("data"), description="Folder of the databases and stored documents.")
    database_url: str = Field(
        "",
        validation_alias=also("DATABASE_URL", "DATABASE_URL"),
        description="Application database: `sqlite:///path` or `postgresql://user@host/name`. "
        "Empty: the file app.db in the data folder.",
    )
    database_wait: float = Field(30.0, ge=0, description="Seconds that a start waits for PostgreSQL to answer.")
    blob_url: str = Field(
        "",
        description="Store for documents: `s3://bucket/prefix`, `gs://bucket/prefix`, "
        "`az://container/prefix?account_name=…`, `s3://bucket?endpoint=http://minio:9000`, or a folder, "
        "`file:///srv/blobs`. Empty: the folder blobs in the data folder.",
    )
    compression: Literal["none", "gzip", "zip", "lz4", "zstd"] = Field(
        "zstd", description="How new content is compressed; a workspace may choose otherwise."
    )
    encryption: Literal["aes-256-gcm", "none"] = Field(
        "aes-256-gcm", description="How new content is encrypted; content that is stored stays readable either way."
    )
    encryption_key: SecretStr = Field(
        SecretStr(""),
        validation_alias=also("ENCRYPTION_KEY", "ENCRYPTION_KEY"),
        description="Master key of the content, at least 32 characters; it wraps the keys of workspaces. Empty: "
        "`encryption_key_file`, else one is made in the data folder (`encryption.key`), in development only. Without "
        "it no content can be read: keep it apart from backups of the content.",
    )
    encryption_key_file: Path | None = Field(None, description="A file that has the master key in it.")
    encryption_kms_command: list[str] = Field(
        [],
        description="A command of your key management service that is used where no master key is set, as a JSON list "
        'such as `["/usr/local/bin/kms"]`; it is called with `wrap` or `unwrap`, takes base64 on standard input and '
        "answers on standard output.",
    )
    encryption_old_keys: list[SecretStr] = Field(
        [],
        description="Earlier master keys, as a JSON list, until `docchain storage rotate-keys` has wrapped all keys "
        "under the present one.",
    )
    storage_threads: int = Field(
        2, ge=1, le=64, description="Threads that compress, encrypt and hash content at the same time."
    )
    quota_bytes: int = Field(0, ge=0, description="Bytes of documents a workspace may have; 0 is no limit.")
    quota_documents: int = Field(0, ge=0, description="Documents a workspace may have; 0 is no limit.")
    collect_grace: float = Field(
        86_400.0, ge=60, description="Seconds that content is kept at least, whether anything names it or not."
    )
    link_seconds_max: int = Field(
        7 * 86_400, ge=1, description="Longest time, in seconds, that a link to a document may be good for."
    )
    max_connections: int = Field(
        4,
        ge=1,
        le=200,
        validation_alias=also("MAX_CONNECTIONS", "MAX_CONNECTIONS"),
        description="Reader threads on SQLite, pooled connections on PostgreSQL.",
    )

    @property
    def app_database_url(self) -> str:
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'app.db'}"

    @property
    def on_postgres(self) -> bool:
        return not self.app_database_url.startswith("sqlite")

    @property
    def journal_path(self) -> Path:
        return self.data_dir.resolve() / "journal.db"

    @property
    def archive_dir(self) -> Path:
        return self.data_dir.resolve() / "archive"

    @property
    def spool_dir(self) -> Path:
        return self.data_dir.resolve() / "spool"

    @property
    def search_dir(self) -> Path:
        return self.data_dir.resolve() / "search"

    @property
    def blob_dir(self) -> Path:
        return self.data_dir.resolve() / "blobs"

    @property
    def lacks_key(self) -> bool:
        """Whether content is encrypted under a key that nobody chose, and that is not there yet."""
        named = self.encryption_key.get_secret_value() or self.encryption_key_file or self.encryption_kms_command
        chosen = self.encryption == "none" or bool(named)
        return not chosen and not (self.data_dir / "encryption.key").exists()
