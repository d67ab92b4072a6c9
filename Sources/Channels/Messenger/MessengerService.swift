import Contracts
import HTTPClient
import JSON

/// A service of the Messenger Platform: only where and as whom it is called tells them apart.
package protocol MessengerService: MetaChannel, ProfileChannel {
  var platform: MessengerPlatform { get }
  /// nil when the connection lacks something, or holds what cannot be an account.
  func calls(for connection: ConnectionCreated.Private, using client: HTTPClient) -> MessengerCalls?
  /// Gets the files of messages.
  var media: MessengerMedia { get }
}

extension MessengerService {
  /// 300 calls a second of the Send API from a page or account, and 10 with audio or video ("Messenger Platform rate
  /// limits").
  package var sendLimits: SendLimits {
    SendLimits(account: SendRate(inASecond: 300), media: SendRate(inASecond: 10))
  }

  package func calls(for message: OutboundMessage) -> Int {
    message.isOnePart(limit: platform.textLimit.count)
      ? 1 : (try? MessengerPlan(message, platform: platform))?.count ?? 1
  }

  package func send(
    _ message: OutboundMessage,
    from connection: ConnectionCreated.Private,
    using client: HTTPClient
  ) async -> SendOutcome {
    guard let calls = calls(for: connection, using: client) else {
      return .rejected(reason: "not-configured", code: nil)
    }
    return await calls.send(message)
  }

  package var answerWindow: Duration? { MetaWindow.standard }

  /// What is seen is the conversation, whatever is said of a message.
  package func acknowledges(_ message: MessageReference) -> Bool { true }

  package func show(
    _ signal: ChannelSignal,
    to target: MessageReference,
    from connection: ConnectionCreated.Private,
    using client: HTTPClient
  ) async -> Bool {
    await calls(for: connection, using: client)?.show(signal, to: target.address) ?? false
  }

  package func fetch(
    _ source: AttachmentSource,
    in body: [UInt8]?,
    maximumBytes: Int,
    from connection: ConnectionCreated.Private,
    using client: HTTPClient
  ) async -> FetchOutcome {
    await media.fetch(source, maximumBytes: maximumBytes, using: client)
  }

  /// Sets what is shown before and beside a conversation, such as a menu.
  package func setUp(
    _ profile: MessengerProfile,
    for connection: ConnectionCreated.Private,
    using client: HTTPClient
  ) async -> SetUpOutcome {
    await calls(for: connection, using: client)?.setUp(profile)
      ?? .failed(reason: "not-configured", code: nil)
  }

  package func check(
    _ connection: ConnectionCreated.Private, at url: String?, using client: HTTPClient
  ) async -> [ConnectionFinding] {
    guard let calls = calls(for: connection, using: client) else {
      return [ConnectionFinding(.credentials, failed: "not-configured", code: nil)]
    }
    let check = GraphCheck(accessToken: calls.accessToken, timeout: calls.timeout, client: client)
    let fields = [calls.idField, calls.nameField].compactMap(\.self).joined(separator: ",")
    let account = await check.finding(.account, at: "\(calls.endpoint)?fields=\(fields)") { answer in
      if let id = calls.idField.flatMap({ answer[$0]?.messengerID }), id != connection.account {
        return ConnectionFinding(
          .account, problem: "other-account",
          "webhooks name the token's account \(id), and the connection names another: make that its account")
      }
      return answer[calls.nameField]?.string.map { ConnectionFinding(.account, "sends as \($0)") }
    }
    guard account.problem == nil else { return [account] }
    return [account, await check.subscription(at: calls.endpoint)]
  }
}
