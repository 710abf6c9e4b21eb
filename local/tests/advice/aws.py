"""Says what botocore's models, which the AWS CLI is made of, find wrong with the words of `aws`; nothing where all is right."""
import json
import sys

import botocore.session
from botocore import xform_name

COMMON = {"region", "output", "query", "profile", "endpoint-url", "no-cli-pager", "no-paginate", "max-items", "starting-token",
          "page-size", "cli-input-json", "debug", "no-verify-ssl", "no-sign-request", "color"}
# What the CLI adds to the models: options, and those that are needed.
ADDED = {
    ("logs", "tail"): ({"since", "follow", "format", "filter-pattern", "log-stream-names", "log-stream-name-prefix"}, set()),
    ("ecs", "execute-command"): ({"cluster", "task", "container", "interactive", "non-interactive", "command"}, {"task", "command"}),
    ("ecr", "get-login-password"): (set(), set()),
    ("sso", "login"): ({"sso-session", "no-browser", "use-device-code"}, set()),
    ("s3", "ls"): ({"recursive", "human-readable", "summarize"}, set()),
    # The model's Endpoint has another name in the CLI, as --endpoint would be short for --endpoint-url.
    ("sns", "subscribe"): ({"topic-arn", "protocol", "notification-endpoint", "attributes", "return-subscription-arn"}, {"topic-arn", "protocol"}),
}
session = botocore.session.get_session()


def options(service, operation, waiter):
    if (service, operation) in ADDED:
        return ADDED[service, operation]
    model = session.get_service_model(service)
    if waiter:
        names = {xform_name(n, "-"): n for n in session.get_waiter_model(service).waiter_names}
        if operation not in names:
            raise ValueError(f"aws {service} wait has no {operation}")
        method = session.get_waiter_model(service).get_waiter(names[operation]).operation
    else:
        names = {xform_name(n, "-"): n for n in model.operation_names}
        if operation not in names:
            raise ValueError(f"aws {service} has no operation {operation}")
        method = names[operation]
    shape = model.operation_model(method).input_shape
    known, needed = set(), set()
    for name, member in (shape.members if shape else {}).items():
        known.add(xform_name(name, "-"))
        if member.type_name == "boolean":
            known.add("no-" + xform_name(name, "-"))
    return known, {xform_name(n, "-") for n in (shape.required_members if shape else [])}


def wrong(words, partly):
    services = session.get_available_services()
    if not words or words[0] not in services + ["s3"]:
        return f"aws has no service {words[:1]}"
    if len(words) < 2 or words[1].startswith("-"):
        return "" if partly else "no operation is named"
    waiter = words[1] == "wait"
    if waiter:
        words = words[:1] + words[2:]
        if len(words) < 2:
            return "nothing to wait for is named"
    try:
        known, needed = options(words[0], words[1], waiter)
    except ValueError as error:
        return str(error)
    given = {w[2:].split("=")[0] for w in words[2:] if w.startswith("--")}
    for name in sorted(given - known - COMMON):
        return f"aws {words[0]} {words[1]} has no --{name}"
    for name in sorted(needed - given):
        if not partly and "cli-input-json" not in given:
            return f"aws {words[0]} {words[1]} needs --{name}"
    return ""


for line in sys.stdin:
    asked = json.loads(line)
    print(json.dumps(wrong(asked["words"], asked["partly"])), flush=True)
