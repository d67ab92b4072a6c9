import HTTPTypes
import Hummingbird

/// Media types of request bodies (RFC 9110 §8.3).
enum RequestMediaType {
  /// The type in lower case without parameters. A charset other than UTF-8 is refused.
  static func of(_ request: Request, among accepted: [String]) throws(Problem) -> String {
    let expected = accepted.joined(separator: " or ")
    guard let header = request.headers[.contentType] else {
      throw Problem(.unsupportedMediaType, "there is no content type; it must be \(expected)")
    }
    let parts = header.split(separator: ";").map { $0.trimmingASCIISpace().lowercased() }
    guard let type = parts.first, accepted.contains(type) else {
      throw Problem(.unsupportedMediaType, "the content type must be \(expected)")
    }
    for parameter in parts.dropFirst() where parameter.hasPrefix("charset=") {
      let charset = parameter.dropFirst(8).filter { $0 != "\"" }
      guard charset == "utf-8" || charset == "utf8" else {
        throw Problem(.unsupportedMediaType, "the charset must be utf-8")
      }
    }
    return type
  }
}

extension Substring {
  fileprivate func trimmingASCIISpace() -> Substring {
    var text = self
    while text.first == " " || text.first == "\t" { text.removeFirst() }
    while text.last == " " || text.last == "\t" { text.removeLast() }
    return text
  }
}
