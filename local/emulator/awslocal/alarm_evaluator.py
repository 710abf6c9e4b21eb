"""The evaluation of alarms, in the background.

AWS evaluates a metric alarm once a minute. Here each is looked at every five seconds, and evaluated when its periods
have moved on or hold other data than the last time. In between a state set by SetAlarmState stays, as in AWS; a
composite alarm's stays until one of its alarms changes.
"""

import importlib
import json
import math
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime

from moto.cloudwatch.models import Alarm, CloudWatchBackend, cloudwatch_backends

from awslocal import alarm_history, alarm_rule
from awslocal.alarm_queries import queries, returned
from awslocal.alarm_verdict import ALARM, COMPARISONS, EXTRA_PERIODS, OK, UNKNOWN, Point, Terms, Verdict, judge
from awslocal.metric_queries import Evaluation

INTERVAL = 5  # seconds
_LAST = "awslocal_evaluated"  # what an alarm's last evaluation rested on


def start(lock: AbstractContextManager, stopped: threading.Event | None = None) -> threading.Event:
    """Evaluate every INTERVAL seconds, holding lock, on a thread of its own, until the event returned is set."""
    importlib.import_module("awslocal.cloudwatch")  # or alarms that nobody asked about yet would begin in OK
    stopped, evaluator = stopped or threading.Event(), Evaluator()

    def run() -> None:
        while not stopped.wait(INTERVAL):
            with lock:
                evaluator.tick()

    threading.Thread(target=run, name="alarms", daemon=True).start()
    return stopped


class Evaluator:
    """Evaluates all alarms of all accounts and regions; clock gives the time, with its zone."""

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self._complained: set[str] = set()

    def tick(self) -> None:
        """Bring every alarm up to date."""
        now = self._clock()
        for backend in _backends():
            for alarm in [a for a in backend.alarms.values() if a.rule is None]:
                self._guarded(_evaluate, backend, alarm, now)
            composite = [a for a in backend.alarms.values() if a.rule is not None]
            for _ in composite:  # one may watch another, at most as deep as there are
                for alarm in composite:
                    self._guarded(_combine, backend, alarm, now)

    def _guarded(self, step: Callable, backend: CloudWatchBackend, alarm: Alarm, now: datetime) -> None:
        """One alarm that cannot be evaluated says so, once, and keeps nobody else from it."""
        try:
            step(backend, alarm, now)
        except Exception as error:
            if alarm.alarm_arn not in self._complained:
                self._complained.add(alarm.alarm_arn)
                text = f'alarm "{alarm.name}": not evaluated: {type(error).__name__}: {error}'
                print(text, file=sys.stderr, flush=True)


def _backends() -> Iterator[CloudWatchBackend]:
    for regions in list(cloudwatch_backends.values()):
        yield from list(regions.values())


def _evaluate(backend: CloudWatchBackend, alarm: Alarm, now: datetime) -> None:
    if alarm.comparison_operator not in COMPARISONS:
        return  # a band of an anomaly detector, which there is not
    points = read(backend, alarm, now.timestamp())
    if alarm.__dict__.get(_LAST) == points:
        return
    setattr(alarm, _LAST, points)
    terms = Terms(
        alarm.comparison_operator,
        float(alarm.threshold),
        int(alarm.evaluation_periods),
        int(alarm.datapoints_to_alarm or alarm.evaluation_periods),
        alarm.treat_missing_data or "missing",
    )
    verdict = judge(terms, points, alarm.state_value)
    if verdict.state != alarm.state_value or alarm.state_reason.startswith("Unchecked"):
        data = _data(alarm, terms, points, verdict, now)
        alarm_history.change(backend, alarm, now, verdict.state, verdict.reason, data)


def read(backend: CloudWatchBackend, alarm: Alarm, now: float) -> list[Point]:
    """The values of an alarm's periods, newest first; the newest ends with the last full minute.

    Periods slide: one of five minutes ends at each minute, not at every fifth. Periods below a minute end at their own
    multiples.
    """
    asked = queries(alarm)
    period = max(query.period for query in asked)
    end = math.floor(now / min(period, 60)) * min(period, 60)
    count = int(alarm.evaluation_periods) + EXTRA_PERIODS
    evaluation = Evaluation(backend, asked, end - count * period, end)
    line = evaluation.lines(returned(asked).id)[0]
    return [(at, line.get(at)) for at in (end - i * period for i in range(1, count + 1))]


def _data(alarm: Alarm, terms: Terms, points: list[Point], verdict: Verdict, now: datetime) -> str:
    recent = [value for _, value in reversed(points[: terms.periods]) if value is not None]
    evaluated = [
        {"timestamp": _iso(at), **({"value": v} if v is not None else {})} for at, v in points[: terms.periods]
    ]
    stat = alarm.statistic or alarm.extended_statistic
    return json.dumps(
        {
            "version": "1.0",
            "queryDate": alarm_history.iso(now),
            **({"startDate": _iso(min(at for at, _ in verdict.points))} if verdict.points else {}),
            **({"statistic": stat} if stat else {}),
            "period": points[0][0] - points[1][0],
            "recentDatapoints": recent,
            "threshold": terms.threshold,
            "evaluatedDatapoints": evaluated,
        }
    )


def _iso(at: float) -> str:
    return alarm_history.iso(datetime.fromtimestamp(at, UTC))


def _combine(backend: CloudWatchBackend, alarm: Alarm, now: datetime) -> None:
    """A composite alarm's state, when one of its alarms has changed since it was last looked at."""
    rule = alarm_rule.parse(alarm.rule)
    children = [backend.alarms[name] for a in rule.alarms if (name := alarm_rule.name_of(a)) in backend.alarms]
    seen = [(child.alarm_arn, child.state_value, _transitioned(child)) for child in children]
    if alarm.__dict__.get(_LAST) == seen:
        return
    setattr(alarm, _LAST, seen)
    states = {child.name: child.state_value for child in children}
    state = ALARM if rule.test(lambda name: states.get(alarm_rule.name_of(name), UNKNOWN)) else OK
    if state == alarm.state_value:
        return
    reason = f"The rule is {'true' if state == ALARM else 'false'}"
    if children:
        cause = max(children, key=_transitioned)
        when = _transitioned(cause).strftime("%A %d %B, %Y %H:%M:%S UTC")
        reason = f"{cause.alarm_arn} transitioned to {cause.state_value} at {when}"
    alarm_history.change(backend, alarm, now, state, reason)


def _transitioned(alarm: Alarm) -> datetime:
    return getattr(alarm, "state_transitioned_timestamp", alarm.state_updated_timestamp)
