import re
from datetime import datetime, timedelta
from urllib.parse import parse_qs, unquote, urlparse

HOST = re.compile(r"https://(?P<host>[a-z0-9.-]+)(/.*)?", re.IGNORECASE)
OWN_HOSTS = {"example.com", "login.example.com"}
LONGEST = timedelta(minutes=10)


class Enrichment:
    def __init__(self, event, table):
        self.rows = event.deep_get("p_enrichment", table)

    def value(self, selector, *keys):
        found = self.rows.get(selector) if self.rows else None
        for key in keys:
            found = found.get(key) if found else None
        return found


class NetworkLists(Enrichment):
    def __init__(self, event):
        super().__init__(event, "network_lists")

    def is_trusted(self):
        return self.value("client.ipAddress", "list") == "trusted"


def hosts_in(uri):
    hosts = []
    for target in parse_qs(urlparse(uri).query).get("redirect_uri", []):
        match = HOST.fullmatch(unquote(target))
        if not match:
            continue
        host = match.group("host").lower()
        if host not in hosts:
            hosts.append(host)
    return hosts


def took(event):
    try:
        start = datetime.fromisoformat(
            event.deep_get("debugContext", "debugData", "started", default="")
        )
        end = datetime.fromisoformat(event.get("published", ""))
    except ValueError:
        return timedelta(0)
    return end - start


def rule(event):
    if event.get("eventType") != "user.authentication.sso":
        return False
    if NetworkLists(event).is_trusted():
        return False
    uri = event.deep_get("debugContext", "debugData", "requestUri", default="")
    foreign = [host for host in hosts_in(uri) if host not in OWN_HOSTS]
    return len(foreign) > 0 and took(event) <= LONGEST
