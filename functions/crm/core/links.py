"""Links by which people and the bucket of files exchange one object without us.

The API takes no large bodies, and the gateway would cut them. A link expires, and can do what its signer can, for one
key only.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from crm.core import files
from crm.core.config import settings

LARGEST_UPLOAD_BYTES = 1_000_000_000


@dataclass(frozen=True)
class Upload:
    """A form that uploads one object: POST `fields` and then `file` as multipart/form-data to `url`.

    The bucket itself refuses more than `largest_bytes`, and everything after `seconds`.
    """

    url: str
    fields: Mapping[str, str]
    largest_bytes: int
    seconds: int


def upload(
    key: str, *, seconds: int = 3600, largest_bytes: int = LARGEST_UPLOAD_BYTES, then: str | None = None
) -> Upload:
    """A form for uploading one object; its signer needs s3:PutObject on the key.

    `then`: the address where a browser goes on that has sent the form itself.
    """
    fields = {"success_action_redirect": then} if then else {}
    # An empty file is let in too: the bucket would refuse it in XML, and who reads the file says it in words.
    conditions = [["content-length-range", 0, largest_bytes], *({name: value} for name, value in fields.items())]
    form = files.client().generate_presigned_post(
        settings().files_bucket, key, Fields=fields, Conditions=conditions, ExpiresIn=seconds
    )
    return Upload(form["url"], form["fields"], largest_bytes, seconds)


def download(key: str, *, name: str, seconds: int = 900) -> str:
    """A link that downloads one object under a file name of ASCII; its signer needs s3:GetObject on the key."""
    asked = {
        "Bucket": settings().files_bucket,
        "Key": key,
        "ResponseContentDisposition": f'attachment; filename="{name}"',
    }
    return files.client().generate_presigned_url("get_object", Params=asked, ExpiresIn=seconds)
