"""Fresh secrets in their vendors' formats, drawn by a seeded generator.

Written from what vendors publish of their formats, not from `transforms/redact/`: a wrong idea of a
format there is not repeated here by construction. A format is a row of parts: a quoted literal, or
an alphabet and a length. A is base62, B base64url, H hex, D digits, L lower case and digits, C
upper case and digits, P base64, T letters, 2 base32, U a UUID.
"""

from __future__ import annotations

import base64
import json
import random
import string
import textwrap
import uuid
import zlib
from collections.abc import Callable

ALPHABETS = {
    "A": string.ascii_letters + string.digits,
    "B": string.ascii_letters + string.digits + "_-",
    "C": string.ascii_uppercase + string.digits,
    "D": string.digits,
    "H": "0123456789abcdef",
    "L": string.ascii_lowercase + string.digits,
    "P": string.ascii_letters + string.digits + "+/",
    "T": string.ascii_letters,
    "2": string.ascii_uppercase + "234567",
}

SIMPLE = """
adafruit_io_key              'aio_' A28
airtable_token               'pat' A14 '.' H64
alibaba_access_key_id        'LTAI5t' A18
anthropic_key                'sk-ant-api03-' B93 'AA'
apify_token                  'apify_api_' A36
asana_token                  '1/' D16 ':' H32
atlassian_token              'ATATT3xFfGF0' B172 '=' C8
aws_access_key_id            'AKIA' 216
aws_mws_token                'amzn.mws.' U
azure_ai_key                 A52 'JQQJ99' A26
azure_client_secret          A3 '8Q~' A34
azure_devops_token           A76 'AZDO' A4
azure_search_key             A42 'AzSeA' A5
bitbucket_app_password       'ATBB' A32
brevo_key                    'xkeysib-' H64 '-' A16
buildkite_token              'bkua_' H40
circleci_token               'CCIPAT_' A22 '_' H40
clojars_token                'CLOJARS_' H60
cloudflare_origin_ca_key     'v1.0-' H24 '-' H146
contentful_token             'CFPAT-' B43
crates_io_token              'cio' A32
databricks_token             'dapi' H32
digitalocean_token           'dop_v1_' H64
docker_hub_token             'dckr_pat_' B27
doppler_service_token        'dp.st.prd.' A43
doppler_token                'dp.pt.' A43
duffel_token                 'duffel_live_' B43
dynatrace_token              'dt0c01.' C24 '.' C64
easypost_key                 'EZAK' A54
elevenlabs_key               'sk_' H48
facebook_access_token        'EAA' A170
facebook_app_token           D16 '|' B27
figma_token                  'figd_' B40
firebase_messaging_key       'AAAA' B7 ':APA91b' B134
flutterwave_key              'FLWSECK-' H32 '-X'
fly_io_token                 'fo1_' B43
github_fine_grained_token    'github_pat_11' C9 '0' A10 '_' A59
gitlab_runner_registration_token 'GR1348941' B20
gitlab_token                 'glpat-' B20
google_api_key               'AIzaSy' B33
google_oauth_access_token    'ya29.a0Af' B150
google_oauth_client_secret   'GOCSPX-' B28
google_oauth_refresh_token   '1//0' B90
grafana_service_account_token 'glsa_' A32 '_' H8
groq_key                     'gsk_' A52
heroku_api_key               'HRKU-AA' B58
hubspot_token                'pat-na1-' U
huggingface_token            'hf_' T34
infisical_token              'st.' H24 '.' H32 '.' H32
jfrog_api_key                'AKCp' A69
jfrog_reference_token        'cmVmdGtu' A56
langsmith_key                'lsv2_pt_' H32 '_' H10
launchdarkly_key             'sdk-' U
linear_key                   'lin_api_' A40
mailchimp_key                H32 '-us14'
mailgun_key                  'key-' H32
mailgun_private_key          H32 '-' H8 '-' H8
mongodb_atlas_secret         'mdb_sa_sk_' B40
neon_api_key                 'napi_' L64
netlify_token                'nfp_' A36
new_relic_key                'NRAK-' C27
new_relic_licence_key        H36 'NRAL'
notion_token                 'ntn_' D11 A35
nuget_api_key                'oy2' L43
nvidia_api_key               'nvapi-' B64
openai_key                   'sk-' A20 'T3BlbkFJ' A20
openai_like_key              'sk-' A48
openrouter_key               'sk-or-v1-' H64
openshift_token              'sha256~' B43
packagist_token              'packagist_ort_' H68
paypal_braintree_token       'access_token$production$' L16 '$' H32
perplexity_key               'pplx-' A48
pinecone_key                 'pcsk_' A6 '_' A63
plaid_access_token           'access-production-' U
planetscale_token            'pscale_tkn_' B43
posthog_key                  'phx_' A43
postman_api_key              'PMAK-' H24 '-' H34
prefect_api_key              'pnu_' A36
pulumi_token                 'pul-' H40
rancher_token                'token-' L5 ':' L54
rapidapi_key                 H10 'msh' H15 'p1' H5 'jsn' H12
readme_api_key               'rdme_' L70
render_api_key               'rnd_' A32
replicate_token              'r8_' A37
resend_key                   're_' A8 '_' A24
rubygems_api_key             'rubygems_' H48
salesforce_session           '00D' A15 '!' A96
scalingo_token               'tk-us-' B48
sendgrid_key                 'SG.' B22 '.' B43
sentry_user_token            'sntryu_' H64
shippo_token                 'shippo_live_' H40
shopify_token                'shpat_' H32
slack_app_token              'xapp-1-A' C10 '-' D13 '-' H64
slack_refresh_token          'xoxe-1-' A146
slack_token                  'xoxb-' D12 '-' D13 '-' A24
sonar_token                  'sqp_' H40
sourcegraph_token            'sgp_' H16 '_' H40
square_access_token          'EAAAE' B59
square_token                 'sq0csp-' B43
stripe_key                   'sk_live_' A24
stripe_webhook_secret        'whsec_' A32
supabase_secret_key          'sb_secret_' B31
supabase_token               'sbp_' H40
tailscale_key                'tskey-auth-k' A11 'CNTRL-' A32
tavily_key                   'tvly-dev-' A32
telegram_bot_token           D10 ':AA' B33
tencent_secret_id            'AKID' A32
terraform_token              A14 '.atlasv1.' B67
twilio_key                   'SK' H32
twitter_access_token         D18 '-' A40
twitter_bearer_token         'AAAAAAAAAAAAAAAAAAAAA' A4 '%2B' A60 '%3D' A14
typeform_token               'tfp_' A44
vault_token                  'hvs.CAESI' B90
vercel_token                 'vcp_' A56
xai_key                      'xai-' A80
yandex_cloud_api_key         'AQVN' B36
yandex_oauth_token           'y0_AgAAAA' B50
"""


def draw(rng: random.Random, alphabet: str, length: int) -> str:
    """`length` characters, the first and the last of them letters or digits."""
    letters = ALPHABETS[alphabet]
    drawn = [rng.choice(letters) for _ in range(length)]
    for at in (0, -1):
        while not drawn[at].isalnum():
            drawn[at] = rng.choice(letters)
    return "".join(drawn)


def _made(rng: random.Random, parts: list[str]) -> str:
    made = ""
    for part in parts:
        if part[0] == "'":
            made += part.strip("'")
        elif part == "U":
            made += str(uuid.UUID(int=rng.getrandbits(128), version=4))
        else:
            made += draw(rng, part[0], int(part[1:]))
    return made


def _url64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def with_crc32(rng: random.Random, prefix: str) -> str:
    """GitHub's and npm's: 30 characters and the CRC-32 of them in base62."""
    body, digits = draw(rng, "A", 30), ""
    base62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
    number = zlib.crc32(body.encode())
    while len(digits) < 6:
        digits = base62[number % 62] + digits
        number //= 62
    return prefix + body + digits


def json_web_token(rng: random.Random) -> str:
    header = {"alg": rng.choice(["HS256", "RS256"]), "typ": "JWT"}
    claims = {"sub": draw(rng, "D", 6), "iat": rng.randrange(1_500_000_000, 1_800_000_000)}
    return ".".join(
        [_url64(json.dumps(part).encode()) for part in (header, claims)]
        + [_url64(rng.randbytes(32))]
    )


def pypi_token(rng: random.Random) -> str:
    caveat = json.dumps({"version": 1, "permissions": "user"}).encode()
    name = str(uuid.UUID(int=rng.getrandbits(128), version=4)).encode()
    packet = b"\x02\x01\x08pypi.org\x02" + bytes([len(name)]) + name
    packet += b"\x00\x02" + bytes([len(caveat)]) + caveat + b"\x00\x00\x06\x20" + rng.randbytes(32)
    return "pypi-" + _url64(packet)


def discord_bot_token(rng: random.Random) -> str:
    user = "9" + draw(rng, "D", 17)
    return f"{_url64(user.encode())}.{draw(rng, 'B', 6)}.{draw(rng, 'B', 38)}"


def pem_private_key(rng: random.Random) -> str:
    kind = rng.choice(["RSA ", "EC ", "", "OPENSSH ", "DSA "])
    body = textwrap.fill(base64.b64encode(rng.randbytes(300)).decode(), 64)
    return f"-----BEGIN {kind}PRIVATE KEY-----\n{body}\n-----END {kind}PRIVATE KEY-----"


def mapbox_secret_token(rng: random.Random) -> str:
    claims = json.dumps({"u": draw(rng, "L", 8), "a": draw(rng, "L", 25)}).encode()
    return f"sk.{_url64(claims)}.{draw(rng, 'B', 22)}"


OTHERS: dict[str, Callable[[random.Random], str]] = {
    "github_token": lambda rng: with_crc32(
        rng, rng.choice(["ghp_", "gho_", "ghu_", "ghs_", "ghr_"])
    ),
    "npm_token": lambda rng: with_crc32(rng, "npm_"),
    "json_web_token": json_web_token,
    "pypi_token": pypi_token,
    "discord_bot_token": discord_bot_token,
    "aws_bedrock_key": lambda rng: "ABSK" + base64.b64encode(rng.randbytes(96)).decode(),
    "azure_storage_account_key": lambda rng: (
        draw(rng, "P", 76) + "+ASt" + draw(rng, "A", 5) + "A=="
    ),
    "dropbox_token": lambda rng: "sl.B" + draw(rng, "B", 140),
    "instagram_token": lambda rng: "IGQVJ" + draw(rng, "A", 150),
    "grafana_cloud_token": lambda rng: (
        "glc_"
        + base64.b64encode(
            json.dumps({"o": draw(rng, "D", 6), "k": draw(rng, "A", 24)}).encode()
        ).decode()
    ),
    "sentry_org_token": lambda rng: (
        "sntrys_"
        + base64.b64encode(
            json.dumps(
                {"iat": 1.7e9, "url": "https://sentry.acme.io", "org": draw(rng, "L", 7)}
            ).encode()
        )
        .decode()
        .rstrip("=")
        + "_"
        + draw(rng, "P", 43)
    ),
    "mapbox_secret_token": mapbox_secret_token,
}


def formats() -> dict[str, Callable[[random.Random], str]]:
    """By the name of the pattern that should find it."""
    rows = [line.split() for line in SIMPLE.strip().splitlines()]
    simple = {name: (lambda rng, parts=parts: _made(rng, parts)) for name, *parts in rows}
    return {**simple, **OTHERS}


WORDS = (
    *("falcon", "river", "orange", "summer", "dragon", "tiger", "winter"),
    *("monkey", "silver", "coffee", "guitar", "planet", "shadow", "rocket"),
)


def password(rng: random.Random) -> str:
    """As people choose them, and as managers do."""
    word = rng.choice(WORDS)
    return rng.choice(
        [
            lambda: word + draw(rng, "D", rng.randint(1, 4)),
            lambda: word.capitalize() + rng.choice("!@#*") + draw(rng, "D", 2),
            lambda: word.capitalize() + rng.choice(WORDS).capitalize() + draw(rng, "D", 2) + "!",
            lambda: (
                word.replace("o", "0").replace("i", "1").replace("e", "3").capitalize()
                + draw(rng, "D", 3)
            ),
            lambda: draw(rng, "A", rng.randint(8, 16)),
            lambda: draw(rng, "A", 5) + rng.choice("!@#%^*+") + draw(rng, "A", 6),
            lambda: draw(rng, "L", 12),
        ]
    )()
