"""What health answers."""

from typing import Literal

from pydantic import ConfigDict, Field

from docchain.platform.model import Model


class Check(Model):
    status: Literal["ok", "degraded", "failed"]
    latency_ms: float
    detail: str | None = Field(None, description="Only if it is not ok: what to look at.")
    shows: dict[str, str | int | None] = Field(
        {},
        description="Of the engine: the `role` of this process (`executes`, `stands_by` or `serves`), the process by "
        "which runs are `executed_by`, and `broken_runs` that stand still in this one.",
    )


class Health(Model):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "status": "ok",
                "version": "0.1.0",
                "uptime_seconds": 86.4,
                "checks": {
                    "process": {"status": "ok", "latency_ms": 0.1, "detail": None, "shows": {}},
                    "database": {"status": "ok", "latency_ms": 0.6, "detail": None, "shows": {}},
                    "engine": {
                        "status": "ok",
                        "latency_ms": 0.1,
                        "detail": None,
                        "shows": {"role": "stands_by", "executed_by": "node-1:4711", "broken_runs": 0},
                    },
                },
            }
        }
    )

    status: Literal["ok", "degraded", "failed"] = Field(
        description="That of the worst check; `degraded` still serves, and somebody should look."
    )
    version: str | None = Field(None, description="Not told to strangers.")
    uptime_seconds: float | None = Field(None, description="Not told to strangers.")
    checks: dict[str, Check] = Field({}, description="By part. Strangers are told only whether the server stops.")


class Live(Model):
    model_config = ConfigDict(json_schema_extra={"example": {"status": "ok"}})

    status: Literal["ok"] = "ok"
