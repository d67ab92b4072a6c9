/// One request, sent at most once.
///
/// The client adds `Host`, `Accept`, `User-Agent` (unless given) and the framing headers. Responses are not
/// decompressed, redirects are not followed and cookies are not kept: the caller sees what the server said.
package struct HTTPRequest: Sendable {
  package enum Destination: Sendable {
    case any
    /// Those of the public internet alone, for a URL that somebody else chose: loopback, private, link-local and
    /// other special addresses fail with `addressRefused`. Checked on the very address that is connected to, so a
    /// name that resolves to something else a moment later gains nothing. Proxies of the environment are passed
    /// over, since behind one nobody sees the address.
    case publicInternet
  }

  /// A token such as `GET` or `POST` (RFC 9110, section 9.1), sent as written.
  package var method: String
  /// Absolute, `http` or `https`, percent-encoded, without credentials.
  package var url: String
  /// Sent in this order. `Content-Length` and `Transfer-Encoding` belong to the client and are refused.
  package var headers: [(String, String)]
  package var body: [UInt8]
  /// The most that name lookup, TCP and TLS may take together.
  package var connectTimeout: Duration
  /// The most that the request may take in all, waiting for a slot included: nothing is sent after it.
  package var timeout: Duration
  /// Which addresses the host may turn out to have.
  package var destination: Destination
  /// The most bytes of body that are accepted; a longer response fails with `responseTooLarge`.
  package var maximumResponseBytes: Int
  /// What signs it, where the server wants AWS's signatures.
  package var signature: AWSSignature?

  package init(
    method: String = "GET", url: String, headers: [(String, String)] = [], body: [UInt8] = [],
    connectTimeout: Duration = .seconds(10), timeout: Duration = .seconds(30),
    maximumResponseBytes: Int = 8 << 20, destination: Destination = .any,
    signature: AWSSignature? = nil
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.connectTimeout = connectTimeout
    self.timeout = timeout
    self.maximumResponseBytes = maximumResponseBytes
    self.destination = destination
    self.signature = signature
  }
}
