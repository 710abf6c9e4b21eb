"""A role in the hands of the ECS agent: what it may do, and AWS's words for what it may not."""

from awslocal import iam_policy
from awslocal.access import decide, delivery, sessions
from awslocal.access.decide import Need
from awslocal.compute.plan import Failed

TASKS = "ecs-tasks.amazonaws.com"


class Actor:
    """A role that ECS has assumed for a task."""

    def __init__(self, role: str, task: str) -> None:
        self._session = sessions.Session(role, task)

    def refusal(self, action: str, resource: str, **context: str) -> str:
        """AWS's words, if the role may not do it; context is what conditions ask for, with `_` in place of `:`."""
        known = {key.replace("_", ":", 1): value for key, value in context.items()}
        try:
            denied = decide.refusal(self._session, Need(action, resource, known))
        except (decide.NotEmulated, NotImplementedError) as error:
            return f"EmulatorNotImplemented: {error}"
        return f"AccessDeniedException: {denied.text(self._session)}" if denied else ""


def assume(role: str, task: str) -> Actor:
    """The role as ECS takes it for the task of this ARN; Failed when there is none, or when it does not trust ECS for it."""
    check(role, task)
    return Actor(role, task.rpartition("/")[2])


def credentials(role: str, task: str) -> dict[str, str]:
    """Credentials of a task's own role, as environment variables.

    ECS hands them out at an address of its own, 169.254.170.2, and renews them; no container can be given that address
    here. Failed as in assume.
    """
    check(role, task)
    made = sessions.start(role, task.rpartition("/")[2])
    return {
        "AWS_ACCESS_KEY_ID": made.access_key_id,
        "AWS_SECRET_ACCESS_KEY": made.secret_access_key,
        "AWS_SESSION_TOKEN": made.session_token,
    }


def check(role: str, task: str) -> None:
    """Failed when there is no such role, or when ECS may not assume it for this task."""
    source = {"aws:SourceArn": task, "aws:SourceAccount": task.split(":")[4]}
    if iam_policy.find_role(role) is None or not delivery.may(TASKS, "sts:AssumeRole", role, source):
        raise Failed(
            f"ECS was unable to assume the role '{role}' that was provided for this task. Please verify that the role "
            "being passed has the proper trust relationship and permissions and that your IAM user has permissions to "
            "pass this role."
        )
