#!/bin/sh
# The runbook's rollback, option 1: the services take the revisions before, and nobody looks whether users are served.
# Needs CLUSTER, BACKEND_BEFORE and FRONTEND_BEFORE (revisions), and aws that reaches the stack.
set -eu
aws ecs update-service --cluster "$CLUSTER" --service backend-service --task-definition "$BACKEND_BEFORE"
aws ecs update-service --cluster "$CLUSTER" --service frontend-service --task-definition "$FRONTEND_BEFORE"
aws ecs wait services-stable --cluster "$CLUSTER" --services backend-service frontend-service
