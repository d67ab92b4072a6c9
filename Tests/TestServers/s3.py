"""An S3 service that checks signatures, with one user and a bucket `archive`.

Prints "ready PORT ACCESS SECRET" once it serves.
"""

import json
import os

# So many calls are not checked: those that make the user.
os.environ["INITIAL_NO_AUTH_ACTION_COUNT"] = "4"

import boto3
from moto.server import ThreadedMotoServer

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
access = {
    "endpoint_url": f"http://{host}:{port}",
    "region_name": "us-east-1",
    "aws_access_key_id": "first",
    "aws_secret_access_key": "first",
}
iam = boto3.client("iam", **access)
iam.create_user(UserName="engine")
key = iam.create_access_key(UserName="engine")["AccessKey"]
allowed = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
iam.put_user_policy(UserName="engine", PolicyName="all", PolicyDocument=json.dumps(allowed))
boto3.client("s3", **access).create_bucket(Bucket="archive")
print("ready", port, key["AccessKeyId"], key["SecretAccessKey"], "end", flush=True)
server._thread.join()
