"""How a site's question looks: layout, colours, corners and font, checked for contrast before anything starts."""

import math
from typing import Annotated, Literal

import msgspec

from suostumus.server.tables import Identifier, Language, SettingsError, Table

Colour = Annotated[str, msgspec.Meta(pattern=r"^#[0-9a-f]{6}\Z")]
FAMILY = r"([A-Za-z][\w-]*( [A-Za-z][\w-]*)*|'[A-Za-z][\w -]*')"
Font = Annotated[str, msgspec.Meta(pattern=rf"^{FAMILY}(, ?{FAMILY}){{0,9}}\Z", max_length=200)]

TEXT_CONTRAST = 4.5  # WCAG 2.2, 1.4.3
SHAPE_CONTRAST = 3.0  # WCAG 2.2, 1.4.11

READ_ON = (("text", "background"), ("muted", "background"), ("on_accent", "accent"))
SEEN_ON = (("accent", "background"), ("muted", "background"))
ALIKE = {"accept": "accent", "reject": "accent", "on_accept": "on_accent", "on_reject": "on_accent"}


Layout = Literal["bar", "card", "dialog"]
Words = dict[Language, dict[Identifier, str]]


class Experiment(Table, frozen=True):
    """A second arm of the question, shown in every other drawing; what is left out is as in the first."""

    layout: Layout | None = None
    texts: Words = {}


class Palette(Table, frozen=True):
    """Colours of one scheme. `None` is the default of that scheme."""

    background: Colour | None = None
    text: Colour | None = None
    muted: Colour | None = None  # explanations
    line: Colour | None = None
    accent: Colour | None = None  # accept and reject, alike; switches; the focus
    on_accent: Colour | None = None
    accept: Colour | None = None  # may only say what `accent` says, and so may the three below
    on_accept: Colour | None = None
    reject: Colour | None = None
    on_reject: Colour | None = None


class Theme(Table, frozen=True):
    """What a site sets of its question's look."""

    scheme: Literal["auto", "light", "dark"] = "auto"  # auto follows the visitor's system
    radius: Annotated[int, msgspec.Meta(ge=0, le=32)] = 12  # CSS pixels
    font: Font = "system-ui, sans-serif"  # loaded by the page or the system, never by the script
    light: Palette = Palette()
    dark: Palette = Palette()


# As in banner_js/src/banner.css; a test compares them.
DEFAULTS = {
    "light": {
        "background": "#ffffff",
        "text": "#1d1d1f",
        "muted": "#5b5b63",
        "line": "#dcdce1",
        "accent": "#1d1d1f",
        "on_accent": "#ffffff",
    },
    "dark": {
        "background": "#202023",
        "text": "#f2f2f4",
        "muted": "#b0b0ba",
        "line": "#46464e",
        "accent": "#f2f2f4",
        "on_accent": "#1d1d1f",
    },
}


def check_theme(place: str, theme: Theme) -> None:
    """Raise SettingsError, which names the key, when something could not be read, or not as well as something else."""
    for scheme, palette in (("light", theme.light), ("dark", theme.dark)):
        colours = _colours(scheme, palette)
        _check_alike(f"{place}.{scheme}", palette, colours)
        for pairs, least in ((READ_ON, TEXT_CONTRAST), (SEEN_ON, SHAPE_CONTRAST)):
            for front, back in pairs:
                ratio = contrast(colours[front], colours[back])
                if ratio < least:
                    raise SettingsError(
                        f"{place}.{scheme}.{front}: a contrast of {ratio:.2f}:1 on {back}, {least}:1 is the least"
                    )


def theme_style(theme: Theme) -> str:
    """The theme as CSS custom properties; empty for the default one."""
    default = Theme()
    common = {
        name: value
        for name, value, usual in (
            ("radius", f"{theme.radius}px", f"{default.radius}px"),
            ("font", theme.font, default.font),
        )
        if value != usual
    }
    if theme.scheme != "auto":
        # After the style's own dark rules, so that these count in both schemes.
        return _rule(common | _colours(theme.scheme, getattr(theme, theme.scheme)))
    light, dark = (_colours(scheme, getattr(theme, scheme)) for scheme in ("light", "dark"))
    changed = [name for name in light if (light[name], dark[name]) != _usual(name)]
    style = _rule(common | {name: light[name] for name in changed})
    if changed:
        style += f"@media(prefers-color-scheme:dark){{{_rule({name: dark[name] for name in changed})}}}"
    return style


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, 1 to 21: WCAG 2.2, "contrast ratio"."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _usual(name: str) -> tuple[str, str]:
    return DEFAULTS["light"][name], DEFAULTS["dark"][name]


def _colours(scheme: str, palette: Palette) -> dict[str, str]:
    return {name: getattr(palette, name) or usual for name, usual in DEFAULTS[scheme].items()}


def _check_alike(place: str, palette: Palette, colours: dict[str, str]) -> None:
    """Accept and reject have the same colours: whoever parts them makes one of them the easier one to see."""
    reject, on_reject = palette.reject or colours["accent"], palette.on_reject or colours["on_accent"]
    accept, on_accept = palette.accept or colours["accent"], palette.on_accept or colours["on_accent"]
    if contrast(reject, on_reject) < contrast(accept, on_accept):
        key = "reject" if palette.reject else "on_reject" if palette.on_reject else "accept"
        raise SettingsError(f"{place}.{key}: makes reject less readable than accept: both take accent and on_accent")
    for name, shared in ALIKE.items():
        if getattr(palette, name) not in {None, colours[shared]}:
            raise SettingsError(f"{place}.{name}: not the colour of both buttons: accept and reject take {shared}")


def _rule(properties: dict[str, str]) -> str:
    """A rule so weak that any rule of the shop's own style sheet is stronger."""
    text = ";".join(f"--suostumus-{name.replace('_', '-')}:{value}" for name, value in properties.items())
    return f":where(:root){{{text}}}" if text else ""


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else math.pow((part + 0.055) / 1.055, 2.4)
