"""W3C PROV-JSON of a lineage: versions and values are entities, steps and edits activities, people and kinds agents."""

import json
from collections import defaultdict
from typing import Any, Final
from uuid import UUID

from docchain.features.documents.proving.schemas import DocumentLineage, Edit
from docchain.features.documents.schemas import FieldLineage, LineageVersion

Json = dict[str, Any]
_PREFIXES: Final = {
    "dc": "urn:docchain:",
    "prov": "http://www.w3.org/ns/prov#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


def prov_of(lineage: DocumentLineage) -> Json:
    """The lineage as a PROV-JSON document (W3C member submission of 2013)."""
    book = _Book()
    for version in lineage.versions:
        book.version(version)
    for field in lineage.fields:
        book.field(field)
    for index, edit in enumerate(lineage.edits):
        book.edit(index, edit, lineage.versions[0])
    return book.document()


class _Book:
    """Collects what there is and how it hangs together; every name is the same in every export."""

    def __init__(self) -> None:
        self._parts: dict[str, Json] = defaultdict(dict)

    def document(self) -> Json:
        return {"prefix": dict(_PREFIXES), **{part: dict(sorted(all_.items())) for part, all_ in self._parts.items()}}

    def version(self, version: LineageVersion) -> None:
        name = _version(version.id)
        self._parts["entity"][name] = {
            "prov:type": _name("dc:document_version"),
            "prov:label": version.name,
            "dc:document": str(version.document_id),
            "dc:number": version.number,
            "dc:sha256": version.sha256,
            "dc:size": version.size,
            "dc:media_type": version.media_type,
            "prov:generatedAtTime": version.created_at.isoformat(),
        }
        if version.made_by is not None:
            made = version.made_by
            activity = self._step(made.run_id, made.step, made.step_kind, made.step_kind_version)
            self._relate("wasGeneratedBy", entity=name, activity=activity)
            for given in version.inputs:
                self._relate("used", activity=activity, entity=_version(given))
        elif version.created_by:
            self._relate("wasAttributedTo", entity=name, agent=self._person(version.created_by))
        for given in version.inputs:
            self._relate("wasDerivedFrom", generatedEntity=name, usedEntity=_version(given))
        if version.parent_version_id is not None:
            self._relate(
                "wasDerivedFrom",
                generatedEntity=name,
                usedEntity=_version(version.parent_version_id),
                **{"prov:type": _name("prov:Revision")},
            )

    def field(self, field: FieldLineage) -> None:
        name = f"dc:value/{field.run_id}/{field.step}/{field.field}"
        place = None if field.box is None else f"page={field.page}&box={','.join(f'{edge:g}' for edge in field.box)}"
        told = {
            "dc:value": _text(field.value),
            "dc:confidence": field.confidence,
            "dc:page": field.page,
            "dc:text": field.text,
            "prov:location": place,
        }
        self._parts["entity"][name] = {
            "prov:type": _name("dc:extracted_value"),
            "prov:label": field.field,
            **{
                key: value
                for key, value in {**told, "dc:text": field.text, "prov:location": place}.items()
                if value is not None
            },
        }
        activity = self._step(field.run_id, field.step, field.step_kind, field.step_kind_version)
        self._relate("wasGeneratedBy", entity=name, activity=activity)
        for source in [*([field.parsed] if field.parsed else []), *field.sources]:
            self._relate("wasDerivedFrom", generatedEntity=name, usedEntity=_version(source.version_id))

    def edit(self, index: int, edit: Edit, version: LineageVersion) -> None:
        name = f"dc:edit/{version.document_id}/{index + 1}"
        when = edit.at.isoformat()
        self._parts["activity"][name] = {
            "prov:type": _name(f"dc:{edit.what}"),
            "prov:startTime": when,
            "prov:endTime": when,
            "dc:changes": _text(edit.changes),
        }
        self._relate("used", activity=name, entity=_version(version.id))
        if edit.actor:
            self._relate("wasAssociatedWith", activity=name, agent=self._person(edit.actor))

    def _step(self, run_id: UUID, step: str, kind: str, version: int) -> str:
        name, agent = f"dc:run/{run_id}/{step}", f"dc:kind/{kind}/{version}"
        self._parts["activity"].setdefault(
            name, {"prov:type": _name("dc:step"), "dc:run": str(run_id), "dc:step": step}
        )
        self._parts["agent"].setdefault(
            agent, {"prov:type": _name("prov:SoftwareAgent"), "prov:label": kind, "dc:version": version}
        )
        self._relate("wasAssociatedWith", activity=name, agent=agent)
        return name

    def _person(self, who: str) -> str:
        name = f"dc:person/{who}"
        self._parts["agent"].setdefault(name, {"prov:type": _name("prov:Person"), "prov:label": who})
        return name

    def _relate(self, relation: str, **ends: Any) -> None:
        told = {key if ":" in key else f"prov:{key}": value for key, value in ends.items()}
        known = self._parts[relation]
        if told not in known.values():
            known[f"_:{relation}{len(known) + 1:06}"] = told


def _version(version_id: UUID) -> str:
    return f"dc:version/{version_id}"


def _name(value: str) -> Json:
    return {"$": value, "type": "prov:QUALIFIED_NAME"}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
