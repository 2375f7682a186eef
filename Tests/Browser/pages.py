"""Every page, in every theme and width: accessible, nothing overflows, nothing fails."""

import time

from portal import SCHEMES, WIDTHS
from source import component

ENTITY = "/catalog/default/component/booking-service"

# Name, address, status.
PAGES = [
    ("home", "/", 200),
    ("catalog", "/catalog", 200),
    ("catalog-filtered", "/catalog?kind=component&type=service&owner=tickets&text=e", 200),
    ("catalog-all", "/catalog?kind=all&limit=20", 200),
    ("catalog-groups", "/catalog?kind=group", 200),
    ("catalog-nothing", "/catalog?kind=component&text=no-such-thing&tag=go", 200),
    ("component", ENTITY, 200),
    ("component-relations", f"{ENTITY}/relations", 200),
    ("component-yaml", f"{ENTITY}/yaml", 200),
    ("component-history", f"{ENTITY}/history", 200),
    ("component-diagnostics", f"{ENTITY}/diagnostics", 200),
    ("component-with-problem", "/catalog/default/component/parcel-lockers", 200),
    ("diagnostics", "/catalog/default/component/parcel-lockers/diagnostics", 200),
    ("yaml-with-problem", "/catalog/default/component/parcel-lockers/yaml", 200),
    ("api", "/catalog/default/api/booking-api", 200),
    ("resource", "/catalog/default/resource/booking-db", 200),
    ("system", "/catalog/default/system/booking", 200),
    ("domain", "/catalog/default/domain/selling", 200),
    ("group", "/catalog/default/group/tickets", 200),
    ("user", "/catalog/default/user/maren.fjeldstad", 200),
    ("template", "/catalog/default/template/kotlin-service", 200),
    ("location", "/catalog/default/location/skerryline", 200),
    ("catalog-starred", "/catalog?user=starred", 200),
    ("import", "/catalog-import", 200),
    ("import-refused", "/catalog-import?url=harbour", 200),
    ("import-found", "/catalog-import?url={source}/shown.yaml", 200),
    ("import-missing", "/catalog-import?url={source}/nothing.yaml", 200),
    ("unregister", f"{ENTITY}/unregister", 200),
    ("delete", f"{ENTITY}/delete", 200),
    ("problems", "/problems", 200),
    ("problems-filtered", "/problems?severity=warning&user=owned", 200),
    ("design", "/design", 200),
    ("sign-in", "/sign-in", 200),
    ("no-such-page", "/no/such/page", 404),
    ("no-such-entity", "/catalog/default/component/bookng-service", 404),
]

AXE = """async () => {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const result = await axe.run(document, { runOnly: tags, resultTypes: ["violations"] });
  return result.violations.flatMap((rule) => rule.nodes.slice(0, 5).map((node) =>
    `axe: ${rule.id} (${rule.impact}) at ${node.target.join(" ")}`));
}"""

# What reaches beyond the right edge, but for what scrolls inside of something.
OVERFLOW = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const scrolls = (element) => {
    for (let up = element.parentElement; up; up = up.parentElement) {
      if (["auto", "scroll", "hidden"].includes(getComputedStyle(up).overflowX)) return true;
    }
    return false;
  };
  const wide = [...document.body.querySelectorAll("*")].filter((element) =>
    element.getBoundingClientRect().right > width + 0.5 && !scrolls(element));
  const names = wide.slice(-3).map((element) => element.outerHTML.slice(0, 100));
  return [`${document.documentElement.scrollWidth} px wide in ${width}`, ...names];
}"""

# Without a script a button that belongs to no form does nothing.
DEAD = """() => [...document.querySelectorAll("button")]
  .filter((button) => button.checkVisibility() && !button.form)
  .map((button) => `nothing happens at ${button.outerHTML.slice(0, 100)}`)"""


def check_pages(portal, report):
    portal.source.put(
        "/shown.yaml", component("berth-lamps", "Berth lamps"), component("two words", "Two"),
        component("seat-map", "Another seat map"))
    for width in WIDTHS:
        wanted = [page for page in PAGES if report.wants(f"page {page[0]} {width}")]
        for signed_in in (True, False):
            ours = [page for page in wanted if (page[0] != "sign-in") == signed_in]
            if not ours:
                continue
            with portal.page(width, signed_in=signed_in) as page:
                page.add_init_script(portal.axe)
                for name, path, status in ours:
                    check_page(portal, report, page, width, name, path, status)
    check_without_script(portal, report)


def check_page(portal, report, page, width, name, path, status):
    url = portal.url(path)
    page.noise.expected = {url} if status >= 400 else set()
    page.emulate_media(color_scheme=SCHEMES[0])
    start = time.monotonic()
    faults = open_page(page, url, status)
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        if not faults:
            faults = page.evaluate(AXE)
        faults += [f"overflow: {fault}" for fault in page.evaluate(OVERFLOW)]
        faults += page.noise.take()
        portal.picture(page, f"{name}-{width}-{scheme}")
        report.check(f"page {name} {width} {scheme}", faults, time.monotonic() - start)
        start, faults = time.monotonic(), []


def open_page(page, url, status):
    answer = page.goto(url)
    faults = []
    if answer.status != status:
        faults.append(f"status {answer.status} instead of {status}")
    if page.url != url:
        faults.append(f"led to {page.url}")
    return faults


def check_without_script(portal, report):
    for width in (1440, 320):
        for signed_in in (True, False):
            with portal.page(width, script=False, signed_in=signed_in) as page:
                for name, path, status in PAGES:
                    check = f"page {name} {width} without script"
                    if (name != "sign-in") != signed_in or not report.wants(check):
                        continue
                    url = portal.url(path)
                    page.noise.expected = {url} if status >= 400 else set()
                    start = time.monotonic()
                    faults = open_page(page, url, status)
                    if not page.locator("h1").is_visible():
                        faults.append("no heading is seen")
                    faults += page.evaluate(DEAD)
                    faults += [f"overflow: {fault}" for fault in page.evaluate(OVERFLOW)]
                    faults += page.noise.take()
                    report.check(check, faults, time.monotonic() - start)
