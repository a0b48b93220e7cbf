"""The base of models of steps and answers: its validator is built when it is first used, not when it is imported."""

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """Not for bodies and queries of requests: the web framework builds those with their route."""

    model_config = ConfigDict(defer_build=True)
