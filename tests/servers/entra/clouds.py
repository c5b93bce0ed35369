"""The four clouds: who signs in where, which Graph and which mail resource belongs to it."""

from __future__ import annotations

from dataclasses import dataclass

# The tenant that all personal accounts are in.
CONSUMERS_ID = "9188040d-6c67-4c5b-b112-36a304b66dad"
CONSUMERS, COMMON, ORGANIZATIONS = "consumers", "common", "organizations"
SHARED_TENANTS = (COMMON, ORGANIZATIONS, CONSUMERS)

MAIL_PERMISSIONS = frozenset(
    {"IMAP.AccessAsUser.All", "POP.AccessAsUser.All", "SMTP.Send", "Mail.Send", "Mail.ReadWrite"}
)
# Graph knows the names of the mail protocols too: such a token is good for Graph, not for IMAP.
GRAPH_PERMISSIONS = MAIL_PERMISSIONS | {
    "User.Read",
    "Mail.Read",
    "Mail.ReadBasic",
    "Mail.Read.Shared",
    "Mail.ReadBasic.Shared",
    "Mail.ReadWrite.Shared",
    "Mail.Send.Shared",
    "Directory.Read.All",
}


@dataclass(frozen=True, slots=True)
class Cloud:
    """One of them; `outlook` are the spellings of the mail resource, the first is the answer's."""

    name: str
    login: str
    graph: str
    outlook: tuple[str, ...]
    instance: str
    region: str
    sub_region: str | None
    device_page: str

    @property
    def graph_root(self) -> str:
        """The resource of Graph, as it stands before a permission."""
        return f"https://{self.graph}"


GLOBAL = Cloud(
    name="global",
    login="login.microsoftonline.com",
    graph="graph.microsoft.com",
    outlook=("https://outlook.office.com", "https://outlook.office365.com"),
    instance="microsoftonline.com",
    region="WW",
    sub_region=None,
    device_page="https://login.microsoft.com/device",
)
GCC_HIGH = Cloud(
    name="gcc_high",
    login="login.microsoftonline.us",
    graph="graph.microsoft.us",
    outlook=("https://outlook.office365.us",),
    instance="microsoftonline.us",
    region="USGov",
    sub_region="DODCON",
    device_page="https://microsoft.com/deviceloginus",
)
DOD = Cloud(
    name="dod",
    login="login.microsoftonline.us",
    graph="dod-graph.microsoft.us",
    outlook=("https://outlook-dod.office365.us", "https://outlook.office365.us"),
    instance="microsoftonline.us",
    region="USGov",
    sub_region="DOD",
    device_page="https://microsoft.com/deviceloginus",
)
CHINA = Cloud(
    name="china",
    login="login.partner.microsoftonline.cn",
    graph="microsoftgraph.chinacloudapi.cn",
    outlook=("https://partner.outlook.cn",),
    instance="partner.microsoftonline.cn",
    region="CN",
    sub_region=None,
    device_page="https://microsoft.com/deviceloginchina",
)
CLOUDS = (GLOBAL, GCC_HIGH, DOD, CHINA)

# Where a device's code is typed: the pages above, and the one for personal accounts.
PERSONAL_DEVICE_PAGE = "https://www.microsoft.com/link"
DEVICE_HOSTS = frozenset({"login.microsoft.com", "microsoft.com", "www.microsoft.com"})
GRAPH_HOSTS = {cloud.graph: cloud for cloud in CLOUDS}
LOGIN_HOSTS = {cloud.login: cloud for cloud in reversed(CLOUDS)}
