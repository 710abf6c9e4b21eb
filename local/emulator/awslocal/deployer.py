"""The actions that whoever deploys needs, read from the journals of whole lives of a stack.

    python -m awslocal.deployer PAGE JOURNAL...          says what the page's table lacks, and what it has too much
    python -m awslocal.deployer --write PAGE JOURNAL...  writes the table anew

A journal is a run folder's moto/calls.jsonl. Calls of roles are not the deployer's; everything else is, failed look-ups
too, as AWS refuses what is not allowed before it looks. What AWS asks for beside a call's own action, and no journal
shows, is on the page, above the table.
"""

import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path

from awslocal.access import actions, passed_roles, reference, s3_needs
from awslocal.calls import Call

HEAD = "| service | actions |"


def needed(journals: Iterable[Path]) -> set[str]:
    """The actions behind all calls of the administrator's; ValueError for a call whose action IAM does not have."""
    out: set[str] = set()
    for line in (line for journal in journals for line in journal.read_text().splitlines()):
        entry = json.loads(line)
        if "as" not in entry:
            out |= of(entry["call"])
    return out


def of(text: str) -> set[str]:
    """The actions behind one call, "service:Action" in boto3's names."""
    service, _, action = text.partition(":")
    call = Call(service, action, "")
    names = s3_needs.names(action) if service == "s3" else [actions.name(call)]
    unknown = [name for name in names if not reference.has_action(name)]
    if unknown and text not in actions.ALWAYS:
        raise ValueError(f"{text}: IAM has no action {', '.join(unknown)}; name the right one in access/actions.py")
    return {*names, *(["iam:PassRole"] if text in passed_roles.PASSED else [])}


def listed(page: str) -> set[str]:
    """The actions in the table of a page."""
    rows = re.findall(r"^\| (\S+) \| (.*) \|$", page.partition(HEAD)[2], re.MULTILINE)
    return {f"{service}:{name}" for service, names in rows if names != "---" for name in names.split(", ")}


def table(found: set[str]) -> str:
    """The table: a row for each service."""
    services: dict[str, list[str]] = {}
    for action in sorted(found):
        service, _, name = action.partition(":")
        services.setdefault(service, []).append(name)
    rows = [f"| {service} | {', '.join(names)} |" for service, names in services.items()]
    return "\n".join([HEAD, "| --- | --- |", *rows, ""])


def main(arguments: list[str]) -> int:
    """0 when the page is right, 1 when it is not."""
    write, (name, *journals) = arguments[0] == "--write", [a for a in arguments if a != "--write"]
    page, found = Path(name), needed(map(Path, journals))
    text = page.read_text()
    if write:
        page.write_text(text.partition(HEAD)[0] + table(found))
        return 0
    short, long = sorted(found - listed(text)), sorted(listed(text) - found)
    if short:
        print(f"{name} is short: called, and not in its table: {', '.join(short)}")
    if long:
        print(f"{name} is long: in its table, and never called: {', '.join(long)}")
    return 1 if short or long else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
