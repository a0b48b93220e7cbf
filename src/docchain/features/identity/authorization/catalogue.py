"""The catalogue of permissions: every one there is, what it lets one do, and which actions on things give it."""

from typing import Final, NamedTuple


class Permission(NamedTuple):
    """What it lets one do, in English and Spanish."""

    en: str
    es: str


CATALOGUE: Final[dict[str, Permission]] = {
    "workflows:read": Permission("See workflows and their versions", "Ver flujos de trabajo y sus versiones"),
    "workflows:write": Permission(
        "Create, change, publish and delete workflows", "Crear, cambiar, publicar y borrar flujos de trabajo"
    ),
    "workflows:execute": Permission("Start runs of workflows", "Iniciar ejecuciones de flujos de trabajo"),
    "runs:read": Permission("See runs and what their steps did", "Ver ejecuciones y lo que hicieron sus pasos"),
    "runs:control": Permission(
        "Pause, resume, cancel, retry and signal runs", "Pausar, reanudar, cancelar, reintentar y avisar ejecuciones"
    ),
    "approvals:read": Permission("See approvals", "Ver aprobaciones"),
    "approvals:answer": Permission("Answer approvals that ask one", "Responder a las aprobaciones que le preguntan"),
    "documents:read": Permission("See, download and search documents", "Ver, descargar y buscar documentos"),
    "documents:write": Permission(
        "Upload documents, add versions and file them", "Subir documentos, añadir versiones y clasificarlos"
    ),
    "documents:manage": Permission(
        "Manage types, collections, holds and the trash", "Gestionar tipos, colecciones, retenciones y la papelera"
    ),
    "ai:read": Permission("See prompts, budgets and what models cost", "Ver prompts, presupuestos y costes de modelos"),
    "ai:use": Permission("Ask models, and correct what they read", "Preguntar a modelos y corregir lo que leen"),
    "ai:manage": Permission(
        "Manage prompts, evaluation sets and budgets", "Gestionar prompts, conjuntos de evaluación y presupuestos"
    ),
    "messages:send": Permission("Send messages to colleagues and rooms", "Enviar mensajes a compañeros y salas"),
    "messages:broadcast": Permission("Send messages to everybody", "Enviar mensajes a todos"),
    "events:publish": Permission("Publish events that runs wait for", "Publicar eventos que esperan las ejecuciones"),
    "audit:read": Permission("Read the audit log and its reports", "Leer el registro de auditoría y sus informes"),
    "audit:write": Permission(
        "Manage streams, rules and alerts of the audit", "Gestionar envíos, reglas y alertas de la auditoría"
    ),
    "rights:read": Permission(
        "See roles and grants, and why others may or may not do something",
        "Ver roles y concesiones, y por qué otros pueden o no hacer algo",
    ),
    "rights:write": Permission("Manage roles, grants and restrictions", "Gestionar roles, concesiones y restricciones"),
    "members:read": Permission("See the members of the workspace", "Ver los miembros del espacio de trabajo"),
    "members:write": Permission("Invite, change and remove members", "Invitar, cambiar y quitar miembros"),
    "keys:write": Permission("Make and revoke API keys of one's own", "Crear y revocar claves de API propias"),
    "keys:manage": Permission("See and revoke everybody's API keys", "Ver y revocar las claves de API de todos"),
    "secrets:read": Permission("See which secrets there are, never their values", "Ver qué secretos hay, sin valores"),
    "secrets:write": Permission("Set, rotate and remove secrets", "Fijar, rotar y quitar secretos"),
    "admin": Permission(
        "Administer the workspace: storage, intake, search, connections",
        "Administrar el espacio de trabajo: almacenamiento, entrada, búsqueda, conexiones",
    ),
}

GIVEN_BY: Final[dict[tuple[str, str], frozenset[str]]] = {
    ("workflow", "read"): frozenset({"workflows:read", "runs:read", "approvals:read"}),
    ("workflow", "write"): frozenset({"workflows:write"}),
    ("workflow", "execute"): frozenset({"workflows:execute", "runs:control"}),
    ("workflow", "answer"): frozenset({"approvals:answer"}),
    ("collection", "read"): frozenset({"documents:read"}),
    ("collection", "write"): frozenset({"documents:write"}),
    ("document_type", "read"): frozenset({"documents:read"}),
    ("document_type", "write"): frozenset({"documents:write"}),
}
"""By kind of thing and action, the permissions that a grant gives there."""

HIDEABLE: Final = r"run\.payload|document\.fields\.(\*|[A-Za-z0-9_.-]{1,100})"
"""What a role may be kept from seeing."""


def actions_of(kind: str) -> frozenset[str]:
    """What can be granted on a kind of thing."""
    return frozenset(action for known, action in GIVEN_BY if known == kind)
