"""In which order the published examples make sense: each story begins on a server that knows nothing yet."""

from typing import Final

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
    "create_ticket read_socket_stats list_connections close_connection logout"
)
FILING: Final = ""
"""Documents under types, compared, kept, proved, looked at."""
ARRIVING: Final = ""
"""How documents come in, where they are stored, and what is made of their data."""
STORIES: Final = (WORK, FILING, ARRIVING)
