WRITE_CALLS = ["PutBucketPolicy", "DeleteBucketPolicy", "PutBucketLifecycle", "DeleteBucket"]
EVIDENCE_PREFIX = "arn:aws:s3:::example-evidence-"


def rule(event):
    if event.get("eventName") not in WRITE_CALLS:
        return False
    return any(
        resource.get("type") == "AWS::S3::Bucket"
        and resource.get("ARN", "").startswith(EVIDENCE_PREFIX)
        for resource in event.get("resources", [])
    )


def dedup(event):
    return event.deep_get("userIdentity", "arn", default="<unknown caller>")
