"""What the operator may choose, one class per concern: each setting with its variable, default, bounds and meaning."""

from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, AliasChoices, Field, PositiveFloat, PositiveInt, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

DEFAULT_ADMIN_PASSWORD = "admin123"  # noqa: S105 - documented, and refused outside development
DEFAULT_SECRET_KEY = "development-only-secret-key-change-me"  # noqa: S105 - the same
PREFIX = "DOCCHAIN_"
_MIB = 1024 * 1024
_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - compared with, not listened on


def also(name: str, *others: str) -> AliasChoices:
    """Our own name of a variable, and the familiar ones that are read, too."""
    return AliasChoices(PREFIX + name, *others)


class Concern(BaseSettings):
    """Base of the concerns."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file_encoding="utf-8", extra="ignore", frozen=True, validate_by_name=True
    )


def web_address(value: str) -> str:
    parts = urlsplit(value)
    if value and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment):
        raise ValueError("write the address that others call, such as https://flows.example.com")
    return value.rstrip("/")


class ServerSettings(Concern):
    """Where the server listens."""

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 picks a free one.")
    public_url: Annotated[str, AfterValidator(web_address)] = Field(
        "",
        description="Where others find the server, such as `https://flows.example.com`; links that it hands out begin "
        "with it. Empty: the address that it listens on.",
    )
    stop_timeout: float = Field(10.0, gt=0, description="Seconds that running requests get to finish at a stop.")
    head_timeout: float = Field(
        15.0, gt=0, description="Seconds for the head of a request; who says less in that time is disconnected."
    )
    stop_linger: float = Field(
        0.5,
        ge=0,
        description="Seconds at a stop in which who is connected is still answered, and told to connect elsewhere; "
        "less if nobody asks.",
    )
    worker_health_port: int = Field(
        0, ge=0, le=65535, description="Port where `docchain worker` answers /health/live and /health/ready; 0: none."
    )
    worker_health_host: str = Field(
        "127.0.0.1", description="Address of that port; `0.0.0.0` for an orchestrator that probes from outside."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least important log line.")
    log_format: Literal["console", "json"] = Field("console", description="Log lines for people or for machines.")

    @property
    def url(self) -> str:
        """What links to the server begin with."""
        host = "localhost" if self.host in _EVERYWHERE else self.host
        shown = f"[{host}]" if ":" in host else host
        return self.public_url or f"http://{shown}:{self.port}"


class SecuritySettings(Concern):
    """Who gets in."""

    profile: Literal["development", "production"] = Field(
        "development", description="`production` refuses default secrets."
    )
    admin_password: SecretStr = Field(
        SecretStr(DEFAULT_ADMIN_PASSWORD), description="Password of the first user, `admin`, set at the first start."
    )
    secret_key: SecretStr = Field(
        SecretStr(DEFAULT_SECRET_KEY),
        validation_alias=also("SECRET_KEY", "JWT_SECRET_KEY"),
        description="Signs access tokens and links; at least 32 characters in production.",
    )
    access_token_minutes: int = Field(60, ge=1, le=24 * 60, description="How long an access token lasts.")
    refresh_token_days: int = Field(14, ge=1, le=365, description="How long a sign-in can be refreshed.")
    session_days: int = Field(
        30, ge=1, le=365, description="How long a session lasts at most, however often it is used or refreshed."
    )
    session_idle_minutes: int = Field(
        12 * 60, ge=5, le=60 * 24 * 30, description="How long a session in a browser lasts without being used."
    )
    challenge_minutes: int = Field(
        5, ge=1, le=60, description="How long somebody whose password was right has for the second factor."
    )
    api_keys_max: int = Field(50, ge=1, le=1_000, description="Most API keys of one user in a workspace.")
    api_key_days: int = Field(90, ge=1, le=3_650, description="How long an API key lasts that names no end.")
    api_key_overlap_hours: int = Field(
        24, ge=0, le=24 * 30, description="How long the former secret of an API key works after it was rotated."
    )
    registration: Literal["closed", "invited", "open"] = Field(
        "closed",
        description="Who may create a user: nobody, who has an invitation to a workspace, or anybody, who then gets a "
        "workspace of their own.",
    )
    sign_in_failures: int = Field(
        5,
        ge=1,
        le=100,
        description="Wrong passwords for a user from one address before both have to wait, ever longer.",
    )
    sign_in_failures_address: int = Field(
        30, ge=1, le=10_000, description="Wrong passwords from one address, for whomever, before it has to wait."
    )
    sign_in_failures_user: int = Field(
        20,
        ge=1,
        le=10_000,
        description="Wrong passwords for a user from wherever before those have to wait who come from an address that "
        "the user never signed in from.",
    )
    sign_in_longest_wait: int = Field(
        300, ge=1, le=86_400, description="Seconds that somebody has to wait at most after wrong passwords."
    )
    password_threads: int = Field(2, ge=1, le=16, description="How many passwords are checked at the same time.")
    password_queue: int = Field(
        200, ge=1, le=10_000, description="How many passwords may wait to be checked; more are told to try again."
    )


class LimitSettings(Concern):
    """How much one request, document or step may use."""

    max_upload_bytes: int = Field(1024 * _MIB, ge=1, description="Largest document that can be uploaded.")
    max_body_bytes: int = Field(4 * _MIB, ge=1024, description="Largest JSON or YAML body of a request.")
    max_url_bytes: int = Field(8 * 1024, ge=256, le=60_000, description="Longest path and query of a request.")
    max_header_bytes: int = Field(32 * 1024, ge=1024, le=400_000, description="Largest headers of a request, together.")
    max_nesting: int = Field(64, ge=8, le=512, description="Deepest nesting of a JSON or YAML value.")
    max_pages: int = Field(2000, ge=1, description="Most pages of a document that are parsed.")
    max_ocr_pages: int = Field(200, ge=0, description="Most pages of a document that are recognised (OCR).")
    max_image_pixels: int = Field(100_000_000, ge=1, description="Largest image that is opened, in pixels.")
    require_if_match: bool = Field(
        default=True,
        description="Refuse with 428 what changes or deletes a resource and does not say by `If-Match` which state "
        "it was made on; `false` lets the last one win.",
    )
    queue_max: int = Field(
        100_000, ge=1, description="Runs of one workspace that may wait to start; beyond it new ones get a 429."
    )
    bulk_max: int = Field(10_000, ge=1, le=10_000, description="Most runs that one bulk order controls.")
    bulk_workflows_max: int = Field(
        500, ge=1, le=10_000, description="Most workflows that one bulk order creates, changes or executes."
    )
    bulk_documents_max: int = Field(
        10_000, ge=1, le=10_000, description="Most documents that one bulk order files, deletes or restores."
    )
    max_bundle_bytes: int = Field(
        64 * 1024 * 1024, ge=1024, description="Largest bundle of workflows, its files unpacked."
    )
    hot_reads_mb: int = Field(
        32, ge=0, le=65_536, description="Memory for answers that are kept to be sent again, in MiB; 0 keeps none."
    )
    max_event_bytes: int = Field(64 * 1024, ge=256, description="Largest data of an event from outside.")
    limit_kinds: dict[str, PositiveInt] = Field(
        {}, description='Steps of a kind that run at once, as JSON, such as `{"document.parse": 4}`.'
    )
    limit_providers: dict[str, PositiveInt] = Field(
        {}, description='Steps that call one provider or host at once, as JSON, such as `{"api.example.com": 5}`.'
    )
    limit_rates: dict[str, tuple[PositiveInt, PositiveFloat]] = Field(
        {},
        description="Steps of a kind, or calls of a provider, that begin within so many seconds, as JSON, such as "
        '`{"api.example.com": [60, 60]}`.',
    )
    limit_workspace: int = Field(0, ge=0, description="Steps of one workspace that run at once; 0 is no limit.")
    run_window: int = Field(
        4_096, ge=64, description="Runs kept in memory, 64 at least; every workspace there gets its share."
    )


class LiveSettings(Concern):
    """What sockets and event streams may use."""

    live_connections: int = Field(5_000, ge=1, description="Sockets and event streams of one process.")
    live_user_connections: int = Field(100, ge=1, description="Sockets and event streams of one user in a process.")
    live_rooms: int = Field(1_100, ge=1, description="Rooms, types of events and others that one socket listens to.")
    live_message_bytes: int = Field(64 * 1024, ge=256, description="Largest message that a client may send.")
    live_message_rate: float = Field(
        20.0, gt=0, description="Messages that a client may send in a second, on average; twice as many at once."
    )
    live_queue: int = Field(1_000, ge=10, description="Messages that may wait for a client that reads slowly.")
    live_queue_bytes: int = Field(_MIB, ge=1024, description="The same in bytes.")
    live_stall: float = Field(10.0, gt=0, description="Seconds after which a client that reads nothing is cut.")
    live_authenticate: float = Field(5.0, gt=0, description="Seconds that a socket has to sign in.")
    live_idle: float = Field(3_600.0, gt=0, description="Seconds after which a client that sends nothing is cut.")
    live_heartbeat: float = Field(25.0, gt=0, description="Seconds without an event after which a heartbeat is sent.")
    live_ticket: float = Field(30.0, gt=0, le=3_600, description="Seconds that a ticket for a socket is good for.")
    live_origins: list[str] = Field(
        [],
        description="Other web pages that may open sockets with the sign-in cookie, as a JSON list of origins, such as "
        '`["https://portal.example.com"]`.',
    )


class ProcessSettings(Concern):
    """Child processes for heavy work: parsing, OCR, rendering."""

    workers: int = Field(
        2,
        ge=1,
        le=256,
        validation_alias=also("WORKERS", "WORKERS"),
        description="Child processes that parse, recognise and render.",
    )
    process_memory_mb: int = Field(2048, ge=128, description="Memory one child process may use, in MiB.")
    process_timeout: float = Field(300.0, gt=0, description="Seconds one piece of heavy work may take.")
    template_timeout: float = Field(5.0, gt=0, description="Seconds one text template may take.")
    process_tasks: int = Field(200, ge=1, description="Pieces of work after which a child process is replaced.")
    process_answer_mb: int = Field(256, ge=1, description="Largest file that a child process may make, in MiB.")
    process_queue: int = Field(
        1_000, ge=1, description="Pieces of work of a workspace that may wait for a child process; more fail."
    )


class EngineSettings(Concern):
    """How runs are executed."""

    step_concurrency: int = Field(256, ge=1, description="Steps that run at the same time.")
    step_timeout: float = Field(600.0, gt=0, description="Seconds a step may take if its definition does not say.")
    step_grace: float = Field(
        1.5, ge=0, description="Seconds that steps under way get at a stop; the others go on after the next start."
    )
    step_log_lines: int = Field(200, ge=1, le=10_000, description="Lines that one attempt of a step may log.")
    step_log_bytes: int = Field(
        65_536, ge=1_024, le=1_048_576, description="Bytes of messages and fields that one attempt may log."
    )
    execute: bool = Field(
        default=True,
        description="Whether a server executes runs, too; `false` only on PostgreSQL, beside `docchain worker`.",
    )
    lease_seconds: float = Field(
        6.0, ge=1, le=60, description="On PostgreSQL, seconds after which another process takes over from a dead one."
    )
    inline_blob_bytes: int = Field(
        32 * 1024, ge=0, description="Products up to this size are kept in the journal itself."
    )
    example_workspace: bool = Field(
        default=True, description="Load the example workspace at the first start of the server."
    )


class RetentionSettings(Concern):
    """How long ended runs are kept; a workflow's own `retention` goes first, then its origin's, then the general one.

    Nothing set, nothing is ever removed.
    """

    retention: dict[str, Any] = Field(
        {},
        description="How long runs are kept, as JSON: times by outcome (`succeeded`, `failed`, `rejected`, "
        "`cancelled`), `payload` for their inputs and outputs, and `archive`; such as "
        '`{"succeeded": "90d", "failed": "1y", "payload": "30d"}`.',
    )
    retention_origins: dict[str, dict[str, Any]] = Field(
        {}, description='The same by origin of the runs, as JSON, such as `{"system": {"succeeded": "7d"}}`.'
    )
    retention_every: float = Field(3_600.0, ge=1, description="Seconds between sweeps of retention.")
    trash_days: int = Field(
        30,
        ge=0,
        description="Days that documents stay in the trash before they are purged; their type may say otherwise.",
    )


class OutgoingSettings(Concern):
    """What steps may reach in the outside world."""

    outgoing_allow: list[str] = Field(
        [],
        description="Private addresses that HTTP steps may call, as a JSON list of `host:port`. Public ones are "
        "always allowed.",
    )
    outgoing_timeout: float = Field(30.0, gt=0, description="Seconds one outgoing call may take.")
    outgoing_max_bytes: int = Field(10 * _MIB, ge=1, description="Largest answer of an outgoing call.")
    delivery_roots: list[Path] = Field(
        [],
        description="Folders that steps may deliver into, as a JSON list. Empty: the folder deliveries in the data "
        "folder.",
    )
