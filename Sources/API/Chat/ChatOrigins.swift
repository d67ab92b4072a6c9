import Contracts
import HTTPTypes
import Hummingbird
import Pipeline

/// Which sites may call a web chat from a browser (Fetch Standard, "CORS protocol").
struct ChatOrigins: Sendable {
  private let allowed: [String]
  private let publicURL: String

  init(_ connection: KnownConnection, publicURL: String) {
    allowed = connection.settings?.widget?.allowedOrigins ?? []
    self.publicURL = publicURL
  }

  /// The headers that let the calling page read the answer; none where it needs none.
  /// - Throws: for a page of a site that may not embed this chat.
  func headers(for request: Request) throws(Problem) -> HTTPFields {
    guard let origin = request.headers[.origin], !isOurs(origin, request) else { return [:] }
    guard allowed.contains("*") || allowed.contains(origin.lowercased()) else {
      throw Problem(.originNotAllowed, "\(origin.prefix(200)) is none of this connection's allowed_origins")
    }
    return [
      .accessControlAllowOrigin: origin, .vary: "Origin",
      .accessControlExposeHeaders: "Retry-After, Content-Disposition",
    ]
  }

  /// What a browser asks before it calls.
  static let preflight: HTTPFields = [
    .accessControlAllowMethods: "GET, POST",
    .accessControlAllowHeaders: "authorization, content-type, last-event-id",
    .accessControlMaxAge: "600",
  ]

  private func isOurs(_ origin: String, _ request: Request) -> Bool {
    if origin == publicURL { return true }
    guard let host = request.head.authority, let mark = origin.firstRange(of: "://") else { return false }
    return origin[mark.upperBound...] == host
  }
}
