"""The script as it is served: small, precompressed, the same for everybody."""

import base64
import gzip
import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import brotli
import msgspec
from house import SETTINGS, House, Visitor

from suostumus.server.events import ENDINGS, DropReason, Ended
from suostumus.server.script import Scripts
from suostumus.server.settings import Features


def test_script_carries_the_sites_configuration(house: House) -> None:
    answer = house.door.get("/s/shop.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert house.notice().version in answer.text
    assert "__SUOSTUMUS_" not in answer.text
    for wording in house.notice().wordings.values():
        assert wording.shown["bar"] in answer.text
        assert wording.texts.banner.title in answer.text


def test_script_is_the_same_for_everybody_and_sets_nothing(house: House) -> None:
    first = house.door.get("/s/shop.js", headers={"user-agent": "one", "x-forwarded-for": "192.0.2.1"})
    second = house.door.get("/s/shop.js", headers={"user-agent": "two", "cookie": "suostumus_shop=x"})
    assert (first.content, first.headers["etag"]) == (second.content, second.headers["etag"])
    assert not first.headers.get_list("set-cookie")
    assert first.headers["cache-control"] == "public, max-age=300"


def test_hashed_address_is_immutable_and_matches_its_integrity(house: House) -> None:
    plain = house.door.get("/s/shop.js").content
    digest = hashlib.sha256(plain).hexdigest()[:16]
    answer = house.door.get(f"/s/shop.{digest}.js")
    assert answer.content == plain
    assert "immutable" in answer.headers["cache-control"]
    assert house.door.get("/s/shop.0123456789abcdef.js").status_code == 404
    expected = base64.b64encode(hashlib.sha384(plain).digest()).decode()
    parts = house.installation.parts
    assert Scripts(parts.settings, parts.notices).of("shop").integrity == f"sha384-{expected}"


def test_script_is_precompressed(house: House) -> None:
    plain = house.door.get("/s/shop.js", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    with house.door.stream("GET", "/s/shop.js", headers={"accept-encoding": "gzip, br"}) as answer:
        assert answer.headers["content-encoding"] == "br"
        assert brotli.decompress(b"".join(answer.iter_raw())) == plain.content
    with house.door.stream("GET", "/s/shop.js", headers={"accept-encoding": "gzip"}) as answer:
        assert answer.headers["content-encoding"] == "gzip"
        assert gzip.decompress(b"".join(answer.iter_raw())) == plain.content


def test_refused_codings_are_not_used(house: House) -> None:
    answer = house.door.get("/s/shop.js", headers={"accept-encoding": "br;q=0, gzip;q=0"})
    assert "content-encoding" not in answer.headers


def test_unchanged_script_is_not_sent_again(house: House) -> None:
    etag = house.door.get("/s/shop.js").headers["etag"]
    assert house.door.get("/s/shop.js", headers={"if-none-match": etag}).status_code == 304


def test_script_holds_the_features_that_the_site_switched_on_and_no_others(open_house: Callable[..., House]) -> None:
    sites = msgspec.toml.decode(SETTINGS.encode())["sites"]
    features = {"google_consent": False, "microsoft_consent": True}
    house = open_house(sites=[{**sites[0], "features": features}, sites[1]])
    lean = house.door.get("/s/shop.js").text
    assert ("ad_user_data" in lean, "uetq" in lean, "fbq" in lean) == (False, True, False)
    default = house.door.get("/s/other.js").text
    assert ("ad_user_data" in default, "uetq" in default, "fbq" in default) == (True, False, False)


def test_every_feature_of_the_settings_is_built() -> None:
    source = Path(__file__).parent.parent / "banner_js" / "src" / "features"
    switches = {field.name for field in msgspec.structs.fields(Features)}
    assert {path.stem for path in source.glob("*.js")} == switches | {
        "clearing",
        "logo",
    }  # which other settings switch on


def test_script_clears_what_the_site_declared(open_house: Callable[..., House]) -> None:
    sites = msgspec.toml.decode(SETTINGS.encode())["sites"]
    declared = [
        {"name": "_fbp", "purpose": "marketing", "provider": "Meta", "path": "/shop"},
        {"name": "_ga*", "purpose": "statistics", "provider": "Google", "lifetime_days": 730},
        {"name": "fb_*", "purpose": "marketing", "provider": "Meta", "kind": "local"},
    ]
    house = open_house(sites=[{**sites[0], "declared": declared}, sites[1]])
    script = house.door.get("/s/shop.js").text
    expected = '{"marketing":[["_fbp","cookie","/shop"],["fb_*","local"]],"statistics":[["_ga*","cookie"]]}'
    assert f'"clear":{expected}' in script
    assert "sessionStorage" in script
    assert "sessionStorage" not in house.door.get("/s/other.js").text


def test_configuration_is_answered_alone_for_shops_that_bundle_the_script(house: House) -> None:
    answer = house.door.get("/s/shop.json")
    assert answer.headers["access-control-allow-origin"] == "*"
    content = answer.json()
    assert (content["site"], content["notice"]) == ("shop", house.notice().version)
    assert content["shown"]["languages"]["sv"]["shown"] == house.notice().wordings["sv"].shown["bar"]
    assert house.door.get("/s/nowhere.json").status_code == 404


def test_no_text_can_end_the_script(house: House) -> None:
    assert not re.search("</script", house.door.get("/s/shop.js").text, re.IGNORECASE)


def test_decision_is_accepted_with_what_the_script_carries(house: House) -> None:
    script = house.door.get("/s/shop.js").text
    shown = re.search(r'"sv":\{"shown":"([0-9a-f]{16})"', script)
    assert shown
    visitor = Visitor(house)
    assert visitor.decide("accept", language="sv", shown=shown[1]).status_code == 200


def test_reasons_of_an_event_are_told_from_reasons_of_the_consent() -> None:
    of_the_event = {"bot", "prefetch", "invalid", "no_purpose", "too_late"}
    good_for_withdrawing = {"expired", "old_epoch", "old_notice", "superseded"}
    good_for_nothing = {"no_token", "malformed_token", "forged_token", "wrong_site", "withdrawn"}
    assert {reason for reason, ended in ENDINGS.items() if ended is Ended.WITHDRAWABLE} == good_for_withdrawing
    assert {reason for reason, ended in ENDINGS.items() if ended is Ended.SPENT} == good_for_nothing
    assert of_the_event | set(ENDINGS) == set(DropReason)
