import HTTPTypes
import Hummingbird
import JSON

/// An answer that says what is wrong with a request, or with us (RFC 9457).
///
/// `detail` is for the caller: it names what was sent, never what lies inside.
struct Problem: Error, Sendable {
  let type: ProblemType
  let detail: String
  var headers: [(HTTPField.Name, String)] = []

  init(_ type: ProblemType, _ detail: String) {
    self.type = type
    self.detail = detail
    switch type {
    case .unavailable, .overloaded, .historyBehind: headers = [(.retryAfter, "5")]
    case .unauthorised: headers = [(.wwwAuthenticate, "Bearer")]
    default: break
    }
  }

  static let unavailable = Problem(.unavailable, "a part that this request needs is away; try again later")
  static let noSuchPath = Problem(.notFound, "no such path")

  static func notFound(_ what: String) -> Problem { Problem(.notFound, "no such \(what)") }

  func response(to path: String) -> Response {
    struct Body: Encodable {
      let type: String
      let title: String
      let status: Int
      let detail: String
      let instance: String
    }
    let body = Body(
      type: "/problems/\(type.rawValue)", title: type.title, status: type.status.code, detail: detail,
      instance: path)
    // Texts alone, so this cannot fail; an empty object is still an honest body for the status.
    let bytes = (try? JSON.encode(body)) ?? Array("{}".utf8)
    var response = Response(
      status: type.status, headers: [.contentType: "application/problem+json"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    for (name, value) in headers { response.headers[name] = value }
    return response
  }
}

extension HTTPField.Name {
  static let requestID = Self("X-Request-ID")!
  static let traceparent = Self("traceparent")!
  static let idempotencyKey = Self("Idempotency-Key")!
  static let lastEventID = Self("Last-Event-ID")!
  static let contentTypeOptions = Self("X-Content-Type-Options")!
  static let frameOptions = Self("X-Frame-Options")!
  static let referrerPolicy = Self("Referrer-Policy")!
}
