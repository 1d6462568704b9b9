ATTACH_CALLS = ["AttachUserPolicy", "AttachRolePolicy", "AttachGroupPolicy"]
FULL_ACCESS = ("policy/AdministratorAccess", "policy/IAMFullAccess")


def rule(event):
    if event.get("eventSource") != "iam.amazonaws.com":
        return False
    if event.get("eventName") not in ATTACH_CALLS:
        return False
    if event.get("errorCode") is not None:
        return False
    policy = event.deep_get("requestParameters", "policyArn", default="")
    return policy.endswith(FULL_ACCESS)


def title(event):
    caller = event.deep_get("userIdentity", "arn", default="<unknown caller>")
    return f"Full access handed out by [{caller}]"
