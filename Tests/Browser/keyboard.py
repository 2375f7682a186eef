"""Everything by keyboard alone: all is reached, in order, and where one is can be seen."""

from pages import ENTITY

# Numbers what can be reached, and says how: by Tab, or by arrows from its neighbour.
NUMBER = """() => {
  const stops = 'a[href], button, input:not([type="hidden"]), select, textarea, summary, pre[tabindex="0"]';
  let count = 0;
  for (const element of document.querySelectorAll(stops)) {
    if (!element.checkVisibility() || element.disabled) continue;
    element.dataset.look = count++;
  }
  return [...document.querySelectorAll("[data-look]")].map((element) => ({
    number: Number(element.dataset.look),
    html: element.outerHTML.slice(0, 90),
    byArrows: element.tabIndex < 0 && !!element.closest("[data-arrows], table[data-rows] tbody"),
  }));
}"""

# Where the focus is, and whether one sees it.
STOP = """() => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const style = getComputedStyle(element);
  const outline = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  const box = element.getClientRects()[0] || element.getBoundingClientRect();
  const x = box.left + Math.min(box.width / 2, 8), y = box.top + box.height / 2;
  const top = document.elementFromPoint(x, y);
  const isClear = !!top && (element === top || element.contains(top) || top.contains(element));
  const isInside = box.width > 0 && y >= 0 && y <= innerHeight && x >= 0 && x <= innerWidth;
  return {
    number: element.dataset.look === undefined ? -1 : Number(element.dataset.look),
    html: element.outerHTML.slice(0, 90), outline, isClear, isInside,
  };
}"""

PLACES = [
    ("home", "/"),
    ("catalog", "/catalog?kind=all&limit=20"),
    ("component", ENTITY),
    ("yaml", f"{ENTITY}/yaml"),
    ("group", "/catalog/default/group/tickets"),
    ("problems", "/problems"),
    ("import", "/catalog-import?url={source}/shown.yaml"),
    ("unregister", f"{ENTITY}/unregister"),
    ("no-such-entity", "/catalog/default/component/bookng-service"),
]


def check_keyboard(portal, report):
    for name, path in PLACES:
        for width, script in ((1440, True), (1440, False), (390, True)):
            how = "" if script else " without script"
            report.run(f"keys {name} {width}{how}", walk, portal, path, width, script)
    report.run("keys sign-in", sign_in, portal)
    report.run("keys skip links", skip_links, portal)
    report.run("keys rows and facets by arrows", arrows, portal)
    report.run("keys menu", menu, portal)
    report.run("keys shortcuts", shortcuts, portal)
    report.run("keys find, open, follow, come back", find_and_open, portal)


def walk(portal, path, width, script, prepare=None):
    """Tab through the whole page: each stop is seen, in order, and nothing is left out."""
    with portal.page(width, script=script) as page:
        if prepare:
            prepare(page)
        page.goto(portal.url(path))
        stops = page.evaluate(NUMBER)
        reached = []
        for _ in range(len(stops) + 5):
            page.keyboard.press("Tab")
            stop = page.evaluate(STOP)
            if stop is None:
                break
            assert stop["outline"], f"the focus is not seen at {stop['html']}"
            assert stop["isInside"], f"the focus is outside of the window at {stop['html']}"
            assert stop["isClear"], f"something covers the focus at {stop['html']}"
            reached.append(stop["number"])
        else:
            raise AssertionError("Tab does not come to an end")
        order = [number for number in reached if number >= 0]
        assert order == sorted(order), f"Tab jumps back and forth: {order}"
        missed = [stop for stop in stops if stop["number"] not in set(order)]
        lost = [stop["html"] for stop in missed if not (script and stop["byArrows"])]
        assert not lost, f"no key leads to {lost[:3]}"
        if script:
            walk_groups(page)


def walk_groups(page):
    """In each group the arrows lead over all its links."""
    for number in range(page.locator("[data-arrows]").count()):
        group = page.locator("[data-arrows]").nth(number)
        links = group.locator("a[href]:visible")
        if links.count() == 0:
            continue
        links.first.focus()
        seen = {page.evaluate("document.activeElement.dataset.look")}
        for _ in range(links.count() - 1):
            page.keyboard.press("ArrowDown")
            assert page.evaluate(STOP)["outline"], "the focus is not seen in a group"
            seen.add(page.evaluate("document.activeElement.dataset.look"))
        assert len(seen) == links.count(), f"arrows reach {len(seen)} of {links.count()} links"
    for number in range(page.locator("table[data-rows]").count()):
        rows = page.locator("table[data-rows]").nth(number).locator("tbody tr")
        rows.first.locator("a[href]").first.focus()
        for row in range(min(3, rows.count())):
            links = rows.nth(row).locator("a[href]:visible")
            for link in range(links.count()):
                focus = page.evaluate("document.activeElement.outerHTML")
                assert focus == links.nth(link).evaluate("(link) => link.outerHTML"), focus[:90]
                page.keyboard.press("ArrowRight")
            for _ in range(links.count()):
                page.keyboard.press("ArrowLeft")
            page.keyboard.press("ArrowDown")


def focused(page):
    return page.evaluate("document.activeElement.innerText").strip()


def tab_to(page, text, limit=60, key="Tab"):
    """Presses Tab until the focus is on something that says that."""
    for _ in range(limit):
        page.keyboard.press(key)
        if focused(page).startswith(text):
            return
    raise AssertionError(f"no Tab stop says “{text}” within {limit}")


def sign_in(portal):
    with portal.page(signed_in=False) as page:
        page.goto(portal.url("/catalog?kind=api"))
        tab_to(page, "Continue as Guest", limit=3)
        page.keyboard.press("Enter")
        page.wait_for_url(portal.url("/catalog?kind=api"))


def skip_links(portal):
    for script in (True, False):
        with portal.page(script=script) as page:
            page.goto(portal.url("/catalog"))
            page.keyboard.press("Tab")
            assert focused(page) == "Skip to the content", focused(page)
            page.keyboard.press("Enter")
            page.keyboard.press("Tab")
            assert page.evaluate("!!document.activeElement.closest('main')"), "not in the content"
            page.goto(portal.url("/catalog"))
            page.keyboard.press("Tab")
            page.keyboard.press("Tab")
            assert focused(page) == "Skip to the list", focused(page)
            page.keyboard.press("Enter")
            page.keyboard.press("Tab")
            row = page.evaluate("!!document.activeElement.closest('tbody tr:first-child')")
            assert row, "the first row is not the next stop"


def arrows(portal):
    with portal.page() as page:
        page.goto(portal.url("/catalog"))
        names = page.locator("tbody .name a").all_inner_texts()
        page.keyboard.press("j")
        assert focused(page) == names[0], focused(page)
        page.keyboard.press("j")
        page.keyboard.press("ArrowDown")
        assert focused(page) == names[2], focused(page)
        page.keyboard.press("k")
        page.keyboard.press("Enter")
        page.wait_for_url("**/catalog/default/component/*")
        assert page.locator("h1").inner_text() == names[1]


def menu(portal):
    with portal.page() as page:
        page.goto(portal.url(ENTITY))
        summary = page.locator(".head-actions summary")
        summary.focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("!!document.activeElement.closest('.menu-body')"), "not in the menu"
        page.keyboard.press("Escape")
        assert not page.locator(".head-actions .menu-body").is_visible(), "Escape does not close"
        assert summary.evaluate("(it) => it === document.activeElement"), "the focus is lost"


def shortcuts(portal):
    with portal.page() as page:
        for keys, place in (("gc", "/catalog"), ("gp", "/problems"), ("gh", "/")):
            for key in keys:
                page.goto(portal.url("/design")) if key == "g" else None
                page.keyboard.press(key)
            page.wait_for_url(portal.url(place))
        for key in ("/", "Control+k"):
            page.goto(portal.url("/"))
            page.keyboard.press(key)
            focus = page.evaluate("document.activeElement.name")
            assert focus == "query", f"{key} leads to {focus}"
        page.keyboard.press("Escape")
        assert page.evaluate("document.activeElement === document.body"), "Escape keeps the focus"


def find_and_open(portal):
    for script in (True, False):
        with portal.page(script=script) as page:
            page.goto(portal.url("/"))
            for _ in range(20):
                page.keyboard.press("Tab")
                if page.evaluate("document.activeElement.name") == "query":
                    break
            page.keyboard.type("seat-map-cache")
            page.keyboard.press("Enter")
            page.wait_for_url("**/catalog?query=seat-map-cache")
            tab_to(page, "Skip to the list", limit=3)
            page.keyboard.press("Enter")
            page.keyboard.press("Tab")
            page.keyboard.press("Enter")
            page.wait_for_url("**/catalog/default/resource/seat-map-cache")
            tab_to(page, "seat-map", limit=80)
            page.keyboard.press("Enter")
            page.wait_for_url("**/catalog/default/component/seat-map")
            page.keyboard.press("Alt+ArrowLeft")
            page.go_back() if "resource" not in page.url else None
            assert page.url.endswith("/resource/seat-map-cache"), page.url
