"""A server that answers as OpenAI, Anthropic and Google do, well or badly, by its script; it records the wire."""

import asyncio
import json
from contextlib import suppress

LEAK = "sk-SECRET"
OPENAI_USAGE = {"prompt_tokens": 12, "completion_tokens": 7, "total_tokens": 19}
PARTS = ["Hel", "lo ", "there."]


def events(items, *, named=False):
    told = [(f"event: {item['type']}\n" if named else "") + f"data: {json.dumps(item)}\n\n" for item in items]
    return "".join(told).encode()


def openai_answer(text, *, tool=False):
    said = {"role": "assistant", "content": text}
    if tool:
        call = {"id": "t", "type": "function", "function": {"name": "result", "arguments": text}}
        said = {"role": "assistant", "content": None, "tool_calls": [call]}
    choice = {"index": 0, "finish_reason": "tool_calls" if tool else "stop", "message": said}
    usage = OPENAI_USAGE
    model = "gpt-4o-mini-2024-07-18"
    return {"id": "c", "object": "chat.completion", "created": 1, "model": model, "choices": [choice], "usage": usage}


def openai_stream(parts):
    frame = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o-mini"}
    deltas = [{"index": 0, "delta": {"role": "assistant", "content": part}, "finish_reason": None} for part in parts]
    deltas.append({"index": 0, "delta": {}, "finish_reason": "stop"})
    usage = OPENAI_USAGE
    told = [{**frame, "choices": [delta]} for delta in deltas] + [{**frame, "choices": [], "usage": usage}]
    return events(told) + b"data: [DONE]\n\n"


def anthropic_answer(text, *, tool=False):
    block = {"type": "text", "text": text}
    if tool:
        block = {"type": "tool_use", "id": "t", "name": "result", "input": json.loads(text)}
    return {
        "id": "m", "type": "message", "role": "assistant", "content": [block], "model": "claude-sonnet-4-6",
        "stop_reason": "tool_use" if tool else "end_turn", "stop_sequence": None,
        "usage": {"input_tokens": 12, "output_tokens": 7},
    }  # fmt: skip


def anthropic_stream(parts):
    usage = {"input_tokens": 12, "output_tokens": 1}
    start = {**anthropic_answer(""), "content": [], "stop_reason": None, "usage": usage}
    told = [
        {"type": "message_start", "message": start},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    ]
    told += [
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": part}} for part in parts
    ]
    end = {"stop_reason": "end_turn", "stop_sequence": None}
    told += [
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": end, "usage": {"output_tokens": 7}},
        {"type": "message_stop"},
    ]
    return events(told, named=True)


def google_answer(text, finish="STOP", *, tool=False):
    part = {"functionCall": {"name": "result", "args": json.loads(text)}} if tool else {"text": text}
    candidate = {"content": {"role": "model", "parts": [part]}, "index": 0}
    if finish:
        candidate["finishReason"] = finish
    usage = {"promptTokenCount": 12, "candidatesTokenCount": 7, "totalTokenCount": 19}
    return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": "gemini-2.5-flash"}


def google_stream(parts):
    return events([google_answer(part, "" if part is not parts[-1] else "STOP") for part in parts])


ANSWERS = {"openai": openai_answer, "anthropic": anthropic_answer, "google": google_answer}
STREAMS = {"openai": openai_stream, "anthropic": anthropic_stream, "google": google_stream}
BROKEN = {
    "429": (429, "application/json", {"type": "error", "error": {"type": "rate_limit_error", "message": "slow down"}}),
    "503": (503, "application/json", {"error": {"message": "overloaded", "code": 503, "status": "UNAVAILABLE"}}),
    "529": (529, "application/json", {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}),
    "500": (500, "text/html", f"<h1>oops {LEAK}</h1>"),
    "401": (401, "application/json", {"error": {"message": f"Incorrect API key provided: {LEAK}", "code": 401}}),
    "redirect": (302, "text/html", ""),
}


class ModelServer:
    """Listens on this machine; `script` names what happens to the next calls, `text` is what is said, or says it."""

    def __init__(self, ssl=None):
        self._ssl = ssl
        self.came, self.gone = asyncio.Event(), asyncio.Event()
        self.script, self.text, self.calls = "well", "Hello there.", []
        self.usage = None  # what a server that counts oddly says, in OpenAI's way

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._ssl)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self._server.close()

    async def _serve(self, reader, writer):
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            size = next((line.split(":")[1] for line in head.split("\r\n") if line.startswith("content-length:")), "0")
            body = await reader.readexactly(int(size))
            self.calls.append((head, json.loads(body)))
            self.came.set()
            if self.script == "slow" and await asyncio.wait_for(reader.read(), 30) == b"":
                self.gone.set()
            await self._answer(writer, head.split(" ")[1], json.loads(body))
            await writer.drain()
        writer.close()

    async def _answer(self, writer, path, asked):
        who = "google" if "generatecontent" in path else "anthropic" if "/messages" in path else "openai"
        stream = "stream" in path or asked.get("stream") is True
        kind = "text/event-stream" if stream else "application/json"
        tool = self.script == "tool"
        told = STREAMS[who](PARTS) if stream else json.dumps(ANSWERS[who](self._said(asked), tool=tool)).encode()
        if self.usage is not None:
            told = told.replace(json.dumps(OPENAI_USAGE).encode(), json.dumps(self.usage).encode())
        if self.script in BROKEN:
            status, kind, content = BROKEN[self.script]
            told = content.encode() if isinstance(content, str) else json.dumps(content).encode()
            extra = {"429": "retry-after: 17\r\n", "redirect": "location: http://127.0.0.1:1/\r\n"}
            writer.write(_head(status, kind, extra.get(self.script, "") + f"content-length: {len(told)}\r\n") + told)
        elif self.script == "drip":
            writer.write(_head(200, kind))
            for at in range(len(told)):
                writer.write(told[at : at + 1])
                await writer.drain()
                await asyncio.sleep(0.05)
        elif self.script not in {"drop", "slow"}:
            writer.write(self._odd(told, kind))

    def _said(self, asked):
        return self.text(json.dumps(asked)) if callable(self.text) else self.text

    def _odd(self, told, kind):
        if self.script == "cut":
            half = told[: len(told) // 2]
            return _head(200, kind, "transfer-encoding: chunked\r\n") + f"{len(half):x}\r\n".encode() + half + b"\r\n"
        if self.script == "cut at an edge":
            return _head(200, kind) + told[: told.rfind(b"\n\n", 0, len(told) // 2) + 2]
        if self.script == "malformed":
            return _head(200, kind) + (b'data: {"id": "c", "cho\n\n' if "event" in kind else b'{"id": "c", "cho')
        if self.script == "foreign":
            return _head(200, "application/json") + b'{"weather": "fine", "degrees": 21}'
        if self.script == "huge":
            return _head(200, kind) + b"data: " + b"x" * 400_000
        return _head(200, kind, f"content-length: {len(told)}\r\n") + told


def _head(status, kind, extra=""):
    return f"HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\n{extra}connection: close\r\n\r\n".encode()
