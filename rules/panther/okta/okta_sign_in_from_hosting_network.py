FIRST_LISTED_AS = 64496
LAST_LISTED_AS = 64511


def rule(event):
    if event.get("eventType") not in ("user.session.start", "user.authentication.sso"):
        return False
    if event.deep_get("outcome", "result", default="") not in ("SUCCESS", "ALLOW"):
        return False
    operator = event.deep_get("securityContext", "asNumber", default=0)
    return FIRST_LISTED_AS <= operator <= LAST_LISTED_AS
