/// Status and headers, known before the first byte of the body.
package struct HTTPResponseHead: Sendable, Equatable {
  /// The final status: interim 1xx responses are passed over.
  package let status: Int
  package let headers: HTTPHeaders

  package init(status: Int, headers: HTTPHeaders) {
    self.status = status
    self.headers = headers
  }
}

/// A whole response. Every status is a response, not an error.
package struct HTTPResponse: Sendable, Equatable {
  package let status: Int
  package let headers: HTTPHeaders
  package let body: [UInt8]

  package init(status: Int, headers: HTTPHeaders, body: [UInt8]) {
    self.status = status
    self.headers = headers
    self.body = body
  }
}
