import CCurl

/// Scheme, host and port of a URL, as libcurl reads them: what shares connections.
package struct Host: Hashable, Sendable {
  package let scheme: String
  /// In lower case; an IPv6 address in brackets.
  package let name: String
  package let port: String

  package init(url: String) throws(HTTPClientError) {
    guard let parsed = curl_url() else {
      throw HTTPClientError(code: .internalFailure, message: "out of memory", requestWasNotSent: true)
    }
    defer { curl_url_cleanup(parsed) }
    let result = curl_url_set(parsed, CURLUPART_URL, url, UInt32(CURLU_DISALLOW_USER))
    guard result == CURLUE_OK else {
      throw .invalid("the url is not valid: \(String(cString: curl_url_strerror(result)).lowercased())")
    }
    scheme = try Self.part(CURLUPART_SCHEME, of: parsed)
    guard scheme == "http" || scheme == "https" else { throw .invalid("the url is neither http nor https") }
    name = try Self.part(CURLUPART_HOST, of: parsed).lowercased()
    port = try Self.part(CURLUPART_PORT, of: parsed)
  }

  private static func part(_ part: CURLUPart, of url: OpaquePointer) throws(HTTPClientError) -> String {
    var text: UnsafeMutablePointer<CChar>?
    guard curl_url_get(url, part, &text, UInt32(CURLU_DEFAULT_PORT)) == CURLUE_OK, let text else {
      throw .invalid("the url has no scheme, host or port")
    }
    defer { curl_free(text) }
    return String(cString: text)
  }
}
