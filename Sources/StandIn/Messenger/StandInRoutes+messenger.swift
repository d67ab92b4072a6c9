import FoundationEssentials
import Hummingbird
import JSON

/// Pages and Instagram accounts: messages, files for them, and what the account is.
extension StandInRoutes {
  /// Tokens of Instagram's own accounts begin with `IG`. Those of pages are for both services: Instagram's documentation
  /// calls the account `me`, Messenger's the page by its number, and by that they are told apart here, where nobody
  /// knows whose id a recipient is.
  func isInstagram(_ request: Request, _ account: String) -> Bool {
    account == "me" || (request.headers[.authorization] ?? "").dropFirst("Bearer ".count).hasPrefix("IG")
  }

  /// Says what is wrong as the Messenger Platform does.
  func asPages<R>(_ body: () async throws -> R) async throws -> R {
    do { return try await body() } catch let error as StandInError { throw PagesError(error) }
  }

  func takeMessenger(
    _ body: JSONValue, from account: String, isInstagram: Bool, _ action: FaultDecision.Action,
    _ context: StandInContext
  ) async throws -> any Encodable & Sendable {
    let call = try MessengerCall(body, account: account, isInstagram: isInstagram)
    try action.fail()
    switch call {
    case .action(let recipient): return MessengerAnswer(recipient_id: recipient)
    case .message(let message):
      if let file = message.object?["payload"]?["attachment_id"]?.string, state.media({ $0[file] }) == nil {
        throw StandInError.invalid("payload.attachment_id is no uploaded file")
      }
      let sent = state.sends { $0.record(message, at: Date()) }
      poster.enqueue(sent)
      if action == .dropAfter { await context.drop() }
      return MessengerAnswer(recipient_id: message.recipient, message_id: sent.id)
    }
  }

  /// "Attachment Upload API": a form with `message`, which says what kind of file it is, and `filedata`.
  func uploadAttachment(_ request: Request, _ context: StandInContext) async throws -> any Encodable
    & Sendable
  {
    let action = try await meetFault(context)
    if action == .dropBefore { return GraphSuccess() }
    let account = try account(request, context)
    let bytes = try await body(request, maximumBytes: Self.maximumUploadBytes)
    let contentType = request.headers[.contentType] ?? ""
    let fields = try UploadForm.fields(of: bytes, contentType: contentType)
    let isInstagram = isInstagram(request, account)
    guard (fields["platform"].map { String(decoding: $0, as: UTF8.self) } == "instagram") == isInstagram
    else {
      throw StandInError.invalid("platform is not that of the account")
    }
    guard let message = fields["message"], let described = try? JSONValue(parsing: message),
      let type = described["attachment"]?["type"]?.string,
      ["image", "video", "audio", "file"].contains(type)
    else { throw StandInError.missing("message.attachment.type") }
    guard let file = fields["filedata"], !file.isEmpty else { throw StandInError.missing("filedata") }
    try MessengerAttachment.check(
      type, mediaType: UploadForm.mediaType(of: "filedata", in: bytes, contentType: contentType) ?? "",
      bytes: file.count, isInstagram: isInstagram)
    try action.fail()
    struct Uploaded: Encodable { let attachment_id: String }
    return Uploaded(attachment_id: state.media { $0.store(Array(file), mediaType: type) }.id)
  }

  /// What an account answers of itself when its fields are asked for, whatever the platform.
  func describeAccount(_ account: String) -> any Encodable & Sendable {
    struct Account: Encodable {
      let id: String
      let name = "Stand-in"
      let username = "stand_in"
      let display_phone_number = "+1 555-000-0001"
      let verified_name = "Stand-in"
      let code_verification_status = "VERIFIED"
    }
    return Account(id: account)
  }

  func subscribedApps() -> any Encodable & Sendable {
    struct Apps: Encodable {
      struct App: Encodable {
        let id = "1"
        let subscribed_fields = ["messages", "messaging_postbacks", "message_echoes"]
      }
      let data = [App()]
    }
    return Apps()
  }

  func setProfile(_ request: Request, _ context: StandInContext) async throws -> any Encodable & Sendable {
    let account = try account(request, context)
    try ProfileCall.check(try await object(request), isInstagram: isInstagram(request, account))
    return ProfileDone()
  }

  func removeProfile(_ request: Request, _ context: StandInContext) async throws -> any Encodable & Sendable {
    let account = try account(request, context)
    try ProfileCall.checkRemoval(
      try await object(request), platform: request.uri.queryParameters["platform"].map(String.init),
      isInstagram: isInstagram(request, account))
    return ProfileDone()
  }
}

private struct ProfileDone: Encodable {
  let result = "success"
}
