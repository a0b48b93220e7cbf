"""What a child process does with a model in a file: load it once, and answer; its port is for who has its key alone."""

import secrets
from functools import lru_cache
from typing import Any

import xllamacpp


class ModelBroken(Exception):
    """The file is no model, or the model cannot answer this; the message says so without the prompt."""

    code = "invalid_request"


def chat(path: str, threads: int, context: int, asked: dict[str, Any]) -> dict[str, Any]:
    """One answer.

    Args:
        path: of the model.
        threads: that work on it.
        context: tokens that it reads and writes.
        asked: as OpenAI's chat completions are.
    """
    answer: Any = _opened(path, threads, context).handle_chat_completions(asked)
    if not isinstance(answer, dict) or "choices" not in answer:
        raise ModelBroken("The model could not answer this. Send less text, or raise DOCCHAIN_AI_GGUF_CONTEXT.")
    choice, usage = answer["choices"][0], answer.get("usage") or {}
    return {
        "text": choice["message"].get("content") or "",
        "finish": choice.get("finish_reason") or "stop",
        "tokens_in": int(usage.get("prompt_tokens", 0)),
        "tokens_out": int(usage.get("completion_tokens", 0)),
    }


@lru_cache(maxsize=1)
def _opened(path: str, threads: int, context: int) -> Any:
    chosen = xllamacpp.CommonParams()
    chosen.model.path = path
    chosen.cpuparams.n_threads = threads
    chosen.n_ctx, chosen.n_parallel = context, 1
    chosen.api_keys = [secrets.token_urlsafe(32)]  # the library opens a port of this machine, and nobody shall use it
    try:
        return xllamacpp.Server(chosen)
    except RuntimeError:
        raise ModelBroken("The file of DOCCHAIN_AI_GGUF_PATH is no model that can be read.") from None
