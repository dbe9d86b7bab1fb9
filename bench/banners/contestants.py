"""Who is measured, and how each is put on the page."""

from dataclasses import dataclass

MODULES = "/modules"
SETUPS = "/setups"


@dataclass(frozen=True)
class Contestant:
    """One banner: what the shop's page carries for it, and where its parts are."""

    name: str
    head: str
    host: str  # the question
    accept: str
    reject: str
    rule: str = ""  # autoconsent's name of the rule that knows it


def _script(path: str) -> str:
    return f'<script src="{path}" defer></script>'


def _style(path: str) -> str:
    return f'<link rel="stylesheet" href="{path}">'


OURS = Contestant(
    name="suostumus",
    head=_script("/s/demo.js"),
    host="#suostumus",
    accept='#suostumus [data-suostumus-action="accept"]',
    reject='#suostumus [data-suostumus-action="reject"]',
    rule="suostumus",
)
OTHERS = [
    Contestant(
        name="vanilla-cookieconsent + plausible",
        head=_style(f"{MODULES}/vanilla-cookieconsent/dist/cookieconsent.css")
        + _script(f"{MODULES}/vanilla-cookieconsent/dist/cookieconsent.umd.js")
        + _script(f"{SETUPS}/vanilla.js")
        + f'<script type="text/plain" data-category="statistics" data-type="module" src="{SETUPS}/plausible.js">'
        "</script>",
        host="#cc-main .cm",
        accept='#cc-main .cm [data-role="all"]',
        reject='#cc-main .cm [data-role="necessary"]',
    ),
    Contestant(
        name="orejime",
        head=_style(f"{MODULES}/orejime/dist/orejime-standard.css")
        + _script(f"{SETUPS}/orejime.js")
        + _script(f"{MODULES}/orejime/dist/orejime-standard-en.js"),
        host=".orejime-Banner",
        accept=".orejime-Banner-saveButton",
        reject=".orejime-Banner-declineButton",
    ),
    Contestant(
        name="klaro",
        head=_script(f"{SETUPS}/klaro.js") + _script(f"{MODULES}/klaro/dist/klaro.js"),
        host="#klaro .cookie-notice",
        accept="#klaro .cm-btn-success",
        reject="#klaro .cn-decline",
    ),
    Contestant(
        name="tarteaucitron",
        head=_script(f"{MODULES}/tarteaucitronjs/tarteaucitron.min.js") + _script(f"{SETUPS}/tarteaucitron.js"),
        host="#tarteaucitronAlertBig",
        accept="#tarteaucitronPersonalize2",
        reject="#tarteaucitronAllDenied2",
    ),
    Contestant(
        name="osano",
        head=_style(f"{MODULES}/cookieconsent/build/cookieconsent.min.css")
        + _script(f"{MODULES}/cookieconsent/build/cookieconsent.min.js")
        + _script(f"{SETUPS}/osano.js"),
        host=".cc-window",
        accept=".cc-window .cc-allow",
        reject=".cc-window .cc-deny",
    ),
]
NOBODY = Contestant(name="no banner", head="", host="", accept="", reject="")
ALL = [OURS, *OTHERS]
