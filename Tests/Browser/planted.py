"""Faults that are planted into a good page: a check that misses one is worth nothing."""

import keyboard
import pages
from portal import Report

PATH = "/problems"

# What is wrong, what is put before the end of the page's content, and what has to be said of it.
FAULTS = [
    ("a picture without words", '<img src="/favicon.ico">', "axe: image-alt"),
    ("pale text", '<p style="color:#bbb;background:#fff">pale</p>', "axe: color-contrast"),
    ("a wide line", f'<pre style="overflow:visible">{"x" * 400}</pre>', "overflow:"),
    ("an error of a script", "<script>nowhere()</script>", "script:"),
    ("a request that fails", '<img alt="" src="/assets/none.png">', "request: 404"),
]
KEY_FAULTS = [
    ("a hidden focus", '<style>a { outline: 0 !important }</style>', "the focus is not seen"),
    ("an order of its own", '<a href="/" tabindex="5">first</a>', "jumps back and forth"),
    ("out of reach", '<button tabindex="-1">reach me</button>', "no key leads to"),
]


def check_planted(portal, report):
    for name, markup, words in FAULTS:
        report.run(f"planted {name}", found_on_page, portal, markup, words)
    for name, markup, words in KEY_FAULTS:
        report.run(f"planted {name}", found_by_keys, portal, markup, words)


def plant(page, markup):
    """Puts something into the page that the portal answers, and lets it be shown."""

    def answer(route):
        response = route.fetch()
        headers = {name: value for name, value in response.headers.items()
                   if name not in ("content-security-policy", "content-length",
                                   "content-encoding", "etag")}
        body = response.text().replace("</main>", f"{markup}</main>")
        route.fulfill(status=200, headers=headers, body=body)

    page.route(f"**{PATH}", answer)


class Silent(Report):
    """Keeps what is found."""

    def __init__(self):
        super().__init__("")
        self.faults = []

    def check(self, name, faults, seconds=None):
        self.faults += faults


def found_on_page(portal, markup, words):
    silent = Silent()
    with portal.page(390) as page:
        page.add_init_script(portal.axe)
        plant(page, markup)
        pages.check_page(portal, silent, page, 390, "planted", PATH, 200)
    assert any(words in fault for fault in silent.faults), f"only found: {silent.faults}"


def found_by_keys(portal, markup, words):
    try:
        keyboard.walk(portal, PATH, 1440, True, prepare=lambda page: plant(page, markup))
    except AssertionError as fault:
        assert words in str(fault), f"found something else: {fault}"
        return
    raise AssertionError("nothing was found")
