r"""Formulas in LaTeX as plain text that reads well in a terminal: \frac{\partial f}{\partial x} is ∂f/∂x.

Known are the commands that texts on backpropagation use. One that is not known keeps its name, without the
backslash; nothing is ever refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable

FORMULA = re.compile(r"\$\$(.+?)\$\$|(?<![\\$])\$([^$]+?)\$", re.DOTALL)
CODE = re.compile(r"(```.*?```|`[^`\n]*`)", re.DOTALL)
TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\s+|[{}^_&]|.", re.DOTALL)

WIDE = "\u2003"
"""A space that is meant, until all others have been made one."""

SIGNS = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε", "eta": "η",
    "theta": "θ", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ",
    "tau": "τ", "phi": "φ", "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "zeta": "ζ", "Gamma": "Γ",
    "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Sigma": "Σ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω", "Pi": "Π",
    "ell": "ℓ", "partial": "∂", "nabla": "∇", "infty": "∞", "emptyset": "∅", "top": "ᵀ", "sum": "Σ", "prod": "Π",
    "int": "∫", "cdot": " · ", "times": " × ", "odot": " ⊙ ", "otimes": " ⊗ ", "circ": " ∘ ", "pm": "±", "mp": "∓",
    "ne": " ≠ ", "neq": " ≠ ", "le": " ≤ ", "leq": " ≤ ", "ge": " ≥ ", "geq": " ≥ ", "ll": " ≪ ", "gg": " ≫ ",
    "approx": " ≈ ", "equiv": " ≡ ", "sim": " ~ ", "propto": " ∝ ", "in": " ∈ ", "notin": " ∉ ", "subset": " ⊂ ",
    "cup": " ∪ ", "cap": " ∩ ", "mid": " | ", "to": " → ", "rightarrow": " → ", "leftarrow": " ← ", "mapsto": " ↦ ",
    "Rightarrow": " ⇒ ", "Leftarrow": " ⇐ ", "iff": " ⇔ ", "forall": "∀", "exists": "∃", "dots": "...",
    "ldots": "...", "cdots": "···", "vdots": "⋮", "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉",
    "langle": "⟨", "rangle": "⟩", "lVert": "‖", "rVert": "‖", "lvert": "|", "rvert": "|", "|": "‖", "prime": "′",
    "quad": WIDE, "qquad": 2 * WIDE, ",": " ", ";": " ", ":": " ", " ": " ", "!": "", "{": "{", "}": "}", "_": "_",
    "%": "%", "&": "&", "#": "#", "$": "$",
}  # fmt: skip
"""What a command stands for."""

CLINGING = frozenset(("partial", "nabla", "pm", "mp", "forall", "exists"))
"""What stands close to what follows."""
SUMS = frozenset(("sum", "prod", "int"))
NOTHING = frozenset(
    ("left", "right", "bigl", "bigr", "Bigl", "Bigr", "biggl", "biggr", "big", "Big", "displaystyle", "textstyle",
     "limits", "nolimits")
)  # fmt: skip
WORDS = frozenset(
    ("text", "textbf", "textit", "texttt", "mathrm", "mathbf", "mathit", "mathsf", "mathcal", "mathbb",
     "operatorname", "boldsymbol", "underbrace", "overbrace")
)  # fmt: skip
"""Commands whose argument is said as it stands."""
FRACTIONS = frozenset(("frac", "tfrac", "dfrac"))
ACCENTS = {"hat": "̂", "tilde": "̃", "bar": "̄", "vec": "⃗", "dot": "̇"}

RAISED = dict(
    zip(
        "0123456789+-=()nijklmabcdeghoprstuvwxyzABDEGHIJKLMNOPRTUVW−′",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱʲᵏˡᵐᵃᵇᶜᵈᵉᵍʰᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂ⁻′",
        strict=True,
    )
)
LOWERED = dict(zip("0123456789+-=()aehijklmnoprstuvx−", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ₋", strict=True))
HALVES = {"1/2": "½", "1/4": "¼", "3/4": "¾", "1/3": "⅓"}


def plain(text: str) -> str:
    """Markdown with its formulas as plain text; what stands in code is left alone."""
    parts = CODE.split(text)
    parts[::2] = [FORMULA.sub(_found, part) for part in parts[::2]]
    return "".join(parts)


def unformatted(text: str) -> str:
    """A line of Markdown with its formulas as plain text, for where nothing reads Markdown."""
    return re.sub(r"\\([*_`])", r"\1", plain(text))


def _found(match: re.Match[str]) -> str:
    if match[1] is None:
        return _escaped(formula(match[2]))
    lines = [line.strip() for line in formula(match[1]).splitlines() if line.strip()]
    # A block of code keeps a displayed formula's lines and spaces as they are.
    return "\n\n" + "\n".join(f"    {line}" for line in lines) + "\n\n"


def _escaped(text: str) -> str:
    """A formula's own stars and underscores, which Markdown would read as emphasis."""
    return re.sub(r"([*_`])", r"\\\1", text)


def formula(latex: str) -> str:
    r"""One formula in plain text: `w_{ij}^2` is w_ij², `\tfrac12 x` is ½ x."""
    text = re.sub(r"[ \t]+", " ", _Reader(latex).all())
    text = re.sub(r" (?=[,.;:)\n⌋\]])|(?<=[(\[⌊\n]) ", "", text)
    return re.sub(f" ?{WIDE} ?", "   ", text).strip()


class _Reader:
    """Reads LaTeX from left to right, one token after the other."""

    def __init__(self, latex: str) -> None:
        self.tokens = TOKEN.findall(latex)
        self.place = 0
        self.cases = False
        """Whether it stands among cases, which a line of text tells one after the other."""

    def all(self) -> str:
        parts = []
        while self.place < len(self.tokens):
            parts.append(self.next())
        return "".join(parts)

    def next(self) -> str:
        piece = self.tokens[self.place]
        self.place += 1
        if piece == "{":
            return self.group()
        if piece in "^_":
            return self.script(piece)
        if piece == "&":
            return self.when() if self.cases else WIDE
        if piece == "\\\\":
            return "; " if self.cases else "\n"
        if piece == "-":
            return "−"
        if piece.startswith("\\"):
            return self.command(piece[1:])
        return " " if piece.isspace() else "" if piece == "}" else piece

    def group(self) -> str:
        """What stands up to the closing brace."""
        parts = []
        while self.place < len(self.tokens):
            if self.tokens[self.place] == "}":
                self.place += 1
                break
            parts.append(self.next())
        return "".join(parts)

    def when(self) -> str:
        """What stands between a case and its condition: nothing where that is in words, "else" say."""
        self.skip_spaces()
        return " " if self.tokens[self.place : self.place + 1] == ["\\text"] else " if "

    def argument(self) -> str:
        """The next group, or the next token alone, as in a fraction of two digits."""
        self.skip_spaces()
        return self.next() if self.place < len(self.tokens) else ""

    def skip_spaces(self) -> None:
        while self.place < len(self.tokens) and self.tokens[self.place].isspace():
            self.place += 1

    def script(self, which: str) -> str:
        content = re.sub(r"\s*([=+−≠≤≥<>,])\s*", r"\1", self.argument().strip())
        if which == "^" and content in ("ᵀ", "T"):
            return "ᵀ"
        known = RAISED if which == "^" else LOWERED
        if content and all(character in known for character in content):
            return "".join(known[character] for character in content)
        if which == "_" and re.fullmatch(r"[\w,]+", content):
            return f"_{content}"
        return f"{which}({content})" if len(content) > 1 else f"{which}{content}"

    def command(self, name: str) -> str:
        if name in FRACTIONS:
            return f"{_over(self.argument().strip(), self.argument().strip())} "
        if name == "sqrt":
            content = self.argument().strip()
            return f"√{content}" if len(content) == 1 else f"√({content})"
        if name in ACCENTS:
            content = self.argument()
            return f"{content}{ACCENTS[name]}" if len(content) == 1 else content
        if name in WORDS:
            return self.argument()
        if name in ("begin", "end"):
            if self.argument() != "cases":
                return ""
            self.cases = name == "begin"
            return "{ " if self.cases else ""
        if name in NOTHING:
            return ""
        if name in CLINGING:
            self.skip_spaces()
        if name in SUMS:
            scripts = ""
            while self.tokens[self.place : self.place + 1] in (["_"], ["^"]):
                scripts += self.next()
            return f"{SIGNS[name]}{scripts} "
        if name in SIGNS:
            return SIGNS[name]
        follows = self.tokens[self.place] if self.place < len(self.tokens) else ""
        return name + (" " if follows[:1].isalnum() else "")


def _over(above: str, below: str) -> str:
    """A fraction on one line, in brackets where it needs them."""
    if f"{above}/{below}" in HALVES:
        return HALVES[f"{above}/{below}"]
    simple: Callable[[str], bool] = lambda part: re.search(r"[\s+−/·]", part) is None  # noqa: E731
    top = above if simple(above) or re.fullmatch(r"∂\S*", above) else f"({above})"
    bottom = below if simple(below) and not re.match(r"\d+\w*[^\W\d]", below) else f"({below})"
    return f"{top}/{bottom}"
