"""What health asks of the database."""

from sqlalchemy import text
from sqlalchemy.orm import Session


def answers(session: Session) -> bool:
    """Whether the database answers at all."""
    return bool(session.execute(text("SELECT 1")).scalar_one())
