"""The portal under test, seen through one browser; and the report of what was checked."""

import contextlib
import os
import pathlib
import re
import sys
import time

from source import Source

CHROMIUM = "/usr/bin/chromium-headless-shell"
SCHEMES = ("light", "dark")
WIDTHS = (1440, 390, 320)
HEIGHTS = {1440: 900, 390: 844, 320: 640}


def axe_source():
    """axe-core itself, out of the package that carries it."""
    import axe_playwright_python

    folder = pathlib.Path(axe_playwright_python.__file__).parent
    return (folder / "axe.min.js").read_text(encoding="utf-8")


class Report:
    """One line a check; what is wrong below it."""

    def __init__(self, pattern):
        self.pattern = re.compile(pattern)
        self.checks = self.failures = 0

    def wants(self, name):
        return bool(self.pattern.search(name))

    def check(self, name, faults, seconds=None):
        self.checks += 1
        took = f"  {seconds:.1f} s" if seconds is not None else ""
        print(f"{'FAIL' if faults else 'ok  '}  {name}{took}", flush=True)
        if faults:
            self.failures += 1
            for fault in faults:
                print(f"        {fault}", flush=True)

    def run(self, name, check, *arguments):
        """A check that raises its fault."""
        if not self.wants(name):
            return
        start = time.monotonic()
        faults = []
        try:
            check(*arguments)
        except AssertionError as fault:
            faults.append(str(fault) or "an assertion without words failed")
        except Exception as fault:  # A time-out of the browser, most of the time.
            faults.append(f"{type(fault).__name__}: {str(fault).splitlines()[0]}")
        self.check(name, faults, time.monotonic() - start)


class Noise:
    """What a page did that nobody should see: errors of scripts, requests that failed."""

    def __init__(self, page, expected=()):
        # Addresses that are asked for on purpose although they are an error.
        self.expected = set(expected)
        self.found = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.found.append(f"script: {error}"))
        page.on("response", self._response)
        page.on("requestfailed", self._failed)

    def _console(self, message):
        if message.type not in ("error", "warning"):
            return
        if message.location.get("url") not in self.expected:
            self.found.append(f"console: {message.text}")

    def _response(self, response):
        if response.status >= 400 and response.url not in self.expected:
            self.found.append(f"request: {response.status} {response.url}")

    def _failed(self, request):
        # A download is no page: the browser gives the navigation up and keeps the file.
        if request.failure != "net::ERR_ABORTED":
            self.found.append(f"request: {request.failure} {request.url}")

    def take(self):
        found, self.found = self.found, []
        return found


class Portal:
    """Makes pages in contexts of their own: signed in or not, of any width, with or without script."""

    def __init__(self, browser, pictures=None):
        self.address = os.environ["CALLBOARD_URL"]
        self.browser = browser
        self.pictures = pathlib.Path(pictures) if pictures else None
        self.axe = axe_source()
        self.session = None
        self.source = Source()

    def url(self, path):
        return self.address + path.replace("{source}", self.source.url(""))

    @contextlib.contextmanager
    def page(self, width=1440, script=True, signed_in=True, scheme="light"):
        """A page of a context of its own; with a noise meter as `page.noise`."""
        context = self.browser.new_context(
            viewport={"width": width, "height": HEIGHTS[width]},
            java_script_enabled=script,
            color_scheme=scheme,
            reduced_motion="reduce",
            storage_state=self.session if signed_in else None,
        )
        context.set_default_timeout(10_000)
        try:
            page = context.new_page()
            page.noise = Noise(page)
            yield page
        finally:
            context.close()

    def sign_in(self):
        """Signs in as the demo's guest, and keeps the session for the other contexts."""
        with self.page(signed_in=False) as page:
            page.goto(self.url("/sign-in"))
            page.get_by_role("button", name="Continue as Guest").click()
            page.wait_for_url(self.url("/"))
            self.session = page.context.storage_state()

    def picture(self, page, name):
        if self.pictures:
            self.pictures.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=self.pictures / f"{name}.png", full_page=True)


def fail(message):
    print(f"look: {message}", file=sys.stderr)
    sys.exit(69)
