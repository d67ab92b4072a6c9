import Crypto
import Foundation
import HTTPClient

/// Objects of a bucket behind S3's REST API, signed by libcurl (AWS Signature Version 4) with the body's hash in the
/// signature. The bucket is part of the path, as every S3-compatible service takes it.
///
/// What fails for a while (no answer, 429, 5xx) is tried again, four times in all: every call here may be repeated.
package struct S3Store: ObjectStore {
  /// Where a bucket is, and who may use it.
  package struct Place: Sendable {
    package var endpoint: String
    package var bucket: String
    package var prefix: String
    package var signature: AWSSignature
    package var sessionToken: String?

    /// - Parameters:
    ///   - endpoint: `https://s3.eu-central-1.amazonaws.com`, without a path.
    ///   - prefix: stands before every name; may be empty.
    ///   - sessionToken: of credentials that were given for a time.
    package init(
      endpoint: String, bucket: String, prefix: String, signature: AWSSignature, sessionToken: String? = nil
    ) {
      self.endpoint = endpoint
      self.bucket = bucket
      self.prefix = prefix
      self.signature = signature
      self.sessionToken = sessionToken
    }
  }

  private static let attempts = 4

  private let client: HTTPClient
  private let place: Place
  private let base: String
  private let prefix: String
  private let pageSize: Int

  /// - Parameter pageSize: names that one answer lists, at most 1,000.
  package init(client: HTTPClient, place: Place, pageSize: Int = 1_000) throws(ObjectStoreError) {
    let prefix = place.prefix.hasSuffix("/") ? String(place.prefix.dropLast()) : place.prefix
    try checkName(place.bucket)
    if !prefix.isEmpty { try checkName(prefix) }
    self.client = client
    self.place = place
    self.pageSize = pageSize
    self.prefix = prefix.isEmpty ? "" : "\(prefix)/"
    base =
      "\(place.endpoint.hasSuffix("/") ? String(place.endpoint.dropLast()) : place.endpoint)/\(place.bucket)"
  }

  package func put(_ bytes: [UInt8], at name: String) async throws {
    let answer = try await call("PUT", try path(name), body: bytes)
    guard answer.status == 200 else { throw problem("put", name, answer) }
  }

  package func get(_ name: String) async throws -> [UInt8]? {
    let answer = try await call("GET", try path(name))
    // A bucket that is missing must not pass for an object that is.
    if answer.status == 404, S3Answer(answer.body).code != "NoSuchBucket" { return nil }
    guard answer.status == 200 else { throw problem("get", name, answer) }
    return answer.body
  }

  package func remove(_ name: String) async throws {
    let answer = try await call("DELETE", try path(name))
    guard
      [200, 204].contains(answer.status) || answer.status == 404 && S3Answer(answer.body).code == "NoSuchKey"
    else { throw problem("remove", name, answer) }
  }

  /// ListObjectsV2, page by page.
  package func list(_ prefix: String) async throws -> [String] {
    var (names, token): ([String], String?) = ([], nil)
    repeat {
      // In order of the names, as it is signed.
      let more = token.map { "continuation-token=\(Self.encoded($0))&" } ?? ""
      let query = "?\(more)list-type=2&max-keys=\(pageSize)&prefix=\(Self.encoded(self.prefix + prefix))"
      let answer = try await call("GET", query)
      let page = S3Answer(answer.body)
      guard answer.status == 200, page.isListing else { throw problem("list", prefix, answer) }
      names += page.keys.filter { $0.hasPrefix(self.prefix) }.map { String($0.dropFirst(self.prefix.count)) }
      token = page.nextPage
    } while token != nil
    return names.sorted()
  }

  private func path(_ name: String) throws(ObjectStoreError) -> String {
    try checkName(name)
    return "/" + (prefix + name).split(separator: "/").map { Self.encoded(String($0)) }.joined(separator: "/")
  }

  private func call(_ method: String, _ path: String, body: [UInt8] = []) async throws -> HTTPResponse {
    var headers = [("x-amz-content-sha256", Self.hexadecimal(SHA256.hash(data: body)))]
    if method == "PUT" { headers.append(("Content-Type", "application/octet-stream")) }
    if let token = place.sessionToken { headers.append(("x-amz-security-token", token)) }
    let request = HTTPRequest(
      method: method, url: base + path, headers: headers, body: body, timeout: .seconds(300),
      maximumResponseBytes: 256 << 20, signature: place.signature)
    var attempt = 1
    while true {
      do {
        let answer = try await client.send(request)
        guard answer.status == 429 || answer.status >= 500, attempt < Self.attempts else { return answer }
      } catch let error {
        try Task.checkCancellation()
        guard attempt < Self.attempts else {
          throw ObjectStoreError("the service does not answer: \(error.message)")
        }
      }
      try await Task.sleep(for: .milliseconds(250 << attempt))
      attempt += 1
    }
  }

  /// What the service says of itself may hold the request; its code is enough.
  private func problem(_ what: String, _ name: String, _ answer: HTTPResponse) -> ObjectStoreError {
    let code = S3Answer(answer.body).code.map { " \($0)" } ?? ""
    return ObjectStoreError("cannot \(what) '\(name)': the service answered \(answer.status)\(code)")
  }

  /// Unreserved characters stay (RFC 3986, section 2.3), as the signature wants it.
  private static func encoded(_ text: String) -> String {
    text.utf8.reduce(into: "") { encoded, byte in
      let isPlain =
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        || "-._~".utf8.contains(byte)
      encoded += isPlain ? String(UnicodeScalar(byte)) : String(format: "%%%02X", byte)
    }
  }

  private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { String(format: "%02x", $0) }.joined()
  }
}
