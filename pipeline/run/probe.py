"""Health, readiness and metrics of a service that has no page: three addresses on a port of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest


class Probe:
    """`/health`: the process lives. `/ready`: 200, or 503 and why not. `/metrics`: for Prometheus."""

    def __init__(
        self, port: int, registry: CollectorRegistry, ready: Callable[[], str], host: str = "0.0.0.0"
    ) -> None:
        """`ready` says why the service is not, or nothing; it is called on another thread, and is the metric `wire_ready`. Port 0
        picks a free one. Raises OSError where the port is taken."""
        told = Gauge("wire_ready", "1 where the service is ready for its work", registry=registry)
        told.set_function(lambda: 0.0 if ready() else 1.0)

        class Handler(BaseHTTPRequestHandler):
            """Answers one request."""

            def do_GET(self) -> None:
                """One of the three, or 404."""
                path = self.path.partition("?")[0]
                if path == "/metrics":
                    self._answer(200, CONTENT_TYPE_LATEST, generate_latest(registry))
                elif path == "/health":
                    self._answer(200, "text/plain", b"alive\n")
                elif path == "/ready":
                    reason = ready()
                    self._answer(503 if reason else 200, "text/plain", f"{reason or 'ready'}\n".encode())
                else:
                    self._answer(404, "text/plain", b"/health, /ready or /metrics\n")

            def log_message(self, format: str, *args: object) -> None:
                """Probes are asked every few seconds: nothing to log."""

            def _answer(self, status: int, kind: str, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self._server = ThreadingHTTPServer((host, port), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="probe", daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Begins to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Ends."""
        self._server.shutdown()
        self._server.server_close()
