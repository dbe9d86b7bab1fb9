"""Values as people read them: locale-neutral, digits grouped by narrow spaces."""

from decimal import Decimal

from suostumus.dashboards.metric import Format

SPACE = "\u202f"  # narrow, does not break
MINUS = "\u2212"
NOTHING = "\u2013"


def written(value: object, form: Format) -> str:
    """A value in the words of its format; a dash when there is none."""
    if value is None:
        return NOTHING
    match value, form:
        case int() | float() | Decimal(), Format.COUNT:
            return grouped(f"{value:.0f}")
        case int() | float() | Decimal(), Format.RATE:
            return f"{value * 100:.1f}{SPACE}%"
        case int() | float() | Decimal(), Format.DURATION:
            return duration(float(value))
        case int() | float() | Decimal(), Format.RATIO | Format.MONEY:
            return grouped(f"{value:.2f}")
        case _:
            return str(value)


def grouped(digits: str) -> str:
    """A number with its thousands set apart and a true minus: 1234567.50 becomes 1 234 567.50."""
    whole, dot, fraction = digits.removeprefix("-").partition(".")
    groups = f"{int(whole):,}".replace(",", SPACE)
    return (MINUS if digits.startswith("-") else "") + groups + dot + fraction


def duration(seconds: float) -> str:
    """Seconds as hours, minutes and seconds: 1 h 02 min, 2 min 05 s, 8 s."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}{SPACE}h {minutes:02}{SPACE}min"
    return f"{minutes}{SPACE}min {rest:02}{SPACE}s" if minutes else f"{rest}{SPACE}s"


def change(current: float | Decimal | None, previous: float | Decimal | None, form: Format) -> str:
    """How a value differs from an earlier one: in per cent, or points of a rate; empty when it cannot be said."""
    if current is None or previous is None:
        return ""
    if form is Format.RATE:
        return _signed((float(current) - float(previous)) * 100, f"{SPACE}pp")
    if not previous:
        return ""
    return _signed((float(current) - float(previous)) / abs(float(previous)) * 100, f"{SPACE}%")


def _signed(value: float, unit: str) -> str:
    places = 0 if abs(value) >= 10 else 1
    text = grouped(f"{abs(value):.{places}f}")
    if not float(text.replace(SPACE, "")):
        return f"±0{unit}"
    return ("+" if value > 0 else MINUS) + text + unit
