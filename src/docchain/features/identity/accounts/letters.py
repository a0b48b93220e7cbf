"""What mails to users say, in English and in Spanish."""

from dataclasses import dataclass
from typing import Final

from docchain.platform.mail import Mail

LANGUAGES: Final = ("en", "es")

_TEXTS: Final = {
    "reset": {
        "en": (
            "Set a new password",
            (
                "Hello {name},\n\nsomebody, probably you, asked to set a new password for {username}.\nOpen this "
                "link within {minutes} minutes:\n\n{link}\n\nIt works once. If it was not you, ignore this mail: "
                "nothing has changed.\n"
            ),
        ),
        "es": (
            "Elija una contraseña nueva",
            (
                "Hola, {name}:\n\nalguien, seguramente usted, ha pedido una contraseña nueva para {username}.\nAbra "
                "este enlace antes de {minutes} minutos:\n\n{link}\n\nSirve una sola vez. Si no ha sido usted, no "
                "haga caso de este mensaje: no ha cambiado nada.\n"
            ),
        ),
    },
    "password_changed": {
        "en": (
            "Your password was changed",
            (
                "Hello {name},\n\nthe password of {username} was changed, and all other sessions were ended.\nIf it "
                "was not you, tell an administrator at once, and set a new password.\n"
            ),
        ),
        "es": (
            "Se ha cambiado su contraseña",
            (
                "Hola, {name}:\n\nse ha cambiado la contraseña de {username} y se han cerrado las demás "
                "sesiones.\nSi no ha sido usted, avise enseguida a un administrador y elija otra contraseña.\n"
            ),
        ),
    },
    "email": {
        "en": (
            "Confirm your address",
            (
                "Hello {name},\n\nplease confirm that this is the address of {username}. Open this link within "
                "{hours} hours:\n\n{link}\n\nIt works once. If you do not know what this is about, ignore this "
                "mail.\n"
            ),
        ),
        "es": (
            "Confirme su dirección",
            (
                "Hola, {name}:\n\nconfirme que esta es la dirección de {username}. Abra este enlace antes de {hours} "
                "horas:\n\n{link}\n\nSirve una sola vez. Si no sabe de qué se trata, no haga caso de este mensaje.\n"
            ),
        ),
    },
    "email_changed": {
        "en": (
            "Your address was changed",
            (
                "Hello {name},\n\nmails of {username} go to {email} from now on, and no longer here.\nIf it was not "
                "you, tell an administrator at once.\n"
            ),
        ),
        "es": (
            "Se ha cambiado su dirección",
            (
                "Hola, {name}:\n\na partir de ahora los mensajes de {username} van a {email} y ya no aquí.\nSi no ha "
                "sido usted, avise enseguida a un administrador.\n"
            ),
        ),
    },
    "invitation": {
        "en": (
            "Invitation to {workspace}",
            (
                "Hello,\n\n{inviter} invites you to the workspace {workspace}. Open this link within {days} "
                "days:\n\n{link}\n\nIt works once. If you do not know what this is about, ignore this mail.\n"
            ),
        ),
        "es": (
            "Invitación a {workspace}",
            (
                "Hola:\n\n{inviter} le invita al espacio de trabajo {workspace}. Abra este enlace antes de {days} "
                "días:\n\n{link}\n\nSirve una sola vez. Si no sabe de qué se trata, no haga caso de este mensaje.\n"
            ),
        ),
    },
}


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a mail; nobody, if there is no address."""

    email: str = ""
    name: str = ""
    username: str = ""
    language: str = "en"


def letter(kind: str, reader: Reader, **facts: object) -> Mail:
    """Write a mail in the reader's language; what users called themselves never makes a line of its own."""
    subject, text = _TEXTS[kind][reader.language if reader.language in LANGUAGES else "en"]
    said = {"name": reader.name, "username": reader.username, **facts}
    plain = {name: " ".join(str(value).split()) for name, value in said.items()}
    return Mail(reader.email, subject.format_map(plain), text.format_map(plain))
