"""Looks at the portal as people do: with a browser, by mouse and by keyboard. See script/look."""

import argparse
import os
import sys
import time

from playwright.sync_api import sync_playwright

from journeys import check_journeys
from keyboard import check_keyboard
from pages import check_pages
from planted import check_planted
from portal import CHROMIUM, Portal, Report, fail


def main():
    parser = argparse.ArgumentParser(prog="script/look")
    parser.add_argument("--pictures", help="where to keep a picture of every page")
    parser.add_argument("pattern", nargs="?", default="", help="only checks whose name matches")
    options = parser.parse_args()
    report = Report(options.pattern)
    start = time.monotonic()
    with sync_playwright() as playwright:
        # The browser refuses its sandbox to root.
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        print(f"look: Chromium {browser.version}", file=sys.stderr)
        portal = Portal(browser, options.pictures)
        portal.sign_in()
        for check in (check_pages, check_keyboard, check_journeys, check_planted):
            check(portal, report)
        browser.close()
    seconds = time.monotonic() - start
    print(f"look: {report.checks} checks, {report.failures} failed, {seconds:.0f} s")
    if report.checks == 0:
        fail(f"no check matches “{options.pattern}”")
    sys.exit(1 if report.failures else 0)


if __name__ == "__main__":
    main()
