"""The outside world: an HTTP server that applies messages once by `webhook-id`, or appends whatever comes."""

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Receiver:
    """`applied` by key, `deliveries` of each key (repeats included), and `lines` of the receiver that only appends."""

    def __init__(self, slowest: float = 0.03) -> None:
        self.applied: dict[str, str] = {}
        self.deliveries: Counter[str] = Counter()
        self.lines: list[str] = []
        self.under_way = 0
        self.lock = threading.Lock()
        self._slowest = slowest
        ThreadingHTTPServer.request_queue_size = 512  # a take-over sends many at once
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.address = f"127.0.0.1:{self._server.server_port}"

    @property
    def total(self) -> int:
        return self.deliveries.total() + len(self.lines)

    @property
    def duplicates(self) -> int:
        return sum(count - 1 for count in self.deliveries.values())

    def take(self, path: str, message_id: str, body: bytes) -> None:
        """Apply a message; the answer dawdles before and after, so that kills fall in between."""
        with self.lock:
            self.under_way += 1
        time.sleep(random.uniform(0, self._slowest))  # noqa: S311 (a test's dice)
        with self.lock:
            if path == "/once":
                self.deliveries[message_id] += 1
                self.applied.setdefault(message_id, json.loads(body)["data"]["key"])
            else:
                self.lines.append(json.loads(body)["key"])
        time.sleep(random.uniform(0, self._slowest))  # noqa: S311 (a test's dice)
        with self.lock:
            self.under_way -= 1

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                length = int(self.headers["content-length"])
                body = self.rfile.read(length)
                if len(body) < length:  # the server was killed while it sent
                    self.close_connection = True
                    return
                receiver.take(self.path, self.headers.get("webhook-id", ""), body)
                try:
                    self.send_response(200)
                    self.send_header("content-length", "0")
                    self.end_headers()
                except OSError:
                    self.close_connection = True

            def log_message(self, *_: object) -> None: ...

        return Handler

    @contextmanager
    def serving(self) -> Iterator["Receiver"]:
        self._server.handle_error = lambda *_: None  # the killed server hangs up
        thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        thread.start()
        yield self
        self._server.shutdown()
        self._server.server_close()
        thread.join()
