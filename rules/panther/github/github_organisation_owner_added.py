BREAK_GLASS_ACTORS = ["example-corp-breakglass"]


def rule(event):
    return (
        event.get("action") in ("org.add_member", "org.update_member")
        and event.get("permission", "").lower() == "admin"
        and event.get("actor") not in BREAK_GLASS_ACTORS
    )


def title(event):
    return f"[{event.get('user', '<unknown user>')}] owns [{event.get('org', '<unknown org>')}]"
