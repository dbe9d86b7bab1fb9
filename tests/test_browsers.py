"""Reading user agents."""

import pytest
from crawleruseragents import CRAWLER_USER_AGENTS_DATA
from hypothesis import given
from hypothesis import strategies as st

from suostumus.server.browsers import Browser, Device, read_browser

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
ANDROID = "Mozilla/5.0 (Linux; Android 10; K)"
KIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
CHROME = f"{WINDOWS} {KIT} Chrome/141.0.0.0 Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
IPAD = "Mozilla/5.0 (iPad; CPU OS 17_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"

PEOPLE = [
    (CHROME, "Chrome", "141", "Windows", Device.DESKTOP),
    (f"{CHROME} Edg/141.0.0.0", "Edge", "141", "Windows", Device.DESKTOP),
    (f"{CHROME} OPR/122.0.0.0", "Opera", "122", "Windows", Device.DESKTOP),
    (
        "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
        "Firefox",
        "144",
        "Linux",
        Device.DESKTOP,
    ),
    (
        "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
        "Firefox",
        "144",
        "Ubuntu",
        Device.DESKTOP,
    ),
    (
        f"{MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15",
        "Safari",
        "26",
        "macOS",
        Device.DESKTOP,
    ),
    (
        f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {KIT} Chrome/141.0.0.0 Safari/537.36",
        "Chrome",
        "141",
        "Chrome OS",
        Device.DESKTOP,
    ),
    (f"{IPHONE} Version/26.0 Mobile/15E148 Safari/604.1", "Mobile Safari", "26", "iOS", Device.MOBILE),
    (
        f"{IPHONE} CriOS/141.0.7390.41 Mobile/15E148 Safari/604.1",
        "Chrome Mobile iOS",
        "141",
        "iOS",
        Device.MOBILE,
    ),
    (f"{IPAD} Version/17.7 Mobile/15E148 Safari/604.1", "Mobile Safari", "17", "iOS", Device.TABLET),
    (
        f"{IPAD} CriOS/141.0.7390.41 Mobile/15E148 Safari/604.1",
        "Chrome Mobile iOS",
        "141",
        "iOS",
        Device.TABLET,
    ),
    (
        f"{ANDROID} {KIT} Chrome/141.0.0.0 Mobile Safari/537.36",
        "Chrome Mobile",
        "141",
        "Android",
        Device.MOBILE,
    ),
    (f"{ANDROID} {KIT} Chrome/141.0.0.0 Safari/537.36", "Chrome", "141", "Android", Device.TABLET),
    (
        f"{ANDROID} {KIT} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
        "Samsung Internet",
        "28",
        "Android",
        Device.MOBILE,
    ),
    (
        "Mozilla/5.0 (Android 15; Mobile; rv:144.0) Gecko/144.0 Firefox/144.0",
        "Firefox Mobile",
        "144",
        "Android",
        Device.MOBILE,
    ),
    (
        f"Mozilla/5.0 (Linux; Android 11; CUBOT X50) {KIT} Chrome/141.0.0.0 Mobile Safari/537.36",
        "Chrome Mobile",
        "141",
        "Android",
        Device.MOBILE,
    ),
]

PROGRAMS = [
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    f"{ANDROID} {KIT} Chrome/141.0.0.0 Mobile Safari/537.36 (compatible; Googlebot/2.1)",
    f"Mozilla/5.0 {KIT}; compatible; bingbot/2.0) Chrome/116.0.0.0 Safari/537.36",
    f"Mozilla/5.0 (X11; Linux x86_64) {KIT} HeadlessChrome/141.0.0.0 Safari/537.36",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)",
    "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
    "curl/8.14.1",
    "Wget/1.25.0",
    "python-requests/2.32.5",
    "Python/3.13 aiohttp/3.13.0",
    "Go-http-client/2.0",
    "",
    "   ",
]


@pytest.mark.parametrize(("user_agent", "family", "version", "system", "device"), PEOPLE)
def test_browser_of_a_person_is_read(user_agent: str, family: str, version: str, system: str, device: Device) -> None:
    assert read_browser(user_agent) == Browser(family, version, system, device, is_bot=False)


@pytest.mark.parametrize("user_agent", PROGRAMS)
def test_program_is_a_bot(user_agent: str) -> None:
    assert read_browser(user_agent).is_bot


@given(st.text(max_size=2000))
def test_no_string_raises(user_agent: str) -> None:
    browser = read_browser(user_agent)
    assert all(isinstance(text, str) for text in (browser.family, browser.version, browser.system))


@given(st.sampled_from([row[0] for row in PEOPLE]), st.text())
def test_no_mangled_browser_raises(user_agent: str, garbage: str) -> None:
    read_browser(garbage + user_agent)
    read_browser(user_agent.replace(" ", garbage))


def test_what_stands_beyond_the_limit_is_not_read() -> None:
    assert not read_browser(CHROME + " " * 600 + "Googlebot/2.1").is_bot


def test_every_crawler_that_the_list_knows_is_a_bot() -> None:
    known = [instance for entry in CRAWLER_USER_AGENTS_DATA for instance in entry["instances"]]
    assert len(known) > 2000
    assert [text for text in known if not read_browser(text).is_bot] == []
