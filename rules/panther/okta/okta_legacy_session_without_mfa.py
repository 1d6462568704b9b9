def rule(event):
    # Each row is a session; rows without a user or a session are left-overs of the outer join.
    return bool(event.get("user_email")) and bool(event.get("external_session_id"))


def title(event):
    return f"Okta session without MFA through the legacy API: {event.get('user_email')}"


def alert_context(event):
    return {
        "user": event.get("user_email"),
        "session": event.get("external_session_id"),
        "address": event.get("source_ip"),
        "started": event.get("session_start_time"),
    }
