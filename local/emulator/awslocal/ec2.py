"""EC2: the description of a security group rule that names a group or a prefix list.

moto keeps a rule's description with its address range, so a rule without one has no description: each differs on
every plan.
"""

from typing import Any

from moto.ec2.models.security_groups import SecurityGroupRule

from awslocal import patch


@patch.around(SecurityGroupRule, "__init__")
def _create(original: Any, rule: SecurityGroupRule, *args: Any, **kwargs: Any) -> None:
    original(rule, *args, **kwargs)
    named = kwargs.get("prefix_list_id") or (args[7] if len(args) > 7 else None) or {}
    rule.prefix_list_description = named.get("Description")
    if rule.source_group:
        # Apart from the group itself, so that two rules that differ in their description alone are the same rule.
        rule.source_group = dict(rule.source_group)
        rule.source_description = rule.source_group.pop("Description", None)


def _description(rule: SecurityGroupRule) -> str | None:
    """The rule's own description; a rule older than this module has only its range's."""
    named = (getattr(rule, attribute, None) for attribute in ("source_description", "prefix_list_description"))
    return rule.ip_range.get("Description") or next((text for text in named if text), None)


SecurityGroupRule.description = property(_description)
