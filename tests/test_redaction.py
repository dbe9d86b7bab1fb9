"""What must never be stored, taken out of URLs and free text."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suostumus.server.redaction import (
    CAMPAIGN_PARAMETERS,
    CleanUrl,
    clean_url,
    redact,
    redact_all,
    redact_path,
)

ALLOWED = CAMPAIGN_PARAMETERS | {"q"}

plain = st.text(alphabet="abcäö /-_.,:+()0123456789%@=&?#")


def article_number(digits: str) -> str:
    weighted = sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(reversed(digits)))
    return f"{digits}{-weighted % 10}"


article_numbers = st.text("0123456789", min_size=12, max_size=12).map(article_number)


def test_url_loses_query_fragment_and_credentials() -> None:
    url = clean_url("https://user:secret@Shop.example:8443/p/1?email=a@b.fi&utm_source=x#top", ALLOWED)
    assert url == CleanUrl("https://shop.example:8443/p/1?utm_source=x", "shop.example", "/p/1", {"utm_source": "x"})


def test_allowed_parameters_keep_their_order_and_spelling() -> None:
    url = clean_url("https://shop.example/?utm_source=a%20b&x=1&q=tuoli+musta&utm_medium=", ALLOWED)
    assert url.url == "https://shop.example/?utm_source=a%20b&q=tuoli+musta&utm_medium="
    assert url.parameters == {"utm_source": "a b", "q": "tuoli musta", "utm_medium": ""}


def test_first_of_two_equal_parameters_counts() -> None:
    assert clean_url("https://shop.example/?q=1&q=2", ALLOWED).parameters == {"q": "1"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/p/1",
        "javascript:alert(1)",
        "data:text/html,x",
        "http://[::1",
        "http://x:y/",
        "https://",
        "http://a b/",
    ],
)
def test_what_is_no_web_address_is_empty(text: str) -> None:
    assert clean_url(text, ALLOWED) == CleanUrl()


def test_host_may_be_an_address() -> None:
    assert clean_url("http://[2001:DB8::1]:8000/a", ALLOWED).url == "http://[2001:db8::1]:8000/a"
    assert clean_url("http://192.0.2.1/a", ALLOWED).host == "192.0.2.1"


@pytest.mark.parametrize(
    ("path", "clean"),
    [
        ("/unsubscribe/a@b.fi", "/unsubscribe/(email)"),
        ("/unsubscribe/a%40b.fi/ok", "/unsubscribe/(email)/ok"),
        ("/unsubscribe/a%2540b.fi", "/unsubscribe/(email)"),
        ("/tili/%2B358401234567", "/tili/(phone)"),
        ("/tili/0401234567", "/tili/(phone)"),
        ("/soita-040-1234567", "/soita-(phone)"),
        ("/maksu/4111-1111-1111-1111", "/maksu/(card)"),
        ("/a%40b.fi%2Fx", "/(email)%2Fx"),
        ("/%2525252525252540", "/(encoded)"),
    ],
)
def test_person_is_found_in_a_path(path: str, clean: str) -> None:
    url = clean_url(f"https://shop.example{path}", ALLOWED)
    assert (url.path, url.redacted) == (clean, 1)


@pytest.mark.parametrize(
    "path",
    [
        "/p/6408430000012",
        "/p/96385074",
        "/p/0012345678905",
        "/p/tuoli-120x80-cm",
        "/p/kahvikuppi-0-35-l",
        "/tilaus/100045231",
        "/tilaus/2025-000123",
        "/tilaus/0001-2345-6789",
        "/uutiset/2025-11-01/ale",
        "/uutiset/01-11-2025",
        "/ale/19.90-24.90",
        "/k%C3%A4ynti/%E2%82%AC5",
        "/@kauppa",
        "/x/12345678-1234-1234-0123-456789012345",
    ],
)
def test_shop_numbers_stay_in_a_path(path: str) -> None:
    url = clean_url(f"https://shop.example{path}", ALLOWED)
    assert (url.path, url.redacted) == (path, 0)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Kirjoita: a.b+c@mail.example.fi!", "Kirjoita: (email)"),
        ("a@b.fi@c.fi", "(email)"),
        ("joe\u0301@example.fi", "(email)"),
        ("p. 040 123 4567", "p. (phone)"),
        ("p. 09 1234 5678 ma-pe", "p. (phone) ma-pe"),
        ("(09) 123 4567", "(phone)"),
        ("070-123 45 67", "(phone)"),
        ("+358 (0)40 123 4567", "(phone)"),
        ("00358 40 123 4567", "(phone)"),
        ("+46701234567, +47 22 12 34 56", "(phone), (phone)"),
        ("kortti 4111 1111 1111 1111 ok", "kortti (card) ok"),
        ("378282246310005", "(card)"),
        ("2025 5555555555554444", "2025 (card)"),
        ("040 123 4567 01.11.2025", "(phone) 01.11.2025"),
    ],
)
def test_person_is_found_in_text(text: str, clean: str) -> None:
    assert redact(text)[0] == clean


@pytest.mark.parametrize(
    "text",
    [
        "Tuoli 120 x 80 cm, 1 299,00 €",
        "Ale 01.11.2025-30.11.2025",
        "Auki ma-pe 09-18, la 10-16",
        "3@1.50",
        "Tilaus 4111111111111112",
        "EAN 6408430000012",
        "2025-11-01 09:30",
        "@kauppa",
    ],
)
def test_text_without_a_person_stays(text: str) -> None:
    assert redact(text) == (text, 0)


def test_parameters_are_redacted_whether_plus_is_a_sign_or_a_space() -> None:
    url = clean_url("https://shop.example/?q=+358401234567&utm_term=soita+040+123+4567&utm_source=a%40b.fi", ALLOWED)
    assert url.parameters == {"q": "(phone)", "utm_term": "soita (phone)", "utm_source": "(email)"}
    assert url.url == "https://shop.example/?q=%28phone%29&utm_term=soita%20%28phone%29&utm_source=%28email%29"
    assert url.redacted == 3


@given(st.text())
def test_no_text_raises(text: str) -> None:
    redact(text)
    clean_url(text, ALLOWED)
    clean_url(f"https://shop.example/{text}", ALLOWED)
    clean_url(f"https://{text}", ALLOWED)


def test_lone_surrogates_do_not_raise() -> None:
    assert clean_url("https://shop.example/a@b.fi\ud800/?q=\ud800 a@b.fi", ALLOWED).redacted == 2


@given(plain)
def test_redacting_twice_changes_nothing(text: str) -> None:
    once, _ = redact(text)
    assert redact(once) == (once, 0)


@given(plain)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    once = clean_url(f"https://shop.example/{text}", ALLOWED)
    again = clean_url(once.url, ALLOWED)
    assert (again.url, again.path, again.redacted) == (once.url, once.path, 0)


@given(st.emails(), plain, plain)
def test_no_email_is_left_in_text(email: str, before: str, after: str) -> None:
    assert email not in redact(before + email + after)[0]


@given(
    st.emails(),
    st.sampled_from(["/x/{}/y?q=1", "/?q={}", "/?utm_source=x&q={}&utm_term=y"]),
    st.integers(1, 4),
)
def test_no_email_is_left_in_a_url(email: str, place: str, encodings: int) -> None:
    encoded = email
    for _ in range(encodings):
        encoded = quote(encoded, safe="")
    url = clean_url("https://shop.example" + place.format(encoded), ALLOWED)
    assert url.redacted == 1
    assert email not in url.url
    assert encoded not in url.url
    assert all(email not in value for value in url.parameters.values())


@given(article_numbers)
def test_article_numbers_stay(number: str) -> None:
    assert redact(number) == (number, 0)
    assert clean_url(f"https://shop.example/p/{number}", ALLOWED).path == f"/p/{number}"


@given(st.uuids())
def test_identifiers_stay(identifier: object) -> None:
    assert redact(f"tilaus {identifier}") == (f"tilaus {identifier}", 0)


@given(st.floats(0, 99_999, allow_nan=False).map(lambda value: f"{value:.2f}"), st.dates())
def test_prices_and_dates_stay(price: str, day: object) -> None:
    assert redact(f"{price} € {day}") == (f"{price} € {day}", 0)


@pytest.mark.parametrize("text", ["01 23 ", "0401234567 ", "a@b.fi ", "4111 1111 1111 1112 ", "+1 234 567 890 "])
def test_text_that_is_full_of_numbers_is_replaced_as_a_whole(text: str) -> None:
    assert redact(text * 60) == ("(redacted)", 1)
    assert redact_path("/p/" + text.replace(" ", "%20/") * 60) == ("/(redacted)", 1)
    (first, *others) = redact_all(["Cup", *[text * 8] * 100])
    assert first == "Cup"
    assert set(others) == {"(redacted)"}


def test_a_path_is_read_for_numbers_to_an_end_however_it_is_divided() -> None:
    segment = "4000 5000 x" * 9
    assert redact_path(f"/{segment}") == (f"/{segment}", 0)
    assert redact_path(f"/{segment}" * 16) == ("/(redacted)", 1)


def test_a_path_that_is_badly_encoded_throughout_is_not_stored() -> None:
    assert redact_path("/a/" + "%%61%40b.fi" * 60) == ("/a/(encoded)", 1)


def test_many_texts_with_a_number_each_are_read_one_by_one() -> None:
    assert redact_all(["Call 040 123 4567", "Part 0601 2A7"] * 50) == ["Call (phone)", "Part 0601 2A7"] * 50
