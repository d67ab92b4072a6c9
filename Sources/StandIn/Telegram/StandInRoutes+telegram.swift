import FoundationEssentials
import HTTPTypes
import Hummingbird
import JSON
import NIOCore

/// A bot: what it sends is taken, and it is told who it is and where it is called. It is never written to here.
extension StandInRoutes {
  func telegram(_ request: Request, _ context: StandInContext) async -> Response {
    do {
      return Self.telegramAnswer(try await callTelegram(request, context), status: 200)
    } catch let refused as TelegramRefused {
      return Self.telegramAnswer(refused, status: refused.error_code)
    } catch let error as StandInError {
      return Self.telegramAnswer(TelegramRefused(fault: error.status), status: error.status)
    } catch {
      return Self.telegramAnswer(TelegramRefused(500, "Internal Server Error"), status: 500)
    }
  }

  private struct Done<Result: Encodable & Sendable>: Encodable, Sendable {
    let ok = true
    let result: Result
  }

  private func callTelegram(
    _ request: Request, _ context: StandInContext
  ) async throws -> any Encodable & Sendable {
    let token = context.parameters.get("token") ?? ""
    let method = context.parameters.get("method") ?? ""
    guard let bot = token.split(separator: ":").first.flatMap({ Int64($0) }), token.contains(":") else {
      throw TelegramRefused(401, "Unauthorized")
    }
    let (fields, hasFile) = try await telegramFields(request, method)
    switch method {
    case "getMe":
      struct Me: Encodable {
        let id: Int64
        let is_bot = true
        let first_name = "Stand-in"
        let username = "stand_in_bot"
      }
      return Done(result: Me(id: bot))
    case "getWebhookInfo":
      struct Info: Encodable {
        let url: String
        let pending_update_count = 0
      }
      return Done(result: Info(url: state.webhookOfBot(token) ?? ""))
    case "setWebhook":
      guard let url = fields["url"], url.hasPrefix("https://") else {
        throw TelegramRefused(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
      }
      state.setWebhookOfBot(token, url)
      return Done(result: true)
    case "deleteWebhook":
      state.setWebhookOfBot(token, nil)
      return Done(result: true)
    case "sendChatAction", "answerCallbackQuery", "readBusinessMessage":
      try TelegramCall.check(signal: method, fields)
      return Done(result: true)
    case "sendMessage", "sendLocation", "sendVenue", "sendContact",
      _ where TelegramCall.files[method] != nil:
      let action = try await meetFault(context)
      if action == .dropBefore { return Done(result: true) }
      let call = try TelegramCall(method, fields, hasFile: hasFile, account: "\(bot)")
      try action.fail()
      let sent = state.sends { $0.record(call.message, at: Date()) }
      if action == .dropAfter { await context.drop() }
      return Done(result: Sent(message_id: sent.number, date: Int(sent.time.timeIntervalSince1970)))
    default: throw TelegramRefused(404, "Not Found")
    }
  }

  private struct Sent: Encodable {
    let message_id: Int
    let date: Int
  }

  /// The fields of JSON or of a form, as texts, and whether there is a file where the method needs one.
  private func telegramFields(
    _ request: Request, _ method: String
  ) async throws -> (fields: [String: String], hasFile: Bool) {
    let type = request.headers[.contentType] ?? ""
    let bytes = try await body(request, maximumBytes: Self.maximumUploadBytes)
    guard !bytes.isEmpty else { return ([:], false) }
    let file = TelegramCall.files[method]
    if type.hasPrefix("multipart/form-data") {
      let parts = try UploadForm.fields(of: bytes, contentType: type)
      let hasFile = file.flatMap { parts[$0] }.map { !$0.isEmpty } ?? false
      return (
        parts.filter { $0.key != file }.mapValues { String(decoding: $0, as: UTF8.self) }, hasFile
      )
    }
    let root = try JSONValue(parsing: bytes)
    let fields = (root.object ?? []).map { member in
      (member.key, member.value.string ?? String(decoding: member.value.serialized(), as: UTF8.self))
    }
    return (Dictionary(fields) { first, _ in first }, file.map { root[$0] != nil } ?? false)
  }

  private static func telegramAnswer(_ value: any Encodable, status: Int) -> Response {
    guard let bytes = try? JSON.encode(value) else { return Response(status: .internalServerError) }
    return Response(
      status: HTTPResponse.Status(code: status), headers: [.contentType: "application/json"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
  }
}
