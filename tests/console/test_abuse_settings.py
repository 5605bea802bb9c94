"""The settings of API abuse: profiles and exceptions, changed by forms that say what is wrong (B5)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from console.looking import is_wide
from console.serving import DESK, PHONE, Opener, Server


@pytest.fixture(params=[(DESK, True), (PHONE, False)], ids=["1440", "390 without scripts"])
def page(request: pytest.FixtureRequest, open_page: Opener, young: Server) -> Page:
    """A page of a server whose profiles nobody changed."""
    size, script = request.param
    return open_page(young, size, script=script)


def profile(page: Page, name: str) -> Locator:
    """The form of a profile, unfolded."""
    form = page.get_by_role("form", name=name, exact=True)
    if not form.is_visible():
        page.locator("details", has=page.locator(f"form[aria-label='{name}']")).locator("summary").click()
    return form


@pytest.mark.rows("B4", "B5")
def test_the_default_profile(page: Page) -> None:
    """B5: what is done about a type, for how long and how sensitively is changed; nobody can remove the default."""
    page.goto("/settings/abuse")
    form = profile(page, "Profile default")
    expect(form.get_by_role("button", name="Remove")).to_have_count(0)
    expect(form.get_by_role("textbox", name="Applications")).to_have_count(0)
    form.get_by_role("combobox", name="What is done about Scraping").select_option("denylist_ip")
    form.get_by_role("spinbutton", name="Hours on the list for Scraping").fill("48")
    form.get_by_role("combobox", name="Sensitivity for Scraping").select_option("safe")
    form.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text("The profile is in force.")
    form = profile(page, "Profile default")
    expect(form.get_by_role("combobox", name="What is done about Scraping")).to_have_value("denylist_ip")
    expect(form.get_by_role("spinbutton", name="Hours on the list for Scraping")).to_have_value("48")
    expect(form.get_by_role("combobox", name="Sensitivity for Scraping")).to_have_value("safe")
    expect(form.get_by_role("combobox", name="Sensitivity for Account takeover")).to_have_value("normal")
    assert not is_wide(page)
    form.get_by_role("combobox", name="What is done about Scraping").select_option("register")
    form.get_by_role("button", name="Save").click()


@pytest.mark.rows("B5")
def test_profiles_of_applications(page: Page) -> None:
    """B5: a profile for some applications is added, and removed; two cannot have the same application."""
    page.goto("/settings/abuse")
    add(page, "backoffice", "admin, <b>intern</b>")
    expect(page.get_by_role("status")).to_have_text("The profile is in force.")
    expect(page.locator(".servers .seen").last).to_have_text("admin, <b>intern</b>")
    add(page, "another", "admin")
    expect(page.get_by_role("alert")).to_contain_text("is in the profile 'backoffice' already")
    form = profile(page, "Profile backoffice")
    form.get_by_role("button", name="Remove").click()
    expect(page.get_by_role("status")).to_contain_text("The profile is removed")
    expect(page.get_by_text("backoffice")).to_have_count(0)


def add(page: Page, name: str, applications: str) -> None:
    """Add a profile."""
    form = profile(page, "New profile")
    form.get_by_role("textbox", name="Name").fill(name)
    form.get_by_role("textbox", name="Applications").fill(applications)
    form.get_by_role("combobox", name="Normal is learned by").select_option("domain")
    form.get_by_role("button", name="Add").click()


@pytest.mark.rows("B5")
@pytest.mark.parametrize("hours", ["", "-1", "x", "9" * 12])
def test_hours_are_checked(page: Page, hours: str) -> None:
    """B5: hours that are none, or too many, are refused in words, whatever sends them."""
    page.goto("/settings/abuse")
    csrf = page.locator("[name=csrf]").first.get_attribute("value") or ""
    form = {"name": "default", "csrf": csrf, "action.scraping": "register", "hours.scraping": hours}
    answer = page.request.post("/settings/abuse", form=form)
    assert answer.status == 400
    assert "hours are" in answer.text()


def denied(page: Page, title: str) -> Locator:
    """The entries of a denylist."""
    return page.get_by_role("region", name=title).locator("tbody tr")


def deny(page: Page, title: str, value: str, hours: str, reason: str = "") -> None:
    """Put something on a denylist."""
    form = page.get_by_role("form", name="New entry")
    form.get_by_role("combobox", name="List").select_option(title)
    form.get_by_role("textbox", name="Address, network or session id").fill(value)
    form.get_by_role("spinbutton", name="Hours, 0 for ever").fill(hours)
    form.get_by_role("textbox", name="Reason").fill(reason)
    form.get_by_role("button", name="Add").click()


@pytest.mark.rows("B5")
def test_denylists(page: Page) -> None:
    """B5: addresses and sessions are denied for hours or for ever, with a reason; removed; and all stands in the history."""
    page.goto("/settings/abuse")
    page.get_by_role("link", name="Denylists").click()
    expect(page.get_by_role("navigation", name="Settings").locator("[aria-current]")).to_be_in_viewport(ratio=0.9)
    deny(page, "Addresses and networks", "198.51.100.9/24", "24", "scrapes <b>prices</b>")
    expect(page.get_by_role("status")).to_have_text("On the list: 198.51.100.0/24.")
    row = denied(page, "Addresses and networks")
    expect(row).to_contain_text("scrapes <b>prices</b>")
    expect(row.locator("time")).to_have_count(2)
    deny(page, "Sessions", "AB" * 16, "0")
    expect(denied(page, "Sessions")).to_contain_text("for ever")
    expect(denied(page, "Sessions").get_by_role("link")).to_have_attribute("href", f"/sessions/{'ab' * 16}")
    assert not is_wide(page)
    row.get_by_role("button", name="Remove 198.51.100.0/24").click()
    expect(page.get_by_role("status")).to_have_text("Taken off the list: 198.51.100.0/24.")
    expect(row).to_have_count(0)
    denied(page, "Sessions").get_by_role("button", name="Remove").click()
    page.locator(".history > summary").click()
    changes = page.locator(".history tbody tr")
    for words in ("denied 198.51.100.0/24 until", f"removed {'ab' * 16}", "because scrapes <b>prices</b>"):
        expect(changes.filter(has_text=words).first).to_be_visible()


@pytest.mark.rows("B5")
@pytest.mark.parametrize(
    ("title", "value", "words"),
    [
        ("Addresses and networks", "<b>x</b>", "an address is such as"),
        ("Sessions", "198.51.100.9", "a session id has 32 hex digits"),
    ],
)
def test_a_wrong_entry_is_refused_in_words(page: Page, title: str, value: str, words: str) -> None:
    """B5: what cannot be on a list is refused, and stays in the form."""
    page.goto("/settings/denylists")
    deny(page, title, value, "5", "kept")
    expect(page.get_by_role("alert")).to_contain_text(words)
    form = page.get_by_role("form", name="New entry")
    expect(form.get_by_role("textbox", name="Address, network or session id")).to_have_value(value)
    expect(form.get_by_role("spinbutton", name="Hours")).to_have_value("5")
    expect(form.get_by_role("combobox", name="List")).to_have_value("sessions" if title == "Sessions" else "ips")


@pytest.mark.rows("B5")
@pytest.mark.parametrize(("form", "status"), [({"list": "ips", "value": "x", "hours": "-1"}, 400), ({"list": "nothing"}, 400),
                                              ({"act": "remove", "value": "203.0.113.99"}, 404), ({"csrf": "of another"}, 400)])  # fmt: skip
def test_odd_forms_of_denylists(page: Page, form: dict[str, str], status: int) -> None:
    """B5: hours, lists, entries and sessions of people that there are not are refused, whatever sends them."""
    page.goto("/settings/denylists")
    csrf = page.locator("[name=csrf]").first.get_attribute("value") or ""
    asked = {"csrf": csrf, "act": "add", "list": "ips", "value": "203.0.113.99", "hours": "1"}
    assert page.request.post("/settings/denylists", form={**asked, **form}).status == status


def exception_form(page: Page) -> Locator:
    """The form of a new exception."""
    return page.get_by_role("form", name="New exception")


@pytest.mark.rows("B5")
def test_exceptions(page: Page) -> None:
    """B5: an exception is added with types, end and reason, switched off and on, given another end, removed; all stands in the history."""
    page.goto("/settings/exceptions")
    form = exception_form(page)
    form.get_by_role("textbox", name="Filter").fill("country:DE user_agent:*<b>monitor*")
    form.get_by_role("checkbox", name="Scraping").check()
    form.get_by_label("Until, empty for ever").fill("2099-12-31")
    form.get_by_role("textbox", name="Reason").fill("our <i>probe</i>")
    form.get_by_role("button", name="Add").click()
    expect(page.get_by_role("status")).to_contain_text("The exception is in force")
    row = page.locator(".rules tbody tr")
    expect(row).to_contain_text("no Scraping until 2099-12-31")
    expect(row).to_contain_text("our <i>probe</i>")
    row.get_by_role("button", name="Switch off").click()
    expect(page.locator(".rules tr.dismissed")).to_have_count(1)
    row.get_by_role("button", name="Switch on").click()
    expect(page.locator(".rules tr.dismissed")).to_have_count(0)
    row.get_by_text("Change", exact=True).click()
    row.get_by_label("Until, empty for ever").fill("")
    row.get_by_role("button", name="Set").click()
    expect(row).to_contain_text("for ever")
    assert not is_wide(page)
    row.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("No exceptions yet")).to_be_visible()
    page.locator(".history > summary").click()
    changes = page.locator(".history tbody tr")
    for words in ("removed", "for ever", "switched on", "switched off", "added"):
        expect(changes.filter(has_text=words).first).to_be_visible()


@pytest.mark.rows("B5")
@pytest.mark.parametrize(
    ("q", "words"), [("hots:x", "there is no field"), ("bot:scraping", "is about a bot"), (" ", "has a filter that says")]
)
def test_a_wrong_exception_is_refused_in_words(page: Page, q: str, words: str) -> None:
    """B5: a filter that can be no exception is refused, and stays in the form."""
    page.goto("/settings/exceptions")
    exception_form(page).get_by_role("textbox", name="Filter").fill(q)
    exception_form(page).get_by_role("textbox", name="Reason").fill("kept")
    exception_form(page).get_by_role("button", name="Add").click()
    expect(page.get_by_role("alert")).to_contain_text(words)
    expect(exception_form(page).get_by_role("textbox", name="Filter")).to_have_value(q)
    expect(exception_form(page).get_by_role("textbox", name="Reason")).to_have_value("kept")
