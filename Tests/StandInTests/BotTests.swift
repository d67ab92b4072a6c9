import JSON
import StandIn
import Testing

/// A bot: what is taken, and in which words what is not is refused.
@Suite("bots")
struct BotTests {
  private func call(_ standIn: RunningStandIn, _ method: String, _ body: String) async throws -> Answer {
    try await standIn.call(
      "POST", "/bot77:token/\(method)", Array(body.utf8), headers: [("Content-Type", "application/json")])
  }

  private static func keyboard(_ rows: String) -> String {
    #"{"chat_id":7,"text":"a","reply_markup":{"inline_keyboard":[\#(rows)]}}"#
  }

  private static let button = #"{"text":"Yes","callback_data":"y"}"#

  @Test(arguments: [
    ("sendMessage", #"{"chat_id":7,"text":"\#(String(repeating: "x", count: 4_096))"}"#),
    ("sendMessage", keyboard(Array(repeating: "[\(button)]", count: 100).joined(separator: ","))),
    ("sendChatAction", #"{"chat_id":7,"action":"typing"}"#),
    ("answerCallbackQuery", #"{"callback_query_id":"1"}"#),
  ])
  func whatIsDocumentedIsTaken(method: String, body: String) async throws {
    try await RunningStandIn.with { standIn async throws in
      let answer = try await call(standIn, method, body)
      #expect(try answer.status == 200 && answer.json["ok"]?.bool == true)
    }
  }

  @Test(arguments: [
    ("sendMessage", #"{"chat_id":7,"text":" "}"#, "Bad Request: message text is empty"),
    ("sendMessage", #"{"text":"a"}"#, "Bad Request: chat_id is empty"),
    (
      "sendMessage", #"{"chat_id":7,"text":"\#(String(repeating: "x", count: 4_097))"}"#,
      "Bad Request: message is too long"
    ),
    (
      "sendMessage", #"{"chat_id":7,"parse_mode":"HTML","text":"<b"}"#,
      "Bad Request: can't parse entities: unclosed start tag"
    ),
    (
      "sendMessage", keyboard(#"[{"text":"Yes","callback_data":"\#(String(repeating: "x", count: 65))"}]"#),
      "Bad Request: BUTTON_DATA_INVALID"
    ),
    (
      "sendMessage", keyboard(Array(repeating: "[\(button)]", count: 101).joined(separator: ",")),
      "Bad Request: reply markup is too long"
    ),
    ("sendPhoto", #"{"chat_id":7}"#, "Bad Request: there is no photo in the request"),
    (
      "sendPhoto", #"{"chat_id":7,"photo":"f","caption":"\#(String(repeating: "x", count: 1_025))"}"#,
      "Bad Request: message caption is too long"
    ),
    ("sendChatAction", #"{"chat_id":7,"action":"dance"}"#, "Bad Request: wrong parameter action in request"),
    (
      "answerCallbackQuery", "{}",
      "Bad Request: query is too old and response timeout expired or query ID is invalid"
    ),
    (
      "setWebhook", #"{"url":"http://a.example"}"#,
      "Bad Request: bad webhook: An HTTPS URL must be provided for webhook"
    ),
  ])
  func whatIsNotIsRefusedInTheAPIsWords(method: String, body: String, words: String) async throws {
    try await RunningStandIn.with { standIn async throws in
      let answer = try await call(standIn, method, body)
      #expect(answer.status == 400)
      #expect(
        String(decoding: answer.body, as: UTF8.self)
          == #"{"ok":false,"error_code":400,"description":"\#(words)"}"#)
    }
  }

  @Test(arguments: [
    (400, "Bad Request: chat not found"), (403, "Forbidden: bot was blocked by the user"),
    (401, "Unauthorized"),
    (429, "Too Many Requests: retry after 1"), (500, "Internal Server Error"), (502, "Bad Gateway"),
  ])
  func faultsHaveTheAPIsWords(status: Int, words: String) async throws {
    try await RunningStandIn.with { standIn async throws in
      _ = try await standIn.setFaults(#"{"error_rate":1,"error_status":\#(status)}"#)
      let answer = try await call(standIn, "sendMessage", #"{"chat_id":7,"text":"a"}"#)
      let said = try answer.json
      #expect(answer.status == status && said["error_code"]?.int == Int64(status))
      #expect(said["ok"]?.bool == false && said["description"]?.string == words)
      #expect(said["parameters"]?["retry_after"]?.int == (status == 429 ? 1 : nil))
    }
  }

  @Test func anUnknownTokenOrMethodIsSaidToBeThat() async throws {
    try await RunningStandIn.with { standIn async throws in
      #expect(try await call(standIn, "dance", "{}").status == 404)
      #expect(try await standIn.call("POST", "/botnobody/getMe").status == 401)
    }
  }
}
