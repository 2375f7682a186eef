"""The rows of the catalog's table, measured one after the other on as few portals as possible."""

import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import time
from urllib.parse import quote

from portal import TOKEN, Portal

API = "/api/catalog"
# Everything but Locations, of which a portal makes some itself.
KINDS = ["component", "api", "resource", "system", "domain", "group", "user", "template"]
EVERYTHING = f"{API}/entities/by-query?limit=0&" + "&".join(f"filter=kind={kind}" for kind in KINDS)
FACETS = ["kind", "spec.type", "spec.lifecycle", "metadata.tags", "relations.ownedBy"]
TYPES = ["service", "library", "website"]
CHANGED = "bench-changed"


class NotSeen(Exception):
    """What should have happened did not: the row stays empty and the others are measured."""


class CatalogBench:
    def __init__(self, options, folder, say):
        self.options, self.folder, self.say = options, folder, say
        self.figures = {}
        self.portals = 0
        self.random = random.Random(11)

    def run(self):
        runs = self.options.runs
        source = self.generate("catalog")
        portal = None
        taken, peaks = [], []
        for _ in range(min(3, runs)):
            if portal:
                portal.drop()
            portal = self.portal(source)
            taken.append(portal.start(self.has_everything))
            portal.until_idle()
            peaks.append(portal.memory("VmHWM"))
            self.say(f"cold ingest: {taken[-1]:.2f} s, {peaks[-1]:.0f} MB at the peak")
        self.figures["ingest"] = statistics.median(taken)
        self.figures["ingest-memory"] = statistics.median(peaks)
        try:
            self.attempt(self.rereading, portal, source, runs)
            self.attempt(self.changes, portal, source, runs)
            self.reads(portal)
            self.streaming(portal)
            self.resting(portal)
            self.attempt(self.size, portal, source)
            self.starts(portal, runs)
        finally:
            portal.drop()
        shutil.rmtree(source)
        self.attempt(self.hubs, runs)
        return self.figures

    def attempt(self, measure, *arguments):
        try:
            measure(*arguments)
        except NotSeen as fault:
            self.say(f"NOT MEASURED: {fault}")

    # Making things

    def generate(self, name, *more):
        """A fresh catalog of 200 files, since the changes of a run are written into it."""
        target = os.path.join(self.folder, name)
        per_file = max(1, self.options.count // 200)
        command = [sys.executable, self.options.generator, str(self.options.count), target]
        subprocess.run([*command, "--per-file", str(per_file), *more], check=True)
        self.say(f"made {name}: {self.options.count} entities in files of {per_file}")
        return target

    def portal(self, source):
        self.portals += 1
        folder = os.path.join(self.folder, f"portal-{self.portals}")
        os.makedirs(folder)
        target = os.path.join(source, "all.yaml")
        return Portal(self.options.binary, self.options.engine, folder, target)

    def has_everything(self, client):
        status, _, body = client.exchange(client.request(EVERYTHING))
        if status in (401, 403):
            raise SystemExit(f"bench: the portal refuses its own static token: {body[:300]!r}")
        found = re.search(rb'"totalItems":(\d+)', body) if status == 200 else None
        return bool(found) and int(found[1]) >= self.options.count

    @staticmethod
    def parts(source):
        return sorted(
            os.path.join(source, name) for name in os.listdir(source) if name.startswith("part-")
        )

    def rewrite(self, files):
        """Puts new texts into place, all at once; returns when that began."""
        beside = os.path.join(self.folder, "new")
        os.makedirs(beside, exist_ok=True)
        for number, (path, text) in enumerate(files):
            with open(os.path.join(beside, str(number)), "w", encoding="utf-8") as file:
                file.write(text)
        started = time.perf_counter()
        for number, (path, _) in enumerate(files):
            os.replace(os.path.join(beside, str(number)), path)
        return started

    @staticmethod
    def text(path):
        with open(path, encoding="utf-8") as file:
            return file.read()

    # Changes

    def rereading(self, portal, source, runs):
        client = portal.client()
        before, taken = client.revision(), []
        for _ in range(runs):
            started = self.rewrite([(path, self.text(path)) for path in self.parts(source)])
            ended = portal.until_idle()
            if ended < started:
                raise NotSeen("files were written anew and the portal did not read them")
            taken.append(ended - started)
        self.figures["reread"] = statistics.median(taken)
        after = client.revision()
        if before is not None and after is not None:
            self.figures["reread-writes"] = after - before
        else:
            self.say("NOT MEASURED: answers have no Callboard-Revision")
        client.close()
        self.say(f"unchanged re-read: {self.figures['reread']:.2f} s")

    def visible(self, client, paths, limit=20):
        """When every path has answered with exactly one entity."""
        requests = [client.request(path) for path in paths]
        until = time.perf_counter() + limit
        while requests:
            _, _, body = client.exchange(requests[0])
            if b'"totalItems":1,' in body or b'"totalItems":1}' in body:
                requests.pop(0)
            elif time.perf_counter() > until:
                raise NotSeen(f"a change was not visible after {limit} s: {body[:200]!r}")
            else:
                time.sleep(0.0005)
        return time.perf_counter()

    def count_of(self, condition):
        return f"{API}/entities/by-query?limit=0&filter={condition}"

    def changes(self, portal, source, runs):
        client = portal.client()
        taken = []
        for number in range(runs):
            path = self.parts(source)[-1 - number]
            tag = f"{CHANGED}-{number}"
            text = self.text(path)
            name = re.search(r'^  name: "([^"]+)"', text, re.M)[1]
            text = re.sub(r'^  tags:\n    - "[^"]+"', f'  tags:\n    - "{tag}"', text, 1, re.M)
            text = re.sub(r'^  description: "The ', f'  description: "{tag} The ', text, 1, re.M)
            started = self.rewrite([(path, text)])
            ended = self.visible(
                client,
                [
                    self.count_of(f"metadata.tags={tag}"),
                    f"{API}/entities/by-query?limit=0&fullTextFilterTerm={tag}"
                    "&fullTextFilterFields=metadata.description",
                ],
            )
            taken.append(ended - started)
            entity = client.get(f"{API}/entities/by-name/component/default/{quote(name)}")
            if tag not in entity["metadata"]["tags"]:
                raise NotSeen("the entity does not show a change that the counts show")
            portal.until_idle()
        self.figures["changed"] = statistics.median(taken) * 1000
        client.close()
        self.say(f"one changed entity: visible after {self.figures['changed']:.1f} ms")

    def hubs(self, runs):
        source = self.generate("hubs", "--hubs")
        portal = self.portal(source)
        try:
            portal.start(self.has_everything)
            portal.until_idle()
            client = portal.client()
            facets = client.get(f"{API}/entity-facets?facet=relations.ownedBy")
            hub = max(facets["facets"]["relations.ownedBy"], key=lambda facet: facet["count"])
            taken = []
            for number in range(runs):
                path = self.parts(source)[-1 - number]
                name = f"bench-hub-{number}"
                service = (
                    "\n---\napiVersion: backstage.io/v1alpha1\nkind: Component\n"
                    f"metadata: {{name: {name}}}\n"
                    f"spec: {{type: service, lifecycle: production, owner: '{hub['value']}'}}\n"
                )
                started = self.rewrite([(path, self.text(path).rstrip("\n") + service)])
                ended = self.visible(
                    client,
                    [
                        self.count_of(f"metadata.name={name}"),
                        self.count_of(f"relations.ownerOf=component:default/{name}"),
                        self.count_of(f"metadata.name={name},relations.ownedBy={hub['value']}"),
                    ],
                )
                taken.append(ended - started)
                portal.until_idle()
            self.figures["hub"] = statistics.median(taken) * 1000
            client.close()
            self.say(
                f"new service of a group with {hub['count']}: visible after "
                f"{self.figures['hub']:.1f} ms"
            )
        finally:
            portal.drop()

    # Reads

    def paths(self, client):
        """What is asked, by the row it belongs to. Several of each, so that no single answer is."""
        page = f"{API}/entities/by-query?limit=20&orderField=metadata.name,asc&filter=kind=component"
        pages = [f"{page},spec.type={type_}" for type_ in TYPES]
        words = ["payment", "checkout", "fraud", "loan", "stock", "gateway", "indexer", "team"]
        facet = "&".join(f"facet={name}" for name in FACETS)
        sample = client.get(
            f"{API}/entities/by-query?limit=500&filter=kind=component&fields=metadata.name"
        )
        names = [item["metadata"]["name"] for item in sample["items"]]
        self.random.shuffle(names)
        lifecycles = ["production", "experimental", "deprecated"]
        return {
            "page": pages,
            "text": [
                f"{path}&fullTextFilterTerm={word}"
                "&fullTextFilterFields=metadata.name,metadata.description"
                for path in pages for word in words
            ],
            "facets": [f"{API}/entity-facets?filter=kind=component&{facet}"],
            "count": [
                self.count_of(f"kind=component,spec.type={type_},spec.lifecycle={lifecycle}")
                for type_ in TYPES for lifecycle in lifecycles
            ],
            "name": [f"{API}/entities/by-name/component/default/{quote(name)}" for name in names],
        }

    def reads(self, portal):
        client = portal.client()
        paths = self.paths(client)
        times = {"page": 2000, "text": 2000, "facets": 1000, "count": 3000, "name": 5000}
        for name, many in times.items():
            self.figures[name] = client.p95(paths[name], many)
            self.say(f"{name}: p95 {self.figures[name]:.2f} ms")
        client.close()
        for name in ["page", "facets", "name"]:
            self.figures[f"{name}-rate"] = self.rate(portal, paths[name])
            self.say(f"{name}: {self.figures[f'{name}-rate']:.0f}/s with 16 clients")

    def rate(self, portal, paths, seconds=5):
        """Requests a second that wrk gets answered with 16 connections."""
        script = os.path.join(self.folder, "paths.lua")
        with open(script, "w", encoding="utf-8") as file:
            listed = ",\n".join(f"  [==[{path}]==]" for path in paths)
            file.write(f"local paths = {{\n{listed}\n}}\nlocal at = 0\n")
            file.write("request = function()\n  at = at % #paths + 1\n")
            file.write("  return wrk.format('GET', paths[at])\nend\n")
        command = ["wrk", "-t1", "-c16", f"-d{seconds}s", "-s", script]
        command += ["-H", f"Authorization: Bearer {TOKEN}", f"http://127.0.0.1:{portal.port}"]
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
        if "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
            self.say("wrk saw errors:\n" + done.stdout)
        return float(re.search(r"Requests/sec:\s*([\d.]+)", done.stdout)[1])

    def streaming(self, portal):
        client = portal.client()
        request = client.request(f"{API}/entities?order=asc:metadata.name")
        client.exchange(client.request(f"{API}/entities?limit=1"))
        before = portal.memory("VmRSS")
        portal.forget_peak()
        rates = []
        for _ in range(3):
            started = time.perf_counter()
            status, _, size = client.exchange(request, keep=False)
            rates.append(size / 1e6 / (time.perf_counter() - started))
            if status != 200:
                raise SystemExit(f"bench: /entities answered {status}")
        client.close()
        self.figures["all"] = statistics.median(rates)
        self.figures["all-memory"] = max(0, portal.memory("VmHWM") - before)
        self.say(f"all entities: {self.figures['all']:.0f} MB/s of {size / 1e6:.0f} MB")

    def resting(self, portal):
        client = portal.client()
        paths = self.paths(client)
        requests = [client.request(path) for name in paths for path in paths[name]]
        self.say(f"mixed reads for {self.options.rest} min")
        until = time.perf_counter() + self.options.rest * 60
        while time.perf_counter() < until:
            client.exchange(self.random.choice(requests), keep=False)
        client.close()
        time.sleep(10)
        self.figures["rest-memory"] = portal.memory("VmRSS")
        self.say(f"at rest: {self.figures['rest-memory']:.0f} MB")

    # Data

    def size(self, portal, source):
        """After a second version of a tenth of all entities, with the image that a stop leaves."""
        files = self.parts(source)[: max(1, len(self.parts(source)) // 10)]
        changed = []
        for path in files:
            text = self.text(path)
            text = re.sub(r'^(  description: ")', r"\1Once more: ", text, flags=re.M)
            changed.append((path, text))
        started = self.rewrite(changed)
        ended = portal.until_idle(quiet=2)
        portal.stop()
        if ended < started:
            raise NotSeen("a tenth of all entities was changed and the portal did not read them")
        self.figures["size"] = portal.bytes_stored() / self.options.count
        if not portal.image_files():
            self.say("WARNING: the stop left no image of the index")
        self.say(f"database: {self.figures['size']:.0f} bytes an entity")

    def starts(self, portal, runs):
        for name, remove in [("start-image", False), ("start-rebuild", True)]:
            taken = []
            for _ in range(runs):
                if remove:
                    for path in portal.image_files():
                        os.remove(path)
                taken.append(portal.start(self.has_everything))
                portal.until_idle(quiet=1)
                portal.stop()
            self.figures[name] = statistics.median(taken)
            self.say(f"{name}: {self.figures[name]:.2f} s")
