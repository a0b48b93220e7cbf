"""The two workflows whose effects are counted: one that a receiver deduplicates, one that is never sent again."""

from typing import Any


def delivered(url: str) -> dict[str, Any]:
    """Computes, sends a webhook that the receiver applies once, and puts a file into a folder."""
    message = {"key": "${steps.made.key}", "double": "${steps.made.double}"}
    retry = {"attempts": 100, "initial": "50ms", "max": "1s"}
    webhook = {"url": f"{url}/once", "payload": message, "secret_env": "DOCCHAIN_SECRET_FAULTS"}
    files = [{"name": "result.json", "json": message}]
    return {
        "workflow": "delivered",
        "inputs": {"key": {"type": "string"}, "number": {"type": "integer"}},
        "steps": [
            {
                "id": "made",
                "use": "value.set",
                "with": {"values": {"key": "${inputs.key}", "double": "${inputs.number * 2}"}},
            },
            {"id": "told", "use": "deliver.webhook", "with": webhook, "retry": retry},
            {"id": "filed", "use": "deliver.folder", "with": {"files": files}, "retry": retry},
        ],
        "output": "${steps.made}",
    }


def appended(url: str) -> dict[str, Any]:
    """Calls a receiver that appends blindly; in doubt it is never called again."""
    request = {"method": "POST", "url": f"{url}/append", "json": {"key": "${inputs.key}"}}
    return {
        "workflow": "appended",
        "inputs": {"key": {"type": "string"}, "number": {"type": "integer"}},
        "steps": [
            {"id": "made", "use": "value.set", "with": {"values": {"double": "${inputs.number * 2}"}}},
            {"id": "sent", "use": "http.request", "with": request, "in_doubt": "park"},
        ],
        "output": {"key": "${inputs.key}", "double": "${steps.made.double}"},
    }
