def rule(event):
    if event.get("eventType") != "user.session.start":
        return False
    return event.deep_get("actor", "alternatId") == "someone@example.com"
