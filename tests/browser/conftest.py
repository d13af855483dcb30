"""One server and one browser for all browser tests, and a new page for each test."""

import pytest

from tests.browser.app_server import running_app
from tests.browser.evidence import keep_evidence
from tests.browser.explore_page import ExplorePage
from tests.browser.shared_chromium import CHROMIUM


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.failed:
        folder = keep_evidence(item.nodeid)
        report.sections.append(("evidence", f"Screenshots, console and server log: {folder}"))
    return report


@pytest.fixture(scope="session")
def app_log(tmp_path_factory):
    return tmp_path_factory.mktemp("app") / "server.log"


@pytest.fixture(scope="session")
def app_url(app_log, tmp_path_factory):
    models = tmp_path_factory.mktemp("models")
    with running_app(app_log, ZSCOPE_MODELS=str(models)) as url:
        yield url


@pytest.fixture
def browser():
    yield CHROMIUM.open()
    CHROMIUM.give_back_all()


@pytest.fixture
def open_explore(browser, app_url):
    """Open the Explore page: `open_explore("?model=…")` waits until the first picture is there.

    By default with reduced motion, so that nothing moves but what the test moves.
    """
    contexts = []

    def open_page(query: str = "", motion: str = "reduce", ready: bool = True, **options) -> ExplorePage:
        options = {"viewport": {"width": 1440, "height": 900}} | options
        context = browser.new_context(reduced_motion=motion, **options)
        contexts.append(context)
        explore = ExplorePage(context.new_page(), app_url)
        explore.goto(query)
        if ready:
            explore.wait_until_drawn()
        return explore

    yield open_page
    for context in contexts:
        for page in context.pages:
            assert not getattr(page, "faults", []), page.faults
        context.close()
