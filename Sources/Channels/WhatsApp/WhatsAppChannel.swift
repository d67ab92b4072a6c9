import Contracts
import HTTPClient

/// WhatsApp through Meta's Cloud API.
package struct WhatsAppChannel: MetaChannel {
  package let channel = Channel.whatsapp
  let endpoint: String
  let timeout: Duration

  /// - Parameters:
  ///   - baseURL: where the Graph API answers; without a query.
  ///   - version: of the Graph API.
  ///   - timeout: for each call, in all.
  package init(
    baseURL: String = "https://graph.facebook.com",
    version: String = GraphVersion.current,
    timeout: Duration = .seconds(30)
  ) {
    self.endpoint = (baseURL.hasSuffix("/") ? String(baseURL.dropLast()) : baseURL) + "/" + version
    self.timeout = timeout
  }

  /// 80 messages a second from a number unless Meta grants more ("Throughput"); to one person one in six seconds, of
  /// which 45 may be had in advance ("Messaging limits", Pair rate limits).
  package var sendLimits: SendLimits {
    SendLimits(account: SendRate(inASecond: 80), chat: SendRate(perSecond: 1.0 / 6, burst: 45))
  }

  /// Uploads are no messages.
  package func calls(for message: OutboundMessage) -> Int {
    message.isOnePart(limit: WhatsAppPlan.maximumTextLength)
      ? 1 : (try? WhatsAppPlan.parts(of: message))?.count ?? 1
  }

  /// "Typing indicators": 25 seconds, or until the answer.
  package var typingLasts: Duration? { .seconds(20) }

  package func parse(_ body: [UInt8], sender: String?) throws(ChannelError) -> [InboundItem] {
    try WhatsAppBody.items(of: body, maximumBytes: maximumBodyBytes)
  }

  package func send(
    _ message: OutboundMessage,
    from connection: ConnectionCreated.Private,
    using client: HTTPClient
  ) async -> SendOutcome {
    guard let sender = sender(connection, client) else {
      return .rejected(reason: "not-configured", code: nil)
    }
    guard let recipient = WhatsAppRecipient(address: message.address, thread: message.thread) else {
      return .rejected(reason: "invalid-recipient", code: nil)
    }
    do throws(WhatsAppRefusal) {
      let parts = try WhatsAppPlan.parts(of: message)
      return await send(parts, of: message, to: recipient, from: sender)
    } catch {
      return .rejected(reason: error.reason, code: nil)
    }
  }

  package func fetch(
    _ source: AttachmentSource,
    in body: [UInt8]?,
    maximumBytes: Int,
    from connection: ConnectionCreated.Private,
    using client: HTTPClient
  ) async -> FetchOutcome {
    guard case .file(let id) = source else { return .failed(reason: "unsupported", code: nil) }
    guard let sender = sender(connection, client) else {
      return .failed(reason: "not-configured", code: nil)
    }
    return await WhatsAppDownload(sender: sender).file(id, maximumBytes: maximumBytes)
  }

  package var answerWindow: Duration? { MetaWindow.standard }

  package var takesTemplates: Bool { true }

  /// Statuses have the codes that calls are refused with ("Error codes").
  package func failureReason(_ code: Int) -> String? {
    (WhatsAppErrorCode.verdict(code) ?? GraphErrorCode.verdict(code))?.reason
  }

  package func acknowledges(_ message: MessageReference) -> Bool { true }

  package func show(
    _ signal: ChannelSignal,
    to target: MessageReference,
    from connection: ConnectionCreated.Private,
    using client: HTTPClient
  ) async -> Bool {
    guard let sender = sender(connection, client) else { return false }
    return await sender.show(WhatsAppSignal(signal, of: target.providerID))
  }

  private func sender(_ connection: ConnectionCreated.Private, _ client: HTTPClient) -> WhatsAppSender? {
    WhatsAppSender(connection, endpoint: endpoint, timeout: timeout, client: client)
  }

  /// Files are uploaded before anything is sent, so that what goes wrong there leaves the contact with nothing
  /// rather than with half of the message.
  private func send(
    _ planned: [WhatsAppPlan.Part],
    of message: OutboundMessage,
    to recipient: WhatsAppRecipient,
    from sender: WhatsAppSender
  ) async -> SendOutcome {
    var objects: [WhatsAppObject] = []
    let taken = message.taken.count
    for part in planned.dropFirst(taken) {
      switch part {
      case .text(let text): objects.append(.text(text))
      case .location(let location): objects.append(.location(WhatsAppPlace(location)))
      case .contacts(let cards): objects.append(.contacts(cards.map(WhatsAppCard.init)))
      case .interactive(let interactive): objects.append(.interactive(interactive))
      case .template(let template): objects.append(.template(template))
      case .file(let file, let caption):
        let outcome = await sender.upload(file, boundary: "part-\(message.id)")
        guard case .accepted(let id, _) = outcome else { return outcome }
        objects.append(.file(file.kind, file.media(id: id, caption: caption)))
      }
    }
    return await PartedSend.send(planned.count, after: message.taken) { number in
      await sender.send(
        WhatsAppRequest(
          recipient: recipient, object: objects[number - taken], replyTo: number == 0 ? message.replyTo : nil,
          mark: SendMark(message.id, number: number, of: planned.count)))
    }
  }
}

extension WhatsAppUpload {
  fileprivate func media(id: String, caption: String?) -> WhatsAppObject.Media {
    WhatsAppObject.Media(
      id: id,
      caption: caption,
      filename: kind == .document ? name : nil,
      voice: kind == .voice ? true : nil
    )
  }
}
