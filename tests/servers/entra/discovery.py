"""The documents a client reads first: what a tenant's endpoints are, and which hosts are ours."""

from __future__ import annotations

from .clouds import CONSUMERS, CONSUMERS_ID, GLOBAL, LOGIN_HOSTS, SHARED_TENANTS, Cloud
from .directory import Directory
from .errors import RefusedError
from .web import Reply, Request


def openid_configuration(request: Request, path_tenant: str, directory: Directory) -> Reply:
    """`/{tenant}/v2.0/.well-known/openid-configuration`.

    The worldwide host knows the tenants of the other clouds and names their hosts; the others know
    their own alone. Raises RefusedError 90002.
    """
    cloud = LOGIN_HOSTS[request.host]
    tenant = directory.tenant(path_tenant)
    if tenant is not None and tenant.cloud.login != cloud.login:
        if cloud != GLOBAL:
            raise RefusedError.of(90002, tenant=path_tenant)
        cloud = tenant.cloud
    elif tenant is not None:
        cloud = tenant.cloud
    if path_tenant.casefold() == CONSUMERS and cloud != GLOBAL:
        raise RefusedError.of(90002, tenant=path_tenant)
    shared = path_tenant.casefold() in SHARED_TENANTS
    place = path_tenant.casefold() if shared or tenant is None else tenant.id
    issuer = CONSUMERS_ID if place == CONSUMERS else place
    if place in SHARED_TENANTS and place != CONSUMERS:
        issuer = "{tenantid}"  # to the letter: the real document has the braces too
    top = f"https://{cloud.login}/{place}"
    return Reply.json(
        {
            "token_endpoint": f"{top}/oauth2/v2.0/token",
            "token_endpoint_auth_methods_supported": [
                "client_secret_post",
                "private_key_jwt",
                "client_secret_basic",
            ],
            "jwks_uri": f"{top}/discovery/v2.0/keys",
            "response_modes_supported": ["query", "fragment", "form_post"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "issuer": f"https://{cloud.login}/{issuer}/v2.0",
            "request_uri_parameter_supported": False,
            "userinfo_endpoint": f"{cloud.graph_root}/oidc/userinfo",
            "authorization_endpoint": f"{top}/oauth2/v2.0/authorize",
            "device_authorization_endpoint": f"{top}/oauth2/v2.0/devicecode",
            "http_logout_supported": True,
            "frontchannel_logout_supported": True,
            "end_session_endpoint": f"{top}/oauth2/v2.0/logout",
            **_region(cloud, known=tenant is not None),
        }
    )


def _region(cloud: Cloud, *, known: bool) -> dict[str, object]:
    made: dict[str, object] = {
        "tenant_region_scope": cloud.region if known else None,
        "cloud_instance_name": cloud.instance,
        "cloud_graph_host_name": "graph.windows.net",
        "msgraph_host": cloud.graph,
        "rbac_url": "https://pas.windows.net",
    }
    if known and cloud.sub_region:
        made["tenant_region_sub_scope"] = cloud.sub_region
    return made


_ALIASES = (
    ("login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"),
    ("login.partner.microsoftonline.cn", "login.chinacloudapi.cn"),
    ("login.microsoftonline.us", "login.usgovcloudapi.net"),
)


def instance_discovery(request: Request) -> Reply:
    """`/common/discovery/instance`: which hosts are one cloud. Raises RefusedError 50049."""
    asked = request.query.get("authorization_endpoint", "")
    host = asked.removeprefix("https://").partition("/")[0].casefold()
    tenant = asked.removeprefix("https://").partition("/")[2].partition("/")[0] or "common"
    if not any(host in aliases for aliases in _ALIASES):
        raise RefusedError(50049, error="invalid_instance")
    return Reply.json(
        {
            "tenant_discovery_endpoint": (
                f"https://{host}/{tenant}/v2.0/.well-known/openid-configuration"
            ),
            "api-version": "1.1",
            "metadata": [
                {
                    "preferred_network": aliases[0],
                    "preferred_cache": aliases[0],
                    "aliases": list(aliases),
                }
                for aliases in _ALIASES
            ],
        }
    )
