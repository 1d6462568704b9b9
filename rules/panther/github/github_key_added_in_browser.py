KEY_PREFIXES = ("public_key.", "personal_access_token.")


def rule(event):
    action = event.get("action", "")
    if not action.startswith(KEY_PREFIXES):
        return False
    if not action.endswith(("create", "access_granted")):
        return False
    return event.get("programmatic_access_type") is None and event.get("hashed_token") is None
