"""The regular expressions of AWS's models, which are Java's, as ones that Python can use.

The package regex knows the Unicode classes (`\\p{L}`) that Python's own re does not. What it does not know is either
rewritten, or listed in UNREADABLE with its reason, and then nothing is compared: a test compiles every pattern of every
model and compares the rest with that list.

Whether a pattern has to fit the whole value depends on who wrote it: services of the older framework match the whole
(IAM refuses the role name "a b" by `[\\w+=,.@-]+`), and those written in Smithy anchor what they mean, as its pattern
trait is not anchored (https://smithy.io/2.0/spec/constraint-traits.html#pattern-trait). So: the whole, unless the pattern
begins with ^ or ends with $.
"""

import functools
import warnings

import regex

# A range of pairs of surrogates, which are what Java has for the characters beyond the first 65,536.
_PAIRS = (r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF")
# With one of these a class is of all of Unicode; without, \w, \d and \s are of ASCII alone, as in Java.
_UNICODE = regex.compile(r"\\[pP]\{(Is|[LMNPSZC][a-z]?\})")

# (service, shape) → why its pattern is not compared.
UNREADABLE: dict[tuple[str, str], str] = {
    **{
        ("dlm", shape): r"\p{all} is no class of Unicode"
        for shape in ("DescriptionRegex", "StatusMessage", "String", "TagFilter", "TagValue")
    },
    **{("ds", shape): r"\p{LD} is a class of Java's alone" for shape in ("RadiusSharedSecret", "TrustPassword")},
    ("iot-managed-integrations", "Capabilities"): r"\x{…} is a notation of Java's alone",
    ("location", "RefererPattern"): r"\x{…} is a notation of Java's alone",
    ("rbin", "RuleArn"): "one quantifier on another, {11}{0,1011}, which Java reads and Python does not",
}


@functools.cache
def compiled(pattern: str) -> regex.Pattern | None:
    """The pattern for Python; None where that cannot be had."""
    flags = 0 if _UNICODE.search(pattern) else regex.ASCII
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of brackets within brackets, which mean nothing yet
        try:
            return regex.compile(pattern.replace(*_PAIRS), flags)
        except regex.error:
            return None


def fits(pattern: str, value: str) -> bool:
    """Whether a value is one that the pattern allows; any is where the pattern cannot be read."""
    compared = compiled(pattern)
    if compared is None:
        return True
    anchored = pattern.startswith("^") or pattern.endswith("$")
    return bool(compared.search(value) if anchored else compared.fullmatch(value))
