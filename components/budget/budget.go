// Package budget declares the monthly cost budget of one environment: it tells
// before and when the money is spent; it stops nothing.
package budget

import (
	"slices"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/budgets"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/internal/component"
	"github.com/flowcomply/infrastructure/components/validate"
)

// Scope is whose cost counts.
type Scope string

const (
	// Account counts everything in the account: right where an environment has an
	// account of its own.
	Account Scope = "account"
	// Stack counts what carries the stack's tag. The tag has to be activated as a
	// cost allocation tag in the billing console first, or the cost stays at zero.
	Stack Scope = "stack"
)

// Spec is what an operator decides about cost.
type Spec struct {
	// MonthlyUSD is the budget in US dollars a calendar month.
	MonthlyUSD float64 `json:"monthlyUsd"`
	// Scope is whose cost counts: account or stack.
	Scope Scope `json:"scope"`
}

// Validate reports every problem at once.
func (s Spec) Validate() error {
	return validate.All(
		validate.Range("monthlyUsd", s.MonthlyUSD, 1, 1_000_000),
		validate.OneOf("scope", s.Scope, Account, Stack),
	)
}

// Args are what other components and infra supply.
type Args struct {
	Name           string             // fixed name of the budget: the stack's; changing it replaces the budget
	StackTag       string             `args:"optional"` // value of the tag "stack" on this stack's resources; needed with scope stack
	Emails         []string           // mailboxes; Budgets writes to them itself, without a confirmation. At most ten
	NotifyTopicArn pulumi.StringInput // the same message for everyone else
}

// Budget is one monthly cost budget.
type Budget struct {
	pulumi.ResourceState

	Arn pulumi.StringOutput `pulumi:"arn"`
}

// alerts are in percent of the budget. The forecast speaks up while there is
// still time to act; AWS makes one after about five weeks of use.
var alerts = []struct {
	kind    string
	percent float64
}{{"ACTUAL", 80}, {"ACTUAL", 100}, {"FORECASTED", 100}}

// New declares the budget with its alerts.
//
//runbook:post.next#3 tells when the month's cost passes 80 % of the budget, all of it, or is forecast to.
func New(ctx *pulumi.Context, name string, spec Spec, args Args, opts ...pulumi.ResourceOption) (*Budget, error) {
	budget := &Budget{}
	b, err := component.New(ctx, "flowcomply:budget:Budget", name, budget, args, opts, args.check(spec))
	if err != nil {
		return nil, err
	}
	monthly, err := budgets.NewBudget(ctx, name, &budgets.BudgetArgs{
		Name:          pulumi.String(args.Name),
		BudgetType:    pulumi.String("COST"),
		TimeUnit:      pulumi.String("MONTHLY"),
		LimitAmount:   pulumi.String(strconv.FormatFloat(spec.MonthlyUSD, 'f', -1, 64)),
		LimitUnit:     pulumi.String("USD"),
		CostFilters:   filters(spec, args),
		Notifications: notifications(args),
	}, b.Parent)
	if err != nil {
		return nil, b.Errorf("%w", err)
	}
	budget.Arn = monthly.Arn
	return budget, b.Done()
}

// check wants what AWS and this spec need beside what every budget does.
func (args Args) check(spec Spec) error {
	return validate.All(
		validate.Demand(spec.Scope != Stack || args.StackTag != "", "args.StackTag", "is missing; scope stack filters by it", ""),
		validate.Demand(len(args.Emails) <= 10, "args.Emails", "more than AWS Budgets takes; use ten or fewer", ""),
	)
}

// filters is empty for the account: a budget without a filter counts all.
func filters(spec Spec, args Args) budgets.BudgetCostFilterArray {
	if spec.Scope != Stack {
		return nil
	}
	return budgets.BudgetCostFilterArray{budgets.BudgetCostFilterArgs{
		Name:   pulumi.String("TagKeyValue"),
		Values: pulumi.ToStringArray([]string{"user:stack$" + args.StackTag}), // Budgets' own notation
	}}
}

func notifications(args Args) budgets.BudgetNotificationArray {
	emails := slices.Sorted(slices.Values(args.Emails))
	var out budgets.BudgetNotificationArray
	for _, alert := range alerts {
		out = append(out, budgets.BudgetNotificationArgs{
			NotificationType:         pulumi.String(alert.kind),
			ComparisonOperator:       pulumi.String("GREATER_THAN"),
			Threshold:                pulumi.Float64(alert.percent),
			ThresholdType:            pulumi.String("PERCENTAGE"),
			SubscriberEmailAddresses: pulumi.ToStringArray(emails),
			SubscriberSnsTopicArns:   pulumi.StringArray{args.NotifyTopicArn},
		})
	}
	return out
}
