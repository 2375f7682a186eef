"""An HTTP client that costs little itself: one connection, kept open, requests made beforehand."""

import json
import socket
import time


class Client:
    def __init__(self, port, token):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=120)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rest = b""
        self.lines = f"Host: localhost:{port}\r\nAuthorization: Bearer {token}\r\n"

    def close(self):
        self.socket.close()

    def request(self, path, body=None):
        """The bytes of a request."""
        if body is None:
            return f"GET {path} HTTP/1.1\r\n{self.lines}\r\n".encode()
        data = json.dumps(body).encode()
        head = f"POST {path} HTTP/1.1\r\n{self.lines}Content-Type: application/json\r\n"
        return f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data

    def _more(self):
        data = self.socket.recv(1 << 20)
        if not data:
            raise ConnectionError("the portal closed the connection")
        return data

    def exchange(self, request, keep=True):
        """Sends the bytes; gives status, head and body (or its size, where it is not kept)."""
        self.socket.sendall(request)
        data = self.rest
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._more()
        head, data = data[:end], data[end + 4 :]
        lower = head.lower()
        status = int(head[9:12])
        parts, size = [], 0
        place = lower.find(b"content-length:")
        if place >= 0:
            left = int(lower[place + 15 :].split(b"\r\n", 1)[0])
            while True:
                piece = data[:left]
                size += len(piece)
                left -= len(piece)
                if keep:
                    parts.append(piece)
                if left == 0:
                    self.rest = data[len(piece) :]
                    break
                data = self._more()
        elif b"transfer-encoding: chunked" in lower:
            while True:
                while (line := data.find(b"\r\n")) < 0:
                    data += self._more()
                left = int(data[:line], 16)
                ends = left == 0
                left += 2
                data = data[line + 2 :]
                while len(data) < left:
                    # What is not kept is not collected either: the body may be large.
                    if not keep and len(data) > 2 and left - len(data) > 2:
                        size += len(data)
                        left -= len(data)
                        data = b""
                    data += self._more()
                piece, data = data[: left - 2], data[left:]
                size += len(piece)
                if keep:
                    parts.append(piece)
                if ends:
                    self.rest = data
                    break
        return status, head, b"".join(parts) if keep else size

    def get(self, path):
        """The JSON that a path answers with."""
        status, _, body = self.exchange(self.request(path))
        if status != 200:
            raise ConnectionError(f"{path} answered {status}: {body[:300]!r}")
        return json.loads(body)

    def revision(self):
        # The answer tells it to whoever sends the header.
        request = self.request("/api/catalog/entities/by-query?limit=0")
        _, head, _ = self.exchange(request.replace(b"\r\n\r\n", b"\r\nCallboard-Revision: 0\r\n\r\n"))
        for line in head.split(b"\r\n"):
            name, _, value = line.partition(b":")
            if name.lower() == b"callboard-revision":
                return int(value)
        return None

    def p95(self, paths, times):
        """Milliseconds that 95 of 100 requests need at most, asked one after the other."""
        requests = [self.request(path) for path in paths]
        for request in requests[:50]:
            status, _, body = self.exchange(request)
            if status != 200:
                raise ConnectionError(f"answered {status}: {body[:300]!r}")
        taken = []
        for number in range(times):
            request = requests[number % len(requests)]
            started = time.perf_counter()
            self.exchange(request, keep=False)
            taken.append(time.perf_counter() - started)
        taken.sort()
        return taken[int(len(taken) * 0.95)] * 1000
