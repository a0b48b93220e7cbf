"""The example world: one workspace's small story, so that every operation's example fits those of the others."""

from typing import Any, Final

Json = dict[str, Any]

ORDER: Final = """\
# Reads an invoice, waits until it is paid, asks a person, and lets the bank have the last word.
workflow: pay_invoice
title: Pay an invoice
inputs:
  document: {type: document}
  copies: {type: list, default: [buyer, seller]}
steps:
  - id: text
    use: document.parse
    with: {document: "${inputs.document}"}
  - id: fields
    use: extract.fields
    with: {document: "${steps.text.document}", schema: {$ref: invoice}}
  - id: copy
    use: text.template
    for_each: "${inputs.copies}"
    with: {template: "For the {{ item }}", data: {item: "${item}"}}
  - id: payment
    use: wait
    with: {signal: paid}
  - id: approve
    use: human.approval
    with:
      title: Close the invoice
      form: {cost_centre: {type: enum, options: [A, B]}}
  - id: bank
    use: wait
    with: {callback: true}
"""
INVOICE: Final = """\
<html><body><h1>INVOICE</h1><p>Invoice number: 2026-114</p><p>Invoice date: 2026-05-01</p>
<p>Subtotal: 1000.00 EUR</p><p>VAT 21%: 210.00 EUR</p><p>Total: 1210.00 EUR</p></body></html>
"""

ANYWHERE: Final[Json] = {
    "workflow": "workflow_1",
    "ai_workflow": "ai_workflow_1",
    "run": "run_1",
    "document": "document_1",
    "approval": "approval_1",
    "number": 1,
    "label": "production",
    "node": "farewell",
    "source": "text",
    "to": "farewell",
    "limit": 20,
    "total": True,
    "if-match": "*",
    "prefer": "return=representation",
    "token": "t0k3n-of-the-waiting-step",
    "connection": "019a0b1c-5a2e-7c40-9a6e-2f4f6d1c8b10",
    "wait": 30,
    "passkey": "019a0b1c-5a2e-7c40-9a6e-2f4f6d1c8b77",
    "on_conflict": "rename",
    "saved": "search_1",
    "secret": "erp_token",
    "prompt": "prompt_1",
    "evaluation": "evaluation_1",
}
"""Parameters that mean the same wherever they are."""

_FILTER: Final[Json] = {
    "q": "greeting",
    "status": ["draft", "active"],
    "tag": ["demo"],
    "type": ["workflow"],
    "owner": "admin",
    "created_after": "2026-01-01T00:00:00Z",
    "created_before": "2099-01-01T00:00:00Z",
    "updated_after": "2026-01-01T00:00:00Z",
    "updated_before": "2099-01-01T00:00:00Z",
}
_ITEMS: Final[Json] = {"run": "run_2", "step": "copy", "status": ["done"]}
_LINES: Final[Json] = {"run": "run_2", "step": "copy", "level": "info", "attempt": 1}
_TABLE: Final[Json] = {"name": "suppliers"}
_SETTING: Final[Json] = {"name": "outgoing"}
_OF_USER: Final = (
    *(f"{what}_user" for what in ("read", "change", "delete", "disable", "enable", "place", "displace")),
    *("end_sessions_of_user", "reset_password_of_user", "change_member", "remove_member", "remove_factors_of_user"),
)
_OF_WORKSPACE: Final = ("read_any_workspace", "rename_any_workspace", "set_workspace_quota", "erase_any_workspace")
_UUID: Final = "019a0b1c-5a2e-7c40-9a6e-2f4f6d1c8b77"
PARAMETERS: Final[dict[str, Json]] = {
    **{f"{what}_api_key": {"key": _UUID} for what in ("read", "rename", "rotate", "revoke")},
    **{f"{what}_role": {"role": "bookkeeper"} for what in ("read", "replace", "delete")},
    "list_api_keys": {"everybody": False},
    "delete_grant": {"grant": _UUID},
    "delete_restriction": {"kind": "workflow", "thing": "workflow_1"},
    "explain_permission": {"action": "workflows:execute", "user": "admin", "resource": "workflow:workflow_1"},
    **{f"{what}_setting": _SETTING for what in ("read", "change", "roll_back")},
    "read_setting_history": _SETTING,
    "check_ai_provider": {"provider": "local"},
    **{f"{what}_ai_budget": {"budget": "ai_budget_1"} for what in ("read", "change", "delete")},
    "list_prompts": {"tag": "invoice", "search": "approve"},
    "compare_prompt_versions": {"from": 1, "to": "latest"},
    **{f"{what}_prompt_version": {"label": "test"} for what in ("label", "unlabel")},
    "read_evaluation_run": {"run": _UUID},
    "compare_evaluation_runs": {"from": _UUID, "to": _UUID},
    "delete_example": {"example": _UUID},
    "read_ai_usage": {"group": "model", "since": "2026-01-01T00:00:00Z", "until": "2099-01-01T00:00:00Z"},
    "list_ai_calls": {"run": None, "document": None, "provider": "local", "state": "confirmed"},
    "drop_ai_cache": {"document": None},
    "list_ai_corrections": {"document": None, "schema_key": None, "state": "kept", "origin": "person"},
    "read_ai_correction_examples": {"schema": "invoice"},
    "withdraw_ai_correction": {"correction": "ai_correction_1"},
    "list_workflows": _FILTER | {"deleted": False, "sort": "-updated_at"},
    "list_ai_workflows": {
        "q": "incidencias",
        "workflow_type": ["summarization"],
        "status": ["draft"],
        "tag": ["ai"],
        "owner": "admin",
        "sort": "-created_at",
    },
    **{f"{what}_chain": {"link": "chain_link_1"} for what in ("continue", "branch")},
    **{f"{what}_ai_template": {"template": "incident_summary"} for what in ("read", "update", "delete")},
    "read_ai_workflow_stats": {"days": 30},
    "title_chain_link": {"link": "chain_link_1"},
    "read_chain_document": {"format": "md"},
    "export_workflows": _FILTER | {"versions": True},
    "compare_workflow_versions": {"from": 1, "to": "draft"},
    "export_workflow": {"format": "yaml", "version": "latest"},
    "list_runs": {
        "status": ["succeeded"],
        "workflow": "workflow_1",
        "origin": "api",
        "in_doubt": False,
        "mode": "normal",
        "children": False,
        "system": False,
        "sort": "-created_at",
    },
    "list_run_step_items": _ITEMS,
    "read_run_logs": _LINES,
    "read_run_step_logs": _LINES,
    "read_run_timeline": {"run": "run_2", "items": 100},
    "read_field_lineage": {"run": "run_2", "step": "fields", "field": "total"},
    "pause_run": {"run": "run_2"},
    "resume_run": {"run": "run_2"},
    "signal_run": {"run": "run_2"},
    "resolve_run": {"run": "run_3"},
    "retry_run": {"run": "run_3"},
    "cancel_run": {"run": "run_3"},
    "read_what_if": {"run": "run_7"},
    "list_approvals": {"status": ["pending"], "mine": True, "sort": "created_at"},
    "list_documents": {
        "name": "invoice",
        "media_type": "text/html",
        "origin": "upload",
        "status": "inbox",
        "created_after": "2026-01-01T00:00:00Z",
        "created_before": "2099-01-01T00:00:00Z",
        "held": False,
        "deleted": False,
        "sort": "-created_at",
    },
    "read_document_type": {"type": "invoice"},
    "replace_document_type": {"type": "invoice"},
    "delete_document_type": {"type": "invoice"},
    "read_correspondent": {"correspondent": "Acme S.L."},
    "replace_correspondent": {"correspondent": "Acme S.L."},
    "delete_correspondent": {"correspondent": "Acme S.L."},
    "read_collection": {"collection": "Audit 2026"},
    "replace_collection": {"collection": "Audit 2026"},
    "delete_collection": {"collection": "Audit 2026"},
    "compare_document_versions": {"old": 1, "new": 2},
    "compare_document_pages": {"old": 1, "new": 2, "first": 1, "limit": 5},
    "see_page_difference": {"page": 1, "old": 1, "new": 2},
    "list_document_duplicates": {"at_least": 0.5},
    "read_document_prov": {"version": 1},
    "upload_document": {"name": "invoice.html"},
    "upload_document_version": {"name": "invoice.html"},
    "read_document_thumbnail": {"size": 256, "version": 1},
    "read_document_page": {"picture": "1.png", "width": 800, "version": 1},
    "read_searchable_pdf": {"version": 1},
    "read_document_pages": {"version": 1},
    "read_document_page_text": {"version": 1},
    "read_intake_source": {"source": "intake_source_1"},
    "replace_intake_source": {"source": "intake_source_1"},
    "delete_intake_source": {"source": "intake_source_1"},
    "send_to_hook": {"token": "t0k3n-of-the-hook"},
    "download_linked_file": {"token": "t0k3n-of-the-link"},
    "load_lookup_table": {"name": "suppliers", "types": ["nif:tax_id"]},
    "read_lookup_table": _TABLE,
    "read_lookup_rows": _TABLE | {"from_row": 1},
    "look_up_row": _TABLE,
    "delete_lookup_table": _TABLE,
    "list_intake": {
        "source": "upload",
        "outcome": "accepted",
        "name": "invoice",
        "received_after": "2026-01-01T00:00:00Z",
        "received_before": "2099-01-01T00:00:00Z",
        "sort": "-received_at",
    },
    "search": {
        "q": "invoice",
        "mode": "hybrid",
        "kind": ["document"],
        "filter": ["origin:upload", "created:2026.."],
        "facet": ["media_type", "month"],
        "facet_size": 10,
        "sort": "relevance",
        "offset": 0,
        "highlight": True,
    },
    "suggest": {"q": "invo"},
    "find_similar": {"kind": ["document"], "filter": ["origin:upload"]},
    "list_connections": {"user": "admin"},
    **{name: {"user": "carla", "workspace": "payable"} for name in _OF_USER},
    **{name: {"workspace": "payable"} for name in _OF_WORKSPACE},
    "list_users": {"q": "carla", "disabled": False, "installation_admin": False, "workspace": "default"},
    "list_workspaces": {"q": "pay"},
    "revoke_invitation": {"invitation": "019a0b1c-5a2e-7c40-9a6e-2f4f6d1c8b77"},
    "stream_run_events": {"after": 0},
    "delete_audit_stream": {"stream": "stream_1"},
    "delete_audit_rule": {"rule": "rule_1"},
    "acknowledge_audit_alert": {"alert": "alert_1"},
    "read_audit_report": {
        "report": "changes",
        "format": "json",
        "after": "2026-01-01T00:00:00Z",
        "before": "2099-01-01T00:00:00Z",
    },
    "list_audit_entries": {
        "actor": "admin",
        "type": "workflow.*",
        "resource_kind": "workflow",
        "outcome": "done",
        "after": "2026-01-01T00:00:00Z",
        "before": "2099-01-01T00:00:00Z",
        "q": "pay_invoice",
        "scope": "workspace",
    },
}
"""Parameters that an operation shows differently, or that only it has."""

_FILE: Final[Json] = {
    "multipart/form-data": {"file": INVOICE, "name": "invoice.html"},
    "application/octet-stream": INVOICE,
}
_DEFINITION: Final[Json] = {"workflow": "imported", "steps": []}
_PIECE: Final[Json] = {"application/offset+octet-stream": INVOICE}
_SUPPLIERS: Final = 'nif,nombre\nB31227705,"Jardines del Manzanares, S.L."\n'
BODIES: Final[dict[str, Json]] = {
    "create_tus_upload": _PIECE,
    "send_to_hook": {
        "application/octet-stream": INVOICE,
        "application/json": {"name": "note.txt", "content": "bm90YQ=="},
    },
    "append_to_tus_upload": _PIECE,
    "load_lookup_table": {"text/csv": _SUPPLIERS, "application/octet-stream": _SUPPLIERS},
    "import_workflow": {"application/yaml": ORDER, "application/json": _DEFINITION},
    "upload_document": _FILE,
    "upload_document_version": _FILE,
    "add_node": {
        "application/json": {
            "id": "farewell",
            "use": "text.template",
            "with": {"template": "Goodbye {{ name }}!", "data": "${inputs}"},
            "after": "text",
        }
    },
    "move_node": {"application/json": {"before": "text"}},
    "change_node": {
        "application/json": {"with": {"template": "Adiós {{ name }}!", "data": "${inputs}"}, "when": None},
    },
    "execute_named_workflow": {
        "application/json": {"workflow_id": 2, "parameters": {"document": "document_1"}},
    },
    "try_workflow_steps": {
        "application/json": {"steps": ["text"], "inputs": {"name": "Eva"}, "dry": True, "wait": 30},
    },
    "signal_run": {"application/json": {"step": "payment", "signal": "paid", "payload": {"amount": "1210.00"}}},
    "resolve_run": {"application/json": {"step": "deliver", "outcome": "failed"}},
    "retry_run": {"application/json": {"steps": ["deliver"], "reason": "The service is back"}},
    "fork_run": {"application/json": {"from": "text", "inputs": {"name": "Luis"}, "version": "latest"}},
    "control_runs": {
        "application/json": {
            "action": "restart",
            "filter": {"status": ["succeeded"], "workflow": "workflow_1"},
            "canary": {"count": 1, "within": "5m"},
            "reason": "The template was wrong",
        }
    },
}
"""Bodies by media type, where the example of their schema does not fit the story."""


def parameter_example(operation: str, name: str) -> Any:
    """What an operation's parameter is shown with; `None` if only an answer can tell."""
    return PARAMETERS.get(operation, {}).get(name, ANYWHERE.get(name))
