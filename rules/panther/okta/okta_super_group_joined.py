SUPER_GROUPS = ["Okta Super Administrators", "Identity Operators"]


def rule(event):
    if event.get("eventType") != "group.user_membership.add":
        return False
    if event.deep_get("outcome", "result", default="") != "SUCCESS":
        return False
    return any(
        target.get("type") == "UserGroup" and target.get("displayName") in SUPER_GROUPS
        for target in event.get("target", [])
    )


def severity(event):
    if event.deep_get("client", "geographicalContext", "country", default="") == "":
        return "CRITICAL"
    return "HIGH"
