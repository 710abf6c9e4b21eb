"""AWS's Service Authorization Reference: which actions there are, and what kinds of resource each is about.

It comes with cfn-lint, which moto needs itself (https://github.com/aws-cloudformation/cfn-lint, AdditionalSpecs/Policies.json).
"""

import functools
import importlib.util
import json
import re
from pathlib import Path
from typing import Any


@functools.cache
def _services() -> dict[str, Any]:
    found = importlib.util.find_spec("cfnlint")
    if found is None or not found.submodule_search_locations:
        raise RuntimeError("cfn-lint is not installed: install local/emulator/requirements.txt")
    folder = Path(found.submodule_search_locations[0])
    return json.loads((folder / "data" / "AdditionalSpecs" / "Policies.json").read_text())


def has_service(prefix: str) -> bool:
    """Whether IAM knows actions with a prefix, such as "elasticloadbalancing"."""
    return prefix in _services()


def has_action(action: str) -> bool:
    """Whether IAM knows an action, such as "s3:GetObject"; capitals do not matter."""
    service, _, name = action.lower().partition(":")
    return name in _services().get(service, {}).get("Actions", {})


@functools.cache
def resource_patterns(action: str) -> tuple[re.Pattern[str], ...]:
    """The forms of the ARNs that an action is about; none where policies can give it on "*" only."""
    service, _, name = action.lower().partition(":")
    known = _services()[service]
    kinds = {kind.lower(): spec for kind, spec in known.get("Resources", {}).items()}
    wanted = [kinds[k.lower()] for k in known["Actions"][name].get("Resources", []) if k.lower() in kinds]
    forms = [form for spec in wanted for form in spec["ARNFormats"]]
    return tuple(re.compile(re.sub(r"\$\{[^}]+\}", "[^:]*", form)) for form in forms)
