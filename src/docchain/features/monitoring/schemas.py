"""What health answers."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Check(BaseModel):
    status: Literal["ok", "failed"]
    latency_ms: float
    detail: str | None = Field(None, description="Only if it failed: what to look at.")


class Health(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "status": "ok",
                "version": "0.1.0",
                "uptime_seconds": 86.4,
                "checks": {
                    "process": {"status": "ok", "latency_ms": 0.1, "detail": None},
                    "database": {"status": "ok", "latency_ms": 0.6, "detail": None},
                },
            }
        }
    )

    status: Literal["ok", "failed"] = Field(description="`ok` if every check is.")
    version: str
    uptime_seconds: float
    checks: dict[str, Check]


class Live(BaseModel):
    model_config = ConfigDict(json_schema_extra={"example": {"status": "ok"}})

    status: Literal["ok"] = "ok"
