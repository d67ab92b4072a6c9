/// What a request is signed with by libcurl (AWS Signature Version 4).
///
/// libcurl signs path, query and headers as they are given, so these must be canonical already: percent-encoded but for
/// unreserved characters, the query in order of its names. S3 also wants `x-amz-content-sha256`, with the body's hash.
package struct AWSSignature: Sendable {
  package let accessKey: String
  package let secretKey: String
  package let region: String
  /// The name of the service in the signature: `s3`.
  package let service: String

  package init(accessKey: String, secretKey: String, region: String, service: String) {
    self.accessKey = accessKey
    self.secretKey = secretKey
    self.region = region
    self.service = service
  }
}
