"""What AWS lets a caller do, decided before moto sees the request.

    layer.py       the WSGI layer: who calls, what that needs, and AWS's refusal
    sessions.py    which role a request's credentials were given for
    actions.py     the IAM actions and resources that a call needs; one file for each service that needs more than a rule
    decide.py      identity policies, boundary, session policy and the resource's own policy, together
    documents.py   the policy of a resource, and whom its statements speak of
    delivery.py    what an AWS service may do on its own, such as an alarm that publishes to a topic

The keys that local/ itself uses belong to no role: whoever has them is the account's administrator.
"""
