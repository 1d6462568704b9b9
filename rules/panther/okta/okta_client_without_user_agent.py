def rule(event):
    is_change = event.get("eventType", "").startswith(("user.account.", "user.mfa."))
    agent = event.deep_get("client", "userAgent", "rawUserAgent")
    device = event.deep_get("client", "device", default="")
    return is_change and not agent and device.lower() == "computer"
