import Contracts
import HTTPClient
import JSON

extension TelegramChannel {
  /// What Telegram hands out to bots, in bytes.
  package static let maximumFileBytes = 20 << 20

  package func fetch(
    _ source: AttachmentSource,
    in body: [UInt8]?,
    maximumBytes: Int,
    from connection: ConnectionCreated.Private,
    using client: HTTPClient
  ) async -> FetchOutcome {
    guard case .file(let id) = source else { return .failed(reason: "unsupported", code: nil) }
    guard let token = TelegramToken(connection) else { return .failed(reason: "unauthorised", code: nil) }
    let limit = min(maximumBytes, Self.maximumFileBytes)
    switch await call(TelegramRequest("getFile", ["file_id": id]), token, using: client) {
    case .done(let file):
      if let size = file["file_size"]?.int, size > limit { return .failed(reason: "too-large", code: nil) }
      guard let path = Self.path(file["file_path"]?.string) else { return .failed(reason: "gone", code: nil) }
      return await download("\(endpoint)/file/bot\(token.text)/\(path)", limit: limit, using: client)
    case .refused(let refusal): return Self.outcome(refusal)
    case .failed(let outcome): return FetchOutcome(outcome)
    }
  }

  private func download(_ url: String, limit: Int, using client: HTTPClient) async -> FetchOutcome {
    do throws(HTTPClientError) {
      let response = try await client.send(
        HTTPRequest(url: url, timeout: timeout, maximumResponseBytes: max(limit, 0)))
      // Every file comes as octets, which says nothing.
      if response.status == 200 { return .fetched(bytes: response.body, mediaType: nil) }
      return Self.outcome(TelegramRefusal(code: response.status, body: nil))
    } catch {
      if error.code == .responseTooLarge { return .failed(reason: "too-large", code: nil) }
      return FetchOutcome(SendOutcome(error))
    }
  }

  private static func outcome(_ refusal: TelegramRefusal) -> FetchOutcome {
    // The same words for a file that is gone and one that is not at hand: trying again tells.
    if refusal.says("temporarily unavailable") {
      return .notFetched(reason: "unavailable", code: refusal.code, retryAfter: nil)
    }
    if refusal.code == 404 || refusal.says("file_id", "file identifier") {
      return .failed(reason: "gone", code: refusal.code)
    }
    return FetchOutcome(refusal.outcome)
  }

  /// A relative path, percent-encoded; nil for one that leads elsewhere.
  private static func path(_ text: String?) -> String? {
    guard let text = Bounded.identifier(text) else { return nil }
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }) else { return nil }
    return parts.map { part in
      part.utf8.map { byte in
        byte.isTokenCharacter || byte == UInt8(ascii: ".")
          ? String(UnicodeScalar(byte))
          : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }.joined()
    }.joined(separator: "/")
  }
}

extension FetchOutcome {
  /// Fetching may be repeated, so that what is uncertain of a message is a failure for now of a file.
  fileprivate init(_ outcome: SendOutcome) {
    switch outcome {
    case .accepted: self = .notFetched(reason: "malformed-response", code: nil, retryAfter: nil)
    case .notTaken(let reason, let code, let retryAfter),
      .partlyTaken(_, let reason, let code, let retryAfter):
      self = .notFetched(reason: reason, code: code, retryAfter: retryAfter)
    case .rejected(let reason, let code): self = .failed(reason: reason, code: code)
    case .uncertain(let reason, _), .unconfirmed(let reason, _):
      self = .notFetched(reason: reason, code: nil, retryAfter: nil)
    }
  }
}
