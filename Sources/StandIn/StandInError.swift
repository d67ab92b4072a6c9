/// Why a call was refused, in the shape in which the Graph API says it (Graph API, "Handle errors"; WhatsApp Cloud
/// API, "Error codes"). The stand-in's own paths use the same shape.
struct StandInError: Error, Equatable, CustomStringConvertible {
  /// The HTTP status.
  let status: Int
  /// Meta's code.
  let code: Int
  /// Meta's title of the code.
  let title: String
  let details: String

  /// Whether the same call may succeed later.
  var isRetriable: Bool { status == 429 || status >= 500 }

  var description: String { "(#\(code)) \(title): \(details)" }
}

extension StandInError {
  static let unauthenticated = StandInError(
    status: 401,
    code: 190,
    title: "Invalid OAuth access token",
    details: "authorization holds no bearer token"
  )

  static func unknownObject(_ path: String) -> StandInError {
    StandInError(
      status: 400,
      code: 100,
      title: "Unsupported request",
      details: "\(path.prefix(128)) does not exist"
    )
  }

  static func invalid(_ details: String) -> StandInError {
    StandInError(status: 400, code: 100, title: "Invalid parameter", details: details)
  }

  static func missing(_ member: String) -> StandInError {
    StandInError(
      status: 400,
      code: 131008,
      title: "Required parameter is missing",
      details: "\(member) is missing"
    )
  }

  static func badValue(_ details: String) -> StandInError {
    StandInError(status: 400, code: 131009, title: "Parameter value is not valid", details: details)
  }

  static func tooLargeFile(_ mediaType: String) -> StandInError {
    StandInError(
      status: 400, code: 131053, title: "Media upload error",
      details: "a file of type \(mediaType) may not be so large")
  }

  static func unsupportedType(_ type: String) -> StandInError {
    StandInError(
      status: 400,
      code: 131051,
      title: "Unsupported message type",
      details: "type \(type.prefix(64)) is not known"
    )
  }

  static func tooLarge(_ bytes: Int) -> StandInError {
    StandInError(
      status: 413,
      code: 100,
      title: "Invalid parameter",
      details: "a body has at most \(bytes) bytes"
    )
  }

  /// One that was asked for by the faults.
  static func fault(status: Int, code: Int) -> StandInError {
    StandInError(
      status: status,
      code: code,
      title: title(code),
      details: "asked for by the stand-in's faults"
    )
  }

  private static func title(_ code: Int) -> String {
    switch code {
    case 130429: "Rate limit hit"
    case 131056: "(Business Account, Consumer Account) pair rate limit hit"
    case 131016: "Service unavailable"
    case 131026: "Message undeliverable"
    case 131047: "Re-engagement message"
    case 190: "Access token has expired"
    default: "Something went wrong"
    }
  }
}

extension StandInError: Encodable {
  private enum CodingKeys: String, CodingKey {
    case error, message, type, code, data = "error_data", trace = "fbtrace_id"
    case product = "messaging_product", details
  }

  func encode(to encoder: any Encoder) throws {
    var root = encoder.container(keyedBy: CodingKeys.self)
    var error = root.nestedContainer(keyedBy: CodingKeys.self, forKey: .error)
    try error.encode("(#\(code)) \(title)", forKey: .message)
    try error.encode("OAuthException", forKey: .type)
    try error.encode(code, forKey: .code)
    var data = error.nestedContainer(keyedBy: CodingKeys.self, forKey: .data)
    try data.encode("whatsapp", forKey: .product)
    try data.encode(details, forKey: .details)
    try error.encode("stand-in", forKey: .trace)
  }
}
