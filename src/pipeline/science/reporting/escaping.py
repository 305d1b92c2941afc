"""Plain text spelled in Markdown and in LaTeX, so that nothing in it is taken for markup."""

import re

MARKDOWN = re.compile(r"([\\`*_{}\[\]#|~$!])")
LIST_START = re.compile(r"^(\d*)([-+=]|(?<=\d)[.)])(?=[\s=-]|$)")
LATEX = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\symbol{34}",  # \textquotedbl is not in LaTeX's default encoding
    "[": "{[}",
    "]": "{]}",
    "−": r"\ensuremath{-}",
    "±": r"\ensuremath{\pm}",
    "≤": r"\ensuremath{\le}",
    "≥": r"\ensuremath{\ge}",
    "≈": r"\ensuremath{\approx}",
    "×": r"\ensuremath{\times}",
    "∞": r"\ensuremath{\infty}",
    "—": "---",
    "\u00a0": "~",
}


def markdown(text: str) -> str:
    """Return text as one line of Markdown that shows exactly it, in a table cell too."""
    line = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return LIST_START.sub(r"\1\\\2", MARKDOWN.sub(r"\\\1", line))


def latex(text: str) -> str:
    """Return text as LaTeX for text mode, safe inside a tabular."""
    return "".join(LATEX.get(letter, letter) for letter in " ".join(text.split()))
