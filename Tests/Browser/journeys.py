"""What people come for, with and without a script; each fails on any error behind the page."""

import csv
import io
import re

from pages import ENTITY
from source import component


def check_journeys(portal, report):
    for journey in JOURNEYS:
        name = journey.__name__.replace("_", " ")
        for script in (True, False):
            how = "" if script else " without script"
            report.run(f"journey {name}{how}", travel, portal, journey, script)


def travel(portal, journey, script):
    signed_in = journey not in SIGNED_OUT
    with portal.page(script=script, signed_in=signed_in) as page:
        journey(portal, page)
        noise = page.noise.take()
        assert not noise, "; ".join(noise)


def names(page):
    return page.locator("tbody .name a").all_inner_texts()


def count(page):
    """What the list says that it shows."""
    text = page.locator(".list-count b").first.inner_text()
    return int(text.replace(",", ""))


def title(page):
    return page.locator("h1").inner_text()


def sign_in_and_go_where_one_was_going(portal, page):
    page.goto(portal.url("/catalog?kind=api"))
    assert "/sign-in" in page.url, page.url
    page.get_by_role("button", name="Continue as Guest").click()
    page.wait_for_url(portal.url("/catalog?kind=api"))
    assert title(page) == "APIs"


def sign_out(portal, page):
    # A session of its own: this one ends.
    page.goto(portal.url("/sign-in"))
    page.get_by_role("button", name="Continue as Guest").click()
    page.wait_for_url(portal.url("/"))
    page.locator(".menu-person summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in?**")
    page.goto(portal.url("/catalog"))
    assert "/sign-in" in page.url, "still signed in"


def find_a_service_by_text(portal, page):
    page.goto(portal.url("/"))
    page.get_by_role("searchbox", name="Search").fill("settlement")
    page.keyboard.press("Enter")
    page.wait_for_url("**/catalog?query=settlement")
    assert "settlement" in names(page), names(page)
    assert page.get_by_role("searchbox", name="Search").input_value() == "settlement"


def narrow_by_facets_and_widen_again(portal, page):
    page.goto(portal.url("/catalog"))
    whole = count(page)
    facet = page.get_by_role("group", name="Type").locator("a", has_text="library").first
    promised = int(facet.locator(".count").inner_text())
    facet.click()
    page.wait_for_url("**type=library**")
    assert count(page) == promised == len(names(page)), (count(page), promised)
    page.locator(".facet a", has_text="production").first.click()
    page.wait_for_url("**lifecycle=production**")
    assert count(page) <= promised
    page.locator(".chip", has_text="library").click()
    page.locator(".chip", has_text="production").click()
    page.wait_for_url(portal.url("/catalog"))
    assert count(page) == whole


def clear_filters_that_leave_nothing(portal, page):
    page.goto(portal.url("/catalog?kind=component&tag=go&text=nowhere"))
    assert page.get_by_text("No components match.").is_visible()
    page.locator(".empty a").click()
    assert count(page) > 20


def page_on_and_back(portal, page):
    page.goto(portal.url("/catalog?kind=all&limit=20"))
    first = names(page)
    page.locator("a[rel=next]").click()
    page.wait_for_url("**cursor=after**")
    second = names(page)
    assert len(first) == len(second) == 20 and not set(first) & set(second)
    page.locator("a[rel=prev]").click()
    page.wait_for_url("**cursor=before**")
    assert names(page) == first
    page.go_back()
    assert names(page) == second


def sort_by_owner_and_turn_it(portal, page):
    page.goto(portal.url("/catalog"))
    page.locator("thead a", has_text="Owner").click()
    page.wait_for_url("**order=owner**")
    assert page.locator("thead th[aria-sort=ascending]").inner_text() == "Owner"
    page.locator("thead a", has_text="Owner").click()
    page.wait_for_url("**order=-owner**")
    assert page.locator("thead th[aria-sort=descending]").inner_text() == "Owner"


def take_the_list_away_as_a_file(portal, page):
    page.goto(portal.url("/catalog?kind=api"))
    shown = count(page)
    page.locator(".head-actions summary").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Export as CSV").click()
    with open(download.value.path(), encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(io.StringIO(file.read())))
    assert len(rows) == shown and rows[0]["kind"] == "API", (len(rows), shown)


def open_an_entity_and_follow_a_relation(portal, page):
    page.goto(portal.url("/catalog?text=seat-map"))
    page.locator("tbody .name a", has_text=re.compile("^seat-map$")).click()
    page.wait_for_url("**/catalog/default/component/seat-map")
    assert "seat-map" in title(page)
    page.locator(".relation a", has_text="seat-map-cache").click()
    page.wait_for_url("**/resource/seat-map-cache")
    assert page.locator(".relation a", has_text="seat-map").count() > 0


def see_its_yaml(portal, page):
    page.goto(portal.url(ENTITY))
    page.locator(".tabs a", has_text="YAML").click()
    page.wait_for_url("**/yaml")
    text = page.locator("#source").inner_text()
    assert "apiVersion: backstage.io/v1alpha1" in text and "name: booking-service" in text


def see_its_history(portal, page):
    page.goto(portal.url(ENTITY))
    page.locator(".tabs a", has_text="History").click()
    page.wait_for_url("**/history")
    assert page.get_by_text("Came into the catalog").is_visible()


def go_from_a_person_to_a_team_to_what_it_owns(portal, page):
    page.goto(portal.url("/catalog/default/user/maren.fjeldstad"))
    page.locator(".relation a", has_text="Tickets").first.click()
    page.wait_for_url("**/group/tickets")
    page.locator(".bars a", has_text="Components").click()
    page.wait_for_url("**/catalog?**owner=tickets**")
    assert count(page) == len(names(page)) > 5


def see_a_problem_with_its_line_and_remedy(portal, page):
    page.goto(portal.url("/problems"))
    card = page.locator(".diagnostic", has_text="broken-yaml.yaml").first
    if not card.locator(".diagnostic-body").is_visible():
        card.locator("summary").click()
    assert re.search(r"broken-yaml\.yaml:\d+:\d+", card.locator(".where").inner_text())
    assert card.get_by_text("What to do").is_visible()
    assert "description:Sounds the horn" in card.locator(".line-bad").first.inner_text()
    before = card.locator(".unseen").text_content()
    assert before == "  description:", f"the caret stands behind “{before}”"


def follow_a_warning_to_the_entity_and_its_line(portal, page):
    page.goto(portal.url("/problems?code=catalog.unknown-owner"))
    card = page.locator(".diagnostic", has_text="Parcel lockers")
    assert "dangling-owner.yaml:15:10" in card.locator(".where").inner_text()
    if not card.locator(".diagnostic-body").is_visible():
        card.locator("summary").click()
    card.get_by_role("link", name="Open the entity").click()
    page.wait_for_url("**/component/parcel-lockers")
    page.locator(".tabs a", has_text="YAML").click()
    page.wait_for_url("**/yaml")
    assert "owner: parcels" in page.locator(".line-warn").inner_text()


def mistype_a_name_and_find_the_right_one(portal, page):
    url = portal.url("/catalog/default/component/bookng-service")
    page.noise.expected = {url}
    page.goto(url)
    page.get_by_role("link", name="Booking service").click()
    page.wait_for_url(portal.url(ENTITY))


def choose_the_dark_theme_and_keep_it(portal, page):
    page.goto(portal.url("/catalog"))
    page.locator(".menu-person summary").click()
    page.locator("[data-theme-choice=dark]").click()
    page.goto(portal.url("/problems"))
    assert page.locator("html").get_attribute("data-theme") == "dark"


def star_something_and_find_it_again(portal, page):
    page.goto(portal.url(f"{ENTITY}/yaml"))
    page.get_by_role("button", name="Star", exact=True).click()
    assert page.url.endswith("/yaml"), page.url
    assert page.get_by_role("button", name="Star", pressed=True).is_visible()
    page.goto(portal.url("/"))
    starred = page.locator("section", has=page.get_by_role("heading", name="Starred"))
    starred.get_by_role("link", name="Booking service").click()
    page.goto(portal.url("/catalog"))
    page.locator(".segments a", has_text="Starred").click()
    page.wait_for_url("**user=starred**")
    assert names(page) == ["Booking service"], names(page)
    page.goto(portal.url(ENTITY))
    page.get_by_role("button", name="Star", exact=True).click()
    page.goto(portal.url("/catalog?user=starred"))
    assert page.get_by_text("None of the components have your star.").is_visible()


def register_an_address_read_it_again_and_unregister_it(portal, page):
    portal.source.put(
        "/radio.yaml", component("harbour-radio", "Harbour radio"),
        component("two words", "Refused"))
    page.goto(portal.url("/catalog"))
    page.get_by_role("link", name="Register", exact=True).click()
    page.get_by_label("Address of the file").fill(portal.source.url("/radio.yaml"))
    page.get_by_role("button", name="Look at it").click()
    assert "name: two words" in page.locator(".line-bad").first.inner_text()
    page.get_by_role("button", name="Register 1 entity").click()
    page.wait_for_url("**/catalog-import/*-*")
    assert page.get_by_text("1 entity came from it").is_visible()
    page.get_by_role("link", name="Open Harbour radio").click()
    page.wait_for_url("**/component/harbour-radio")

    portal.source.put("/radio.yaml", component("harbour-radio", "Berth radio"))
    page.locator(".head-actions summary").click()
    page.get_by_role("button", name="Read it again now").click()
    assert page.get_by_text("Read again just now").is_visible()
    assert title(page) == "Berth radio", "the page is older than what was done"
    page.reload()
    assert not page.get_by_text("Read again just now").is_visible(), "told twice"

    page.locator(".head-actions summary").click()
    page.get_by_role("link", name="Unregister…").click()
    page.wait_for_url("**/unregister")
    assert page.locator("main .list a").count() == 2
    page.get_by_role("button", name="Unregister, and remove 2 entities").click()
    page.wait_for_url(portal.url("/catalog"))
    assert page.get_by_text("2 entities went with it").is_visible()
    assert "Berth radio" not in names(page)
    gone = portal.url("/catalog/default/component/harbour-radio")
    page.noise.expected = {gone}
    page.goto(gone)
    assert page.get_by_text("It is no longer in the catalog").is_visible()


def ask_to_unregister_what_the_configuration_names(portal, page):
    page.goto(portal.url(ENTITY))
    page.locator(".head-actions summary").click()
    page.get_by_role("link", name="Unregister…").click()
    assert page.get_by_text("catalog.locations").is_visible()
    page.get_by_role("link", name="Back").click()
    page.wait_for_url(portal.url(ENTITY))


JOURNEYS = [
    sign_in_and_go_where_one_was_going,
    find_a_service_by_text,
    narrow_by_facets_and_widen_again,
    clear_filters_that_leave_nothing,
    page_on_and_back,
    sort_by_owner_and_turn_it,
    take_the_list_away_as_a_file,
    open_an_entity_and_follow_a_relation,
    see_its_yaml,
    see_its_history,
    go_from_a_person_to_a_team_to_what_it_owns,
    see_a_problem_with_its_line_and_remedy,
    follow_a_warning_to_the_entity_and_its_line,
    mistype_a_name_and_find_the_right_one,
    choose_the_dark_theme_and_keep_it,
    star_something_and_find_it_again,
    register_an_address_read_it_again_and_unregister_it,
    ask_to_unregister_what_the_configuration_names,
    sign_out,
]
SIGNED_OUT = [sign_in_and_go_where_one_was_going, sign_out]
