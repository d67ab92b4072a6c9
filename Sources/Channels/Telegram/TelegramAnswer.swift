import HTTPClient
import JSON

/// What Telegram said to a call (Bot API, "Making requests").
enum TelegramAnswer {
  case done(JSONValue)
  case refused(TelegramRefusal)
  /// No answer, or none of the Bot API's shape.
  case failed(SendOutcome)

  init(_ response: HTTPResponse) {
    let body = try? JSONValue(parsing: response.body)
    if body?["ok"]?.bool == true, let result = body?["result"] {
      self = .done(result)
    } else if body?["ok"]?.bool == false, let code = body?["error_code"]?.int.flatMap({ Int(exactly: $0) }) {
      self = .refused(TelegramRefusal(code: code, body: body))
    } else if (200..<300).contains(response.status) {
      self = .failed(.uncertain(reason: "malformed-response"))
    } else if let outcome = response.refusedForNow {
      self = .failed(outcome)
    } else {
      // Of something between Telegram and us.
      self = .refused(TelegramRefusal(code: response.status, body: nil, retryAfter: response.retryAfter))
    }
  }

  var outcome: SendOutcome {
    switch self {
    case .done: .uncertain(reason: "malformed-response")
    case .refused(let refusal): refusal.outcome
    case .failed(let outcome): outcome
    }
  }
}

/// A call that Telegram did not do. It says why in words alone, meant for people; they have been the same
/// for years, and whoever reads them goes by what they hold (telegram-bot-api, `Client.cpp`).
struct TelegramRefusal {
  let code: Int
  /// In lower case.
  private let words: String
  let retryAfter: Duration?
  /// What the chat is called now.
  let movedTo: Int64?

  /// - Parameter retryAfter: of the header, where the body names no time.
  init(code: Int, body: JSONValue?, retryAfter: Duration? = nil) {
    self.code = code
    words = body?["description"]?.string?.lowercased() ?? ""
    let seconds = body?["parameters"]?["retry_after"]?.int
    self.retryAfter = seconds.flatMap { (0...86_400).contains($0) ? .seconds($0) : nil } ?? retryAfter
    movedTo = body?["parameters"]?["migrate_to_chat_id"]?.int
  }

  var outcome: SendOutcome {
    switch code {
    case 300..<400: .rejected(reason: "redirected", code: code)
    // An unknown token, and one that cannot be one.
    case 401, 404: .rejected(reason: "unauthorised", code: code)
    case 403: .rejected(reason: forbidden, code: code)
    case 408: .uncertain(reason: "timeout")
    // Someone else polls, or a webhook is set.
    case 409: .notTaken(reason: "conflict", code: code, retryAfter: nil)
    case 413: .rejected(reason: "too-large", code: code)
    case 420, 429: .notTaken(reason: "throttled", code: code, retryAfter: retryAfter)
    case 400..<500: .rejected(reason: badRequest, code: code)
    // It says itself that the call was unsuccessful, unless it stopped meanwhile, or only stands before who was called.
    case 500 where !isCutOff, 503 where !isCutOff:
      .notTaken(reason: "server-error", code: code, retryAfter: retryAfter)
    default: .unconfirmed(reason: "server-error")
    }
  }

  private var isCutOff: Bool { says("restart", "abort", "gateway", "timeout", "timed out") }

  private var forbidden: String {
    if says("kicked", "not a member", "chat was deleted") { return "not-member" }
    if says("deactivated", "initiate conversation", "messages to bots") { return "invalid-recipient" }
    return "blocked"
  }

  private var badRequest: String {
    if says(
      "chat not found", "thread not found", "user not found", "peer_id_invalid", "upgraded to a supergroup")
    {
      return "invalid-recipient"
    }
    if says("is too long") && !says("reply markup") { return "text-too-long" }
    if says("text is empty", "text must be non-empty") { return "empty-text" }
    if says("file is too big", "too large") { return "too-large" }
    if says("rights to send", "write_forbidden", "_forbidden", "topic_closed") { return "blocked" }
    if isOfPicture || says("file must be non-empty") { return "unsupported" }
    return "invalid-request"
  }

  /// The file is a picture, but none that is shown as one: too long for its width, or of an unknown format.
  var isOfPicture: Bool { says("photo_invalid", "image_process_failed") }

  func says(_ phrases: String...) -> Bool { phrases.contains { words.contains($0) } }
}
