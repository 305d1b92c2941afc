"""Figures as canonical SVG text: no date, no font outline, no identifier that another figure could share."""

import io
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PREAMBLE = re.compile(r"<\?xml.*?\?>|<!DOCTYPE.*?>|<metadata>.*?</metadata>|<!--.*?-->", re.DOTALL)
TAG = re.compile(r"<[^>]*>")
LONG_FRACTION = re.compile(r"-?\d+\.\d{3,}")
SIZE = re.compile(r'\s(?:width|height)="[^"]*"')
NAMESPACE = re.compile(r'\sxmlns(:xlink)?="[^"]*"')
NO_METADATA = {"Date": None, "Creator": None, "Format": None, "Type": None}


def svg_text(figure: "Figure", name: str, title: str, description: str) -> str:
    """Return a figure as a stand-alone SVG document with a title and a description for those who cannot see it.

    Coordinates are rounded to 0.01 units, so that the last bits of a processor's arithmetic do not show.
    `name` prefixes every identifier; call inside the style the figure was drawn with.
    """
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata=NO_METADATA)
    return labelled(buffer.getvalue(), name, title, description)


def labelled(document: str, name: str, title: str, description: str) -> str:
    """Return an SVG document in canonical form, with identifiers of its own, a title and a description."""
    body = TAG.sub(lambda tag: rounded(tag.group()), PREAMBLE.sub("", document))
    body = own_identifiers(body, name)
    lines = [line.rstrip() for line in body.splitlines() if line.strip()]
    lines[0] = lines[0].replace("<svg ", f'<svg role="img" aria-labelledby="{name}-title {name}-desc" ', 1)
    text = "\n".join(lines)
    first = text.index(">") + 1
    labels = f'<title id="{name}-title">{escape(title)}</title>\n<desc id="{name}-desc">{escape(description)}</desc>'
    return f"{text[:first]}\n{labels}{text[first:]}\n"


def rounded(tag: str) -> str:
    """Return a tag with its long decimal fractions cut to two places."""
    return LONG_FRACTION.sub(lambda number: f"{float(number.group()):.2f}".removesuffix(".00"), tag)


def own_identifiers(body: str, name: str) -> str:
    """Return SVG text whose identifiers, and the references to them, start with a name."""
    body = re.sub(r'\bid="', f'id="{name}-', body)
    return re.sub(r"(url\(#|xlink:href=\"#)", rf"\g<1>{name}-", body)


def inline_svg(document: str, colours: Mapping[str, str]) -> str:
    """Return a stand-alone SVG for embedding in HTML: sized by the page, its colours overridable by CSS variables.

    `colours` maps a name to the hexadecimal colour it was drawn in; each use becomes var(--figure-<name>, <colour>).
    """
    start, bracket, rest = document.partition(">")
    body = NAMESPACE.sub("", f"{SIZE.sub('', start)}{bracket}{rest}").replace("xlink:href", "href")
    for name, colour in colours.items():
        body = body.replace(colour, f"var(--figure-{name}, {colour})")
    return body
