"""What the checks of schemathesis cannot know: which refusals of well-formed requests are about meaning, not form."""

from typing import Any

import schemathesis
from schemathesis.checks import CheckContext

_STATE = frozenset({401, 403, 404, 409, 410, 412, 416, 428, 429, 503})
_WHOLE = frozenset({414, 431})  # addresses and heads are bounded as a whole, not part by part
_MEANING = frozenset(
    {
        "bad_body",  # U+0000 and half characters: no text anywhere may have them, and no schema of one text says so
        "bad_address",  # the same of addresses
        "bad_bundle",  # a ZIP file with a manifest
        "bad_cursor",  # only a list hands out cursors
        "bad_if_match",  # a list of quoted tags
        "definition_invalid",  # a definition has a schema, a compiler, and faults with paths of their own
        "draft_invalid",
        "inputs_invalid",
        "nothing_to_try",
        "runs_not_found",
        "filter_names_nothing",
        "trial_invalid",
        "bad_filter",  # names of fields, and values of their types
        "bad_export",
        "bad_table",
        "table_column_unknown",
        "not_comparable",
        "too_deep",
        "link_too_long",  # a setting bounds it
        "upload_too_large",  # a rule of the workspace may say one byte
        "bad_intake_source",  # options of each kind of source
        "file_refused",  # what a file is, and what its name says
        "pages_refused",
        "not_fetched",
        "bad_tus",  # headers that need each other
        "capability_missing",  # nobody here translates, or writes freely
        "ai_input_missing",
        "ai_input_refused",
        "ai_schema_invalid",
        "ai_prompt_invalid",  # texts name variables, which have types, and a schema of JSON Schema of their own
        "ai_prompt_variables",
        "ai_document_unreadable",
        "ai_correction_refused",
        "ai_provider_unknown",
        "ai_template_empty",
    }
)
_BETWEEN_FIELDS = (
    "give ",
    "`version` is for",
    "`inputs` are for",
    "a step always has",
    "`options` are for",
    "`of` is for",
    "the filter chooses all",
    "`delete_after_days` must",
    "two fields have",
    "name the file with",
    "write an address such as",
)
_SUMS = ("is out of range", "is longer than", "is no time at all", "should have at least 1 character")  # once stripped


def as_it_is(_: Any, value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


for media_type in ("application/zip", "application/offset+octet-stream"):
    schemathesis.serializer(media_type)(as_it_is)


@schemathesis.check
def accepted_as_described(_: CheckContext, response: schemathesis.Response, case: schemathesis.Case) -> None:
    """A request that fits the published schema is not refused for its form."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if response.status_code < 400 or response.status_code in _STATE | _WHOLE:
        return
    told: dict[str, Any] = response.json() if response.content else {}
    if told.get("code") in _MEANING:
        return
    faults = [fault["message"] for fault in told.get("errors", ())]
    if faults and all(fault.startswith(_BETWEEN_FIELDS) or any(part in fault for part in _SUMS) for fault in faults):
        return
    raise AssertionError(f"{told.get('code')}: {told.get('detail')}")
