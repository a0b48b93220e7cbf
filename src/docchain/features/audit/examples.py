"""The example world of the audit, as its published description shows it."""

from typing import Any, Final

_ID: Final = "019a0b1c-5a2e-7c40-9a6e-2f4f6d1c8b10"
_AT: Final = "2026-05-01T12:00:00Z"
ENTRY: Final[dict[str, Any]] = {
    "position": 42,
    "id": _ID,
    "at": _AT,
    "actor": "admin",
    "actor_id": _ID,
    "type": "workflow.status_changed",
    "outcome": "done",
    "resource_kind": "workflow",
    "resource_id": _ID,
    "data": {"workflow": "workflow_1", "name": "pay_invoice", "before": "draft", "status": "active"},
    "changes": {"status": {"before": "draft", "after": "active"}},
    "source": {"door": "api", "address": "192.0.2.7", "agent": "2f1c6a3d9e100199"},
    "request_id": "0199f5e2-7c7e-7a4b-b6e5-2f1c6a3d9e10",
    "sealed": True,
}
STREAM: Final[dict[str, Any]] = {"name": "siem", "kind": "file", "target": "security", "types": ["user.*", "session.*"]}
RULE: Final[dict[str, Any]] = {
    "name": "Many refusals",
    "severity": "high",
    "match": {"types": ["security.*"], "actors": [], "resource_kinds": [], "outcome": "refused"},
    "threshold": 10,
    "window_seconds": 60,
}
STREAM_SHOWN: Final = STREAM | {
    "id": _ID,
    "handle": "stream_1",
    "delivered": 17,
    "position": 42,
    "trouble": "",
    "troubled_since": None,
    "signing_key": None,
    "created_at": _AT,
}
RULE_SHOWN: Final = RULE | {"id": _ID, "handle": "rule_1", "created_at": _AT}
ALERT: Final[dict[str, Any]] = {
    "id": _ID,
    "handle": "alert_1",
    "rule_id": _ID,
    "rule": "Many refusals",
    "severity": "high",
    "entries": [33, 35, 42],
    "raised_at": _AT,
    "acknowledged_at": None,
    "acknowledged_by": None,
}
CHAIN: Final[dict[str, Any]] = {
    "checkpoints": 12,
    "sealed_until": 42,
    "digest": "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b",
    "sealed_at": _AT,
    "public_key": "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrb",
}
REPORT: Final[dict[str, Any]] = {
    "report": "changes",
    "title": "Changes",
    "made_at": _AT,
    "after": None,
    "before": None,
    "columns": ["at", "actor", "type", "resource", "outcome", "evidence"],
    "lines": [[_AT, "admin", "workflow.created", "workflow workflow_1", "done", "entry 42"]],
    "cut": False,
}
