"""In which order the published examples make sense: each story begins on a server that knows nothing yet."""

import base64
import hmac
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import typst
from proving_stories import PROVED, PROVING, REGISTERED
from rights_stories import GIVEN, GIVING
from tenant_stories import ADMINISTERING, TENANT_BODIES, TENANT_PARAMETERS

_STACK: Final = typst.compile(b"One #pagebreak() Two #pagebreak() Three")

WORK: Final = (
    "health ready live login register me refresh list_step_kinds read_workflow_schema validate_workflow "
    "create_workflow import_workflow list_workflows read_workflow update_workflow publish_workflow "
    "list_workflow_versions read_workflow_version note_workflow_version label_workflow_version export_workflow "
    "compare_workflow_versions execute_workflow list_runs read_run read_run_history stream_run_events "
    "upload_document list_documents read_document list_document_versions read_document_version download_document "
    "download_document_version read_document_lineage read_document_version_lineage execute_named_workflow "
    "list_run_step_items read_run_logs read_run_step_logs read_run_timeline "
    "read_field_lineage pause_run resume_run signal_run list_approvals read_approval "
    "answer_approval call_back resolve_run retry_run cancel_run restart_run fork_run try_workflow_steps "
    "try_past_runs read_what_if control_runs publish_event read_retention list_nodes add_node read_node "
    "move_node change_node list_edges connect_nodes disconnect_nodes read_workflow_graph remove_node "
    "restore_workflow_version unlabel_workflow_version change_workflow_status upload_document_version "
    "search search_by_body suggest find_similar read_search_status rebuild_search save_search list_saved_searches "
    "read_saved_search run_saved_search change_saved_search delete_saved_search "
    "delete_document delete_workflow restore_workflow change_workflows export_workflows import_workflows "
    "create_audit_rule list_audit_rules create_audit_stream list_audit_streams delete_audit_stream delete_audit_rule "
    "list_audit_entries read_audit_chain read_audit_report list_audit_alerts acknowledge_audit_alert "
    "read_session list_sessions validate_security_input list_security_events read_security_stats "
    "list_watched_threats "
    "end_session end_other_sessions create_ticket read_socket_stats list_connections close_connection logout"
)
FILING: Final = (
    "login create_document_type list_document_types read_document_type upload_document update_document "
    "list_document_tags change_documents hold_document release_document read_document_retention restore_document "
    "create_correspondent list_correspondents read_correspondent replace_correspondent "
    "create_collection list_collections read_collection replace_collection replace_document_type "
    "read_document_thumbnail read_document_page read_searchable_pdf read_document_pages read_document_page_text "
    "upload_document_version compare_document_versions compare_document_pages see_page_difference "
    "list_document_duplicates restore_document_version read_document_prov "
    "propose_document_pages split_document edit_document_pages merge_documents release_document_retention "
    "purge_document delete_document_type delete_correspondent delete_collection"
)
"""Documents under types, compared, kept, proved, looked at."""
ARRIVING: Final = (
    "login read_document_einvoice upload_document fetch_document create_document_link download_linked_file "
    "list_document_links revoke_document_link "
    "create_intake_source list_intake_sources read_intake_source replace_intake_source send_to_hook "
    "read_tus_options create_tus_upload list_tus_uploads read_tus_upload append_to_tus_upload drop_tus_upload "
    "list_intake read_intake_item read_intake_rules set_intake_rules delete_intake_source "
    "export_documents load_lookup_table list_lookup_tables read_lookup_table read_lookup_rows look_up_row "
    "delete_lookup_table read_storage_usage read_storage_quota set_storage_quota verify_storage "
    "read_storage_moves collect_storage"
)
"""How documents come in, where they are stored, and what is made of their data."""
PROTECTING: Final = (
    "login create_secret list_secrets read_secret change_secret delete_secret read_rate_limits "
    "list_settings read_setting change_setting read_setting_history roll_back_setting"
)
"""What protects a workspace."""
ASKING: Final = (
    "login create_ai_workflow list_ai_workflows read_ai_workflow update_ai_workflow execute_ai_workflow "
    "list_ai_workflow_runs read_ai_workflow_stats list_ai_templates create_ai_template read_ai_template "
    "update_ai_template delete_ai_template begin_chain continue_chain "
    "branch_chain title_chain_link read_chain read_chain_document delete_ai_workflow"
)
"""AI workflows and chains of documents."""
MODELS: Final = (
    "login upload_document ai_generate ai_generate_advanced ai_summarize ai_analyze ai_analyze_advanced "
    "ai_translate ai_decide ai_embed ai_classify ai_extract ai_ask ai_batch ai_batch_advanced "
    "list_ai_providers list_ai_providers_advanced check_ai_provider redact_ai_text create_ai_budget "
    "list_ai_budgets read_ai_budget change_ai_budget "
    "delete_ai_budget read_ai_usage list_ai_calls read_ai_cache drop_ai_cache "
    "create_prompt list_prompts read_prompt save_prompt_version list_prompt_versions read_prompt_version "
    "compare_prompt_versions render_prompt label_prompt_version unlabel_prompt_version publish_prompt "
    "create_evaluation list_evaluations read_evaluation add_examples list_examples run_evaluation "
    "list_evaluation_runs read_evaluation_run compare_evaluation_runs change_evaluation delete_example "
    "delete_evaluation change_prompt delete_prompt create_ai_correction "
    "list_ai_corrections read_ai_correction_examples withdraw_ai_correction"
)
"""Models, asked at once."""
_WITHOUT_TYPE: Final = {"action": "update", "filter": {"type": "invoice"}, "changes": {"type": None}}


def _filed(under: str | None) -> dict[str, Any]:
    return {"action": "update", "documents": ["document_1"], "changes": {"type": under}}


_DELETED: Final = ("DELETE", "/documents/document_1", None)
_E_INVOICE: Final = Path(__file__).parents[2] / "examples" / "invoice_matching" / "sources" / "ubl_peppol.xml"
_ANYTHING: Final = {"name": "anything", "match": {}}
BEFORE: Final[dict[str, list[tuple[str, str, Any]]]] = {
    "acknowledge_audit_alert": [("POST", "/security/audit/rules", _ANYTHING)],
    "read_document_einvoice": [("POST", "/documents?name=invoice.xml", _E_INVOICE.read_bytes())],
    "change_documents": [_DELETED],
    "restore_document": [_DELETED],
    "propose_document_pages": [("POST", "/documents/document_1/versions?name=stack.pdf", _STACK)],
    "release_document_retention": [
        ("POST", "/documents/types", {"name": "Kept", "retention": {"keep_days": 30}}),
        ("POST", "/documents/bulk", _filed("Kept")),
        ("POST", "/documents/bulk", _filed(None)),
    ],
    "purge_document": [("POST", "/documents/bulk", _WITHOUT_TYPE)],
}
"""What somebody does before an operation, so that there is what its example speaks of."""
STORIES: Final = (WORK, FILING, ARRIVING, PROTECTING, PROVING, ADMINISTERING, GIVING, ASKING, MODELS)


def _begun(teller: Any) -> dict[str, Any]:
    """A resumable upload of which nothing has come yet."""
    headers = {"tus-resumable": "1.0.0", "upload-length": "185", "upload-metadata": "filename aW52b2ljZS5odG1s"}
    return {"upload": _last_part(teller.http.post("/api/v3/files/tus", headers=headers).headers["location"])}


def _in_trash(teller: Any) -> dict[str, Any]:
    """A document that was never of a type that keeps its documents."""
    document = teller.http.post("/api/v3/documents?name=scratch.txt", content=b"Never filed").json()["id"]
    teller.http.delete(f"/api/v3/documents/{document}", headers={"if-match": "*"}).raise_for_status()
    return {"document": document}


def _elsewhere(teller: Any) -> dict[str, Any]:
    """A session on another device."""
    answer = teller.http.post("/api/v3/auth/login", json={"username": "admin", "password": "admin123"})
    other = {"authorization": f"Bearer {answer.json()['access_token']}"}
    return {"session": teller.http.get("/api/v3/auth/session", headers=other).json()["id"]}


def _last_part(address: str) -> str:
    return address.rpartition("/")[2]


TOLD: Final[dict[str, Callable[[Any], dict[str, Any]]]] = {
    **REGISTERED,
    **GIVEN,
    **TENANT_PARAMETERS,
    "purge_document": _in_trash,
    "end_session": _elsewhere,
    "read_tus_upload": _begun,
    "append_to_tus_upload": _begun,
    "drop_tus_upload": _begun,
    "download_linked_file": lambda teller: {"token": _last_part(teller.last["create_document_link"]["url"])},
    "revoke_document_link": lambda teller: {"link": teller.last["create_document_link"]["id"]},
    "send_to_hook": lambda teller: {"token": _last_part(teller.last["create_intake_source"]["address"])},
    "acknowledge_audit_alert": lambda teller: {
        "alert": teller.until("/security/audit/alerts", lambda page: page["items"])[0]["handle"]
    },
    "read_evaluation_run": lambda teller: {"run": teller.last["run_evaluation"]["id"]},
    "compare_evaluation_runs": lambda teller: dict.fromkeys(("from", "to"), teller.last["run_evaluation"]["id"]),
    "delete_example": lambda teller: {"example": teller.last["list_examples"]["items"][0]["id"]},
    "read_intake_item": lambda teller: {"item": teller.last["list_intake"]["items"][0]["id"]},
}
"""Parameters that only an earlier answer can tell."""
CHANGED: Final[dict[str, Callable[[Any], dict[str, Any]]]] = {
    **PROVED,
    **TENANT_BODIES,
    "refresh": lambda teller: {"refresh_token": teller.last["login"]["refresh_token"]},
    "fetch_document": lambda teller: {"url": f"http://{teller.service}/invoice.html"},
}
"""Members of bodies that only an earlier answer, or the place of a service, can tell."""


def sealed(signing_key: str, body: bytes) -> dict[str, str]:
    """What the sender of a signed delivery adds."""
    delivery, now = sha256(body).hexdigest(), str(int(time.time()))
    key = base64.b64decode(signing_key.removeprefix("whsec_"))
    mac = hmac.digest(key, f"{delivery}.{now}.".encode() + body, "sha256")
    signature = f"v1,{base64.b64encode(mac).decode()}"
    return {"webhook-id": delivery, "webhook-timestamp": now, "webhook-signature": signature}
