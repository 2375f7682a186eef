"""A portal of the benchmark's own: its configuration, its process, what it takes of the machine."""

import os
import signal
import socket
import subprocess
import time

from client import Client

TOKEN = "bench-token-0123456789"
CONFIGURATION = """
app: {{title: Bench, baseUrl: "http://localhost:${{PORT}}"}}
backend:
  baseUrl: http://localhost:${{PORT}}
  listen: {{host: 127.0.0.1, port: "${{PORT}}"}}
  database: {database}
  auth: {{externalAccess: [{{type: static, options: {{token: {token}, subject: bench}}}}]}}
permission: {{enabled: false}}
callboard: {{dataFolder: "{data}"}}
catalog:
  rules: [{{allow: [Component, API, Resource, System, Domain, Group, User, Location, Template]}}]
  locations: [{{type: file, target: "{target}"}}]
"""


class Portal:
    """Data and configuration for one catalog; the process may be started several times."""

    def __init__(self, binary, engine, folder, target):
        self.binary, self.engine = os.path.abspath(binary), engine
        self.folder = folder
        self.data = os.path.join(folder, "data")
        os.makedirs(self.data)
        self.name = "bench_" + "".join(c for c in os.path.basename(folder) if c.isalnum())
        self.process = None
        if engine == "postgres":
            self._client_program("createdb", self.name)
            where = f"host: {os.environ['PGHOST']}, port: {os.environ['PGPORT']}"
            who = f"user: {os.environ['PGUSER']}, database: {self.name}"
            database = f"{{client: pg, connection: {{{where}, {who}}}}}"
        else:
            database = f'{{client: better-sqlite3, connection: {{directory: "{self.data}"}}}}'
        self.configuration = os.path.join(folder, "app-config.yaml")
        with open(self.configuration, "w", encoding="utf-8") as file:
            file.write(
                CONFIGURATION.format(database=database, token=TOKEN, data=self.data, target=target)
            )

    @staticmethod
    def _client_program(*command):
        """PostgreSQL's own client programs, which stand beside the server."""
        root = "/usr/lib/postgresql"
        newest = max(os.listdir(root), key=lambda name: float(name))
        path = os.path.join(root, newest, "bin", command[0])
        done = subprocess.run([path, *command[1:]], check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def start(self, answers):
        """Starts the process; returns the seconds until `answers(client)` holds."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        log = open(os.path.join(self.folder, "log"), "ab")
        started = time.perf_counter()
        self.process = subprocess.Popen(
            [self.binary, "serve", "--config", self.configuration],
            env={**os.environ, "PORT": str(self.port)},
            stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=self.folder,
        )
        log.close()
        client = None
        while True:
            if self.process.poll() is not None:
                raise SystemExit(f"bench: the portal ended while it started:\n{self.log_end()}")
            if time.perf_counter() - started > 600:
                raise SystemExit(f"bench: nothing to measure after ten minutes:\n{self.log_end()}")
            try:
                client = client or Client(self.port, TOKEN)
                if answers(client):
                    taken = time.perf_counter() - started
                    client.close()
                    return taken
                time.sleep(0.01)
            except (ConnectionError, OSError):
                client = None
                time.sleep(0.002)

    def log_end(self):
        with open(os.path.join(self.folder, "log"), encoding="utf-8", errors="replace") as file:
            return "".join(file.readlines()[-20:])

    def client(self):
        return Client(self.port, TOKEN)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None

    def drop(self):
        """Ends the process and removes all data."""
        self.stop()
        if self.engine == "postgres":
            self._client_program("dropdb", "--force", self.name)
        subprocess.run(["rm", "-rf", self.folder], check=True)

    def image_files(self):
        return [os.path.join(self.data, n) for n in os.listdir(self.data) if n.endswith(".image")]

    def bytes_stored(self):
        total = 0
        for folder, _, names in os.walk(self.data):
            total += sum(os.path.getsize(os.path.join(folder, name)) for name in names)
        if self.engine == "postgres":
            question = f"select pg_database_size('{self.name}')"
            total += int(self._client_program("psql", "-At", "-c", question))
        return total

    def memory(self, field):
        """Megabytes: VmRSS is what is resident now, VmHWM the most since the start or `forget_peak`."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            for line in file:
                if line.startswith(field + ":"):
                    return int(line.split()[1]) / 1024
        return 0.0

    def forget_peak(self):
        with open(f"/proc/{self.process.pid}/clear_refs", "w", encoding="ascii") as file:
            file.write("5")

    def _ticks(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])

    def until_idle(self, quiet=0.4, limit=120):
        """When it last used processor time, once it has used none for a while; 0 if it used none."""
        last, before, since = 0.0, self._ticks(), time.perf_counter()
        while time.perf_counter() - since < limit:
            time.sleep(0.02)
            now = self._ticks()
            if now - before > 0:
                last, before = time.perf_counter(), now
            elif time.perf_counter() - max(last, since) > quiet:
                break
        return last
