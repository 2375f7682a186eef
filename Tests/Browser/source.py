"""A place on the web whose files the portal may read: what the journeys register and change."""

import http.server
import os
import threading

PORT = int(os.environ["LOOK_PORT"])


def component(name, title, owner="harbour"):
    return f"""apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: {name}
  title: {title}
  description: Relays what the harbour master says to every berth.
spec:
  type: service
  lifecycle: experimental
  owner: {owner}
"""


class Source:
    """Serves texts by path; they can be changed while it serves."""

    def __init__(self):
        texts = self.texts = {}

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                text = texts.get(self.path)
                self.send_response(404 if text is None else 200)
                self.end_headers()
                self.wfile.write((text or "").encode())

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def put(self, path, *documents):
        self.texts[path] = "---\n".join(documents)

    def url(self, path):
        return f"http://127.0.0.1:{PORT}{path}"
