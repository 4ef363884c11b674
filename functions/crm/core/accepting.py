"""The languages that a browser names (`Accept-Language`, RFC 9110, 12.5.4). Pure."""

_MOST_TAGS = 20


def by_weight(accepted: str) -> list[str]:
    """The tags that are wanted, the most wanted first."""
    parts = [part.strip().partition(";q=") for part in accepted.split(",")[:_MOST_TAGS]]
    return [tag for tag, _, weight in sorted(parts, key=lambda part: -_weight(part[2])) if _weight(weight)]


def _weight(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 1.0) if text else 1.0
    except ValueError:
        return 0.0
