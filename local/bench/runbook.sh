#!/bin/sh
# The runbook's phases 5 and 6 as an operator types them, one after another, with the stack's own names in place of
# production's. What it prints nobody reads here; it fails where a command does, which says less than verify asks.
# Needs SITE, API, EMAIL, PASSWORD, PREFIX (of names), DASHBOARD, and aws and curl that reach the stack.
set -eu
json() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; }

# 5.1 health checks
curl -fsS "$API/api/monitoring/health"
curl -fsS "$SITE" >/dev/null
# 5.2 smoke tests
TOKEN=$(curl -fsS -X POST "$API/api/auth/login" -H "Content-Type: application/json" \
  -d "{\"email\":\"$EMAIL\",\"password\":\"$PASSWORD\"}" | json token)
for path in users/me analytics/dashboard assets; do
  curl -fsS "$API/api/$path" -H "Authorization: Bearer $TOKEN"
done
# 5.3 database connectivity, 5.4 background jobs
curl -fsS "$API/api/monitoring/metrics" -H "Authorization: Bearer $TOKEN"
curl -fsS "$API/api/monitoring/queues" -H "Authorization: Bearer $TOKEN"
# 6.1 CloudWatch
aws cloudwatch get-dashboard --dashboard-name "$DASHBOARD" >/dev/null
aws cloudwatch describe-alarms --state-value ALARM
# 6.2 logs; `aws logs tail --follow` never ends, so it is left out
for service in backend frontend; do
  aws logs filter-log-events --log-group-name "/ecs/$PREFIX-$service" --filter-pattern ERROR --start-time "$(date -u -d '1 hour ago' +%s)000"
done
# 6.3 performance: response times, CPU and memory, connections, cache hit rate
metric() {
  aws cloudwatch get-metric-statistics --namespace "$1" --metric-name "$2" --statistics Average --period 60 \
    --start-time "$(date -u -d '15 minutes ago' +%FT%TZ)" --end-time "$(date -u +%FT%TZ)" --dimensions "$3"
}
metric AWS/ApplicationELB TargetResponseTime "Name=LoadBalancer,Value=$BALANCER"
for service in backend frontend; do
  metric AWS/ECS CPUUtilization "Name=ServiceName,Value=$service-service"
  metric AWS/ECS MemoryUtilization "Name=ServiceName,Value=$service-service"
done
metric AWS/RDS DatabaseConnections "Name=DBInstanceIdentifier,Value=$PREFIX"
metric AWS/ElastiCache CacheHitRate "Name=CacheClusterId,Value=$PREFIX-001"
