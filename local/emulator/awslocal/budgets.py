"""Budgets: tags, subscribers and updates (the last row of controls.md's table of services).

The provider calls ListTagsForResource and DescribeSubscribersForNotification for every budget it creates; moto has
neither, nor UpdateBudget.
"""

import json
from typing import Any

from moto.budgets.exceptions import NotFoundException
from moto.budgets.models import Budget, BudgetsBackend, Notification
from moto.budgets.responses import BudgetsResponse
from moto.core.utils import unix_time

from awslocal import patch

NOTIFICATION_KEY = ("NotificationType", "ComparisonOperator", "Threshold", "ThresholdType")


def _budget(self: BudgetsResponse) -> Budget:
    """The budget a request names, by account and name or by ARN."""
    name = self._get_param("BudgetName") or (self._get_param("ResourceARN") or "").rpartition("budget/")[2]
    budget = self.backend.budgets[self.current_account].get(name)
    if budget is None:
        raise NotFoundException(f"Unable to get budget: {name} - the budget doesn't exist.")
    return budget


def _key(details: dict[str, Any]) -> tuple[Any, ...]:
    """What tells one notification of a budget from another: as AWS has it, everything but its state."""
    return tuple({"ThresholdType": "PERCENTAGE", **details}.get(part) for part in NOTIFICATION_KEY)


def _notification(self: BudgetsResponse, details: dict[str, Any]) -> Notification:
    found = next((n for n in _budget(self).notifications if _key(n.details) == _key(details)), None)
    if found is None:
        raise NotFoundException("Unable to get notification - the notification doesn't exist.")
    return found


@patch.around(BudgetsResponse, "create_budget")
def _create(original: Any, self: BudgetsResponse) -> str:
    answer = original(self)
    budget = self.backend.budgets[self.current_account][self._get_param("Budget")["BudgetName"]]
    budget.tags = {tag["Key"]: tag["Value"] for tag in self._get_param("ResourceTags") or []}
    return answer


@patch.add(BudgetsResponse)
def update_budget(self: BudgetsResponse) -> str:
    """Replace a budget's definition; its notifications and tags stay."""
    new = self._get_param("NewBudget")
    budget = self.backend.budgets[self.current_account].get(new["BudgetName"])
    if budget is None:
        raise NotFoundException(f"Unable to update budget: {new['BudgetName']} - the budget doesn't exist.")
    budget.budget = {"TimePeriod": budget.budget["TimePeriod"], **new, "LastUpdatedTime": unix_time()}
    return "{}"


@patch.replace(BudgetsResponse)
def describe_notifications_for_budget(self: BudgetsResponse) -> str:
    """A budget's notifications; none of them has fired."""
    shown = [
        {"ThresholdType": "PERCENTAGE", "NotificationState": "OK", **n.details} for n in _budget(self).notifications
    ]
    return json.dumps({"Notifications": shown})


@patch.add(BudgetsResponse)
def describe_subscribers_for_notification(self: BudgetsResponse) -> str:
    """Who is told by one notification."""
    return json.dumps({"Subscribers": _notification(self, self._get_param("Notification")).subscribers})


@patch.replace(BudgetsBackend)
def delete_notification(self: BudgetsBackend, account_id: str, budget_name: str, notification: dict[str, Any]) -> None:
    """moto wants every field equal; AWS compares what makes the notification."""
    if budget_name not in self.budgets[account_id]:
        raise NotFoundException("Unable to delete notification - the budget doesn't exist.")
    budget = self.budgets[account_id][budget_name]
    budget.notifications = [n for n in budget.notifications if _key(n.details) != _key(notification)]


@patch.add(BudgetsResponse)
def list_tags_for_resource(self: BudgetsResponse) -> str:
    """A budget's tags."""
    return json.dumps({"ResourceTags": [{"Key": k, "Value": v} for k, v in _budget(self).tags.items()]})


@patch.add(BudgetsResponse)
def tag_resource(self: BudgetsResponse) -> str:
    """Set tags of a budget."""
    _budget(self).tags.update({tag["Key"]: tag["Value"] for tag in self._get_param("ResourceTags")})
    return "{}"


@patch.add(BudgetsResponse)
def untag_resource(self: BudgetsResponse) -> str:
    """Remove tags of a budget."""
    for key in self._get_param("ResourceTagKeys"):
        _budget(self).tags.pop(key, None)
    return "{}"
