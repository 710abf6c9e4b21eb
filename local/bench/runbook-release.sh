#!/bin/sh
# The runbook's phases 1 to 4 as an operator types them, one after another, with the stack's own names in place of
# production's; phases 5 and 6 follow, in runbook.sh. What the runbook leaves to a person is left out, and what this
# shortens is in its favour: no staging suite (1.1), no tag (1.2), nothing installed or compiled before docker builds
# (2.1, 2.2), no `latest`, which the repositories refuse, and no look at tables through a bastion (3.3). Its migration is
# a one-off task of the new image, as a bastion would have to be logged in to.
# Needs VERSION, SOURCE (of the application), TASKS (a folder with each service's task definition), CLUSTER, PREFIX (of
# names), NETWORK (of a task, as JSON), API, BACKEND and FRONTEND (repositories), LOCAL (the program that has `docker build`
# with BuildKit where there is no buildx), and aws and docker that reach the stack.
set -eu

# 1.3 backup, under a name that is made once: the runbook's two dates differ
SNAPSHOT="$PREFIX-typed-$(date +%Y%m%d-%H%M%S)"
aws rds create-db-snapshot --db-instance-identifier "$PREFIX" --db-snapshot-identifier "$SNAPSHOT"
aws rds wait db-snapshot-available --db-snapshot-identifier "$SNAPSHOT"

# 2.1, 2.2 build
"$LOCAL" build "$BACKEND:$VERSION" "$SOURCE/backend"
"$LOCAL" build "$FRONTEND:$VERSION" "$SOURCE/frontend" "NEXT_PUBLIC_API_URL=$API" NEXT_PUBLIC_APP_NAME=FlowComply
# 2.3 push
aws ecr get-login-password | docker login --username AWS --password-stdin "${BACKEND%%/*}"
docker push "$BACKEND:$VERSION"
docker push "$FRONTEND:$VERSION"

revision() {
  aws ecs register-task-definition --cli-input-json "file://$TASKS/$1.json" >/dev/null
  aws ecs describe-task-definition --task-definition "$PREFIX-$1" --query taskDefinition.taskDefinitionArn --output text
}
# 3.2 migrations; a status that finds some pending ends with 1
BACKEND_REVISION=$(revision backend)
migrate() {
  task=$(aws ecs run-task --cluster "$CLUSTER" --task-definition "$BACKEND_REVISION" --launch-type FARGATE --network-configuration "$NETWORK" \
    --overrides "{\"containerOverrides\":[{\"name\":\"backend\",\"command\":[\"npx\",\"prisma\",\"migrate\",\"$1\"]}]}" \
    --query 'tasks[0].taskArn' --output text)
  aws ecs wait tasks-stopped --cluster "$CLUSTER" --tasks "$task"
  [ "$(aws ecs describe-tasks --cluster "$CLUSTER" --tasks "$task" --query "tasks[0].containers[?name=='backend'].exitCode | [0]" --output text)" = "$2" ]
}
migrate status 1
migrate deploy 0
migrate status 0

# 4.1, 4.2 services
update() {
  aws ecs update-service --cluster "$CLUSTER" --service "$1-service" --task-definition "$2" --force-new-deployment >/dev/null
  aws ecs wait services-stable --cluster "$CLUSTER" --services "$1-service"
}
update backend "$BACKEND_REVISION"
update frontend "$(revision frontend)"
# 4.3 tasks
for service in backend frontend; do
  tasks=$(aws ecs list-tasks --cluster "$CLUSTER" --service-name "$service-service" --query 'taskArns' --output text)
  aws ecs describe-tasks --cluster "$CLUSTER" --tasks $tasks
done
