"""What the server bakes into the script, and a page of a shop that loads it."""

import tomllib
from typing import Any

from browser import REPOSITORY

BUILT = REPOSITORY / "banner_js" / "dist"
SITE = "demo"
NOTICE = "3f2a9c0d11e2b7a4"
MAX_AGE = 15_724_800
PURPOSES = ["statistics", "marketing", "personalisation", "profiling"]

Json = dict[str, Any]


def layout_style(layout: str) -> str:
    """What a layout adds to the style; the bar is the style itself."""
    path = BUILT / f"layout.{layout}.css"
    return path.read_text("utf-8") if path.exists() else ""


def configuration(collector: str) -> Json:
    """What the server bakes in, with the texts that ship."""
    languages = {}
    for language in ("fi", "sv", "en"):
        texts = tomllib.loads((REPOSITORY / "server" / "languages" / f"{language}.toml").read_text("utf-8"))
        languages[language] = {
            "shown": language.encode().hex().ljust(16, "0"),
            "texts": texts["banner"],
            "purposes": texts["purposes"],
        }
    return {
        "site": SITE,
        "collector": collector,
        "notice": NOTICE,
        "controller": "Demo shop",
        "purposes": PURPOSES,
        "earlier": {},
        "layout": "bar",
        "style": "",
        "cookieDomain": "",
        "maxAge": MAX_AGE,
        "languages": languages,
    }


def shop_page(body: str = "", *, language: str = "en", head: str = "") -> str:
    """A page of a shop: a heading, an image, and many links down to the end."""
    links = "".join(f'<li><a href="/product-{number}">Product {number}</a></li>' for number in range(30))
    return f"""<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>A shop</title>
{head}
<script src="/s/{SITE}.js" defer></script>
</head>
<body>
<main>
<h1>Boots and lamps</h1>
<svg width="100%" viewBox="0 0 400 160" role="img" aria-label="A boot">
<rect width="400" height="160" fill="#8aa"/></svg>
<p>Made to last.</p>
{body}
<ul>{links}</ul>
</main>
</body>
</html>"""
