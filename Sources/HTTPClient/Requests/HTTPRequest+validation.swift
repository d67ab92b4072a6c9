extension HTTPRequest {
  /// Refuses what would let a value become another header or another request.
  func validate() throws(HTTPClientError) {
    guard method.isToken else { throw .invalid("the method is not a token") }
    guard url.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
      throw .invalid("the url holds a blank or a control character")
    }
    guard timeout > .zero, connectTimeout > .zero else { throw .invalid("a timeout is not above zero") }
    if let signature {
      guard [signature.region, signature.service].allSatisfy({ $0.isToken && !$0.contains(":") }),
        [signature.accessKey, signature.secretKey].allSatisfy({ !$0.isEmpty && $0.isFieldValue })
      else { throw .invalid("what signs the request holds something that no signature has") }
      guard
        method != "POST" && method != "PUT" && method != "PATCH"
          || headers.contains(where: { name, _ in
            name.equalsIgnoringASCIICase("Content-Type")
          })
      else { throw .invalid("a request that is signed needs its content-type") }
    }
    guard maximumResponseBytes >= 0 else { throw .invalid("the maximum response size is negative") }
    for (name, value) in headers {
      guard name.isToken else { throw .invalid("a header name is not a token") }
      // The name is a token by now, so it can be named; the value may be a secret.
      guard value.isFieldValue else {
        throw .invalid("the value of header \(name) holds a control character")
      }
      if Self.framing.contains(where: name.equalsIgnoringASCIICase) {
        throw .invalid("header \(name) is set by the client")
      }
    }
  }

  private static let framing = ["content-length", "transfer-encoding"]
}

extension String {
  /// RFC 9110, section 5.6.2.
  fileprivate var isToken: Bool {
    !isEmpty
      && utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"):
          true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
      }
  }

  /// RFC 9110, section 5.5: no control character but the tab.
  fileprivate var isFieldValue: Bool {
    utf8.allSatisfy { ($0 >= 0x20 && $0 != 0x7F) || $0 == 0x09 }
  }
}
