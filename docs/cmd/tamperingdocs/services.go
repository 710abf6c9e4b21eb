package main

var services = []resource{
	row("aws:ecs/cluster:Cluster",
		changed("switch Container Insights off: alarms on tasks go blind").alarmed("service-missing-tasks"),
		changed("let ECS Exec go unrecorded"),
		unseen("run a task of one's own in it",
			"migrations and people's one-off tasks are such too; the account's trail has who ran what")),
	row("aws:ecs/clusterCapacityProviders:ClusterCapacityProviders", changed("let tasks run on spare capacity, which AWS takes back")),
	row("aws:ecs/service:Service",
		changed("take away circuit breaker, rollback alarms or network settings; allow ECS Exec"),
		running("let it run another task definition or image").checked("identity/*"),
		running("scale it to fewer tasks than it must have").checked("identity/*").alarmed("service-missing-tasks"),
		changed("delete it").checked("identity/*").alarmed("availability-unavailable")),
	row("aws:ecs/taskDefinition:TaskDefinition",
		changed("deregister the one that runs: the next task does not start").checked("identity/*"),
		running("register a newer revision and run that").checked("identity/*")),
	row("aws:appautoscaling/target:Target", changed("lower or raise its bounds, or suspend it")),
	row("aws:appautoscaling/policy:Policy", changed("delete it, or aim at another load").alarmed("service-cpu", "service-memory")),
	row("aws:ecr/repository:Repository",
		changed("let tags be moved, or scan nothing"),
		running("delete an image that runs: tasks go on, the next one does not start").checked("images/*"),
		unseen("delete the image of an earlier release", "a rollback asks for it before it changes anything, and goes to another release"),
		changed("delete it with its images").checked("images/*")),
	row("aws:ecr/lifecyclePolicy:LifecyclePolicy", changed("keep fewer images than releases that one can go back to").checked("images/*")),
	row("docker:index/image:Image",
		running("push another image under a version: tasks are by digest, and the repository refuses it").checked("identity/*", "images/*")),
}

var releasing = []resource{
	row("command:local:Command",
		unseen("change what a step is said to have done, in the state",
			"a step is nothing in AWS; who may write the state may do anything that the program does (docs/controls.md, 110)")),
	row("pulumi:providers:aws",
		unseen("point the program at another account or region, in the state",
			"the provider names the account that it may be used in, and the next preview shows the change")),
}
