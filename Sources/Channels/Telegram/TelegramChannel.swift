import Contracts
import HTTPClient
import JSON

/// Telegram through a bot (Bot API, core.telegram.org/bots/api).
///
/// Of a connection, `account` is the bot's user name, with or without `@`, `access_token` its token, and
/// `verify_token` what Telegram shows with every webhook: the same as was given to `setWebhook`. Without one the bot is
/// polled.
package struct TelegramChannel: WebhookChannel {
  package let channel = Channel.telegram
  let endpoint: String
  let timeout: Duration

  /// - Parameters:
  ///   - baseURL: where the Bot API answers; without a query.
  ///   - timeout: for each call, in all.
  package init(baseURL: String = "https://api.telegram.org", timeout: Duration = .seconds(30)) {
    endpoint = baseURL.hasSuffix("/") ? String(baseURL.dropLast()) : baseURL
    self.timeout = timeout
  }

  /// About 30 messages a second in all, one a second to a chat with short bursts beyond, 20 a minute to a group ("Bots
  /// FAQ", "My bot is hitting limits"): 3 at once and 17 that come back within the minute.
  package var sendLimits: SendLimits {
    var limits = SendLimits(
      account: SendRate(inASecond: 30), chat: SendRate(perSecond: 1, burst: 3),
      thread: SendRate(perSecond: 17.0 / 60, burst: 3))
    limits.throttlesAccountsOnly = false
    return limits
  }

  package func calls(for message: OutboundMessage) -> Int {
    // Where to matters for no count.
    message.isOnePart(limit: TelegramDraft.maximumPartLength)
      ? 1 : (try? TelegramDraft(message, to: TelegramPlace(chat: 1)))?.requests.count ?? 1
  }

  /// Of a group, which has a negative number, all topics are limited together.
  package func group(of thread: String) -> String? {
    TelegramPlace(thread).flatMap { $0.chat < 0 ? "\($0.chat)" : nil }
  }

  /// "sendChatAction": 5 seconds or less.
  package var typingLasts: Duration? { .milliseconds(4_500) }

  package var maximumBodyBytes: Int { TelegramUpdate.maximumBytes }

  package func missing(from secrets: ConnectionCreated.Private) -> [String] {
    [
      ("account", secrets.account), ("access_token", secrets.accessToken),
    ].filter { $0.1?.isEmpty ?? true }.map(\.0)
  }

  package func isAuthentic(_ call: WebhookCall, for connection: ConnectionCreated.Private) -> Bool {
    ConstantTime.isEqual(call.headers["X-Telegram-Bot-Api-Secret-Token"], connection.verifyToken)
  }

  /// Without knowing the bot: in groups, commands that name no bot are all that is taken.
  package func parse(_ body: [UInt8], sender: String?) throws(ChannelError) -> [InboundItem] {
    try TelegramUpdate.items(of: body, for: TelegramBot(nil))
  }

  package func parse(
    _ body: [UInt8],
    sender: String?,
    for connection: ConnectionCreated.Private
  ) throws(ChannelError) -> [InboundItem] {
    try TelegramUpdate.items(of: body, for: TelegramBot(connection))
  }

  package func send(
    _ message: OutboundMessage,
    from connection: ConnectionCreated.Private,
    using client: HTTPClient
  ) async -> SendOutcome {
    guard let token = TelegramToken(connection) else { return .rejected(reason: "not-configured", code: nil) }
    guard var place = TelegramPlace(message.thread ?? message.address) else {
      return .rejected(reason: "invalid-recipient", code: nil)
    }
    let draft: TelegramDraft
    do throws(TelegramDraft.Refused) {
      draft = try TelegramDraft(message, to: place)
    } catch {
      return .rejected(reason: error.reason, code: nil)
    }
    return await PartedSend.send(draft.requests.count, after: message.taken) { number in
      var request = draft.requests[number]
      request.add(place.fields)
      var answer = await call(request, token, boundary: "\(message.id)", using: client)
      // A group that became a supergroup: refused for certain, and where it is now is said.
      if case .refused(let refusal) = answer, let chat = refusal.movedTo, chat != 0, chat != place.chat {
        place.chat = chat
        request.add(place.fields)
        answer = await call(request, token, boundary: "\(message.id)", using: client)
      }
      // A picture of a form that Telegram shows to nobody is a file all the same.
      if case .refused(let refusal) = answer, refusal.isOfPicture, let document = request.asDocument {
        answer = await call(document, token, boundary: "\(message.id)", using: client)
      }
      return Self.outcome(of: answer, in: place)
    }
  }

  private static func outcome(of answer: TelegramAnswer, in place: TelegramPlace) -> SendOutcome {
    guard case .done(let result) = answer else { return answer.outcome }
    // Telegram takes some messages to send them later, and then gives 0.
    guard let number = result["message_id"]?.int, number > 0 else {
      return .uncertain(reason: "no-message-id")
    }
    return .accepted(providerID: place.message(number))
  }

  /// A button that was chosen, whose query must be answered, or a message to a business account.
  package func acknowledges(_ message: MessageReference) -> Bool { receipt(of: message) != nil }

  /// `read` ends the waiting at a button that was chosen, and marks a message to a business account as read;
  /// messages to bots have no such mark.
  package func show(
    _ signal: ChannelSignal,
    to target: MessageReference,
    from connection: ConnectionCreated.Private,
    using client: HTTPClient
  ) async -> Bool {
    guard let token = TelegramToken(connection) else { return false }
    let request: TelegramRequest
    switch signal {
    case .typing:
      guard let place = TelegramPlace(target.thread ?? target.address) else { return false }
      var action = TelegramRequest("sendChatAction", ["action": "typing"])
      action.add(place.fields)
      request = action
    case .read:
      guard let receipt = receipt(of: target) else { return false }
      request = receipt
    }
    guard case .done = await call(request, token, using: client) else { return false }
    return true
  }

  private func receipt(of message: MessageReference) -> TelegramRequest? {
    if let query = TelegramCallback.query(of: message.providerID) {
      return TelegramRequest("answerCallbackQuery", ["callback_query_id": query])
    }
    guard let place = TelegramPlace(message.thread ?? message.address), let business = place.business,
      let number = place.number(of: message.providerID)
    else { return nil }
    return TelegramRequest(
      "readBusinessMessage",
      ["business_connection_id": business, "chat_id": "\(place.chat)", "message_id": "\(number)"])
  }
}
